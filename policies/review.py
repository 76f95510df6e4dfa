"""A revision's way (采编→审核→发布): who wrote it, who let it out, and what became of it.

采编中 draft → 待审核 in_review → 已发布 published → 已归档 archived when its last day is over, or 已废止 repealed. A
reviewer may give it back or turn it down; a corrected text makes it 已更正 replaced. `move` is the only function that
changes a state; it refuses illegal moves and a review by whoever sent in, wrote or submitted it, and writes the
history. What was published keeps its text for ever: a change is a new revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import event, func, inspect, update
from sqlalchemy.orm import Mapper
from sqlmodel import Field, Session, SQLModel, col, select

from policies.compilation import STANDING, Article, Revision

State = Literal["draft", "in_review", "published", "archived", "repealed", "replaced", "rejected"]

STATE_NAMES: Mapping[str, str] = {
    "draft": "采编中",
    "in_review": "待审核",
    "published": "已发布",
    "archived": "已归档",
    "repealed": "已废止",
    "replaced": "已更正",
    "rejected": "未通过",
}
OPEN: tuple[State, ...] = ("draft", "in_review")
LEGAL_ORIGINS: Mapping[State, frozenset[State]] = {
    "draft": frozenset({"in_review"}),
    "in_review": frozenset({"draft"}),
    "published": frozenset({"in_review", "archived"}),  # archived: its last day was put off
    "archived": frozenset({"published"}),
    "repealed": frozenset({"published", "archived"}),
    "replaced": frozenset({"published", "archived", "repealed"}),
    "rejected": frozenset({"draft", "in_review"}),
}
REVIEWED_FOR = timedelta(days=365)  # after that somebody looks at it again
_DOINGS: Mapping[State, str] = {
    "draft": "退回：只有待审核的可以退回",
    "in_review": "提交审核",
    "published": "发布：先提交审核",
    "archived": "归档",
    "repealed": "废止：只有已发布的可以废止",
    "replaced": "更正",
    "rejected": "判为未通过",
}
_FINAL = (
    "policy_id",
    "version",
    "is_excerpt",
    "is_draft",
    "front",
    "sha256",
    "content_hash",
    "doc_number",
    "adopted_on",
)


class IllegalMoveError(Exception):
    """A revision was to change in a way it can't from where it is, or somebody was faster."""

    def __init__(self, revision: Revision, target: State) -> None:
        super().__init__(f"版本 {revision.id} 现在是“{STATE_NAMES[revision.state]}”，不能{_DOINGS[target]}。")


class SameEyesError(Exception):
    """The author, or whoever sent in the file or submitted it, was to review it."""

    def __init__(self, revision: Revision) -> None:
        names = "、".join(dict.fromkeys(name for _, name in _hands(revision)))
        super().__init__(f"版本 {revision.id} 由 {names} 上传、采编或提交，须由另一位工作人员审核。")


class PublishedIsFinalError(Exception):
    """A published text was to be changed."""

    def __init__(self, revision_id: int | None) -> None:
        super().__init__(f"版本 {revision_id} 已经发布，文字不能改动；请另建一个版本。")


@dataclass(frozen=True)
class Signature:
    """Who does something (a key that is the same every time, and a name for colleagues), and when."""

    key: str
    name: str
    at: datetime


class RevisionEvent(SQLModel, table=True):
    """One line of a revision's history: a change of state, or something noted about it (both states equal)."""

    __tablename__ = "revision_event"

    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)
    from_state: str
    to_state: str
    actor: str
    actor_name: str
    reason: str = ""
    at: datetime


def begin(session: Session, revision: Revision, by: Signature, reason: str = "") -> Revision:
    """The revision, stored with its first line of history; its state is what it was made with.

    One that begins as published (an import by the administrator) has nobody as its reviewer.
    """
    revision.author, revision.author_name = by.key, by.name
    if revision.state == "published":
        revision.published_at, revision.review_due = by.at, by.at.date() + REVIEWED_FOR
    session.add(revision)
    session.flush()
    session.add(_event(revision, "", revision.state, by, reason))
    return revision


def move(session: Session, revision: Revision, target: State, by: Signature, reason: str = "") -> Revision:
    """The revision in its new state: the only function that changes a state.

    Raises:
        IllegalMoveError: It can't become that from where it is, or somebody was faster.
        SameEyesError: Whoever had it in hand before would review it.
    """
    check_move(revision, target, by)
    origin = revision.state
    is_review = _is_review(revision, target)
    session.flush()
    values: dict[str, Any] = {"state": target}
    if target == "in_review":
        values["brought_by"] = [*revision.brought_by, [by.key, by.name]]
    if is_review:
        values |= {"reviewer": by.key, "reviewer_name": by.name}
    if target == "published" and is_review:
        values |= {"published_at": by.at, "review_due": revision.review_due or by.at.date() + REVIEWED_FOR}
    still = (col(Revision.id) == revision.id, col(Revision.state) == origin)
    moved = session.connection().execute(update(Revision).where(*still).values(values)).rowcount
    session.refresh(revision)
    if not moved:
        raise IllegalMoveError(revision, target)
    session.add(_event(revision, origin, target, by, reason))
    return revision


def check_move(revision: Revision, target: State, by: Signature) -> None:
    """Nothing, when the move is legal and the person may make it.

    Raises:
        IllegalMoveError: It can't become that from where it is.
        SameEyesError: Whoever had it in hand before would review it.
    """
    if revision.state not in LEGAL_ORIGINS[target]:
        raise IllegalMoveError(revision, target)
    is_theirs = any(by.key == key or _bare(by.name) == _bare(name) for key, name in _hands(revision))
    if is_theirs and _is_review(revision, target):
        raise SameEyesError(revision)


def bring(session: Session, revision: Revision, by: Signature, reason: str) -> None:
    """Record who sent in the file of a draft that somebody else makes of it."""
    revision.brought_by = [*revision.brought_by, [by.key, by.name]]
    note(session, revision, by, reason)


def note(session: Session, revision: Revision, by: Signature, reason: str) -> None:
    """A line of history that changes no state."""
    session.add(_event(revision, revision.state, revision.state, by, reason))


def names_of(session: Session, key: str) -> set[str]:
    """The names under which this account signed anything."""
    signed = select(RevisionEvent.actor_name).where(RevisionEvent.actor == key).distinct()
    return {each for each in session.exec(signed) if each}


def forget_names(session: Session, names: Iterable[str], instead: str) -> None:
    """Somebody is erased: what stands `instead` takes the place of their names in the reasons that were given."""
    for name in sorted(names, key=len, reverse=True):
        named = update(RevisionEvent).where(col(RevisionEvent.reason).contains(name, autoescape=True))
        without = func.replace(col(RevisionEvent.reason), name, instead)
        session.connection().execute(named.values(reason=without))


def history_of(session: Session, revision_id: int) -> Sequence[RevisionEvent]:
    """How a revision came to be what it is, oldest first."""
    events = select(RevisionEvent).where(RevisionEvent.revision_id == revision_id)
    return session.exec(events.order_by(col(RevisionEvent.id))).all()


def in_states(session: Session, states: Iterable[str]) -> Sequence[Revision]:
    """The revisions in these states, oldest first."""
    found = select(Revision).where(col(Revision.state).in_(list(states)))
    return session.exec(found.order_by(col(Revision.id))).all()


def _event(revision: Revision, origin: str, target: str, by: Signature, reason: str) -> RevisionEvent:
    return RevisionEvent(
        revision_id=revision.id or 0,
        from_state=origin,
        to_state=target,
        actor=by.key,
        actor_name=by.name,
        reason=reason,
        at=by.at,
    )


def _hands(revision: Revision) -> list[tuple[str, str]]:
    """``(key, name)`` of the author and whoever else brought a revision in."""
    return [(revision.author, revision.author_name), *((key, name) for key, name in revision.brought_by)]


def _is_review(revision: Revision, target: State) -> bool:
    return revision.state == "in_review" and target in ("published", "rejected")


def _bare(name: str) -> str:
    return "".join(name.split()).casefold()


@event.listens_for(Revision, "before_update")
def _keep_text(_mapper: Mapper[Revision], _connection: object, revision: Revision) -> None:
    if revision.state in STANDING and any(inspect(revision).attrs[name].history.has_changes() for name in _FINAL):
        raise PublishedIsFinalError(revision.id)


@event.listens_for(Article, "before_update")
@event.listens_for(Article, "before_delete")
def _keep_article(_mapper: Mapper[Article], _connection: object, article: Article) -> None:
    raise PublishedIsFinalError(article.revision_id)
