"""意见台账: opinions and complaints with their due dates; one row with its reply; entering a row."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse

from consultations import opinions as ledger
from consultations.opinions import KINDS, STATES
from handlers import opinions
from handlers.escalate import for_staff
from handlers.opinions import OpinionRefusedError, state_name
from handlers.staff_reply import proofread
from handlers.whose import Meant, in_sight, of_opinion, sees
from web.console.acting import LONGEST, replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking, Posting, Visit

ENTRY = Entry(f"{ROOT}/opinions", "意见台账", "opinion.list")
LISTED = 200
Words = Annotated[str, Form(max_length=LONGEST)]
Flag = Annotated[str, Form(max_length=5)]
State = Annotated[str, Query(max_length=20)]
router = APIRouter()


@router.get(ENTRY.path)
def show_list(visit: Looking, state: State = "", said: str = "") -> HTMLResponse:
    """The ledger, those that wait longest first, with the reply rate of all."""
    with visit.looking(ENTRY.action) as talk:
        every = ledger.listed(talk.session, state=state if state in STATES else "", limit=None)
        rows = in_sight(talk, ENTRY.action, every, partial(of_opinion, talk.session, talk.desk.duty.book))[:LISTED]
        rate = opinions.list_lines(talk.session, talk.desk, ())[-1]
        lines = [(each, KINDS[each.kind], state_name(each, talk.now), for_staff(each.text)[:120]) for each in rows]
        return visit.page(
            "opinions.html",
            lines=lines,
            rate=rate,
            state=state,
            states=STATES,
            kinds=KINDS,
            said=replies_to(talk.session, visit, said),
        )


@router.get(f"{ENTRY.path}/{{number}}")
def show(visit: Looking, number: str) -> HTMLResponse:
    """One row."""
    return _page(visit, number)


@router.post(f"{ENTRY.path}/{{number}}/reply")
def reply(
    visit: Posting, number: str, words: Words = "", insist: Annotated[str, Form(max_length=5)] = ""
) -> HTMLResponse:
    """The reply goes out; a wrong citation holds it back until its author insists."""
    with visit.looking("opinion.record", _meant(visit, number)):
        pass
    wrong = [each.sentence for each in proofread(visit.desk, words) if each.holds_back]
    if wrong and not insist:
        return _page(visit, number, 422, wrong=wrong, words=words)
    try:
        with visit.desk.writing() as session:
            told = opinions.reply(session, visit.desk, number, visit.staff, words)
    except OpinionRefusedError as refused:
        return _page(visit, number, 422, told=str(refused), words=words)
    visit.console.on_work()
    return _page(visit, number, told=told)


@router.post(f"{ENTRY.path}/{{number}}/close")
def close(visit: Posting, number: str, words: Words = "") -> HTMLResponse:
    """Done."""
    with visit.looking("opinion.record", _meant(visit, number)):
        pass
    try:
        with visit.desk.writing() as session:
            told = opinions.close(session, visit.desk, number, visit.staff, words)
    except OpinionRefusedError as refused:
        return _page(visit, number, 422, told=str(refused))
    return _page(visit, number, told=told)


def _meant(visit: Visit, number: str) -> Meant:
    with visit.desk.reading() as session:
        found = ledger.by_number(session, number)
        place = of_opinion(session, visit.desk.duty.book, found) if found else None
    return Meant("意见", number[:40].upper(), place)


def _page(visit: Visit, number: str, status: int = 200, **values: object) -> HTMLResponse:
    with visit.looking(ENTRY.action, _meant(visit, number)) as talk:
        opinion = ledger.by_number(talk.session, number)
        assert opinion is not None
        may_record = sees(talk, "opinion.record", of_opinion(talk.session, talk.desk.duty.book, opinion))
        text = opinions.show(talk.session, talk.desk, number)
        return visit.page("opinion.html", status, opinion=opinion, text=text, may_record=may_record, **values)
