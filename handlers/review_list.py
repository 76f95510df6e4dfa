"""What is to be looked at again (待复核): policies, interpretations, cards, facts, guides; a list once a week.

The list goes to the city admins of the settings, where there are none to the staff rooms. Its key holds the week, so
that it is sent once, whichever process ticks; a house that was dark sends that of the present week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from consultations import outbox
from consultations.messages import Address, Block, Outbound
from handlers import review_wording as wording
from handlers.desk import Desk
from handlers.review_policy import title_of
from handlers.talk import office_time
from knowledge.review_due import due_guides
from policies import interpretations
from policies.compilation import Revision

AHEAD = timedelta(days=6)  # with the day itself one week: what falls due before the next list
_PRIORITY = 5  # nobody waits for it


@dataclass(frozen=True)
class Due:
    """One thing to look at again: `kind` and `number` as staff name it, `due_on` the day by which."""

    kind: wording.Kind
    number: str
    title: str
    due_on: date
    revision_id: int = 0  # of a policy or an interpretation

    def is_late(self, today: date) -> bool:
        """Whether the day has come."""
        return self.due_on <= today


def is_late(revision: Revision, today: date) -> bool:
    """Whether a public text is to be looked at again."""
    return revision.state == "published" and revision.review_due is not None and revision.review_due <= today


def due_by(session: Session, desk: Desk, today: date, until: date) -> list[Due]:
    """All that is to be looked at again by a day: policies first, then interpretations, then what stands in files."""
    return [
        *(
            Due("policy", str(each.id), wording.text_name(title_of(session, each), each.version), day, each.id or 0)
            for each in _revisions(session, until)
            if (day := each.review_due)
        ),
        *(
            Due("interpretation", str(each.id), _place(session, each), day, each.revision_id)
            for each in interpretations.due(session, until)
            if (day := each.review_due)
        ),
        *(
            Due(each.kind, each.entry_id, each.title, each.due_on)
            for each in (*desk.shelf.due_for_review(today, until), *due_guides(desk.guides.guides, until))
        ),
    ]


def by_kind(due: Sequence[Due]) -> dict[wording.Kind, list[str]]:
    """A line for each, by what it is."""
    lines: dict[wording.Kind, list[str]] = {}
    for each in due:
        lines.setdefault(each.kind, []).append(wording.line(each.number, each.title, each.due_on))
    return lines


def run_due(desk: Desk) -> int:
    """How many lists were put on their way: one a week to each who gets it, when somebody is there to act on it."""
    now, office = desk.now(), office_time(desk.settings)
    today = office.day(now)
    if office.is_quiet(now) or not (rooms := _readers(desk)):
        return 0
    keys = {room: _key(today, room) for room in rooms}
    with desk.reading() as session:
        if set(keys.values()) <= set(outbox.keys_beginning(session, _key(today))):
            return 0
        due = due_by(session, desk, today, today + AHEAD)
    if not due:
        return 0
    late = [each for each in due if each.is_late(today)]
    text = wording.weekly(by_kind(late), by_kind([each for each in due if each not in late]))
    due_at = office.next_open(now)
    with desk.writing() as session:
        known = outbox.keys_beginning(session, _key(today))
        fresh = [room for room in rooms if keys[room] not in known]
        for room in fresh:
            message = Outbound(room, (Block("text", text),), kind="staff")
            outbox.enqueue(session, message, now=now, due_at=due_at, dedupe_key=keys[room], priority=_PRIORITY)
    return len(fresh)


def _readers(desk: Desk) -> Sequence[Address]:
    return desk.settings.administrators or desk.settings.staff_rooms


def _key(today: date, room: Address | None = None) -> str:
    year, week, _ = today.isocalendar()
    return f"review_list:{year}-{week:02}:{room or ''}"


def _revisions(session: Session, until: date) -> Sequence[Revision]:
    wanted = select(Revision).where(Revision.state == "published", col(Revision.review_due) <= until)
    return session.exec(wanted.order_by(col(Revision.review_due), col(Revision.id))).all()


def _place(session: Session, found: interpretations.Interpretation) -> str:
    revision = session.get_one(Revision, found.revision_id)
    text = wording.text_name(title_of(session, revision), revision.version)
    return wording.interpreted(text, found.article, found.expert)
