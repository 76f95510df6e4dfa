"""What a page shows of an original: a long text cut in whole characters, a document page by page, or why not."""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from policies.compilation import Revision
from policies.originals import keep_original
from policies.readers import Refused, office, page_pictures
from policies.readers.page_pictures import NO_OFFICE, UNSHOWN, count_pages, pdf_of, picture_of, ready_pdf
from tests.conftest import needs
from tests.policies.documents import locked_pdf, pdf_file, plain, word_file
from web.console.originals import LARGEST_SHOWN, LONGEST_SHOWN, MOST_PAGES, Original, shown_of

CLAUSE = "第一条 示例：在每年的规定期限以内缴纳，一共"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("shift", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_long_original_is_cut_between_characters(tmp_path: Path, encoding: str, shift: str, end: str) -> None:
    content = (shift + (CLAUSE + end) * (LARGEST_SHOWN // 40)).encode(encoding)
    assert len(content) > LARGEST_SHOWN
    sha256 = hashlib.sha256(content).hexdigest()
    source = tmp_path / "示例办法.txt"
    source.write_bytes(content)
    keep_original(tmp_path, source, sha256)
    shown = shown_of(tmp_path, Revision(policy_id=1, sha256=sha256, source_name=source.name))
    assert shown is not None
    assert shown.text == (shift + (CLAUSE + end) * (LONGEST_SHOWN // 20))[:LONGEST_SHOWN]


def kept(home: Path, name: str, content: bytes, *, is_asked: bool = False) -> Original:
    """What is shown of an original."""
    sha256 = hashlib.sha256(content).hexdigest()
    source = home / name
    source.write_bytes(content)
    keep_original(home, source, sha256)
    revision = Revision(id=7, policy_id=1, sha256=sha256, source_name=name)
    shown = shown_of(home, revision, is_asked=is_asked)
    assert shown is not None
    assert shown.url == "/console/policies/7/original"
    return shown


def test_a_pdf_is_shown_page_by_page(tmp_path: Path) -> None:
    content = pdf_file([["One"], ["Two"], ["Three"]])
    shown = kept(tmp_path, "示例.pdf", content)
    assert (shown.is_pdf, shown.n_pages, list(shown.shown), shown.fault) == (True, 3, [1, 2, 3], "")
    path = tmp_path / "示例.pdf"
    assert picture_of(path, 1).startswith(b"\x89PNG\r\n\x1a\n")
    assert picture_of(path, 1) != picture_of(path, 2)
    assert picture_of(path, 4) == picture_of(path, 0) == picture_of(path, -1) == b""


def test_of_a_long_pdf_the_beginning_is_shown(tmp_path: Path) -> None:
    shown = kept(tmp_path, "示例.pdf", pdf_file([["x"]] * (MOST_PAGES + 5)))
    assert (shown.n_pages, len(shown.shown)) == (MOST_PAGES + 5, MOST_PAGES)


@pytest.mark.parametrize("content", [b"%PDF-1.4 broken", locked_pdf("secret")])
def test_a_pdf_that_cannot_be_shown_says_so(tmp_path: Path, content: bytes) -> None:
    shown = kept(tmp_path, "示例.pdf", content)
    assert (shown.n_pages, shown.fault, shown.is_pdf) == (0, UNSHOWN, True)


def test_an_office_file_is_shown_when_somebody_asks(tmp_path: Path) -> None:
    name, content = "示例.docx", word_file([plain("第一条 灯要亮。")])
    if office.office_program() is None:
        needs("LibreOffice")
    before = kept(tmp_path, name, content)
    assert (before.is_waiting, before.n_pages) == (True, 0)
    shown = kept(tmp_path, name, content, is_asked=True)
    assert (shown.is_waiting, shown.n_pages, shown.fault, shown.is_pdf) == (False, 1, "", False)
    made = list((tmp_path / "previews").glob("*/*"))
    assert [each.suffix for each in made] == [".pdf"]
    assert count_pages(made[0]) == 1
    at = made[0].stat().st_mtime_ns
    kept(tmp_path, name, content, is_asked=True)
    assert made[0].stat().st_mtime_ns == at, "it is made once"


def test_without_libreoffice_it_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shown = kept(tmp_path, "示例.docx", word_file([plain("第一条 灯要亮。")]), is_asked=True)
    assert (shown.fault, shown.n_pages, shown.is_waiting) == (NO_OFFICE, 0, False)


def test_what_is_no_document_is_only_offered(tmp_path: Path) -> None:
    shown = kept(tmp_path, "示例.bin", b"\0\1\2", is_asked=True)
    assert (shown.text, shown.is_picture, shown.n_pages, shown.fault) == ("", False, 0, "")
    path = tmp_path / "示例.bin"
    assert pdf_of(tmp_path, path, "0" * 64) == Refused(page_pictures.UNSHOWN)


def converting(monkeypatch: pytest.MonkeyPatch, made: list[str], seconds: float = 0.0) -> None:
    """LibreOffice as it is seen from here: it takes its time and makes a PDF."""

    def convert(kind: str, _wanted: str, _content: bytes) -> bytes:
        made.append(kind)
        time.sleep(seconds)
        return pdf_file([["One"]])

    monkeypatch.setattr(page_pictures, "convert", convert)
    monkeypatch.setattr(page_pictures, "office_program", lambda: "soffice")


def a_word_file(home: Path, words: str = "灯") -> tuple[Path, str]:
    path = home / f"{words}.docx"
    path.write_bytes(word_file([plain(words)]))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_of_two_who_ask_at_once_one_makes_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    converting(monkeypatch, made, 0.5)
    path, sha256 = a_word_file(tmp_path)
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _: pdf_of(tmp_path, path, sha256), range(6)))
    assert made == [".docx"]
    assert {type(each) for each in found} == {type(path)}
    assert len(set(found)) == 1


def test_whoever_waits_too_long_for_another_original_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    converting(monkeypatch, made, 2.0)
    monkeypatch.setattr(page_pictures, "WAIT_SECONDS", 0.1)
    first, second = a_word_file(tmp_path), a_word_file(tmp_path, "塔")
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pdf_of, tmp_path, *first)
        while not made:
            time.sleep(0.01)
        assert pdf_of(tmp_path, *second) == Refused(page_pictures.BUSY)
        assert isinstance(running.result(), Path)
    assert isinstance(pdf_of(tmp_path, *second), Path)


def test_asking_for_one_page_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    converting(monkeypatch, made)
    path, sha256 = a_word_file(tmp_path)
    assert (ready_pdf(tmp_path, path, sha256), made) == (None, [])
    assert pdf_of(tmp_path, path, sha256) == ready_pdf(tmp_path, path, sha256)


def test_pages_that_cannot_be_kept_are_told_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converting(monkeypatch, [])
    path, sha256 = a_word_file(tmp_path)
    (tmp_path / "previews").write_bytes(b"in the way, as a folder that can't be written to is")
    assert pdf_of(tmp_path, path, sha256) == Refused(page_pictures.UNKEPT)
    (tmp_path / "previews").unlink()
    folder = tmp_path / "previews" / sha256[:2]
    (folder / f"{sha256}.pdf").mkdir(parents=True)
    assert pdf_of(tmp_path, path, sha256) == Refused(page_pictures.UNKEPT)
    assert [each.name for each in folder.iterdir()] == [f"{sha256}.pdf"]


def test_what_a_killed_process_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converting(monkeypatch, [])
    path, sha256 = a_word_file(tmp_path)
    folder = tmp_path / "previews" / sha256[:2]
    folder.mkdir(parents=True)
    old, young = folder / f"{page_pictures.SCRATCH}old", folder / f"{page_pictures.SCRATCH}young"
    for each in (old, young):
        each.write_bytes(b"half")
    os.utime(old, (0, 0))
    pdf_of(tmp_path, path, sha256)
    assert (old.exists(), young.exists()) == (False, True)
