"""值班: who is there and who is away, whom a question would be given to, and which days are worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from consultations.duty_book import EMPLOYMENTS, Member
from consultations.permissions import names_of
from consultations.work_calendar import Holiday
from handlers.give_out import absences_ahead, preview
from handlers.promises import roster_of
from handlers.talk import StaffTalk
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking

ENTRY = Entry(f"{ROOT}/duty", "值班", "duty.show")
Question = Annotated[str, Query(max_length=1000)]
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One member of staff; `why_not` is empty for whoever is there."""

    member: Member
    outlet: str
    roles: str
    employment: str
    why_not: str


@router.get(ENTRY.path)
def show(visit: Looking, question: Question = "", said: str = "") -> HTMLResponse:
    """Staff, absences, calendar; with a question, whom it would be given to."""
    desk = visit.desk
    answer = desk.answerer.answer(question, visit.console.today()) if question.strip() else None
    with visit.looking(ENTRY.action) as talk:
        calendar, year = desk.settings.calendar, visit.console.today().year
        return visit.page(
            "duty.html",
            lines=[_line(talk, each) for each in desk.duty.book.members.values()],
            problems=desk.duty.problems,
            lost=desk.duty.lost,
            absences=absences_ahead(desk, visit.console.today()),
            question=question,
            given=preview(talk.session, desk, question, answer, talk.now) if answer else "",
            years=[(each, calendar.state_of(each), _holidays(talk, each)) for each in (year, year + 1)],
            said=replies_to(talk.session, visit, said),
        )


def _line(talk: StaffTalk, member: Member) -> Line:
    book = talk.desk.duty.book
    return Line(
        member,
        book.outlets[member.outlet].name if member.outlet in book.outlets else "",
        "、".join(names_of(book.roles_of(member))),
        EMPLOYMENTS[member.employment],
        roster_of(talk.desk).why_not(member, talk.now),
    )


def _holidays(talk: StaffTalk, year: int) -> tuple[Holiday, ...]:
    known = talk.desk.settings.calendar.years.get(year)
    return tuple(known.holidays) if known else ()
