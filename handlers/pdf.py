"""A document as PDF, through LibreOffice where it is installed."""

from __future__ import annotations

from policies.readers import Refused
from policies.readers.office import convert

SECONDS = 120  # a report of many pages on a busy machine


class PdfRefusedError(Exception):
    """There is no PDF: LibreOffice is missing or did not manage."""

    def __init__(self) -> None:
        super().__init__(
            "没有写成 PDF：需要本机装有 LibreOffice。请安装后再试（Debian：apt install libreoffice-writer），"
            "或写成 Word 文件后在 Word、WPS 中另存为 PDF。"
        )


def to_pdf(document: bytes, *, seconds: float = SECONDS) -> bytes:
    """The docx as PDF, given up after that many seconds.

    Raises:
        PdfRefusedError: LibreOffice is missing or did not manage.
    """
    made = convert(".docx", ".pdf", document, seconds=seconds)
    if isinstance(made, Refused):
        raise PdfRefusedError
    return made
