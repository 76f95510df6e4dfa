"""Makes small Word and PDF files for the tests, and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_file(paragraphs: Sequence[str], *, numbering: str = "", extra: Mapping[str, bytes] | None = None) -> bytes:
    """A .docx whose paragraphs are the given XML (`plain` or `numbered`)."""
    parts = {"word/document.xml": f"<w:document {WORD}><w:body>{''.join(paragraphs)}</w:body></w:document>".encode()}
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {WORD}>{numbering}</w:numbering>".encode()
    return package(parts | dict(extra or {}))


def package(parts: Mapping[str, bytes]) -> bytes:
    """A zip package of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def plain(text: str) -> str:
    """A Word paragraph."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def numbered(text: str, level: int | None = 0, number: int | None = 1, *, style: str = "") -> str:
    """A Word paragraph of a list and a style; ``None`` leaves the element out."""
    parts = f'<w:ilvl w:val="{level}"/>' if level is not None else ""
    parts += f'<w:numId w:val="{number}"/>' if number is not None else ""
    says = (f'<w:pStyle w:val="{style}"/>' if style else "") + (f"<w:numPr>{parts}</w:numPr>" if parts else "")
    return f"<w:p><w:pPr>{says}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_level(level: int, spelling: str, pattern: str, *, start: int | None = 1, extra: str = "") -> str:
    """One level of a list."""
    begins = f'<w:start w:val="{start}"/>' if start is not None else ""
    return (
        f'<w:lvl w:ilvl="{level}">{begins}<w:numFmt w:val="{spelling}"/>{extra}<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def word_lists(levels: Sequence[str], *overrides: str) -> str:
    """A numbering part: list 1 of these levels, and one list more of the same levels for each override."""
    abstract = f'<w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>'
    lists = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="7"/>{override}</w:num>'
        for number, override in enumerate(("", *overrides), start=1)
    )
    return abstract + lists


def word_styles(*styles: str) -> dict[str, bytes]:
    """The part with the paragraph styles."""
    return {"word/styles.xml": f"<w:styles {WORD}>{''.join(styles)}</w:styles>".encode()}


def word_style(name: str, properties: str = "", *, base: str = "", default: bool = False) -> str:
    """A paragraph style."""
    based = f'<w:basedOn w:val="{base}"/>' if base else ""
    mark = ' w:default="1"' if default else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"{mark}><w:name w:val="{name}"/>{based}'
        f"<w:pPr>{properties}</w:pPr></w:style>"
    )


def word_list(*patterns: str) -> str:
    """A numbering part: list 1 with one level per pattern, in Chinese numerals."""
    return word_lists([word_level(level, "chineseCounting", pattern) for level, pattern in enumerate(patterns)])


def pdf_file(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with a text layer, one list of lines per page."""
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong /Encoding /UniGB-UCS2-H /DescendantFonts [ << /Type /Font "
        b"/Subtype /CIDFontType0 /BaseFont /STSong /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
        b"/FontDescriptor << /Type /FontDescriptor /FontName /STSong /Flags 6 /FontBBox [0 -200 1000 900] "
        b"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> /DW 1000 >> ] >>"
    )
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [ {kids} ] /Count {len(pages)} >>".encode(),
        font,
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -20 Td" for line in lines)
        stream = f"BT /F1 12 Tf 50 780 Td {shown} ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _assembled(objects)


def _assembled(objects: Sequence[bytes]) -> bytes:
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return bytes(made + head + table + trailer)
