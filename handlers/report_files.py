"""Reports as files (报告文件); those kept lie in ``reports/`` of the instance, as they were made."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from handlers.docx import Paper, write_document
from handlers.paper import Piece, docx_parts, sheets
from handlers.pdf import to_pdf
from handlers.xlsx import write_tables

FOLDER = "reports"
ENDINGS = (".docx", ".xlsx", ".pdf")


def write(file: Path, pieces: Sequence[Piece], paper: Paper = "A4") -> None:
    """Write a report as docx, xlsx or pdf, by the ending of the file; a spreadsheet has no paper.

    Raises:
        PdfRefusedError: There is no LibreOffice.
    """
    if file.suffix.lower() == ".xlsx":
        write_tables(file, sheets(pieces))
    elif file.suffix.lower() == ".docx":
        write_document(file, docx_parts(pieces), paper)
    else:
        with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
            document = Path(folder) / "report.docx"
            write_document(document, docx_parts(pieces), paper)
            file.write_bytes(to_pdf(document.read_bytes()))


def store(home: Path, report_id: int, pieces: Sequence[Piece]) -> None:
    """Keep the report as Word and Excel file, each whole or not at all."""
    for ending in (".docx", ".xlsx"):
        file = _place(home, report_id, ending)
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_name(f".{file.name}{ending}")
        write(scratch, pieces)
        scratch.replace(file)


def content_of(home: Path, report_id: int, ending: str) -> bytes | None:
    """The report as it was made; ``None`` when its file was not kept. PDF is made from the Word file.

    Raises:
        PdfRefusedError: There is no LibreOffice.
    """
    file = _place(home, report_id, ".docx" if ending == ".pdf" else ending)
    if not file.is_file():
        return None
    return to_pdf(file.read_bytes()) if ending == ".pdf" else file.read_bytes()


def is_kept(home: Path, report_id: int) -> bool:
    """Whether there are files of it."""
    return _place(home, report_id, ".docx").is_file()


def _place(home: Path, report_id: int, ending: str) -> Path:
    return home / FOLDER / f"{report_id:06}{ending}"
