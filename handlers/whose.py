"""Whose something is: what a message of staff is about, which outlet (网点) that belongs to, whom it was given to.

Tickets know their outlet. What hangs on a ticket belongs where the ticket does; what staff wrote down belongs to their
outlet; everything else belongs to no outlet, and so to all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session

from consultations import archive, card_drafts, cases, follow_ups, opinions, referrals, tickets, trainings
from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.cases import TypicalCase
from consultations.duty_book import DutyBook
from consultations.opinions import Opinion
from consultations.permissions import Action, may
from consultations.tickets import Ticket
from consultations.trainings import Training
from handlers.talk import StaffTalk
from handlers.wish import identity

NUMBER = re.compile(r"^(GD-\d{8}-\d{4,})\s*", re.IGNORECASE | re.ASCII)
_DIGITS = re.compile(r"\s*(\d{1,9})")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Place:
    """Where something belongs: an outlet, or none; `given_to` are keys of staff."""

    outlet: str = ""
    given_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meant:
    """Something a message is about, by its kind and the number written; without a place there is no such thing."""

    what: str
    number: str
    place: Place | None


Means = Callable[[StaffTalk], tuple[Meant, ...]]  # what a message is about; nothing where it names nothing


def nothing(talk: StaffTalk) -> tuple[Meant, ...]:
    """The message is about nothing that belongs to somebody."""
    del talk
    return ()


def in_sight(talk: StaffTalk, action: Action, rows: Iterable[Found], place: Callable[[Found], Place]) -> list[Found]:
    """Those rows of a list that this person may see."""
    return [each for each in rows if sees(talk, action, place(each))]


def sees(talk: StaffTalk, action: Action, place: Place) -> bool:
    """Whether this person may do that to something at that place."""
    return may(talk.person, action, place.outlet, given_to=place.given_to)


# --- where things belong


def of_ticket(ticket: Ticket | None) -> Place:
    """Its outlet, and who has it."""
    return Place(ticket.outlet, (ticket.assignee, ticket.holder)) if ticket is not None else Place()


def of_ticket_id(session: Session, ticket_id: int | None) -> Place:
    """Where the ticket belongs on which something hangs; a place everybody's when it hangs on none."""
    return of_ticket(tickets.get(session, ticket_id))


def of_consultation(session: Session, book: DutyBook, consultation: Consultation) -> Place:
    """With its ticket, or with whoever entered it."""
    if consultation.ticket_id is not None:
        return of_ticket_id(session, consultation.ticket_id)
    entry = (consultation.trace or {}).get("entry", {})
    return _of_staff(book, str(entry.get("key", "")))


def of_opinion(session: Session, book: DutyBook, opinion: Opinion) -> Place:
    """With its ticket, or with whoever wrote it down."""
    if opinion.ticket_id is not None:
        return of_ticket_id(session, opinion.ticket_id)
    return _of_staff(book, opinion.entered_by)


def of_draft(session: Session, book: DutyBook, draft: CardDraft) -> Place:
    """With the outlet it is for, with its ticket, or with whoever began it."""
    if draft.outlet:
        return Place(draft.outlet)
    if draft.ticket_id is not None:
        return of_ticket_id(session, draft.ticket_id)
    return _of_staff(book, card_drafts.history_of(session, draft.key)[0].actor)


def of_case(session: Session, case: TypicalCase) -> Place:
    """With its ticket."""
    return of_ticket_id(session, case.ticket_id)


def of_training(training: Training) -> Place:
    """With the outlet that holds it."""
    return Place(training.outlet)


def _of_staff(book: DutyBook, key: str) -> Place:
    member = book.member_of(key)
    return Place(member.outlet if member else "")


# --- what a message is about


def ticket_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The ticket named, or that of the thread or the button."""
    named = NUMBER.match(talk.wish.argument or talk.inbound.text)
    is_pressed = talk.inbound.kind == "choice"
    if talk.ticket is None and named is None and not is_pressed:
        return ()
    place = of_ticket(talk.ticket) if talk.ticket is not None else None
    return (Meant("工单", named[1].upper() if named else "", place),)


def tickets_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """Both tickets of a merge: the one named second, or that of the thread, too."""
    other = NUMBER.match(talk.text)
    if other is not None:
        found = tickets.by_number(talk.session, other[1])
        return (*ticket_meant(talk), Meant("工单", other[1].upper(), of_ticket(found) if found else None))
    thread = tickets.get(talk.session, identity(talk.inbound.thread_key.removeprefix("ticket:")))
    return (*ticket_meant(talk), *((Meant("工单", thread.number, of_ticket(thread)),) if thread else ()))


def consultation_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The consultation whose number or id stands first."""
    name = talk.wish.argument.partition(":")[0].partition(" ")[0]
    if not name:
        return ()
    found = archive.named(talk.session, name)
    place = of_consultation(talk.session, talk.desk.duty.book, found) if found else None
    return (Meant("咨询", name.upper(), place),)


def opinion_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The row of the ledger named, if one is."""
    if not talk.wish.argument:
        return ()
    found = opinions.by_number(talk.session, talk.wish.argument)
    place = of_opinion(talk.session, talk.desk.duty.book, found) if found else None
    return (Meant("意见", talk.wish.argument.upper(), place),)


def referral_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The referral whose number stands first."""
    number = talk.wish.argument.partition(" ")[0]
    if not number:
        return ()
    found = referrals.by_number(talk.session, number)
    return (Meant("对接", number.upper(), of_ticket_id(talk.session, found.ticket_id) if found else None),)


def visit_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The follow-up whose number stands first."""
    number = _first_number(talk)
    if not number:
        return ()
    found = follow_ups.get(talk.session, identity(number))
    return (Meant("回访", number, of_ticket_id(talk.session, found.ticket_id) if found else None),)


def draft_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The draft whose number stands first."""
    number = _first_number(talk)
    if not number:
        return ()
    found = card_drafts.get(talk.session, identity(number))
    return (Meant("草稿", number, of_draft(talk.session, talk.desk.duty.book, found) if found else None),)


def case_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The case whose number, or on a button whose id, stands first."""
    is_pressed = talk.inbound.kind == "choice"
    name = talk.wish.argument.partition(":" if is_pressed else " ")[0]
    if not name:
        return ()
    found = cases.get(talk.session, identity(name)) if is_pressed else cases.by_number(talk.session, name)
    return (Meant("案例", name.upper(), of_case(talk.session, found) if found else None),)


def training_meant(talk: StaffTalk) -> tuple[Meant, ...]:
    """The training whose number stands in the first line, or on a button whose id stands first."""
    head = talk.wish.argument.partition("\n")[0]
    if talk.inbound.kind == "choice":
        number = head.partition(":")[0]
        found = trainings.get(talk.session, identity(number))
    else:
        number = trainings.number_in(head)
        found = trainings.by_number(talk.session, number)
    return (Meant("培训", number, of_training(found) if found else None),) if number else ()


def _first_number(talk: StaffTalk) -> str:
    found = _DIGITS.match(talk.wish.argument)
    return found[1] if found else ""


def target_of(session: Session, inbound_thread: str, argument: str) -> tuple[Ticket | None, str]:
    """The ticket a staff message means, and the words that are left: a number in front wins over the thread."""
    named = NUMBER.match(argument)
    if named:
        return _leading(session, tickets.by_number(session, named[1])), argument[named.end() :]
    thread = inbound_thread.removeprefix("ticket:")
    return _leading(session, tickets.get(session, identity(thread))), argument


def _leading(session: Session, ticket: Ticket | None) -> Ticket | None:
    """A ticket that was merged (并单) is worked on with the one it was merged into."""
    return tickets.lead_of(session, ticket) if ticket is not None and ticket.is_alive else ticket
