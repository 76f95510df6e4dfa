"""A program that stands in for Tesseract: it prints a table, and counts how often it was asked for a page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.policies import documents as made

SCAN = made.pdf_file([[], []]).replace(b"[0 0 900 842]", b"[0 0 090 084]")  # small, so that tests are quick


def row(line: int, confidence: float, text: str) -> str:
    """A word of Tesseract's table."""
    return f"5\t1\t1\t1\t{line}\t1\t0\t0\t9\t9\t{confidence}\t{text}"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, table: str) -> Path:
    """The program, alone on the PATH with the shell's own; each page read adds a line to ``asked`` beside it."""
    (folder / "table").write_text(table, "utf-8")
    program = folder / "tesseract"
    known = "--list-langs) echo chi_sim;;"
    write(program, f'case "$1" in {known} *) echo 1 >>{folder}/asked; cat >/dev/null; cat {folder}/table;; esac')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return program


def write(program: Path, script: str) -> None:
    """Have the program do something else."""
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def n_asked(program: Path) -> int:
    """How many pages it was asked for."""
    asked = program.parent / "asked"
    return len(asked.read_text().splitlines()) if asked.is_file() else 0
