"""A page of a PDF as a picture: ``python -m policies.readers.pages 3 < file`` prints a grey PNM (P5), nothing when
there is no such page; ``count`` prints as JSON how many pages there are, and the texts of those that are no pictures,
``length`` the number alone, ``show:3`` the page in colours as a PNG of the size of a screen.
A process of its own, like `policies.readers.worker`.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from typing import Any

from policies.readers.pdf import printed, texts_of
from policies.readers.worker import limit

DOTS_PER_INCH = 300  # what Tesseract was trained on
_SHOW = "show:"  # in front of the number of a page
_POINTS_PER_INCH = 72
_SHOWN_PER_INCH = 110  # dots: small print is legible, a page has some 100 kB
_LARGEST_SHOWN = 2_400  # pixels
_LARGEST_SIDE = 10_000  # pixels; a page of A3 has 4,960


def main(what: str) -> None:
    """Print page number `what` (from 0), for ``count`` and ``length`` how many there are, with ``show:`` as a PNG."""
    import pypdfium2  # type: ignore[import-untyped]  # it ships no types

    content = sys.stdin.buffer.read()
    limit()
    document = pypdfium2.PdfDocument(content)
    if what == "count":
        texts = printed(document, texts_of(document))
        sys.stdout.buffer.write(json.dumps([len(document), texts], ensure_ascii=False).encode("utf-8", "replace"))
        return
    if what == "length":
        sys.stdout.buffer.write(str(len(document)).encode())
        return
    number = int(what.removeprefix(_SHOW))
    if not 0 <= number < len(document):
        return
    page = document[number]
    if what.startswith(_SHOW):
        scale = min(_SHOWN_PER_INCH / _POINTS_PER_INCH, _LARGEST_SHOWN / max(page.get_size()))
        sys.stdout.buffer.write(_png(page.render(scale=scale, rev_byteorder=True)))
        return
    scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, _LARGEST_SIDE / max(page.get_size()))
    picture = page.render(scale=scale, grayscale=True)
    pixels = bytes(picture.buffer)
    sys.stdout.buffer.write(b"P5 %d %d 255\n" % (picture.width, picture.height))
    for row in range(picture.height):
        start = row * picture.stride
        sys.stdout.buffer.write(pixels[start : start + picture.width])


def _png(picture: Any) -> bytes:  # noqa: ANN401  pypdfium2 has no types
    """A picture of red, green and blue as PNG (RFC 2083)."""
    pixels, width = bytes(picture.buffer), picture.width * 3
    rows = (pixels[row * picture.stride : row * picture.stride + width] for row in range(picture.height))
    head = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )


if __name__ == "__main__":
    main(sys.argv[1])
