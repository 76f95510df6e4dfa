"""Editions of the printed compilation (政策汇编): which text of each policy stood in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import JSON
from sqlmodel import Field, Session, SQLModel, col, select

from policies.compilation import Policy, Revision, revisions_of
from policies.profile import LEVELS, level_of
from policies.review import Signature
from policies.validity import in_force

Mark = Literal["", "增", "改"]
OTHER_LEVEL, OTHER_TOPIC = "未分级", "其他"


class BookEdition(SQLModel, table=True):
    """One edition that was made: the ids of the revisions in it."""

    __tablename__ = "book_edition"

    id: int | None = Field(default=None, primary_key=True)
    day: date
    revisions: list[int] = Field(sa_type=JSON)
    actor: str
    actor_name: str
    at: datetime


@dataclass(frozen=True)
class Entry:
    """One text in a book. `before` is the text of the last edition when this one is another."""

    title: str
    revision: Revision
    level: str
    topic: str
    mark: Mark
    before: Revision | None = None


@dataclass(frozen=True)
class Gone:
    """A policy of the last edition of which nothing is in force any more."""

    title: str
    revision: Revision


def latest(session: Session) -> BookEdition | None:
    """The last edition that was made."""
    return session.exec(select(BookEdition).order_by(col(BookEdition.id).desc()).limit(1)).first()


def record(session: Session, day: date, revision_ids: Collection[int], by: Signature) -> BookEdition:
    """Note an edition; the next one is marked against it."""
    made = BookEdition(day=day, revisions=sorted(revision_ids), actor=by.key, actor_name=by.name, at=by.at)
    session.add(made)
    session.flush()
    return made


def contents(session: Session, on: date, last: BookEdition | None) -> tuple[list[Entry], list[Gone]]:
    """What is in force on a day, by level, topic and title, marked against the last edition; and what is gone since."""
    before = _by_policy(session, last)
    entries: list[Entry] = []
    for policy in session.exec(select(Policy).order_by(col(Policy.title))):
        for revision in in_force(revisions_of(session, policy.id or 0), on):
            earlier = before.get(policy.id or 0)
            is_same = earlier is not None and earlier.content_hash == revision.content_hash
            mark: Mark = "" if last is None or is_same else "改" if earlier is not None else "增"
            entries.append(_entry(policy, revision, mark, earlier if mark == "改" else None))
    held = {each.revision.policy_id for each in entries}
    gone = [Gone(session.get_one(Policy, key).title, each) for key, each in before.items() if key not in held]
    return sorted(entries, key=_place), sorted(gone, key=lambda each: each.title)


def _by_policy(session: Session, last: BookEdition | None) -> Mapping[int, Revision]:
    ids = last.revisions if last is not None else []
    return {each.policy_id: each for each in session.exec(select(Revision).where(col(Revision.id).in_(ids)))}


def _entry(policy: Policy, revision: Revision, mark: Mark, before: Revision | None) -> Entry:
    level = revision.level or level_of(revision.issuer or policy.issuer) or OTHER_LEVEL
    return Entry(policy.title, revision, level, next(iter(revision.topics), OTHER_TOPIC), mark, before)


def _place(entry: Entry) -> tuple[int, bool, str, str, str]:
    levels = (*LEVELS, OTHER_LEVEL)
    return levels.index(entry.level), entry.topic == OTHER_TOPIC, entry.topic, entry.title, entry.revision.version
