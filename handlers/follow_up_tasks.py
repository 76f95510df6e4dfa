"""Follow-ups that staff make by phone or visit (电话或上门回访): tasks with a script, and what came of them.

The functions that take a session serve every door; those that take a `StaffTalk` read them out of a chat message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlmodel import Session

from consultations import follow_ups, improvements, numbers, surveys, ticket_messages, tickets
from consultations.contacts import Contact
from consultations.follow_ups import ATTEMPTS, CAUSES, KIND_NAMES, RESULTS, WAYS, Cause, FollowUp, Way
from consultations.improvements import Source
from consultations.masking import mask
from consultations.messages import Block
from consultations.tickets import Staff, Ticket
from consultations.working_time import OfficeTime
from handlers import wording
from handlers.desk import Desk
from handlers.escalate import tell_staff
from handlers.give_out import claim_row, give_out, told
from handlers.promises import expect_answer, plan_promise, promised
from handlers.refer import heard as heard_of_referral
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say
from handlers.whose import in_sight, of_ticket_id
from handlers.wish import identity

LISTED = 20
LOW_SCORE = 2  # and below: a second contact and an improvement item
_WAYS = {name: way for way, name in WAYS.items() if way != "chat"}
_RESULTS = {name: result for result, name in RESULTS.items()} | {result: result for result in RESULTS}
SCORE_NAMES: Mapping[str, str] = {str(score): label for score, label in wording.SCORES}
_SCORES = {label: score for score, label in SCORE_NAMES.items()} | {score: score for score in SCORE_NAMES}
_COMMAND = re.compile(r"(?P<id>\d{1,9})\s+(?P<result>\S+)(?:\s+(?P<words>.*))?", re.DOTALL)


class RecordRefusedError(Exception):
    """What staff wanted to record can't be recorded; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Heard:
    """What staff heard: `result` is a key of `RESULTS`, or ``"1"``–``"5"`` where a score was asked for."""

    result: str
    way: Way = "phone"
    words: str = ""


# --- making tasks


def give_to_staff(session: Session, desk: Desk, follow_up: FollowUp, cause: Cause, now: datetime) -> bool:
    """Whether this caller made the follow-up a task; staff read it with its script."""
    due_at = one_working_day(office_time(desk.settings), now)
    if not follow_ups.make_task(session, follow_up, cause, now=now, due_at=due_at):
        return False
    _tell(session, desk, follow_up, wording.staff_task(follow_up.key, KIND_NAMES[follow_up.kind], CAUSES[cause]), now)
    return True


def remind_staff(session: Session, desk: Desk, follow_up: FollowUp, now: datetime) -> bool:
    """Whether this caller told staff that a task is past its time; once for each time it falls due."""
    if not follow_ups.mark_reminded(session, follow_up, now):
        return False
    _tell(session, desk, follow_up, wording.staff_task_overdue(follow_up.key, KIND_NAMES[follow_up.kind]), now)
    return True


def contact_again(session: Session, desk: Desk, ticket_id: int, cause: str, now: datetime) -> None:
    """A low score or 没解决: an improvement item, and a second contact (二次回访) by staff within a working day.

    Both once for a ticket, however often somebody changes their mind. Nobody is called who wants to be left alone.
    """
    note_improvement(session, desk, ticket_id, "survey", cause, now=now)
    ticket = session.get_one(Ticket, ticket_id)
    contact = session.get_one(Contact, ticket.contact_id)
    if not contact.may_be_followed_up:
        return
    rule = desk.settings.follow_up_rules.rule_for(ticket.service_item, ticket.reason)
    if not follow_ups.plan(session, ticket_id, contact.key, "second", now, rule=rule.rule_id):
        return
    second = follow_ups.of_ticket(session, ticket_id, "second")
    assert second is not None
    give_to_staff(session, desk, second, "second", now)


def note_improvement(  # noqa: PLR0913  one line of the ledger, its place and its time
    session: Session, desk: Desk, ticket_id: int, source: Source, cause: str, *, now: datetime
) -> None:
    """An item in the improvement ledger (改进台账), to be dealt with in a working day; one per ticket and source."""
    due_at = one_working_day(office_time(desk.settings), now)
    improvements.note(session, ticket_id, source, cause, now=now, due_at=due_at)


def one_working_day(office: OfficeTime, now: datetime) -> datetime:
    """The same working time a working day later."""
    start, end = (timedelta(hours=each.hour, minutes=each.minute) for each in office.hours)
    return office.due(now, int((end - start).total_seconds()) // 60)


# --- recording what came of them


def record_result(  # noqa: PLR0913  who heard what of whom
    session: Session, desk: Desk, follow_up_id: int | None, heard: Heard, *, staff: Staff, now: datetime
) -> str:
    """What was heard is kept, masked; 还需要帮助 opens a ticket anew, a low score is dealt with as one given in chat.

    Raises:
        RecordRefusedError: There is no such follow-up, it has a result, is not due, or the result does not fit it.
    """
    follow_up = follow_ups.get(session, follow_up_id)
    if follow_up is None:
        raise RecordRefusedError(wording.NO_SUCH_FOLLOW_UP)
    _refuse_unless_open(follow_up)
    if heard.result == "unreached" and follow_up.state == "task" and follow_up.attempts + 1 < ATTEMPTS:
        return _not_reached(session, desk, follow_up, staff, now)
    is_score = heard.result.isdecimal()
    if is_score and follow_up.kind != "score_reminder":
        raise RecordRefusedError(wording.NOT_ASKED_FOR_SCORE)
    words = mask(heard.words.strip())
    if not follow_ups.record(session, follow_up, heard.result, way=heard.way, words=words, who=staff.name, now=now):
        raise RecordRefusedError(wording.RECORDED_MEANWHILE)
    heard_of_referral(session, desk, follow_up, heard.result, staff.key)
    if is_score:
        keep_score(session, desk, follow_up.ticket_id, int(heard.result), channel=heard.way, now=now)
    more = _open_again(session, desk, follow_up, words, now) if heard.result == "more" else ""
    return wording.staff_recorded(follow_up.key, result_name(heard.result), more)


def keep_score(  # noqa: PLR0913  one score, its place and its time
    session: Session, desk: Desk, ticket_id: int, score: int, *, channel: str, now: datetime
) -> None:
    """A score heard by phone, kept where those given in chat are."""
    asking = surveys.of_ticket(session, ticket_id)
    if asking is not None:
        surveys.put_about_ticket(session, asking, "score", SCORE_NAMES[str(score)], channel=channel, now=now)
    if score <= LOW_SCORE:
        contact_again(session, desk, ticket_id, wording.low_score(score), now)


def result_name(result: str) -> str:
    """A result as staff read it."""
    return RESULTS.get(result) or SCORE_NAMES.get(result, "")


def _refuse_unless_open(follow_up: FollowUp) -> None:
    if follow_up.state == "answered":
        who = follow_up.recorded_by or wording.THE_ASKER
        raise RecordRefusedError(wording.recorded_before(follow_up.key, result_name(follow_up.result), who))
    refusals = {"waiting": wording.FOLLOW_UP_NOT_DUE, "cancelled": wording.FOLLOW_UP_CANCELLED}
    if follow_up.state in refusals:
        raise RecordRefusedError(refusals[follow_up.state])


def _not_reached(session: Session, desk: Desk, follow_up: FollowUp, staff: Staff, now: datetime) -> str:
    due_at = one_working_day(office_time(desk.settings), now)
    if not follow_ups.try_again(session, follow_up, who=staff.name, now=now, due_at=due_at):
        raise RecordRefusedError(wording.RECORDED_MEANWHILE)
    when = wording.moment_name(due_at, office_time(desk.settings).zone)
    return wording.staff_try_again(follow_up.key, follow_up.attempts, ATTEMPTS, when)


def _open_again(session: Session, desk: Desk, follow_up: FollowUp, words: str, now: datetime) -> str:
    """The number of the ticket that takes care of it: a new one, or the one that is open for this person."""
    before = session.get_one(Ticket, follow_up.ticket_id)
    note_improvement(session, desk, before.key, "follow_up", wording.SAID_MORE, now=now)
    question = wording.asked_in_follow_up(before.number, words)
    alive = tickets.alive_of(session, follow_up.contact_id)
    if alive is not None:
        ticket_messages.add(session, alive.key, "note", question, now)
        expect_answer(session, desk, tickets.lead_of(session, alive), now)
        tell_staff(session, desk, alive, (Block("text", question),), now)
        return alive.number
    office = office_time(desk.settings)
    ticket = Ticket(
        number=numbers.next_number(session, numbers.TICKET, office.day(now)),
        contact_id=follow_up.contact_id,
        consultation_id=before.consultation_id,
        question=question,
        reason="other",
        kind=before.kind,
        service_item=before.service_item,
        created_at=now,
        due_at=promised(desk, before.kind, now),
    )
    tickets.open_ticket(session, ticket)
    plan_promise(session, desk, ticket, now)
    notice = (Block("text", question), *told(desk, give_out(session, desk, ticket, now), now))
    tell_staff(session, desk, ticket, notice, now, choices=claim_row(ticket))
    return ticket.number


# --- in a staff chat


def take_record(talk: StaffTalk) -> Replies:
    """A pressed ``visit:12:ok``, or ``/visit 12 顺利 上门 已经办好``."""
    found = _pressed(talk.wish.argument) if talk.inbound.kind == "choice" else read_record(talk.wish.argument)
    if found is None:
        return (say(talk, wording.VISIT_HOW),)
    follow_up_id, heard = found
    try:
        return (say(talk, record_result(talk.session, talk.desk, follow_up_id, heard, staff=talk.staff, now=talk.now)),)
    except RecordRefusedError as error:
        return (say(talk, str(error)),)


def read_record(argument: str) -> tuple[int, Heard] | None:
    """Number, result and words as typed; ``None`` when they can't be understood."""
    given = _COMMAND.fullmatch(argument.strip())
    result = (_RESULTS | _SCORES).get(given["result"]) if given else None
    number = identity(given["id"]) if given else None
    if given is None or result is None or number is None:
        return None
    first, _, rest = (given["words"] or "").partition(" ")
    way = cast("Way", _WAYS.get(first, "phone"))
    return number, Heard(result, way, rest if first in _WAYS else given["words"] or "")


def list_tasks(talk: StaffTalk) -> Replies:
    """``/visits``: what to do by phone or visit, the most urgent first, each with its buttons."""
    every = follow_ups.list_tasks(talk.session)
    tasks = in_sight(talk, "visit.list", every, lambda each: of_ticket_id(talk.session, each.ticket_id))[:LISTED]
    lines = [task_line(talk.session, talk.desk, each) for each in tasks]
    return (say(talk, "\n".join(lines) or wording.NO_VISITS, wording.VISIT_HOW if lines else ""),)


def task_line(session: Session, desk: Desk, follow_up: FollowUp) -> str:
    """One task as staff read it."""
    number = session.get_one(Ticket, follow_up.ticket_id).number
    assert follow_up.task_due_at is not None
    due = wording.moment_name(follow_up.task_due_at, office_time(desk.settings).zone)
    kind, cause = KIND_NAMES[follow_up.kind], CAUSES[follow_up.cause]
    return wording.staff_task_line(follow_up.key, kind, number=number, cause=cause, due=due)


def _pressed(argument: str) -> tuple[int, Heard] | None:
    which, _, result = argument.partition(":")
    number = identity(which)
    fits = result in RESULTS or result in _SCORES.values()
    return (number, Heard(result)) if number and fits else None


def _tell(session: Session, desk: Desk, follow_up: FollowUp, head: str, now: datetime) -> None:
    """The task in its ticket's thread: why, until when, for whom, what to say, and the results as buttons."""
    ticket = session.get_one(Ticket, follow_up.ticket_id)
    contact = session.get_one(Contact, ticket.contact_id)
    rule = desk.settings.follow_up_rules.by_id(follow_up.rule)
    assert follow_up.task_due_at is not None
    due = wording.moment_name(follow_up.task_due_at, office_time(desk.settings).zone)
    who = wording.staff_task_for(ticket.number, ticket.contact_id, due, is_secret=contact.is_secret)
    is_score = follow_up.kind == "score_reminder"
    script = (wording.SCORE_SCRIPT,) if is_score else rule.script
    blocks = (Block("lead", head), Block("text", who), Block("note", wording.staff_script(script)))
    tell_staff(session, desk, ticket, blocks, now, choices=_buttons(follow_up.key, is_score=is_score))


def _buttons(follow_up_id: int, *, is_score: bool) -> Rows:
    names = SCORE_NAMES if is_score else RESULTS
    shown = [(name, result) for result, name in names.items() if result != "unreached"]
    results = row(*((name, f"visit:{follow_up_id}:{result}") for name, result in shown))
    return (results, row((RESULTS["unreached"], f"visit:{follow_up_id}:unreached")))
