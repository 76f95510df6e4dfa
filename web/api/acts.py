"""What a program does with a ticket: the same turn, the same gate and the same handlers as staff in their chat."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlmodel import Session

from consultations import api_tokens, checks, outbox, ticket_messages, tickets
from consultations.api_tokens import ApiRequest
from consultations.permissions import Action
from consultations.tickets import WAITING, Ticket
from handlers.turn import take_turn
from handlers.whose import of_ticket
from web.api.callers import Caller, needs
from web.api.conversations import REUSED, Key
from web.api.problems import ProblemError, told
from web.api.records import NO_TICKET, TicketNumber

router = APIRouter(tags=["工单"])
Writing = Annotated[Caller, needs("tickets:write")]
REFUSALS = told(404, 409, 413, 422)
LONGEST = 20_000
CLAIM_FIRST = "还没有人接单，这句话没有发出：请先接单，再答复。"


class Words(BaseModel):
    """What is said."""

    text: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class Done(BaseModel):
    """What came of it: the ticket's state, and what staff would read in their chat."""

    number: str
    state: str
    said: list[str]


@router.post("/tickets/{number}/claim", summary="接单", responses=REFUSALS)
def claim(number: TicketNumber, key: Key, caller: Writing) -> Done:
    """Take the ticket; the first one wins."""
    return _act(caller, "ticket.claim", f"/claim {number}", number, key)


@router.post("/tickets/{number}/reply", summary="答复服务对象", responses=REFUSALS)
def reply(number: TicketNumber, words: Words, key: Key, caller: Writing) -> Done:
    """Reply to the asker. Citations are checked, risky replies wait for a second person (二次复核), as everywhere."""
    return _act(caller, "ticket.reply", f"/reply {number} {words.text}", number, key)


@router.post("/tickets/{number}/note", summary="内部备注", responses=REFUSALS)
def note(number: TicketNumber, words: Words, key: Key, caller: Writing) -> Done:
    """A note for colleagues; the asker does not see it."""
    return _act(caller, "ticket.note", f"/note {number} {words.text}", number, key)


@router.post("/tickets/{number}/close", summary="办结", responses=REFUSALS)
def close(number: TicketNumber, key: Key, caller: Writing) -> Done:
    """Close the ticket; the asker hears of it and is asked how it was."""
    return _act(caller, "ticket.close", f"/close {number}", number, key)


def _act(caller: Caller, action: Action, command: str, number: str, key: str) -> Done:
    """Do it once, however often it is asked with the same key.

    Raises:
        ProblemError: What belongs elsewhere is not found; 409 with the sentence when nothing came of it.
    """
    asked = hashlib.sha256(command.encode()).hexdigest()
    with caller.desk.reading() as session:
        if known := api_tokens.known_request(session, caller.token_id, key):
            return _again(known, asked)
        seen = _ticket(session, caller, action, number)
        if action == "ticket.reply":
            _refuse_unless_held(caller, seen[0])
        before = _trace(seen)
    turn = take_turn(caller.inbound(key, command), caller.desk)
    said = [each.plain_text for each in turn.replies]
    with caller.desk.writing() as session:
        shown = {each.outbox_id: "api" for each in turn.replies if each.outbox_id is not None}
        if not turn.repeated:
            outbox.mark_sent(session, shown, caller.desk.now())
        found = tickets.by_number(session, number)
        assert found is not None
        done = Done(number=found.number, state=found.state, said=said)
        is_done = turn.repeated or _trace((found, session)) != before
        body = done.model_dump() if is_done else {"detail": "\n".join(said)}
        status = 200 if is_done else 409
        kept = ApiRequest(
            key=f"{caller.token_id}/{key}",
            request_hash=asked,
            status=status,
            body=json.dumps(body, ensure_ascii=False),
            at=caller.desk.now(),
        )
        api_tokens.keep_request(session, kept)
    caller.interface.on_work()
    return _answer(status, body)


def _again(known: ApiRequest, asked: str) -> Done:
    if known.request_hash != asked:
        raise ProblemError(422, REUSED)
    return _answer(known.status, json.loads(known.body))


def _answer(status: int, body: Mapping[str, object]) -> Done:
    if status != 200:
        raise ProblemError(status, str(body["detail"]) or "什么也没有改变。")
    return Done.model_validate(body)


def _ticket(session: Session, caller: Caller, action: Action, number: str) -> tuple[Ticket, Session]:
    """The ticket, when it may be touched; the turn's gate looks once more."""
    caller.need(action)
    found = tickets.by_number(session, number)
    if found is None or not caller.may(action, of_ticket(found)):
        raise ProblemError(404, NO_TICKET)
    return found, session


def _refuse_unless_held(caller: Caller, ticket: Ticket) -> None:
    """In the chat such a reply is kept as a note; a program would take that for sent.

    Raises:
        ProblemError: Nobody claimed the ticket, or somebody else has it.
    """
    if ticket.state in WAITING:
        raise ProblemError(409, CLAIM_FIRST)
    if ticket.is_alive and ticket.holder != caller.staff.key:
        raise ProblemError(409, f"{ticket.number} 已由 {ticket.holder_name} 接单，这句话没有发出。")


def _trace(seen: tuple[Ticket, Session]) -> object:
    """What every act leaves behind: state, people, history, words; a reply held back for its citations leaves nothing,
    one that waits for a second person (二次复核) does.
    """
    ticket, session = seen
    said = [each for each in ticket_messages.of_ticket(session, ticket.key) if each.author not in ("draft", "dropped")]
    waits = checks.draft_waits(session, ticket.key)
    return ticket.state, ticket.holder, waits, len(tickets.history_of(session, ticket.key)), len(said)
