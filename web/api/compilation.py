"""What is public: policies with their versions and articles as they hold on a day, and the knowledge cards."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from sqlmodel import Session, col, select

from knowledge.card import Card
from policies.compilation import STANDING, Article, Policy, Revision, articles_of, revisions_of
from policies.validity import in_force
from web.api.callers import Caller, needs
from web.api.paging import After, Limit
from web.api.problems import ProblemError, told

router = APIRouter()
Day = Annotated[date | None, Query(description="哪一天有效，例如 2027-01-01；不写是今天")]
PolicyId = Annotated[int, Path(ge=1, le=2**31 - 1)]
CardId = Annotated[str, Path(max_length=80, pattern=r"^[A-Za-z0-9_@.-]+$")]
NO_POLICY, NO_CARD = "没有这部政策。", "这一天没有这张卡片。"


class Version(BaseModel):
    """One version of a policy. Both days of validity are included; an empty one is open."""

    id: int
    version: str
    state: str
    doc_number: str
    effective_from: date | None
    effective_to: date | None
    is_draft: bool
    is_in_force: bool


class PolicyOut(BaseModel):
    """A policy; `in_force` is the version that may be quoted on that day."""

    id: int
    title: str
    issuer: str
    in_force: Version | None


class Policies(BaseModel):
    """A page of policies; `next` is empty at the end."""

    items: list[PolicyOut]
    next: int | None


class PolicyWhole(PolicyOut):
    """A policy with all its versions, the newest first."""

    versions: list[Version]


class ArticleOut(BaseModel):
    """One article in its own words: `path` the headings above it."""

    key: str
    label: str
    path: str
    text: str


class Articles(BaseModel):
    """A page of the articles of the version that holds on that day; `next` is empty at the end."""

    version: Version
    items: list[ArticleOut]
    next: int | None


class Source(BaseModel):
    """A source of a card."""

    law: str
    article: str


class CardOut(BaseModel):
    """A knowledge card as it holds on that day. An ``empty`` one knows the question only: staff answer."""

    id: str
    title: str
    status: str
    answer: str
    details: list[str]
    service_items: list[str]
    citations: list[Source]
    effective_from: date | None
    effective_to: date | None
    last_reviewed: date


class Cards(BaseModel):
    """A page of cards in the order of their ids; `next` is empty at the end."""

    items: list[CardOut]
    next: int | None


@router.get("/policies", summary="政策和某一天有效的版本", tags=["政策"], responses=told(422))
def policies(
    caller: Annotated[Caller, needs("policies:read")], on: Day = None, cursor: After = 0, limit: Limit = 50
) -> Policies:
    """All policies of which something was published, oldest first."""
    day = on or caller.interface.library.today()
    with caller.desk.reading() as session:
        published = select(Revision.policy_id).where(col(Revision.state).in_(STANDING))
        wanted = select(Policy).where(col(Policy.id) > cursor, col(Policy.id).in_(published))
        found = session.exec(wanted.order_by(col(Policy.id)).limit(limit + 1)).all()
        items = [_policy(session, each, day) for each in found[:limit]]
    return Policies(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/policies/{policy_id}", summary="一部政策和它的各个版本", tags=["政策"], responses=told(404, 422))
def policy(policy_id: PolicyId, caller: Annotated[Caller, needs("policies:read")], on: Day = None) -> PolicyWhole:
    """One policy."""
    day = on or caller.interface.library.today()
    with caller.desk.reading() as session:
        found, revisions = _revisions(session, policy_id)
        current = in_force(revisions, day)
        versions = [_version(each, current) for each in revisions]
        return PolicyWhole(**_policy(session, found, day).model_dump(), versions=versions)


@router.get("/policies/{policy_id}/articles", summary="某一天有效的条文", tags=["政策"], responses=told(404, 422))
def articles(  # noqa: PLR0913, PLR0917  the parameters of the address
    policy_id: PolicyId,
    caller: Annotated[Caller, needs("policies:read")],
    on: Day = None,
    version: Annotated[int, Query(ge=0, le=2**31 - 1, description="要看的版本编号；不写是那一天有效的")] = 0,
    cursor: After = 0,
    limit: Limit = 50,
) -> Articles:
    """The articles of one version, in their order."""
    day = on or caller.interface.library.today()
    with caller.desk.reading() as session:
        _, revisions = _revisions(session, policy_id)
        current = in_force(revisions, day)
        shown = next(iter([each for each in revisions if each.id == version] if version else current), None)
        if shown is None or shown.id is None:
            raise ProblemError(404, "这一天没有可以引用的版本。" if not version else "没有这个版本。")
        rest: list[Article] = list(articles_of(session, shown.id))[cursor:]
        items = [ArticleOut.model_validate(each.model_dump()) for each in rest[:limit]]
        return Articles(
            version=_version(shown, current), items=items, next=cursor + limit if len(rest) > limit else None
        )


@router.get("/cards", summary="某一天有效的知识卡片", tags=["卡片"], responses=told(422))
def cards(
    caller: Annotated[Caller, needs("cards:read")], on: Day = None, cursor: After = 0, limit: Limit = 50
) -> Cards:
    """The cards that hold on that day."""
    live = caller.interface.cards().live_on(on or caller.interface.library.today())[cursor:]
    return Cards(items=[_card(each) for each in live[:limit]], next=cursor + limit if len(live) > limit else None)


@router.get("/cards/{card_id}", summary="一张知识卡片", tags=["卡片"], responses=told(404, 422))
def card(card_id: CardId, caller: Annotated[Caller, needs("cards:read")], on: Day = None) -> CardOut:
    """One card as it holds on that day, whichever of its versions is named."""
    day = on or caller.interface.library.today()
    found = caller.interface.cards().version_on(card_id, day)
    if found is None or not found.is_live(day):
        raise ProblemError(404, NO_CARD)
    return _card(found)


def _revisions(session: Session, policy_id: int) -> tuple[Policy, list[Revision]]:
    found = session.get(Policy, policy_id)
    revisions = [each for each in revisions_of(session, policy_id) if each.state in STANDING]
    if found is None or not revisions:
        raise ProblemError(404, NO_POLICY)
    return found, revisions


def _policy(session: Session, policy: Policy, day: date) -> PolicyOut:
    assert policy.id is not None
    current = in_force(revisions_of(session, policy.id), day)
    shown = _version(current[0], current) if current else None
    return PolicyOut(id=policy.id, title=policy.title, issuer=policy.issuer, in_force=shown)


def _version(revision: Revision, current: list[Revision]) -> Version:
    return Version.model_validate(revision.model_dump() | {"is_in_force": revision in current})


def _card(card: Card) -> CardOut:
    return CardOut(
        id=card.card_id,
        title=card.title,
        status=card.status,
        answer=card.answer,
        details=list(card.details),
        service_items=list(card.service_items),
        citations=[Source(law=each.law, article=each.article) for each in card.citations],
        effective_from=card.effective_from,
        effective_to=card.effective_to,
        last_reviewed=card.last_reviewed,
    )
