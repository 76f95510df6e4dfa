"""Scans and photos. Tesseract is stood in for by a small program that prints the same table, but for one test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from policies.readers import ReadText, Refused, read
from policies.readers.recognise import Line, lines_of, recognise
from tests.conftest import needs
from tests.policies import documents as made

ROOT = Path(__file__).resolve().parents[2]
PHOTO = b"\xff\xd8\xff\xe0 a photo"
SCAN = made.pdf_file([[], []])


def _row(line: int, confidence: float, text: str) -> str:
    return f"5\t1\t1\t1\t{line}\t1\t0\t0\t9\t9\t{confidence}\t{text}"


TABLE = "\n".join(
    [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        *(_row(1, 95, word) for word in ("示例", "办法")),
        *(_row(2, confidence, word) for word, confidence in (("第一条", 91), ("依照", 20), ("PCT", 90), ("rules", 88))),
        "4\t1\t1\t1\t3\t0\t0\t0\t9\t9\t-1\t",
    ]
)


def test_words_of_a_line_are_joined_and_the_least_certain_one_counts() -> None:
    assert list(lines_of(TABLE)) == [Line("示例办法", 95), Line("第一条依照PCT rules", 20)]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called tesseract, alone on the PATH with the shell's own."""
    (tmp_path / "table").write_text(TABLE, "utf-8")
    made_program = tmp_path / "tesseract"
    _write(made_program, f'case "$1" in --list-langs) echo chi_sim;; *) cat >/dev/null; cat {tmp_path}/table;; esac')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return made_program


def _write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_photo_is_read_and_doubtful_lines_are_told(program: Path) -> None:
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, ReadText)
    assert found.text == "示例办法\n第一条依照PCT rules"
    note, doubt = found.problems
    assert "对照原件" in note.message
    assert (doubt.kind, doubt.where, doubt.found) == ("scan", "第 1 页", "第一条依照PCT rules")
    assert "20/100" in doubt.message


def test_every_page_of_a_scan_is_read_with_progress(program: Path) -> None:
    pages: list[int] = []
    found = read(Path("扫描.pdf"), SCAN, partial(recognise, progress=pages.append))
    assert isinstance(found, ReadText)
    assert pages == [1, 2]
    assert [each.where for each in found.problems if each.kind == "scan"] == ["第 1 页", "第 2 页"]


@pytest.mark.parametrize(("name", "content"), [("照片.jpg", PHOTO), ("扫描.pdf", SCAN)])
def test_unless_asked_for_scans_are_refused_with_the_way_to_ask(program: Path, name: str, content: bytes) -> None:
    found = read(Path(name), content)
    assert isinstance(found, Refused)
    assert "--ocr" in found.reason


@pytest.mark.parametrize("languages", ["", "eng"])
def test_without_the_program_or_its_chinese_data_the_cure_is_named(
    program: Path, monkeypatch: pytest.MonkeyPatch, languages: str
) -> None:
    _write(program, f"echo {languages}")
    if not languages:
        monkeypatch.setenv("PATH", "/nowhere")
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, Refused)
    assert "tesseract-ocr-chi-sim" in found.reason


@pytest.mark.parametrize("script", ["exit 1", 'case "$1" in --list-langs) echo chi_sim;; *) echo rubbish;; esac'])
def test_a_picture_without_text_is_refused_with_a_cure(program: Path, script: str) -> None:
    _write(program, f'[ "$1" = --list-langs ] && echo chi_sim\n{script}')
    found = read(Path("照片.jpg"), PHOTO, recognise)
    assert isinstance(found, Refused)
    assert "更清楚" in found.reason


def test_files_with_text_are_not_sent_to_the_program(program: Path) -> None:
    _write(program, "exit 1")
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
