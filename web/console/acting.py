"""What staff do in the console goes the way of every staff message: one turn, one gate, the same handlers.

A form carries an id made with the page. Sent twice, it is done once, and both times the recorded reply is shown.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from consultations import cases, outbox, received
from consultations.messages import Block, Inbound, Outbound
from consultations.outbox import OutboxMessage
from handlers import gate
from handlers.console_wording import DONE, DONE_ELSE, IN_FIELD
from handlers.turn import Turn, take_turn
from handlers.wish import identity
from web.console.console import ROOT
from web.console.visits import ForgedFormError, Posting, Visit

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST = 20_000  # characters of a reply
MAKING = ("make_case", "make_card", "gap")  # presses that make something with a page of its own
router = APIRouter()

Field = Annotated[str, Form(max_length=64)]
Back = Annotated[str, Form(max_length=400)]
Words = Annotated[str, Form(max_length=LONGEST)]


@router.post(f"{ROOT}/do")
def act(  # noqa: PLR0913, PLR0917  the fields of the form
    visit: Posting,
    once: Field = "",
    verb: Field = "",
    about: Field = "",
    which: Field = "",
    also: Field = "",
    words: Words = "",
    back: Back = "",
) -> RedirectResponse:
    """A command (``verb`` transfer, ``about`` the ticket's number, ``which`` outlet) or a button (``verb`` press, its
    action in ``words``).
    """
    if not ID.fullmatch(once):
        raise ForgedFormError(422)
    if verb == "press":
        turn = take(visit, visit.inbound(once, kind="choice", action=words[:64]))
        if words.partition(":")[0] in MAKING and (made := made_by(visit, turn)):
            return RedirectResponse(made, status_code=303)
    else:
        take(visit, visit.inbound(once, text=" ".join(filter(None, (f"/{verb}", about, which, also, words)))))
    there = place(back)
    return RedirectResponse(f"{there}{'&' if '?' in there else '?'}said={once}", status_code=303)


def take(visit: Visit, inbound: Inbound) -> Turn:
    """Take the turn; its replies are shown by the page that follows, so they count as sent."""
    turn = take_turn(inbound, visit.desk)
    with visit.desk.writing() as session:
        shown = {each.outbox_id: "console" for each in turn.replies if each.outbox_id is not None}
        outbox.mark_sent(session, shown, visit.desk.now())
    visit.console.on_work()
    return turn


def made_by(visit: Visit, turn: Turn) -> str:
    """The page of the draft or case that a press made, where one goes on writing; empty when it made none."""
    actions = (choice.action for reply in turn.replies for row in reply.choices for choice in row)
    kind, which, *_ = (*next(actions, "").split(":"), "", "")
    if kind == "draft" and visit.may("draft.show"):
        return f"{ROOT}/drafts/{which}"
    if kind != "case":
        return ""
    with visit.desk.reading() as session:
        case = cases.get(session, identity(which))
        return f"{ROOT}/cases/{case.number}" if case is not None else ""


def replies_to(session: Session, visit: Visit, message_id: str) -> tuple[Outbound, ...] | None:
    """What came back for a message of this person; ``None`` when there is no such message."""
    known = received.find(session, gate.CONSOLE, f"{visit.staff_id}/{message_id}") if message_id else None
    if known is None:
        return None
    rows = session.exec(
        select(OutboxMessage).where(col(OutboxMessage.id).in_(known.reply_ids)).order_by(col(OutboxMessage.id))
    )
    told = tuple(_here(each.message) for each in rows if each.payload)
    done = Block("text", DONE.get(known.route.removeprefix("staff:"), DONE_ELSE))
    return told or (Outbound(visit.inbound().address, (done,)),)


def _here(message: Outbound) -> Outbound:
    """The message as this page shows it: what was inserted stands in the field for the reply already."""
    is_prepared = any(choice.action.startswith("prepared:") for row in message.choices for choice in row)
    return replace(message, blocks=(Block("text", IN_FIELD),), choices=()) if is_prepared else message


def place(path: str) -> str:
    """A page of the console to go back to; anything else leads to its first page."""
    return path if re.fullmatch(ROOT + r"(/[A-Za-z0-9_-]+)*(\?[A-Za-z0-9_=&%.+-]*)?", path) else ROOT
