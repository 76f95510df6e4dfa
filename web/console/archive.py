"""档案: search the consultation archive, one consultation as a sheet, why it was answered like that, as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse

from consultations import archive
from handlers.archive import LOOKED_AT, find
from handlers.docx import write_docx
from handlers.record_sheet import CHANNELS, ROWS, TITLE, WIDTHS, Sheet, note_export, sheets_of
from handlers.talk import office_time
from handlers.whose import Meant, of_consultation
from handlers.why import why
from handlers.xlsx import write_xlsx
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Visit

ENTRY = Entry(f"{ROOT}/archive", "档案", "archive.search")
SHOWN = 50
Searched = Annotated[str, Query(max_length=200)]
router = APIRouter()


@router.get(ENTRY.path)
def search(visit: Looking, q: Searched = "") -> HTMLResponse:
    """The consultations in which all words occur, masked, the newest first; without words the newest."""
    with visit.looking(ENTRY.action):
        pass
    found = find(visit.desk, visit.person, q.split())
    return visit.page(
        "archive.html", words=q, lines=found[:SHOWN], channels=CHANNELS, has_more=len(found) > SHOWN, most=LOOKED_AT
    )


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str) -> HTMLResponse:
    """One consultation."""
    sheet = _sheet(visit, number)
    told = why(visit.desk, sheet.values["编号"]) if visit.may("archive.why") else ""
    return visit.page("consultation.html", sheet=sheet, rows=ROWS, why=told)


@router.get(f"{ENTRY.path}/{{number}}/docx")
def as_docx(visit: Looking, number: str) -> Response:
    """The sheet to print."""
    return _download(visit, number, "docx", lambda path, sheet: _docx(visit, path, sheet))


@router.get(f"{ENTRY.path}/{{number}}/xlsx")
def as_xlsx(visit: Looking, number: str) -> Response:
    """The sheet as a line of a table."""
    return _download(visit, number, "xlsx", lambda path, sheet: write_xlsx(path, TITLE, ROWS, [sheet.cells], WIDTHS))


def _docx(visit: Visit, path: Path, sheet: Sheet) -> None:
    write_docx(path, [sheet.form(visit.desk.settings.outlet_name)])


def _sheet(visit: Visit, number: str) -> Sheet:
    with visit.desk.reading() as session:
        found = archive.named(session, number)
        place = of_consultation(session, visit.desk.duty.book, found) if found else None
    with visit.looking("archive.search", Meant("咨询", number[:40].upper(), place)) as talk:
        known = archive.named(talk.session, number)
        assert known is not None
        return sheets_of(talk.session, office_time(visit.desk.settings).zone, [known])[0]


FORMATS: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _download(visit: Visit, number: str, kind: str, write: Callable[[Path, Sheet], object]) -> Response:
    """The file, and a line in the audit trail that it left."""
    sheet = _sheet(visit, number)
    with tempfile.TemporaryDirectory(prefix="zhixun-sheet-") as folder:
        path = Path(folder, f"sheet.{kind}")
        write(path, sheet)
        content = path.read_bytes()
    with visit.desk.writing() as session:
        note_export(session, visit.staff.key, visit.desk.now())
    name = f'attachment; filename="{sheet.values["编号"]}.{kind}"'
    return Response(content, media_type=FORMATS[kind], headers={"Content-Disposition": name})
