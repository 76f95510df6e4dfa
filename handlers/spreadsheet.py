"""Cells of files that a spreadsheet program opens: nothing in them is run as a formula."""

from __future__ import annotations

from typing import TypeVar

BOM = b"\xef\xbb\xbf"
# What Excel, WPS and LibreOffice take for the beginning of a formula, half or full width (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Cell = TypeVar("Cell", str, int, float, "str | int | float")


def cell_of(value: Cell) -> Cell | str:
    """The value; a text that would be run gets an apostrophe in front, which marks it as a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
