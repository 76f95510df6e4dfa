"""Tell the staff rooms when a file the outlet writes itself can't be used, and what vanished from the duty book:
whoever saved it may never look at the log.

It is looked at a while after it was saved: a file that is only half written by then is told once it has stayed so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from consultations import outbox
from consultations.messages import Block, Outbound
from handlers import ticket_wording
from handlers.desk import Desk
from handlers.talk import office_time

_PRIORITY = 5  # nobody waits for it: the last good files are in use


class Faults:
    """Remembers what was wrong at the last look, so that only what stays wrong is told."""

    def __init__(self, also: Callable[[], Sequence[str]] = tuple) -> None:
        """`also` tells of further files, which the core does not read."""
        self._also = also
        self._seen: tuple[str, ...] = ()
        self._version = -1  # of the duty book at the last look

    def send_due(self, desk: Desk) -> int:
        """How many messages to staff rooms came of this look: each fault once a day, when somebody is there to act."""
        wrong, before = (*problems_of(desk), *self._also()), self._seen
        self._seen = wrong
        lasting = [each for each in wrong if each in before]
        return (_tell(desk, lasting) if lasting else 0) + self._tell_lost(desk)

    def _tell_lost(self, desk: Desk) -> int:
        """What vanished from the duty book, once the files have stayed so for a look; each time it happens, once."""
        duty, before = desk.duty, self._version
        self._version = duty.version
        if duty.version != before or duty.is_settled:
            return 0
        duty.settle()
        if not duty.lost:
            return 0
        return _enqueue(desk, "duty_lost", ticket_wording.duty_lost(duty.lost), f"{desk.now():%H%M%S}")


def problems_of(desk: Desk) -> tuple[str, ...]:
    """What is wrong with the files of duty, calendar, rules, questionnaires, bodies, pushes and ledgers."""
    rules = desk.settings
    folders = (desk.duty, rules.calendar, rules.follow_up_rules, rules.asset_rules, rules.surveys)
    return tuple(
        dict.fromkeys(
            problem for each in (*folders, desk.providers, desk.pushes, desk.ledgers) for problem in each.problems
        )
    )


def _tell(desk: Desk, problems: Sequence[str]) -> int:
    mark = hashlib.sha256("\n".join(problems).encode()).hexdigest()[:16]
    return _enqueue(desk, "faulty_files", ticket_wording.faulty_files(problems), mark)


def _enqueue(desk: Desk, name: str, text: str, mark: str) -> int:
    now, office = desk.now(), office_time(desk.settings)
    rooms = [
        (Outbound(room, (Block("text", text),), kind="staff"), f"{name}:{room}:{office.day(now)}:{mark}")
        for room in desk.settings.staff_rooms
    ]
    with desk.writing() as session:
        return outbox.enqueue_many(
            session, rooms, now=now, due_at=office.next_open(now), on_doubt="resend", priority=_PRIORITY
        )
