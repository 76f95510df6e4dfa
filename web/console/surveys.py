"""问卷: every questionnaire with its turnout; one with its results, to download, and to send."""

from __future__ import annotations

import io
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from consultations import audit
from consultations.questionnaires import KINDS, SATISFACTION, Questionnaire
from consultations.service_items import load_pack
from consultations.survey_results import result_of, turnout_of
from handlers import questionnaire, survey_rounds
from handlers.survey_rounds import ANSWERS, SPLIT_HIDDEN, STATES, TURNOUT, NotSentError
from handlers.xlsx import write_tables
from web.console.console import ROOT, Entry
from web.console.papers import MEDIA
from web.console.visits import Looking, Posting, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/surveys", "问卷", "survey.list")
NO_SUCH = "没有这份问卷，请从“问卷”进入。"
ROUND_MISSING = "请写明轮次，例如 1 或 2027：同一轮每人只问一次。"
DAYS_WRONG = "最近多少天，请写 1 到 3660 的整数。"
Short = Annotated[str, Form(max_length=40)]
router = APIRouter()


@router.get(ENTRY.path)
def show_list(visit: Looking) -> HTMLResponse:
    """Every questionnaire and how far it is; what is wrong with the outlet's own files."""
    with visit.looking(ENTRY.action) as talk:
        book = visit.desk.settings.surveys
        lines = []
        for each in book.by_id.values():
            state = STATES[each.state_on(visit.console.today())] + survey_rounds.days_of(each)
            lines.append((each, state, survey_rounds.turnout_row(turnout_of(talk.session, each.survey_id))[1:]))
        names = TURNOUT[1:]
        return visit.page("surveys.html", lines=lines, names=names, problems=book.problems, said_of=survey_rounds.said)


@router.get(f"{ENTRY.path}/{{survey}}")
def show(visit: Looking, survey: str) -> HTMLResponse:
    """One with its results."""
    return _page(visit, survey)


@router.post(f"{ENTRY.path}/{{survey}}")
def send(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting, survey: str, item: Short = "", days: Short = "30", name: Short = "", seen: Short = ""
) -> HTMLResponse:
    """First how many would be asked; those `seen` are asked once that is confirmed, nobody twice in a round."""
    given = {"item": item, "days": days, "name": name.strip()}
    with visit.looking("survey.send"):
        found = _found(visit, survey)
    within = int(days) if days.isascii() and days.isdecimal() else 0
    if not given["name"] or not 1 <= within <= 3660:
        return _page(visit, survey, 422, told=DAYS_WRONG if given["name"] else ROUND_MISSING, given=given)
    try:
        with visit.desk.reading() as session:
            ids = survey_rounds.whom_to_ask(session, visit.desk, found, item, within)
    except NotSentError as refused:
        return _page(visit, survey, 422, told=str(refused), given=given)
    if seen != str(len(ids)):  # not confirmed yet, or there are others than were seen
        return _page(visit, survey, given=given, n_asked=len(ids))
    with visit.desk.writing() as session:
        n_planned = questionnaire.plan_for(session, visit.desk, found, ids, f"round:{given['name']}")
        audit.note(session, "survey", 0, visit.staff.key, visit.desk.now())
    visit.console.on_work()
    return _page(visit, survey, told=survey_rounds.planned(n_planned, len(ids)))


@router.get(f"{ENTRY.path}/{{survey}}/xlsx")
def download(visit: Looking, survey: str) -> Response:
    """The results as a file, and a line in the audit trail that they left."""
    with visit.looking(ENTRY.action) as talk:
        found = _found(visit, survey)
        sheets = survey_rounds.sheets_of(result_of(talk.session, found))
    content = io.BytesIO()
    write_tables(content, sheets)
    with visit.desk.writing() as session:
        audit.note(session, "survey_results", 0, visit.staff.key, visit.desk.now())
    attached = {"Content-Disposition": f'attachment; filename="{found.survey_id}.xlsx"'}
    return Response(content.getvalue(), media_type=MEDIA[".xlsx"], headers=attached)


def _found(visit: Visit, survey: str) -> Questionnaire:
    found = visit.desk.settings.surveys.by_id.get(survey)
    if found is None:
        raise RefusedError(visit, NO_SUCH, 404)
    return found


def _page(visit: Visit, survey: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401
    with visit.looking(ENTRY.action) as talk:
        found = _found(visit, survey)
        result = result_of(talk.session, found)
    state = found.state_on(visit.console.today())
    return visit.page(
        "survey.html",
        status,
        survey=found,
        state=STATES[state] + survey_rounds.days_of(found),
        turnout=survey_rounds.sheets_of(result)[0],
        split_hidden=SPLIT_HIDDEN if result.is_split_hidden else "",
        questions=[(each, KINDS[each.question.kind], survey_rounds.answers_of(each)) for each in result.questions],
        answers=ANSWERS,
        said_of=survey_rounds.said,
        may_send=visit.may("survey.send") and state != "closed" and found.survey_id != SATISFACTION,
        is_refused=status != 200,  # the form stays open with what was typed
        given={"item": "", "days": "30", "name": "1"} | values.pop("given", {}),
        items=load_pack().items.values(),
        **values,
    )
