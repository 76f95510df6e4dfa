"""The original file (原件) of a revision, or of a file that waits for a decision, beside what was read of it.

Nothing in a file is executed here: text is shown as text whatever it holds, pictures only where their content is one,
pages as pictures made of them, of office files through LibreOffice; a PDF opens in the browser's own viewer, the rest
is saved.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from handlers import import_wording
from handlers.publish_policy import PolicyRefusedError
from handlers.review_policy import found
from handlers.wish import identity
from policies.compilation import Revision
from policies.originals import original_of
from policies.readers import Refused
from policies.readers.office import office_program
from policies.readers.page_pictures import NO_OFFICE, UNSHOWN, count_pages, has_pages, pdf_of, picture_of, ready_pdf
from policies.readers.plain import decode
from web.console.console import ROOT
from web.console.visits import Looking, RefusedError, Visit
from web.uploads import saved_as

LONGEST_SHOWN = 100_000  # characters of a text; nobody compares more on one page
LARGEST_SHOWN = 2_000_000  # bytes that are looked at for a text
_TEXTS = (".txt", ".md", ".html", ".htm")
_PICTURES = ((b"\x89PNG\r\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
GONE = "没有这份原件：登记时没有文件，或文件已不在实例文件夹里。请运行 doctor 检查。"
NO_PAGE = "没有这一页，或显示不出来。"
MOST_PAGES = 60  # shown beside; of a longer one the file is opened
router = APIRouter()


@dataclass(frozen=True)
class Original:
    """What a page shows of one: its name, its text, whether it is a picture, or its pages; `url` is where it is.

    `is_waiting` says that its pages are shown only when somebody asks: an office file takes seconds. `fault` says why
    they can't be.
    """

    name: str
    url: str
    text: str = ""
    is_picture: bool = False
    is_pdf: bool = False
    n_pages: int = 0
    is_waiting: bool = False
    fault: str = ""

    @property
    def shown(self) -> range:
        """The numbers of the pages that are shown."""
        return range(1, min(self.n_pages, MOST_PAGES) + 1)


def shown_of(home: Path, revision: Revision, *, is_asked: bool = False) -> Original | None:
    """The original of a revision for its page; ``None`` when none was kept."""
    path = original_of(home, revision.sha256)
    url = f"{ROOT}/policies/{revision.id}/original"
    return beside(home, path, revision.source_name or path.name, url, is_asked=is_asked) if path else None


def beside(home: Path, path: Path, name: str, url: str, *, is_asked: bool) -> Original:
    """What stands beside what was read of a file; `is_asked`: also the pages of an office file."""
    with path.open("rb") as file:
        content = file.read(LARGEST_SHOWN if path.suffix.lower() in _TEXTS else -1)
    if path.suffix.lower() in _TEXTS and not has_pages(path, content):
        return Original(name, url, _text_of(content, is_whole=len(content) < LARGEST_SHOWN))
    if _picture(content) or not has_pages(path, content):
        return Original(name, url, is_picture=bool(_picture(content)))
    is_pdf = content.startswith(b"%PDF-")
    if not is_pdf and not is_asked:
        return Original(name, url, is_waiting=office_program() is not None, fault="" if office_program() else NO_OFFICE)
    pdf = pdf_of(home, path, hashlib.sha256(content).hexdigest())
    if isinstance(pdf, Refused):
        return Original(name, url, fault=pdf.reason)
    n_pages = count_pages(pdf)
    return Original(name, url, is_pdf=is_pdf, n_pages=n_pages, fault="" if n_pages else UNSHOWN)


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
    return _file(path, name or path.name)


@router.get(f"{ROOT}/policies/{{number}}/original/{{page}}")
def original_page(visit: Looking, number: str, page: str) -> Response:
    """One page of it as a picture."""
    with visit.looking("policy.list") as talk:
        try:
            path = original_of(visit.console.home, found(talk.session, identity(number)).sha256)
        except PolicyRefusedError as refused:
            raise RefusedError(visit, str(refused), 404) from refused
    return _page(visit, path, page)


@router.get(f"{ROOT}/policies/import/{{token}}/original")
def sent_in(visit: Looking, token: str) -> Response:
    """A file that waits for a yes or no, as it came."""
    path = _sent_in(visit, token)
    if path is None:
        raise RefusedError(visit, import_wording.DECIDED, 404)
    return _file(path, path.name)


@router.get(f"{ROOT}/policies/import/{{token}}/original/{{page}}")
def sent_in_page(visit: Looking, token: str, page: str) -> Response:
    """One page of it as a picture."""
    return _page(visit, _sent_in(visit, token), page)


def _sent_in(visit: Visit, token: str) -> Path | None:
    with visit.looking("policy.import"):
        return visit.desk.imports.file_of(token) if visit.desk.imports else None


def _file(path: Path, name: str) -> Response:
    content = path.read_bytes()
    if content.startswith(b"%PDF-"):
        return Response(content, media_type="application/pdf", headers={"Content-Disposition": "inline"})
    return Response(content, media_type=_picture(content) or "application/octet-stream", headers=saved_as(name))


def _page(visit: Visit, path: Path | None, number: str) -> Response:
    """A page that was made a PDF before: nothing is begun here that takes longer."""
    if path is not None and (found_page := identity(number)):
        pdf = ready_pdf(visit.console.home, path, hashlib.sha256(path.read_bytes()).hexdigest())
        if pdf is not None and (picture := picture_of(pdf, found_page)):
            return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})
    raise RefusedError(visit, NO_PAGE, 404)


def _picture(content: bytes) -> str:
    return next((kind for start, kind in _PICTURES if content.startswith(start)), "")
