"""The printed compilation: numbered by level and topic, with contents, marked against the edition before."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from handlers.compile_book import Book, compile_book, record, write_book
from handlers.desk import Desk
from handlers.import_policy import import_paths
from handlers.review_policy import found, repeal
from knowledge.index import Index
from policies.readers.docx import read_docx
from tests.conftest import ADMIN

LAMP = "# 样灯条例\n2020年3月1日全国人民代表大会公布\n第一条 灯要亮。\n第二条 本条例自2020年5月1日起施行。"
NEW_LAMP = (
    "# 样灯条例\n2026年3月1日全国人民代表大会修订\n第一条 灯要常亮。\n第二条 居民可以报修。\n"
    "第三条 本条例自2026年5月1日起施行。"
)
RULES = "# 样灯办法\n第一条 灯要擦。\n第二条 本办法自2020年5月1日起施行。"
TODAY = date(2026, 11, 23)


@dataclass
class Press:
    """A desk that prints."""

    desk: Desk
    folder: Path

    def bring(self, name: str, text: str) -> None:
        file = self.folder / f"{name}.md"
        file.write_text(text, "utf-8")
        index = Index.open(self.folder / "index")
        import_paths([file], writing=self.desk.writing, index=index, home=self.folder, by=ADMIN)

    def book(self) -> Book:
        with self.desk.reading() as session:
            return compile_book(session, "示例网点", TODAY)

    def printed(self, *, is_counted: bool = True) -> str:
        book, file = self.book(), self.folder / "汇编.docx"
        write_book(file, book)
        if is_counted:
            with self.desk.writing() as session:
                record(session, book, ADMIN)
        return read_docx(file.read_bytes()).text


@pytest.fixture
def press(desk: Desk, tmp_path: Path) -> Press:
    made = Press(desk, tmp_path)
    made.bring("样灯条例(2020-03-01)", LAMP)
    made.bring("样灯办法(2020-04-01)", RULES)
    return made


def test_the_first_edition_has_no_marks(press: Press) -> None:
    text = press.printed()
    assert "示例网点政策汇编" in text
    assert "第 1 期，收录 2026年11月23日有效的政策。" in text
    assert text.index("目录") < text.index("一、国家") < text.index("二、未分级")
    assert "1. 《样灯条例》" in text
    assert "2. 《样灯办法》" in text
    assert "第一条　灯要亮。" in text
    assert "【" not in text.replace("【增】【改】【移】", "")


def test_what_is_new_changed_and_gone_is_marked_against_the_last_edition(press: Press) -> None:
    press.printed()
    press.bring("样灯条例(2026-03-01)", NEW_LAMP)
    press.bring("样灯细则(2026-04-01)", RULES.replace("样灯办法", "样灯细则").replace("2020", "2026"))
    with press.desk.writing() as session:
        repeal(session, found(session, 2), date(2026, 11, 1), ADMIN, "示例原因")
    text = press.printed()
    assert "第 2 期" in text
    assert "新增 1 部（增），修改 1 部（改），失效 1 部（废）" in text
    assert "1. 《样灯条例》【改】" in text
    assert "2. 《样灯细则》【增】" in text
    assert "【改】第一条　灯要常亮。" in text
    assert "【增】第二条　居民可以报修。" in text
    assert "【废】《样灯办法》2020-04-01版，有效期到2026年10月31日" in text


def test_an_unchanged_edition_says_so(press: Press) -> None:
    press.printed()
    text = press.printed()
    assert "新增 0 部（增），修改 0 部（改），失效 0 部（废）" in text
    assert "《样灯条例》【" not in text


def test_a_preview_is_not_counted(press: Press) -> None:
    press.printed(is_counted=False)
    assert press.book().number == 1


def test_an_empty_compilation_is_a_book_too(desk: Desk, tmp_path: Path) -> None:
    assert "第 1 期" in Press(desk, tmp_path).printed()


def test_every_line_of_the_contents_leads_to_a_place_of_its_own(press: Press) -> None:
    press.printed()
    with zipfile.ZipFile(press.folder / "汇编.docx") as package:
        xml = package.read("word/document.xml").decode()
    for name in ("p1", "p2"):
        assert xml.count(f'w:anchor="{name}"') == xml.count(f'w:name="{name}"') == 1
        assert f"PAGEREF {name} " in xml
