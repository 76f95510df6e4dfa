"""One turn in progress: what a handler of the conversation gets, and how it speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import outbox
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.dialogue import Dialogue
from consultations.messages import Block, Choice, Inbound, Outbound
from consultations.permissions import Person
from consultations.received import ReceivedMessage
from consultations.tickets import Staff, Ticket
from consultations.working_time import OfficeTime
from handlers import wording
from handlers.desk import Desk, OfficeSettings
from handlers.wish import Wish
from knowledge.passages import Answer

CONFIDENTIAL = "confidential"  # the recorded action of what must not be kept with who sent it
AFTERCARE_PRIORITY = 5  # surveys and follow-ups leave after replies and staff messages, before broadcasts
Rows = tuple[tuple[Choice, ...], ...]
Replies = tuple[Outbound, ...]


@dataclass(frozen=True)
class Talk:
    """What one turn of an asker may touch. `answer` was found before the session opened, `latency_ms` says how long
    that took; `found` is what another route looked up. `ticket` is the asker's ticket somebody works on, if any.
    `before` is the consultation this message may go on with (`handlers.at_once`), `outlet` (网点) where the asker is,
    as far as its own cards answer.
    """

    desk: Desk
    session: Session
    now: datetime
    inbound: Inbound
    wish: Wish
    contact: Contact
    dialogue: Dialogue
    ticket: Ticket | None
    received: ReceivedMessage
    text: str
    answer: Answer | None = None
    latency_ms: float = 0.0
    before: Consultation | None = None
    found: Any = None
    outlet: str = ""

    @property
    def settings(self) -> OfficeSettings:
        """What the office decided."""
        return self.desk.settings

    @property
    def office(self) -> OfficeTime:
        """The clock on the office wall."""
        return office_time(self.desk.settings)


@dataclass(frozen=True)
class StaffTalk:
    """What one turn in a staff room may touch. `person` is what permissions know `staff` as, `ticket` is the one meant
    by the thread or by its number, `found` what the route looked up before the session opened.
    """

    desk: Desk
    session: Session
    now: datetime
    inbound: Inbound
    wish: Wish
    staff: Staff
    person: Person
    ticket: Ticket | None
    text: str
    found: Any = None


def office_time(settings: OfficeSettings) -> OfficeTime:
    """The office's clock, made from its settings."""
    return OfficeTime(
        ZoneInfo(settings.time_zone), settings.working_hours, settings.quiet_hours, settings.calendar.is_workday
    )


def say(talk: Talk | StaffTalk, *texts: str | Block, choices: Rows = ()) -> Outbound:
    """A reply to where the message came from; in a staff room it stays in its thread."""
    blocks = tuple(Block("text", each) if isinstance(each, str) else each for each in texts if each)
    in_staff_room = isinstance(talk, StaffTalk)
    return Outbound(
        talk.inbound.address,
        blocks,
        choices,
        kind="staff" if in_staff_room else "reply",
        thread_key=talk.inbound.thread_key if in_staff_room else "",
    )


def tell(  # noqa: PLR0913  one message, its person and its time
    session: Session,
    contact: Contact,
    blocks: Sequence[Block],
    now: datetime,
    *,
    choices: Rows = (),
    due_at: datetime | None = None,
    file_of: str = "",
) -> None:
    """Send a person something that is not the reply of this turn, not before `due_at`; with the file of a message."""
    message = Outbound(contact.address, tuple(blocks), choices, file_of=file_of)
    outbox.enqueue(session, message, now=now, due_at=due_at)


def row(*choices: tuple[str, str]) -> tuple[Choice, ...]:
    """One row of buttons from ``(label, action)`` pairs."""
    return tuple(Choice(label, action) for label, action in choices)


def column(choices: Iterable[tuple[str, str]]) -> Rows:
    """One button a row from ``(label, action)`` pairs."""
    return tuple(row(each) for each in choices)


def everyday_choices() -> Rows:
    """The buttons under messages that are not answers: what one can do here."""
    return (row((wording.SERVICES, "services"), (wording.GUIDE_ME, "guides"), (wording.MY, "my")), human_row())


def human_row() -> tuple[Choice, ...]:
    """A person, one tap away."""
    return row((wording.HUMAN, "human"))
