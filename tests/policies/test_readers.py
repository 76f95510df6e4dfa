from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from policies.readers import LARGEST_FILE, ReadText, Refused, read
from policies.readers.kinds import kind_of
from tests.policies import documents as made

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk"])
def test_texts_are_read_in_the_usual_encodings(encoding: str) -> None:
    assert _text("a.txt", CHINESE.replace("\n", "\r\n").encode(encoding)) == ReadText(CHINESE)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(TRADITIONAL, "big5"), (CHINESE, "utf-16-le"), (CHINESE, "utf-16-be")],
)
def test_rare_encodings_without_a_mark_are_recognised_and_told(text: str, encoding: str) -> None:
    found = _text("a.txt", text.encode(encoding))
    assert found.text == text
    assert [problem.kind for problem in found.problems] == ["encoding"]


RENAMED = {
    "word.txt": (made.word_file([made.plain("甲")]), "甲"),
    "macro.docx": (made.word_file([made.plain("甲")]), "甲"),
    "page.doc": ("<html><body><p>甲</p></body></html>".encode("utf-16"), "甲"),
    "page.txt": ("<!DOCTYPE html><body><p>甲</p></body>".encode(), "甲"),
    "portable.docx": (made.pdf_file([["甲乙丙丁戊己庚辛壬癸子丑"]]), "甲乙丙丁戊己庚辛壬癸子丑"),
    "text.pdf": ("甲的规定".encode(), "甲的规定"),
    "text.doc": ("甲的一条规定".encode("gb18030"), "甲的一条规定"),
    "no ending": (made.word_file([made.plain("甲")]), "甲"),
}


@pytest.mark.parametrize("name", RENAMED)
def test_a_wrong_ending_is_told_and_the_content_decides(name: str) -> None:
    content, text = RENAMED[name]
    found = _text(name, content)
    assert found.text == text
    is_right = name == "macro.docx"
    assert [each.message.count("已按内容读取") for each in found.problems] == ([] if is_right else [1])


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
    assert "页没有文字（可能是扫描页" in found.problems[0].message


@pytest.mark.parametrize("declared", ["gb2312", "utf-8"])
def test_web_pages_lose_their_menus_and_keep_every_article(declared: str) -> None:
    body = "".join(
        f"<p>第{n}条 依照<a href='/b'>示例法</a>办理。</p><p>法律另有规定的，\n  依照其规定。</p>"
        for n in "一二三四五六七八"
    )
    links = "<li><a href='/'>首页</a></li><li><a href='/a'>动态</a></li>"
    menu = f"<nav>首页</nav><div><ul>{links}</ul></div><script>1</script>"
    page = f"<html><head><meta charset='{declared}'></head><body>{menu}<div><h1>示例办法</h1>{body}</div></body></html>"
    found = _text("a.html", page.encode("gbk" if declared == "gb2312" else "utf-8"))
    lines = found.text.splitlines()
    assert lines[:3] == ["示例办法", "第一条 依照示例法办理。", "法律另有规定的，依照其规定。"]
    assert len(lines) == 17
    assert [each.found for each in found.problems] == ["首页\n首页动态"]


HOSTILE = {
    "empty.txt": (b"", "空的"),
    "blank.md": (b" \n\t ", "空的"),
    "large.txt": (b"x" * (LARGEST_FILE + 1), "20 MB"),
    "lines.txt": (b"x\n" * 100_002, "10 万行"),
    "zeros.txt": (b"abc\x00def", "NUL"),
    "cut.txt": ("示例法第一条".encode()[:-1], "不完整"),
    "cut16.txt": ("示例法".encode("utf-16") + b"\x00", "不完整"),
    "bytes.txt": (b"\xff\xff\xfe\xff\x80\x81" * 30, "编码"),
    "scan.md": (b"\x89PNG\r\n\x1a\n", "文字识别"),
    "photo.jpg": (b"\xff\xd8\xff\xe0", "文字识别"),
    "old.doc": (b"\xd0\xcf\x11\xe0", "另存为 .docx"),
    "locked.docx": (made.ole_file("EncryptedPackage"), "密码"),
    "locked.doc": (made.ole_file("WordDocument", head=b"\xec\xa5" + b"\0" * 9 + b"\1"), "密码"),
    "table.xlsx": (b"PK\x03\x04", "不完整"),
    "none": (b"x", "不支持"),
    "packed.zip": (made.package({"a.txt": b"x"}), "解压"),
    "packed.docx": (made.package({"a.txt": b"x"}), "解压"),
    "packed.rar": (b"Rar!\x1a\x07", "解压"),
    "sheet.ofd": (made.package({"OFD.xml": b"<x/>"}), "OFD"),
    "saved.doc": (b"From: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; x", ".mht"),
    "rich.rtf": (b"{\\rtf1 x}", "RTF"),
    "hollow.docx": (made.package({"word/document.xml": b"<x/>"}), "没有文字"),
    "hollow.xlsx": (made.package({"xl/workbook.xml": b"<x/>"}), "没有内容"),
    "hollow.pptx": (made.package({"ppt/presentation.xml": b"<x/>"}), "没有文字"),
    "bomb.xlsx": (made.package({"xl/workbook.xml": b" " * 60_000_000}), "庞大"),
    "locked.xlsx": (made.locked_package({"xl/workbook.xml": b"<x/>"}), "密码"),
    "broken.docx": (made.word_file([made.plain("甲")])[:-30], "不完整或已损坏"),
    "torn.docx": (made.word_file([], extra={"word/document.xml": b"<w:document"}), "损坏"),
    "bomb.docx": (made.word_file([], extra={"word/a.bin": b"\0" * 60_000_000}), "庞大"),
    "many.docx": (made.word_file([], extra={f"word/{n}.xml": b"" for n in range(2100)}), "庞大"),
    "laughs.xlsx": (made.package({"xl/workbook.xml": made.LAUGHS}), "损坏"),
    "outside.pptx": (
        made.package({"ppt/presentation.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts">]><x>&e;</x>'}),
        "外部定义",
    ),
    "outside.docx": (
        made.word_file(
            [], extra={"word/document.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hosts">]><x>&e;</x>'}
        ),
        "外部定义",
    ),
    "pictures.docx": (made.word_file([made.plain("")]), "没有文字"),
    "rubbish.pdf": (b"%PDF-1.4 rubbish %%EOF", "损坏"),
    "not.docx": (b"plain text", "内容却不是这种文件"),
    "not.pdf": (b"hello", "内容却不是这种文件"),
    "locked.pdf": (made.locked_pdf("secret"), "密码"),
    "liar.docx": (made.lying_package({"word/document.xml": b" " * 60_000_000}, 1000), "损坏"),
    "deep.docx": (made.word_file(["<w:p>" * 50_000]), "损坏"),
    "cut.pdf": (made.pdf_file([["示例"]] * 40)[:2000], "不完整"),
    "scan.pdf": (made.pdf_file([[], []]), "文字层"),
    "endless.pdf": (made.pdf_file([["甲"]] * 10_000), "10000 页"),
    "deep.html": (b"<html><body>" + b"<div>" * 100_000 + "甲的规定".encode(), "没有文字"),
    "empty.html": (b"<html><body></body></html>", "没有文字"),
}


TIRING = {
    "menus.html": b"<html><body><p>x</p>" + b"<ul><li><a href='/'>x</a></li>" * 800,
    "ring.docx": made.word_file(
        [made.numbered("甲", None, None, style="A")],
        extra=made.word_styles(made.word_style("A", base="B"), made.word_style("B", base="A")),
    ),
    "letters.docx": made.word_file(
        [made.numbered("甲")] * 2_000,
        numbering=made.word_lists([made.word_level(0, "lowerLetter", "%1.", start=999_999)]),
    ),
    "far.xlsx": made.excel_file({"甲": made.excel_row('<c r="XFD1"><v>1</v></c>', '<c r="XFE1"><v>2</v></c>') * 500}),
}


@pytest.mark.parametrize("name", TIRING)
def test_tiring_files_are_read_in_time(name: str) -> None:
    started = time.monotonic()
    assert len(_text(name, TIRING[name]).text) < 200_000
    assert time.monotonic() - started < 10, "a busy test machine; alone each takes less than a second"


def test_nothing_is_lost_when_tags_are_never_closed() -> None:
    assert _text("a.html", b"<html><body>" + b"<font>" * 2_000 + "甲".encode()).text == "甲"


@pytest.mark.parametrize("blank", [" ", "\t", "\u3000"])
def test_a_page_of_blanks_costs_no_more_than_its_length(blank: str) -> None:
    page = f"<html><body><p>样灯{blank * 200_000}\n  规定</p></body></html>"
    assert _text("a.html", page.encode()).text == "样灯规定"


def test_no_cell_is_lost_however_far_to_the_right() -> None:
    assert _text("far.xlsx", TIRING["far.xlsx"]).text.splitlines()[0].split() == ["1", "2"]


def test_a_reading_process_cannot_take_more_than_its_memory() -> None:
    greedy = "from policies.readers.worker import MEMORY, limit; limit(); bytearray(2 * MEMORY)"
    done = subprocess.run([sys.executable, "-c", greedy], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_cure(name: str) -> None:
    content, telling = HOSTILE[name]
    reason = _reason(name, content)
    assert telling in reason
    assert "请" in reason


@pytest.mark.parametrize(
    "content", [b"<!---->" * 500 + b"x", b"<!-- -->\n" * 400, b"<!--" * 1000, b"<?xml" * 700, b"a:\n" * 1300]
)
def test_no_file_keeps_whoever_asks_what_it_is_waiting(content: bytes) -> None:
    started = time.monotonic()
    assert kind_of(".txt", content) == ".txt"
    assert time.monotonic() - started < 2


def test_a_page_below_comments_is_a_page() -> None:
    assert kind_of(".txt", b"<!-- a --> <!-- b -->\n<!DOCTYPE html>") == ".html"
