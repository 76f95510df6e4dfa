"""Makes small Word and PDF files for the tests, and hostile ones."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence

_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LINKED = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SLIDE = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_LINKS = {  # without these LibreOffice does not know what it reads
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}.document.main+xml"/>'
    f'<Override PartName="/word/numbering.xml" ContentType="{_OFFICE}.numbering+xml"/></Types>'.encode(),
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r" Type="{_RELATED}/officeDocument" Target="word/document.xml"/></Relationships>'.encode(),
    "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="n" Type="{_RELATED}/numbering" Target="numbering.xml"/></Relationships>'.encode(),
}
LAUGHS = (
    b"<!DOCTYPE x [<!ENTITY a0 'ha'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 12))
    + b"]><x y='&a11;'/>"
)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_file(paragraphs: Sequence[str], *, numbering: str = "", extra: Mapping[str, bytes] | None = None) -> bytes:
    """A .docx whose paragraphs are the given XML (`plain` or `numbered`)."""
    parts = {"word/document.xml": f"<w:document {WORD}><w:body>{''.join(paragraphs)}</w:body></w:document>".encode()}
    if numbering:
        parts["word/numbering.xml"] = f"<w:numbering {WORD}>{numbering}</w:numbering>".encode()
    return package(_WORD_LINKS | parts | dict(extra or {}))


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


def locked_package(parts: Mapping[str, bytes]) -> bytes:
    """A zip package whose entries say that they are encrypted."""
    made = bytearray(package(parts))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(sign)
        while at >= 0:
            made[at + offset] |= 1
            at = made.find(sign, at + 4)
    return bytes(made)


def ole_file(stream: str, *, head: bytes = b"") -> bytes:
    """What old office files begin with, and a directory that names one stream."""
    start = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return start + head.ljust(512, b"\0") + stream.encode("utf-16-le").ljust(512, b"\0")


def excel_file(
    sheets: Mapping[str, str], *, strings: Sequence[str] = (), extra: Mapping[str, bytes] | None = None
) -> bytes:
    """An .xlsx; each sheet is the XML of its rows (`excel_row`), a name beginning with - makes it hidden."""
    names = ""
    for number, name in enumerate(sheets):
        mark = ' state="hidden"' if name.startswith("-") else ""
        names += f'<sheet name="{name.lstrip("-")}" r:id="r{number}"{mark}/>'
    parts = {
        "xl/workbook.xml": f"<workbook {_SHEET} {_LINKED}><sheets>{names}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations({f"r{at}": f"worksheets/s{at}.xml" for at in range(len(sheets))}),
        "xl/sharedStrings.xml": f"<sst {_SHEET}>{''.join(f'<si><t>{each}</t></si>' for each in strings)}</sst>",
        "xl/styles.xml": f'<styleSheet {_SHEET}><numFmts><numFmt numFmtId="176" formatCode="yyyy/m/d;@"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="176"/></cellXfs></styleSheet>',
        **{
            f"xl/worksheets/s{at}.xml": f"<worksheet {_SHEET}><sheetData>{rows}</sheetData></worksheet>"
            for at, rows in enumerate(sheets.values())
        },
    }
    return package({name: content.encode() for name, content in parts.items()} | dict(extra or {}))


def excel_row(*cells: str, hidden: bool = False) -> str:
    """A row of cells as XML; the first stands in column A."""
    mark = ' hidden="1"' if hidden else ""
    return f"<row{mark}>{''.join(cells)}</row>"


def slides_file(*slides: str, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A .pptx of slides, each the XML of its shapes; one beginning with - is hidden."""
    entries = "".join(f'<p:sldId r:id="r{at}"/>' for at in range(len(slides)))
    parts = {
        "ppt/presentation.xml": f"<p:presentation {SLIDE} {_LINKED}>"
        f"<p:sldIdLst>{entries}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations({f"r{at}": f"slides/s{at}.xml" for at in range(len(slides))}),
    }
    for at, shapes in enumerate(slides):
        mark = ' show="0"' if shapes.startswith("-") else ""
        tree = f"<p:cSld><p:spTree>{shapes.lstrip('-')}</p:spTree></p:cSld>"
        parts[f"ppt/slides/s{at}.xml"] = f"<p:sld {SLIDE}{mark}>{tree}</p:sld>"
    return package({name: content.encode() for name, content in parts.items()} | dict(extra or {}))


def slide_shape(*paragraphs: str, kind: str = "") -> str:
    """A shape with text; `kind` makes it a placeholder (title, sldNum, ftr)."""
    place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    text = "".join(f"<a:p><a:r><a:t>{each}</a:t></a:r></a:p>" for each in paragraphs)
    return f"<p:sp><p:nvSpPr>{place}</p:nvSpPr><p:txBody>{text}</p:txBody></p:sp>"


def _relations(targets: Mapping[str, str]) -> str:
    inside = "".join(f'<Relationship Id="{each}" Target="{target}"/>' for each, target in targets.items())
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'
    )


DRAWN = ("\0drawn",)  # a page of a PDF whose signs are a picture


def pdf_file(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with a text layer, one list of lines per page; `DRAWN` is one that only shows something."""
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
        stream = b"10 10 500 500 re f" if lines is DRAWN else f"BT /F1 12 Tf 50 780 Td {shown} ET".encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _assembled(objects)


def locked_pdf(password: str) -> bytes:
    """A PDF that opens only with the password (standard security handler, revision 2; ISO 32000-1, 7.6.3)."""
    padding = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
    padded = (password.encode() + padding)[:32]
    owner = _rc4(hashlib.md5(padded).digest()[:5], padded)
    key = hashlib.md5(padded + owner + (-4 & 0xFFFFFFFF).to_bytes(4, "little") + b"id").digest()[:5]
    user = _rc4(key, padding)
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (owner.hex().encode(), user.hex().encode())
    return pdf_file([["甲"]]).replace(b"trailer << ", b"trailer << /Encrypt %s /ID [(id) (id)] " % lock)


def _rc4(key: bytes, content: bytes) -> bytes:
    box, j, made = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        made.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(made)


def lying_package(parts: Mapping[str, bytes], size: int) -> bytes:
    """A zip package whose directory says that every part unpacks to `size` bytes."""
    made = bytearray(package(parts))
    for sign, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = made.find(sign)
        while at >= 0:
            made[at + offset : at + offset + 4] = size.to_bytes(4, "little")
            at = made.find(sign, at + 4)
    return bytes(made)


def _assembled(objects: Sequence[bytes]) -> bytes:
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return bytes(made + head + table + trailer)
