"""Who must see a reply before it reaches the asker (二次复核), and what a decision does. Never its author.

A reply that is returned or rewritten is followed by one that is checked too, whatever chance says: nobody gets past a
second person by sending again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from consultations import checks, ticket_messages, tickets, timers
from consultations.checks import Decision, ReplyCheck
from consultations.duty_book import DutyBook, Risk
from consultations.ticket_messages import TicketMessage
from consultations.tickets import IllegalMoveError, Staff, Ticket


class OwnReplyError(Exception):
    """Nobody checks what they wrote themselves."""

    def __init__(self, check: ReplyCheck) -> None:
        super().__init__(f"Check {check.id} is of {check.author}'s own reply; somebody else must decide.")


class NotWaitingError(Exception):
    """Somebody decided already, or the reply was written anew, or it is not to be sent any more."""

    def __init__(self, check: ReplyCheck) -> None:
        super().__init__(f"Check {check.id} is {check.state}.")
        self.check = check


def needed(session: Session, book: DutyBook, ticket: Ticket) -> Risk | None:
    """The class of risk for which the next reply on a ticket must be checked; ``None`` when it may simply leave.

    The strictest class counts of every kind that the ticket, and what was merged into it (并单), ever had: whoever
    writes the reply may change the kind as well, and must not thereby get past a second person.
    """
    all_of_them = (ticket, *tickets.followers_of(session, ticket.key))
    found = [book.risk_of(kind, each.service_item) for each in all_of_them for kind in each.kinds]
    risk = max(found, key=lambda each: (each.share, not each.is_after))
    seen = checks.of_tickets(session, [each.key for each in all_of_them])
    if any(each.state == "returned" for each in seen) or (seen and seen[-1].is_held_back):
        risk = replace(risk, is_after=False)  # once stopped, a ticket's replies never leave first (先发后核) any more
    if seen and seen[-1].state != "passed":
        return risk
    # Only what the asker reads counts: notes and drafts would let the author draw again.
    n_sent = sum(each.author == "staff" for each in ticket_messages.of_ticket(session, ticket.key))
    return risk if checks.is_drawn(risk.share, f"{ticket.number}/{n_sent}") else None


def submit(  # noqa: PLR0913  who wants to say what, with which file, of which risk, when
    session: Session,
    ticket: Ticket,
    author: Staff,
    words: str,
    now: datetime,
    *,
    risk: Risk,
    is_insisted: bool = False,
    file_of: str = "",
) -> ReplyCheck:
    """A reply that is kept until somebody else decides; whatever waited before it is not sent.

    Raises:
        IllegalMoveError: The author does not hold the ticket, or it is closed.
    """
    if ticket.state not in {"claimed", "replied"} or ticket.holder != author.key:
        raise IllegalMoveError(ticket, "replied")
    before = checks.last_of(session, ticket.key)
    draft_id = tickets.hold(session, ticket, author, words, now)
    timers.cancel(session, ticket.key, timers.WITH_HOLDER)  # whoever waits for a colleague is not silent
    tickets.record(session, ticket, author.key, now, f"答复送复核（{risk.name}）")
    check = _file(session, ticket, author, draft_id, risk, now, is_insisted=is_insisted, file_of=file_of)
    if before is not None and before.state != "passed":
        check.asker_told_at = before.asker_told_at  # the same wait goes on for the asker
    return check


def submit_sent(  # noqa: PLR0913  as `submit`
    session: Session, ticket: Ticket, author: Staff, risk: Risk, now: datetime, *, file_of: str = ""
) -> ReplyCheck:
    """The check of the reply that was sent last: in an emergency it leaves first (先发后核)."""
    last = ticket_messages.of_ticket(session, ticket.key)[-1]
    tickets.record(session, ticket, author.key, now, f"答复先发后核（{risk.name}）")
    assert last.id is not None
    return _file(session, ticket, author, last.id, risk, now, is_after=True, file_of=file_of)


def words_of(session: Session, check: ReplyCheck) -> str:
    """What the reply says; empty once its words were erased."""
    return session.get_one(TicketMessage, check.message_id).text


def approve(session: Session, book: DutyBook, check: ReplyCheck, checker: Staff, now: datetime) -> str:
    """The words that may leave now; empty when they have left already.

    Raises:
        OwnReplyError: The checker is the author.
        NotWaitingError: Somebody was faster, or it is not to be sent any more.
    """
    _refuse_own(book, check, checker)
    _hold_ticket(session, check)
    if not check.is_after and ticket_messages.take_draft(session, check.ticket_id, check.message_id) is None:
        raise NotWaitingError(_anew(session, check))
    ticket = _decide(session, check, "passed", checker, now)
    tickets.record(session, ticket, checker.key, now, "复核通过")
    return "" if check.is_after else words_of(session, check)


def give_back(  # noqa: PLR0913  which reply, who says so, when and why
    session: Session, book: DutyBook, check: ReplyCheck, checker: Staff, now: datetime, *, reason: str
) -> None:
    """The reply goes back to its author with a reason; one not sent yet is not sent as it is.

    Raises:
        OwnReplyError: The checker is the author.
        NotWaitingError: Somebody was faster, or it is not to be sent any more.
    """
    _refuse_own(book, check, checker)
    _hold_ticket(session, check)
    ticket = _decide(session, check, "returned", checker, now)
    ticket_messages.take_draft(session, check.ticket_id, check.message_id)
    tickets.record(session, ticket, checker.key, now, "复核退回")
    # The reason may name what the asker said: it stands where erasing reaches it.
    ticket_messages.add(session, ticket.key, "note", f"复核退回：{reason}", now, actor=checker.key)


def withdraw(session: Session, check: ReplyCheck, actor: str, now: datetime) -> None:
    """The author takes a reply back before anybody decided; it is not sent.

    Raises:
        NotWaitingError: Somebody was faster, or it was sent.
    """
    _hold_ticket(session, check)
    if check.is_after or not checks.call_off(session, check.ticket_id, now):
        raise NotWaitingError(_anew(session, check))
    ticket_messages.take_draft(session, check.ticket_id, check.message_id)
    if checks.waiting_of(session, check.ticket_id) is None:
        timers.cancel(session, check.ticket_id, timers.CHECK)
    tickets.record(session, session.get_one(Ticket, check.ticket_id), actor, now, "撤回送复核的答复")


def _refuse_own(book: DutyBook, check: ReplyCheck, checker: Staff) -> None:
    if book.is_same_person(check.author, checker.key) or check.author_name == checker.name:
        raise OwnReplyError(check)


def _hold_ticket(session: Session, check: ReplyCheck) -> None:
    """Everybody who changes ticket and check begins with the ticket: PostgreSQL then never waits in a circle."""
    session.get_one(Ticket, check.ticket_id, with_for_update=True, populate_existing=True)


def _decide(session: Session, check: ReplyCheck, decision: Decision, checker: Staff, now: datetime) -> Ticket:
    if not checks.decide(session, check.key, decision, now, checker=checker.key, checker_name=checker.name):
        raise NotWaitingError(_anew(session, check))
    session.refresh(check)
    if checks.waiting_of(session, check.ticket_id) is None:
        timers.cancel(session, check.ticket_id, timers.CHECK)
    return session.get_one(Ticket, check.ticket_id)


def _anew(session: Session, check: ReplyCheck) -> ReplyCheck:
    session.refresh(check)
    return check


def _file(  # noqa: PLR0913, PLR0917  one row
    session: Session,
    ticket: Ticket,
    author: Staff,
    message_id: int,
    risk: Risk,
    now: datetime,
    *,
    is_after: bool = False,
    is_insisted: bool = False,
    file_of: str = "",
) -> ReplyCheck:
    check = ReplyCheck(
        ticket_id=ticket.key,
        message_id=message_id,
        risk=risk.risk_id,
        author=author.key,
        author_name=author.name,
        is_after=is_after,
        is_insisted=is_insisted,
        file_of=file_of,
        created_at=now,
    )
    session.add(check)
    session.flush()
    return check
