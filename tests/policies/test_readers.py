from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from types import ModuleType

import pytest

from policies.readers import LARGEST_FILE, ReadText, Refused, read


def _documents() -> ModuleType:
    """The helper module beside this file (test files are imported by path)."""
    spec = importlib.util.spec_from_file_location("policy_documents", Path(__file__).with_name("documents.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _documents()
CHINESE = "中华人民共和国示例法\n第一条 为了规范示例活动，应当制定本法。\n第二条 国务院的规定。"
TRADITIONAL = "示例辦法\n第一條 為了規範申請人的權利，應當制定本辦法。\n第二條 國務院的規定。"


def _text(name: str, content: bytes) -> ReadText:
    found = read(Path(name), content)
    assert isinstance(found, ReadText), found
    return found


def _reason(name: str, content: bytes) -> str:
    started = time.monotonic()
    found = read(Path(name), content)
    assert isinstance(found, Refused), found
    assert time.monotonic() - started < 5, "a hostile file must not hold up an import (5 s: a busy test machine)"
    return found.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_texts_are_read_in_the_usual_encodings(encoding: str) -> None:
    assert _text("a.txt", CHINESE.replace("\n", "\r\n").encode(encoding)) == ReadText(CHINESE)


def test_big5_is_recognised_and_told() -> None:
    found = _text("a.txt", TRADITIONAL.encode("big5"))
    assert found.text == TRADITIONAL
    assert [problem.kind for problem in found.problems] == ["encoding"]


def test_word_files_spell_out_automatic_numbering() -> None:
    paragraphs = [
        made.plain("示例办法"), made.numbered("总则"), made.numbered("甲。", 1), made.numbered("乙。", 1),
        made.numbered("附则"), made.numbered("丙。", 1),
    ]  # fmt: skip
    numbering = made.word_list("第%1章", "第%2条")
    assert _text("a.docx", made.word_file(paragraphs, numbering=numbering)).text.splitlines() == [
        "示例办法", "第一章 总则", "第一条 甲。", "第二条 乙。", "第二章 附则", "第一条 丙。",
    ]  # fmt: skip
    continuing = numbering.replace(
        '<w:lvlText w:val="第%2条"/>', '<w:lvlText w:val="第%2条"/><w:lvlRestart w:val="0"/>'
    )
    assert _text("a.docx", made.word_file(paragraphs, numbering=continuing)).text.endswith("第三条 丙。")


def test_word_tables_become_lines() -> None:
    cells = "".join(f"<w:tc>{made.plain(text)}</w:tc>" for text in ("申请费", "900"))
    found = _text("a.docx", made.word_file([made.plain("收费标准"), f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"]))
    assert found.text == "收费标准\n申请费\t900"


def test_pdf_lines_are_joined_and_page_numbers_dropped() -> None:
    long_line = "第一条 为了示例制定本办法，这一行写得足够长，以便在页面上折成两行继续往下"
    pages = [["示例办法", long_line, "写完这一句。", "- 1 -"], ["第二条 第二页。", "- 2 -"]]
    assert _text("a.pdf", made.pdf_file(pages)).text == f"示例办法\n{long_line}写完这一句。\n第二条 第二页。"


def test_pages_without_a_text_layer_are_told() -> None:
    found = _text("a.pdf", made.pdf_file([["示例办法第一条这一页有文字层。"], []]))
    assert "1 页没有文字层" in found.problems[0].message


@pytest.mark.parametrize("declared", ["gb2312", "utf-8"])
def test_web_pages_lose_their_menus_and_keep_every_article(declared: str) -> None:
    body = "".join(
        f"<p>第{n}条 依照<a href='/b'>示例法</a>办理。</p><p>法律另有规定的，\n  依照其规定。</p>"
        for n in "一二三四五六七八"
    )
    links = "<li><a href='/'>首页</a></li><li><a href='/a'>动态</a></li>"
    menu = f"<nav>首页</nav><div><ul>{links}</ul></div><script>1</script>"
    page = f"<html><head><meta charset='{declared}'></head><body>{menu}<div><h1>示例办法</h1>{body}</div></body></html>"
    text = _text("a.html", page.encode("gbk" if declared == "gb2312" else "utf-8")).text
    assert text.splitlines()[:3] == ["示例办法", "第一条 依照示例法办理。", "法律另有规定的，依照其规定。"]
    assert len(text.splitlines()) == 17


HOSTILE = {
    "empty.txt": (b"", "空的"),
    "blank.md": (b" \n\t ", "空的"),
    "large.txt": (b"x" * (LARGEST_FILE + 1), "20 MB"),
    "lines.txt": (b"x\n" * 100_002, "10 万行"),
    "zeros.txt": (b"abc\x00def", "NUL"),
    "cut.txt": ("示例法第一条".encode()[:-1], "不完整"),
    "cut16.txt": ("示例法".encode("utf-16") + b"\x00", "不完整"),
    "bytes.txt": (b"\xff\xff\xfe\xff\x80\x81" * 30, "编码"),
    "word.txt": (made.package({"word/document.xml": b"<x/>"}), "扩展名"),
    "scan.md": (b"\x89PNG\r\n\x1a\n", "扩展名"),
    "old.doc": (b"\xd0\xcf\x11\xe0", ".docx"),
    "table.xlsx": (b"PK\x03\x04", "表格"),
    "none": (b"x", "不支持"),
    "not.docx": (b"plain text", "内容却不是 Word"),
    "other.docx": (made.package({"xl/workbook.xml": b"<x/>"}), "不是 Word"),
    "broken.docx": (made.word_file([made.plain("甲")])[:-30], "不完整或已损坏"),
    "torn.docx": (made.word_file([], extra={"word/document.xml": b"<w:document"}), "损坏"),
    "bomb.docx": (made.word_file([], extra={"word/a.bin": b"\0" * 60_000_000}), "庞大"),
    "many.docx": (made.word_file([], extra={f"word/{n}.xml": b"" for n in range(2100)}), "庞大"),
    "outside.docx": (
        made.word_file(
            [], extra={"word/document.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts">]><x>&e;</x>'}
        ),
        "外部定义",
    ),
    "pictures.docx": (made.word_file([made.plain("")]), "没有文字"),
    "not.pdf": (b"hello", "内容却不是 PDF"),
    "rubbish.pdf": (b"%PDF-1.4 rubbish %%EOF", "损坏"),
    "cut.pdf": (made.pdf_file([["示例"]] * 40)[:2000], "不完整"),
    "scan.pdf": (made.pdf_file([[], []]), "文字层"),
    "endless.pdf": (made.pdf_file([["甲"]] * 10_000), "10000 页"),
    "empty.html": (b"<html><body></body></html>", "没有文字"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_cure(name: str) -> None:
    content, telling = HOSTILE[name]
    reason = _reason(name, content)
    assert telling in reason
    assert "请" in reason
