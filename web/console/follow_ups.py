"""回访: what to do by telephone or visit, with what to say and a place for what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from consultations import follow_ups
from consultations.contacts import Contact
from consultations.follow_ups import CAUSES, KIND_NAMES, RESULTS, WAYS, FollowUp
from consultations.tickets import Ticket
from handlers import wording
from handlers.follow_up_tasks import SCORE_NAMES
from handlers.talk import StaffTalk
from handlers.whose import in_sight, of_ticket_id, sees
from web.console.acting import replies_to
from web.console.console import ROOT, Entry
from web.console.visits import Looking

ENTRY = Entry(f"{ROOT}/visits", "回访", "visit.list")
LISTED = 100
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One task: whom to call (a number only), why, the script, and the results there may be."""

    task: FollowUp
    ticket: Ticket
    kind: str
    cause: str
    who: str
    script: Sequence[str]
    results: Mapping[str, str]
    is_late: bool
    may_record: bool


@router.get(ENTRY.path)
def show(visit: Looking, said: str = "") -> HTMLResponse:
    """The tasks, the most urgent first."""
    with visit.looking(ENTRY.action) as talk:
        tasks = in_sight(
            talk,
            ENTRY.action,
            follow_ups.list_tasks(talk.session),
            lambda each: of_ticket_id(talk.session, each.ticket_id),
        )
        return visit.page(
            "visits.html",
            lines=[_line(talk, each) for each in tasks[:LISTED]],
            n_all=len(tasks),
            ways={way: name for way, name in WAYS.items() if way != "chat"},
            said=replies_to(talk.session, visit, said),
        )


def _line(talk: StaffTalk, task: FollowUp) -> Line:
    ticket = talk.session.get_one(Ticket, task.ticket_id)
    is_secret = talk.session.get_one(Contact, ticket.contact_id).is_secret
    is_score = task.kind == "score_reminder"
    rule = talk.desk.settings.follow_up_rules.by_id(task.rule)
    return Line(
        task,
        ticket,
        KIND_NAMES[task.kind],
        CAUSES[task.cause],
        "保密" if is_secret else f"{ticket.contact_id} 号",
        (wording.SCORE_SCRIPT,) if is_score else rule.script,
        {**(SCORE_NAMES if is_score else RESULTS), "unreached": RESULTS["unreached"]},
        task.task_due_at is not None and task.task_due_at < talk.now,
        sees(talk, "visit.record", of_ticket_id(talk.session, task.ticket_id)),
    )
