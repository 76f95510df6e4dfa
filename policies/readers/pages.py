"""A page of a PDF as a picture: ``python -m policies.readers.pages 3 < file`` prints a grey PNM (P5), nothing when
there is no such page; ``count`` prints as JSON how many pages there are, and the texts of those that are no pictures.
A process of its own, like `policies.readers.worker`.
"""

from __future__ import annotations

import json
import sys

from policies.readers.pdf import printed, texts_of
from policies.readers.worker import limit

DOTS_PER_INCH = 300  # what Tesseract was trained on
_POINTS_PER_INCH = 72
_LARGEST_SIDE = 10_000  # pixels; a page of A3 has 4,960


def main(what: str) -> None:
    """Print page number `what` (from 0), or for ``count`` how many there are."""
    import pypdfium2  # type: ignore[import-untyped]  # it ships no types

    content = sys.stdin.buffer.read()
    limit()
    document = pypdfium2.PdfDocument(content)
    if what == "count":
        texts = printed(document, texts_of(document))
        sys.stdout.buffer.write(json.dumps([len(document), texts], ensure_ascii=False).encode("utf-8", "replace"))
        return
    number = int(what)
    if number >= len(document):
        return
    page = document[number]
    scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, _LARGEST_SIDE / max(page.get_size()))
    picture = page.render(scale=scale, grayscale=True)
    pixels = bytes(picture.buffer)
    sys.stdout.buffer.write(b"P5 %d %d 255\n" % (picture.width, picture.height))
    for row in range(picture.height):
        start = row * picture.stride
        sys.stdout.buffer.write(pixels[start : start + picture.width])


if __name__ == "__main__":
    main(sys.argv[1])
