"""Spreadsheets, presentations, and the old formats that go through LibreOffice."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from policies.readers import ReadText, Refused, read
from policies.readers.office import convert
from tests.conftest import needs
from tests.policies import documents as made


def _text(name: str, content: bytes) -> ReadText:
    found = read(Path(name), content)
    assert isinstance(found, ReadText), found
    return found


def _dropped(found: ReadText) -> list[tuple[str, str]]:
    return [(each.where, each.found) for each in found.problems if each.kind == "dropped"]


def _value(content: str, *, kind: str = "n", style: int = 0, place: str = "") -> str:
    at = f' r="{place}"' if place else ""
    return f'<c t="{kind}" s="{style}"{at}><v>{content}</v></c>'


def test_cells_are_read_as_they_are_shown() -> None:
    rows = made.excel_row(
        _value("0", kind="s"),
        '<c t="inlineStr"><is><r><t>示</t></r><r><t>例</t></r><rPh><t>shi</t></rPh></is></c>',
        _value("46023", style=1),
        _value("46023.5", style=3),
        _value("0.855", style=2),
        _value("900.0"),
        _value("0.10000000000000001"),
        _value("1", kind="b"),
        _value("#N/A", kind="e"),
    )
    found = _text("a.xlsx", made.excel_file({"表": rows}, strings=["费用"]))
    assert found.text.split("\t") == [
        "费用", "示例", "2026年1月1日", "2026年1月1日", "85.50%", "900", "0.1", "是", "#N/A",
    ]  # fmt: skip


def test_empty_cells_keep_their_column() -> None:
    rows = made.excel_row(_value("1", place="A1"), _value("3", place="C1")) + made.excel_row()
    assert _text("a.xlsx", made.excel_file({"表": rows})).text == "1\t\t3"


def test_sheets_have_headings_and_hidden_ones_are_listed() -> None:
    hidden = made.excel_row(_value("9"), hidden=True)
    sheets = {
        "甲": made.excel_row(_value("1")) + hidden,
        "乙": made.excel_row(_value("2")),
        "-丙": made.excel_row(_value("3")),
    }
    note = "<comments xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><t>批</t></comments>".encode()
    found = _text("a.xlsx", made.excel_file(sheets, extra={"xl/comments1.xml": note}))
    assert found.text == "## 甲\n1\n## 乙\n2"
    assert _dropped(found) == [("工作表“甲”里隐藏的行", "9"), ("隐藏的工作表“丙”", "3"), ("批注", "批")]


def test_slides_are_read_with_their_titles_first() -> None:
    table = "".join(
        f"<a:tc><a:txBody><a:p><a:r><a:t>{each}</a:t></a:r></a:p></a:txBody></a:tc>" for each in ("项目", "金额")
    )
    slides = [
        made.slide_shape("正文。")
        + made.slide_shape("示例政策", kind="ctrTitle")
        + made.slide_shape("3", kind="sldNum"),
        f"<p:grpSp>{made.slide_shape('组里。')}</p:grpSp><p:graphicFrame><a:tbl><a:tr>{table}</a:tr></a:tbl></p:graphicFrame>",
        "-" + made.slide_shape("藏着。"),
    ]
    links = (
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        "<Relationship Id='n' Target='../notesSlides/n1.xml'/></Relationships>"
    )
    spoken = f"<p:notes {made.SLIDE}>{made.slide_shape('讲稿')}{made.slide_shape('1', kind='sldNum')}</p:notes>"
    extra = {"ppt/slides/_rels/s0.xml.rels": links.encode(), "ppt/notesSlides/n1.xml": spoken.encode()}
    found = _text("a.pptx", made.slides_file(*slides, extra=extra))
    assert found.text == "# 示例政策\n正文。\n组里。\n项目\t金额"
    assert _dropped(found) == [("页脚", "3"), ("第 1 页的备注", "讲稿"), ("隐藏的第 3 页", "藏着。")]


OLD = made.ole_file("WordDocument", head=b"\xec\xa5")


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program called soffice that does what the script says; its last argument is the file to convert."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


def test_without_libreoffice_an_old_file_is_refused_with_two_cures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    for name in ("a.doc", "a.wps"):
        found = read(Path(name), OLD)
        assert isinstance(found, Refused)
        assert "另存为 .docx" in found.reason
        assert "安装 LibreOffice" in found.reason


def test_an_old_file_is_read_through_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made.docx").write_bytes(made.word_file([made.plain("第一条 甲。")]))
    move = f'mkdir -p "$HOME/made"; cp {tmp_path}/made.docx "$HOME/made/source.docx"'
    _program(tmp_path, monkeypatch, f'case "$*" in *"--convert-to docx"*source.doc) {move};; esac')
    assert _text("a.wps", OLD).text == "第一条 甲。"


def test_what_the_program_cannot_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, monkeypatch, "exit 1")
    found = read(Path("a.doc"), OLD)
    assert isinstance(found, Refused)
    assert "读不了" in found.reason


def test_a_program_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, monkeypatch, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    found = convert(".doc", ".docx", OLD, seconds=1)
    assert isinstance(found, Refused)
    assert "超过 1 秒" in found.reason
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the program's child still runs")


def test_libreoffice_itself_reads_old_files_with_their_numbers(tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        needs("LibreOffice")
    (tmp_path / "a.docx").write_bytes(
        made.word_file([made.numbered("甲。"), made.numbered("乙。")], numbering=made.word_list("第%1条"))
    )
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        "--headless",
        profile,
        "--convert-to",
        "doc",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert _text("a.wps", (tmp_path / "a.doc").read_bytes()).text == "第一条 甲。\n第二条 乙。"
