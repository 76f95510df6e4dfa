"""报告: making one, and those that were made, as Word, Excel and PDF."""

from __future__ import annotations

import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, Response

from consultations import audit, reports
from consultations.periods import read_period
from consultations.permissions import is_limited
from consultations.reports import Report
from handlers import report_files
from handlers.docx import Paper
from handlers.evaluation_bundle import draw, write_bundle
from handlers.make_report import KINDS, change_lines, keep_report, make_poster, make_report
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
MOST_DRAWN = 1000  # consultations in one bundle
BUNDLE_HOW = f"请写明报告期、抽取件数（1 到 {MOST_DRAWN}）和种子（数字；用同一个种子能再抽出同样的结果）。"
Short = Annotated[str, Form(max_length=10)]
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


@router.post(f"{ENTRY.path}/evaluation")
def bundle(
    visit: Posting,
    period: Annotated[str, Form(max_length=30)] = "",
    outlet: Annotated[list[str] | None, Form(max_length=40)] = None,
    sample: Short = "",
    seed: Short = "",
) -> Response:
    """The material for an evaluation by others as a zip file, and a line in the audit trail that it left."""
    with visit.looking("report.make"):
        pass
    numbers = [each.strip() for each in (sample, seed)]
    if read_period(period) is None or not all(re.fullmatch(r"\d{1,6}", each, re.ASCII) for each in numbers):
        return _page(visit, 422, told=[BUNDLE_HOW])
    chosen = chosen_by(visit, outlet or [], [], [], period)
    n, drawn_with = int(numbers[0]), int(numbers[1])
    if not 1 <= n <= MOST_DRAWN:
        return _page(visit, 422, told=[BUNDLE_HOW])
    try:
        draft = make_report(visit.desk, visit.console.home, "effect", chosen.period, chosen.selection)
    except TemplateError as error:
        return _page(visit, 422, told=["材料没有写成：", *error.problems])
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder, visit.desk.reading() as session:
        file = Path(folder) / "bundle.zip"
        write_bundle(session, file, draft, draw(session, draft.basis.scope, n, drawn_with), draft.basis.zone)
        content = file.read_bytes()
    with visit.desk.writing() as session:
        audit.note(session, "report", 0, visit.staff.key, visit.desk.now())
    name = f"evaluation-{chosen.period.code}-{drawn_with}.zip"
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/zip", headers=attached)


@router.get(f"{ENTRY.path}/poster")
def poster(
    visit: Looking,
    ending: Annotated[str, Query(max_length=5)] = "docx",
    paper: Annotated[Paper, Query()] = "A4",
) -> Response:
    """The service list to be put up on the wall, on the paper wanted; what is missing in it is told."""
    with visit.looking(ENTRY.action):
        pass
    listed = visit.console.service_list()
    if listed.value is None or f".{ending}" not in MEDIA:
        raise RefusedError(visit, "没有可以张贴的服务清单：" + "".join(listed.problems or ("请先写好服务清单。",)), 404)
    try:
        pieces = make_poster(visit.console.home, visit.desk.settings.outlet_name, listed.value)
        with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
            file = Path(folder) / f"poster.{ending}"
            report_files.write(file, pieces, paper)
            content = file.read_bytes()
    except TemplateError as error:
        raise RefusedError(visit, "".join(error.problems), 422) from error
    except PdfRefusedError as error:
        raise RefusedError(visit, str(error), 503) from error
    attached = {"Content-Disposition": f'attachment; filename="service-list-{paper}.{ending}"'}
    return Response(content, media_type=MEDIA[f".{ending}"], headers=attached)


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
        audit.note(session, "report", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[f".{ending}"], headers=attached)


def _page(visit: Visit, status: int = 200, *, period: str = "", told: list[str] | None = None) -> HTMLResponse:
    home, chosen = visit.console.home, chosen_by(visit, [], [], [], period)
    with visit.looking(ENTRY.action) as talk:
        made = _theirs(visit, list(reports.newest(talk.session, SHOWN)))
        lines = [Line(each, KINDS.get(each.kind, each.kind), report_files.is_kept(home, each.key)) for each in made]
        shown = {"lines": lines, "kinds": KINDS, "chosen": chosen, "period_link": period_link(ENTRY.path)}
        shown |= {"seed": secrets.randbelow(1_000_000), "lists": visit.console.service_list()}
        return visit.page("reports.html", status, told=told or [], **shown)


def _theirs(visit: Visit, made: list[Report]) -> list[Report]:
    """Those this person may see: staff of one outlet those over exactly what they see of the board."""
    if not is_limited(visit.person, ENTRY.action):
        return made
    name = chosen_by(visit, [], [], []).name
    return [each for each in made if each.chosen == name]
