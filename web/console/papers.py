"""报告: making one, and those that were made, as Word, Excel and PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from consultations import audit, reports
from consultations.periods import read_period
from consultations.permissions import is_limited
from consultations.reports import Report
from handlers import report_files
from handlers.make_report import KINDS, change_lines, keep_report, make_report
from handlers.pdf import PdfRefusedError
from handlers.report_template import TemplateError
from web.console.board import Written, chosen_by, period_link
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/reports", "报告", "report.list")
SHOWN = 50
_LARGEST = 2**31  # what the database counts to
MEDIA = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
}
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One report of the list; `is_kept`: its files can be downloaded."""

    report: Report
    name: str
    is_kept: bool


@router.get(ENTRY.path)
def show(visit: Looking, period: Written = "") -> HTMLResponse:
    """The reports that were made, the newest first, and a form to make one."""
    return _page(visit, period=period)


@router.post(ENTRY.path)
def make(
    visit: Posting,
    kind: Annotated[str, Form(max_length=40)] = "",
    period: Annotated[str, Form(max_length=30)] = "",
    outlet: Annotated[list[str] | None, Form(max_length=40)] = None,
) -> HTMLResponse:
    """Make a report, keep it with its files; what is wrong with a template is told with its line."""
    with visit.looking("report.make"):
        pass
    if kind not in KINDS or read_period(period) is None:
        return _page(visit, 422, told=["请选择报告，写明报告期。"])
    chosen = chosen_by(visit, outlet or [], [], [], period)
    try:
        draft = make_report(visit.desk, visit.console.home, kind, chosen.period, chosen.selection)
    except TemplateError as error:
        return _page(visit, 422, told=["报告没有写成：", *error.problems])
    with visit.desk.writing() as session:
        made = keep_report(session, draft, visit.staff.name)
        assert made is not None  # only scheduled ones are made once
        report_files.store(visit.console.home, made.key, draft.pieces)
    return _page(visit, told=[f"{draft.title} 已写好，可以下载。", *change_lines(draft.changed), *draft.problems])


@router.get(f"{ENTRY.path}/{{number}}/{{ending}}")
def download(visit: Looking, number: int, ending: str) -> Response:
    """The report as it was made, and a line in the audit trail that it left."""
    with visit.looking(ENTRY.action) as talk:
        found = reports.get(talk.session, number) if 0 < number < _LARGEST else None
        if found is None or not _theirs(visit, [found]):
            raise RefusedError(visit, "没有这份报告，请从“报告”进入。", 404)
        name = f"{found.kind}-{found.period}-{number}.{ending}"
    try:
        content = report_files.content_of(visit.console.home, number, f".{ending}") if f".{ending}" in MEDIA else None
    except PdfRefusedError as error:
        raise RefusedError(visit, str(error), 503) from error
    if content is None:
        raise RefusedError(visit, "这份报告没有留存文件：请重新出具。", 404)
    with visit.desk.writing() as session:
        audit.note(session, "sheets", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[f".{ending}"], headers=attached)


def _page(visit: Visit, status: int = 200, *, period: str = "", told: list[str] | None = None) -> HTMLResponse:
    home, chosen = visit.console.home, chosen_by(visit, [], [], [], period)
    with visit.looking(ENTRY.action) as talk:
        made = _theirs(visit, list(reports.newest(talk.session, SHOWN)))
        lines = [Line(each, KINDS.get(each.kind, each.kind), report_files.is_kept(home, each.key)) for each in made]
        shown = {"lines": lines, "kinds": KINDS, "chosen": chosen, "period_link": period_link(ENTRY.path)}
        return visit.page("reports.html", status, told=told or [], **shown)


def _theirs(visit: Visit, made: list[Report]) -> list[Report]:
    """Those this person may see: staff of one outlet those over exactly what they see of the board."""
    if not is_limited(visit.person, ENTRY.action):
        return made
    name = chosen_by(visit, [], [], []).name
    return [each for each in made if each.chosen == name]
