"""The records behind a figure, in words: what whoever clicks on a number sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from sqlmodel import Session, col, select

from consultations.archive import Consultation
from consultations.broadcasts import Broadcast
from consultations.card_drafts import CardDraft
from consultations.cases import TypicalCase
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise
from consultations.figures import FIGURES
from consultations.follow_ups import RESULTS, FollowUp
from consultations.improvements import ImprovementItem
from consultations.masking import mask
from consultations.opinions import Opinion
from consultations.referrals import Referral
from consultations.tickets import Ticket
from consultations.trainings import Training

_AT_ONCE = 5000  # ids in one query
_UNNUMBERED: Mapping[str, str] = {
    "contact": "服务对象",
    "follow_up": "回访",
    "improvement": "改进事项",
    "broadcast": "推送",
    "attendance": "签到",
    "enterprise": "企业",
    "enterprise_visit": "走访",
}


def records(session: Session, key: str, ids: Sequence[int]) -> list[tuple[str, str]]:  # noqa: PLR0911  one a kind
    """The records a figure counts, in words: number, what it is (masked)."""
    kind = FIGURES[key].kind
    if kind == "consultation":
        return [(each.number, mask(each.question)) for each in rows_of(session, Consultation, ids)]
    if kind == "ticket":
        return [(each.number, mask(each.question)) for each in rows_of(session, Ticket, ids)]
    if kind == "opinion":
        return [(each.number, mask(each.text)) for each in rows_of(session, Opinion, ids)]
    if kind == "referral":
        return [(each.number, each.provider_name) for each in rows_of(session, Referral, ids)]
    if kind == "typical_case":
        return [(each.number, each.title) for each in rows_of(session, TypicalCase, ids)]
    if kind == "training":
        return [(each.number, each.title) for each in rows_of(session, Training, ids)]
    if kind == "card_draft":
        return [(f"草稿 {each.key}", each.title) for each in rows_of(session, CardDraft, ids)]
    return [(f"{_UNNUMBERED[kind]} {each}", words) for each, words in _told(session, kind, ids)]


def _told(session: Session, kind: str, ids: Sequence[int]) -> list[tuple[int, str]]:
    """What is told of records without a number: the ticket they hang on, and what came of them."""
    if kind == "follow_up":
        done = rows_of(session, FollowUp, ids)
        numbers = _numbers(session, [each.ticket_id for each in done])
        return [(each.key, f"工单 {numbers[each.ticket_id]} {RESULTS.get(each.result, '')}".rstrip()) for each in done]
    if kind == "improvement":
        items = rows_of(session, ImprovementItem, ids)
        numbers = _numbers(session, [each.ticket_id for each in items])
        return [(each.key, f"工单 {numbers[each.ticket_id]} {mask(each.cause)}") for each in items]
    if kind == "broadcast":
        return [(each.key, each.title or each.text) for each in rows_of(session, Broadcast, ids)]
    if kind == "enterprise":
        return [(each.key, each.name) for each in rows_of(session, Enterprise, ids)]
    if kind == "enterprise_visit":
        return [
            (each.key, f"{each.visited_on} 企业 {each.enterprise_id}")
            for each in rows_of(session, EnterpriseVisit, ids)
        ]
    return [(each, "") for each in ids]


def _numbers(session: Session, ticket_ids: Sequence[int]) -> dict[int, str]:
    return {each.key: each.number for each in rows_of(session, Ticket, sorted(set(ticket_ids)))}


Row = TypeVar(
    "Row",
    Consultation,
    Ticket,
    Opinion,
    Referral,
    TypicalCase,
    CardDraft,
    FollowUp,
    Broadcast,
    ImprovementItem,
    Training,
    Enterprise,
    EnterpriseVisit,
)


def rows_of(session: Session, model: type[Row], ids: Sequence[int]) -> list[Row]:
    """These rows of a table, in the order of their ids."""
    found: list[Row] = []
    for at in range(0, len(ids), _AT_ONCE):
        some = select(model).where(col(model.id).in_(ids[at : at + _AT_ONCE]))
        found += session.exec(some.order_by(col(model.id))).all()
    return found
