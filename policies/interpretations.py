"""Interpretations (政策解读): what an expert says an article means; never the article itself, and marked as such.

Each belongs to one article of one revision: when the text changes, nobody's old words stand under the new ones.
待审核 in_review → 已发布 published → 已撤下 withdrawn. `move` is the only function that changes a state; the author
does not review.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Literal

from sqlalchemy import Column, Text, tuple_, update
from sqlmodel import Field, Session, SQLModel, col, select

from policies.compilation import Article, Revision
from policies.review import REVIEWED_FOR, Signature

State = Literal["in_review", "published", "withdrawn"]
STATE_NAMES: Mapping[str, str] = {"in_review": "待审核", "published": "已发布", "withdrawn": "已撤下"}
LEGAL_ORIGINS: Mapping[State, frozenset[str]] = {
    "in_review": frozenset(),
    "published": frozenset({"in_review"}),
    "withdrawn": frozenset({"in_review", "published"}),
}
LONGEST_TEXT = 600  # characters; it stands under an answer in a chat
_LONGEST_NAME = 60


class InterpretationError(Exception):
    """An interpretation can't be recorded or moved; the message says why and what helps."""


class OwnWorkError(InterpretationError):
    """Its author would review it."""


class Interpretation(SQLModel, table=True):
    """What one expert says about one article. `written_on` is the day it was brought in, `review_due` the one on which
    somebody is to look at it again, once it is public. With an `outlet` (网点) it is shown to its askers only, with an
    `outlet_reason` instead of what is said to everybody.
    """

    __tablename__ = "interpretation"

    id: int | None = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)
    article: str
    expert: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    written_on: date
    state: str = "in_review"
    author: str
    author_name: str
    reviewer: str = ""
    reviewer_name: str = ""
    outlet: str = ""
    outlet_reason: str = ""
    review_due: date | None = None


def add(  # noqa: PLR0913  what, about which article, by whom
    session: Session,
    revision_id: int,
    article: str,
    expert: str,
    text: str,
    *,
    on: date,
    by: Signature,
    outlet: str = "",
    outlet_reason: str = "",
) -> Interpretation:
    """An interpretation that waits for review.

    Raises:
        InterpretationError: There is no such article, no expert or text, or the text is too long.
    """
    known = select(Article.id).where(Article.revision_id == revision_id, Article.key == article)
    faults = {
        f"版本 {revision_id} 没有第 {article} 条；条号写成 36 或 21之1。": session.exec(known).first() is None,
        "请写明解读的专家（--expert）。": not expert.strip() or len(expert) > _LONGEST_NAME,
        f"请写解读的文字，不超过 {LONGEST_TEXT} 个字。": not text.strip() or len(text.strip()) > LONGEST_TEXT,
    }
    if fault := next((sentence for sentence, is_so in faults.items() if is_so), ""):
        raise InterpretationError(fault)
    made = Interpretation(
        revision_id=revision_id,
        article=article,
        expert=expert.strip(),
        text=text.strip(),
        written_on=on,
        author=by.key,
        author_name=by.name,
        outlet=outlet,
        outlet_reason=outlet_reason.strip(),
    )
    session.add(made)
    session.flush()
    return made


def move(session: Session, number: int, target: State, by: Signature) -> Interpretation:
    """The interpretation in its new state.

    Raises:
        InterpretationError: There is none of that number, it can't become that, or the author would review it.
    """
    found = session.get(Interpretation, number, populate_existing=True)
    if found is None:
        raise InterpretationError(_unknown(number))
    is_author = by.key == found.author or "".join(by.name.split()) == "".join(found.author_name.split())
    if target == "published" and is_author:
        raise OwnWorkError(_same_eyes(found))
    still = (col(Interpretation.id) == number, col(Interpretation.state).in_(LEGAL_ORIGINS[target]))
    values: dict[str, object] = {"state": target}
    if target == "published":
        values |= {"reviewer": by.key, "reviewer_name": by.name, "review_due": by.at.date() + REVIEWED_FOR}
    if not session.connection().execute(update(Interpretation).where(*still).values(values)).rowcount:
        raise InterpretationError(_illegal(found, target))
    session.refresh(found)
    return found


def review_by(session: Session, number: int, day: date) -> Interpretation:
    """The interpretation after somebody looked at it: the day of the next look is `day`.

    Raises:
        InterpretationError: There is none of that number, or it is not public.
    """
    found = session.get(Interpretation, number, populate_existing=True)
    if found is None:
        raise InterpretationError(_unknown(number))
    if found.state != "published":
        raise InterpretationError(_not_public(found))
    found.review_due = day
    return found


def due(session: Session, until: date) -> Sequence[Interpretation]:
    """The public ones to be looked at again by `until`, about texts that were not replaced, the oldest first."""
    wanted = select(Interpretation).where(
        Interpretation.state == "published",
        col(Interpretation.review_due) <= until,
        col(Interpretation.revision_id).in_(select(Revision.id).where(Revision.state == "published")),
    )
    return session.exec(wanted.order_by(col(Interpretation.review_due), col(Interpretation.id))).all()


def under(session: Session, articles: Collection[tuple[int, str]]) -> Sequence[Interpretation]:
    """The published interpretations of these articles, ``(revision id, article key)``, in the order they came in, those
    of outlets too: see `shown_to`.
    """
    if not articles:
        return []
    place = tuple_(col(Interpretation.revision_id), col(Interpretation.article))
    found = select(Interpretation).where(place.in_(list(articles)), Interpretation.state == "published")
    return session.exec(found.order_by(col(Interpretation.id))).all()


def shown_to(outlet: str, found: Sequence[Interpretation]) -> Sequence[Interpretation]:
    """What of it an asker of that outlet reads: where the outlet says something instead, not what everybody reads."""
    own = [each for each in found if outlet and each.outlet == outlet]
    replaced = {(each.revision_id, each.article) for each in own if each.outlet_reason}
    common = [each for each in found if not each.outlet and (each.revision_id, each.article) not in replaced]
    return [*own, *common]


def of_revision(session: Session, revision_id: int) -> Mapping[str, Sequence[Interpretation]]:
    """The published interpretations of a whole text for everybody, by the keys of its articles, in the order they came
    in.
    """
    theirs = select(Interpretation).where(
        Interpretation.revision_id == revision_id, Interpretation.state == "published", Interpretation.outlet == ""
    )
    found: dict[str, list[Interpretation]] = {}
    for each in session.exec(theirs.order_by(col(Interpretation.id))):
        found.setdefault(each.article, []).append(each)
    return found


def on_its_way(session: Session, revision_id: int) -> Sequence[Interpretation]:
    """What was not taken down of the interpretations of a text, by the order in which they came in."""
    theirs = select(Interpretation).where(
        Interpretation.revision_id == revision_id, Interpretation.state != "withdrawn"
    )
    return session.exec(theirs.order_by(col(Interpretation.id))).all()


def all_of(session: Session) -> Sequence[Interpretation]:
    """All interpretations, newest first."""
    return session.exec(select(Interpretation).order_by(col(Interpretation.id).desc())).all()


def _unknown(number: int) -> str:
    return f"没有编号为 {number} 的解读；用 policies interpretations 查看。"


def _same_eyes(found: Interpretation) -> str:
    return f"解读 {found.id} 由 {found.author_name} 登记，须由另一位工作人员审核。"


def _not_public(found: Interpretation) -> str:
    return f"解读 {found.id} 现在是“{STATE_NAMES[found.state]}”，没有公开，不必复核。"


def _illegal(found: Interpretation, target: State) -> str:
    return f"解读 {found.id} 现在是“{STATE_NAMES[found.state]}”，不能改为“{STATE_NAMES[target]}”。"
