"""Scans and photos. Tesseract is stood in for by a small program that prints the same table, but for one test."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from policies.readers import ReadText, Refused, read
from policies.readers.kept_pages import InMemory, Line, OnDisk
from policies.readers.recognise import MOST_PAGES, count_pages, lines_of, recognise, recognise_page
from tests.conftest import needs
from tests.policies import documents as made
from tests.policies.scanner import SCAN, n_asked, row, stand_in, write

ROOT = Path(__file__).resolve().parents[2]
PHOTO = b"\xff\xd8\xff\xe0 a photo"


TABLE = "\n".join(
    [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        *(row(1, 95, word) for word in ("示例", "办法")),
        *(row(2, confidence, word) for word, confidence in (("第一条", 91), ("依照", 20), ("PCT", 90), ("rules", 88))),
        "4\t1\t1\t1\t3\t0\t0\t0\t9\t9\t-1\t",
    ]
)


def test_words_of_a_line_are_joined_and_the_least_certain_one_counts() -> None:
    assert list(lines_of(TABLE)) == [Line("示例办法", 95), Line("第一条依照PCT rules", 20)]


def test_digits_are_one_number_unless_there_is_room_between_them() -> None:
    lefts = ((0, "自"), (10, "2"), (18, "0"), (26, "2"), (34, "6"), (60, "900"))
    table = "\n".join(f"5\t1\t1\t1\t1\t1\t{left}\t0\t6\t9\t95\t{text}" for left, text in lefts)
    assert [each.text for each in lines_of(table)] == ["自2026 900"]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch, TABLE)


def test_a_photo_is_read_and_doubtful_lines_are_told(program: Path) -> None:
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, ReadText)
    assert found.text == "示例办法\n第一条依照PCT rules"
    note, doubt = found.problems
    assert "对照原件" in note.message
    assert (doubt.kind, doubt.where, doubt.found) == ("scan", "第 1 页", "第一条依照PCT rules")
    assert "20/100" in doubt.message


def test_every_page_of_a_scan_is_read_with_progress(program: Path) -> None:
    pages: list[tuple[int, int]] = []
    found = read(Path("扫描.pdf"), SCAN, partial(recognise, progress=lambda *page: pages.append(page)))
    assert isinstance(found, ReadText)
    assert pages == [(1, 2), (2, 2)]
    assert [each.where for each in found.problems if each.kind == "scan"] == ["第 1 页", "第 2 页"]


def test_of_a_pdf_with_some_scanned_pages_just_those_are_read(program: Path, tmp_path: Path) -> None:
    first, third = "样灯办法的说明，这一页有文字层。", "第二条 这一页也有文字层，不必识别。"
    mixed = made.pdf_file([[first], made.DRAWN, [third], []])
    kept, pages = OnDisk(tmp_path, "hash"), list[tuple[int, int]]()
    found = read(Path("混合.pdf"), mixed, partial(recognise, progress=lambda *page: pages.append(page), kept=kept))
    assert isinstance(found, ReadText)
    assert (pages, n_asked(program), kept.n_done) == ([(2, 4)], 1, 4)
    assert found.text == f"{first}\n示例办法\n第一条依照PCT rules\n{third}"
    assert "第 2 页是扫描页，文字由识别而来" in found.problems[0].message
    assert [each.where for each in found.problems if each.kind == "scan"] == ["第 2 页"]


def test_without_the_program_the_scanned_pages_of_a_pdf_are_told(program: Path) -> None:
    write(program, "exit 1")
    mixed = made.pdf_file([["样灯办法的说明，这一页有文字层。"], made.DRAWN])
    found = read(Path("混合.pdf"), mixed, recognise)
    assert isinstance(found, ReadText)
    assert "第 2 页没有文字（可能是扫描页" in found.problems[0].message


def test_whoever_stops_goes_on_at_the_next_page(program: Path, tmp_path: Path) -> None:
    def stop(number: int, _pages: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    kept = OnDisk(tmp_path, "hash")
    with pytest.raises(KeyboardInterrupt):
        recognise(".pdf", SCAN, stop, kept)
    assert (kept.count, kept.n_done, n_asked(program)) == (2, 1, 1)
    read_now: list[int] = []
    again = recognise(".pdf", SCAN, lambda number, _pages: read_now.append(number), OnDisk(tmp_path, "hash"))
    assert (read_now, n_asked(program)) == ([2], 2)
    assert again == recognise(".pdf", SCAN)


def test_a_page_that_cannot_be_read_is_told_and_not_tried_again(program: Path, tmp_path: Path) -> None:
    kept = OnDisk(tmp_path, "hash")
    recognise_page(".pdf", SCAN, 1, kept)
    write(program, '[ "$1" = --list-langs ] && echo chi_sim; exit 1')
    found = recognise(".pdf", SCAN, kept=kept)
    assert isinstance(found, ReadText)
    assert "第 2 页打不开或识别不了，这一页没有读到" in [each.message for each in found.problems][1]
    assert kept.first_missing(2) is None


def test_a_spoilt_page_is_read_again(program: Path, tmp_path: Path) -> None:
    kept = OnDisk(tmp_path, "hash")
    recognise("image", PHOTO, kept=kept)
    (page,) = (tmp_path / "scans" / "hash").glob("0001.json")
    page.write_text('{"lines": [')
    assert kept.first_missing(1) == 1


def test_nothing_piles_up_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        OnDisk(tmp_path, "hash").keep_count(3, {})
    assert list((tmp_path / "scans" / "hash").iterdir()) == []


def test_a_scan_whose_pages_take_too_long_to_count_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(command: str, **_rest: object) -> None:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(subprocess, "run", late)
    found = count_pages(".pdf", SCAN, InMemory())
    assert isinstance(found, Refused)
    assert "数不出页数" in found.reason


def test_too_many_pages_are_refused_before_one_is_read(program: Path) -> None:
    found = recognise(".pdf", made.pdf_file([[]] * (MOST_PAGES + 1)))
    assert isinstance(found, Refused)
    assert "201 页，一次最多识别 200 页" in found.reason
    assert n_asked(program) == 0


@pytest.mark.parametrize(("name", "content"), [("照片.jpg", PHOTO), ("扫描.pdf", SCAN)])
def test_unless_asked_for_scans_are_refused_with_the_way_to_ask(program: Path, name: str, content: bytes) -> None:
    found = read(Path(name), content)
    assert isinstance(found, Refused)
    assert "--ocr" in found.reason


@pytest.mark.parametrize("languages", ["", "eng"])
def test_without_the_program_or_its_chinese_data_the_cure_is_named(
    program: Path, monkeypatch: pytest.MonkeyPatch, languages: str
) -> None:
    write(program, f"echo {languages}")
    if not languages:
        monkeypatch.setenv("PATH", "/nowhere")
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, Refused)
    assert "tesseract-ocr-chi-sim" in found.reason


@pytest.mark.parametrize("script", ["exit 1", 'case "$1" in --list-langs) echo chi_sim;; *) echo rubbish;; esac'])
def test_a_picture_without_text_is_refused_with_a_cure(program: Path, script: str) -> None:
    write(program, f'[ "$1" = --list-langs ] && echo chi_sim\n{script}')
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, Refused)
    assert "更清楚" in found.reason


def test_files_with_text_are_not_sent_to_the_program(program: Path) -> None:
    write(program, "exit 1")
    found = read(Path("a.pdf"), made.pdf_file([["示例办法第一条这一页有文字层。"]]), recognise)
    assert isinstance(found, ReadText)


def test_tesseract_itself_reads_a_printed_page() -> None:
    if shutil.which("tesseract") is None:
        needs("Tesseract")
    printed = made.pdf_file([["示例办法", "第一条 申请人应当提交书面材料。", "第二条 本办法自公布之日起施行。"]])
    command = [sys.executable, "-m", "policies.readers.pages", "0"]
    photo = subprocess.run(command, input=printed, capture_output=True, check=True, cwd=ROOT).stdout
    assert photo.startswith(b"P5 ")
    found = recognise("image", photo)
    assert isinstance(found, ReadText), found
    assert "申请人应当提交书面材料" in found.text.replace(" ", "")
