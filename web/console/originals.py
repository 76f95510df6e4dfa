"""The original file (原件) of a revision: text and pictures beside what was read of it, the rest to open or save.

Nothing in a file is executed here: text is shown as text whatever it holds, pictures only where their content is one, a
PDF opens in the browser's own viewer, the rest is saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import found
from handlers.wish import identity
from policies.compilation import Revision
from policies.originals import original_of
from policies.readers import Refused
from policies.readers.plain import decode
from web.console.console import ROOT
from web.console.visits import Looking, RefusedError
from web.uploads import saved_as

LONGEST_SHOWN = 100_000  # characters of a text; nobody compares more on one page
LARGEST_SHOWN = 2_000_000  # bytes that are looked at for a text
_TEXTS = (".txt", ".md", ".html", ".htm")
_PICTURES = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
GONE = "没有这份原件：登记时没有文件，或文件已不在实例文件夹里。请运行 doctor 检查。"
router = APIRouter()


@dataclass(frozen=True)
class Original:
    """What a page shows of one: its name, its text, or whether it is a picture; a PDF opens beside the page."""

    name: str
    text: str = ""
    is_picture: bool = False
    is_pdf: bool = False


def shown_of(home: Path, revision: Revision) -> Original | None:
    """The original of a revision for its page; ``None`` when none was kept."""
    path = original_of(home, revision.sha256)
    if path is None:
        return None
    with path.open("rb") as file:
        start = file.read(LARGEST_SHOWN if path.suffix in _TEXTS else 16)
    name = revision.source_name or path.name
    if path.suffix not in _TEXTS:
        return Original(name, is_picture=bool(_picture(start)), is_pdf=start.startswith(b"%PDF-"))
    return Original(name, _text_of(start, is_whole=len(start) < LARGEST_SHOWN))


def _text_of(start: bytes, *, is_whole: bool) -> str:
    """The text of a file, or of the beginning of a large one, which may end within a character: at the end of a line
    then, or where there is none, a few bytes earlier.
    """
    ends = [len(start)] if is_whole else [start.rfind(b"\n") + 1, *(len(start) - n for n in range(4))]
    read = (decode(start[:end]) for end in ends if end)
    return next((each[0][:LONGEST_SHOWN] for each in read if not isinstance(each, Refused)), "")


@router.get(f"{ROOT}/policies/{{number}}/original")
def original(visit: Looking, number: str) -> Response:
    """The file as it came."""
    with visit.looking("policy.list") as talk:
        try:
            revision = found(talk.session, identity(number))
        except PolicyRefusedError as refused:
            raise RefusedError(visit, str(refused), 404) from refused
        path, name = original_of(visit.console.home, revision.sha256), revision.source_name
    if path is None:
        raise RefusedError(visit, GONE, 404)
    content = path.read_bytes()
    if content.startswith(b"%PDF-"):
        return Response(content, media_type="application/pdf", headers={"Content-Disposition": "inline"})
    kind = _picture(content) or "application/octet-stream"
    return Response(content, media_type=kind, headers=saved_as(name or path.name))


def _picture(content: bytes) -> str:
    return next((kind for start, kind in _PICTURES if content.startswith(start)), "")
