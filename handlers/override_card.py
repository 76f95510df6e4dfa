"""An outlet (网点) answers a question in its own way: made with a reason, reviewed like any draft, seen by the city.

What overrides a card is a draft that carries what the card said then: when the card says something else since, somebody
looks again. It answers under the same rules as every card: where what it rests on is no law any more, staff answer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from consultations import card_drafts
from consultations.card_drafts import STATE_NAMES, CardDraft, SameEyesError
from consultations.tickets import Staff
from handlers import wording
from handlers.desk import Desk
from handlers.review_card import DraftRefusedError
from handlers.talk import office_time
from knowledge.card import Card

Standing = Literal["fits", "outdated", "held"]


@dataclass(frozen=True)
class Overridden:
    """A published override: whose, of what, why; `standing` as in `wording.OVERRIDE_STATES`."""

    draft: CardDraft
    outlet: str
    title: str
    standing: Standing


def override_card(  # noqa: PLR0913, PLR0917  which card, whose, why, by whom, when
    session: Session, desk: Desk, card_id: str, outlet: str, reason: str, staff: Staff, now: datetime
) -> CardDraft:
    """A draft of an outlet's own answer to what a card answers, with what the card says to begin with.

    Raises:
        DraftRefusedError: There is no such card or outlet, no reason, or the outlet overrides that card already.
    """
    card = desk.shelf.version_on(card_id, office_time(desk.settings).day(now))
    found = desk.duty.book.outlet_named(outlet)
    if found is None:
        raise DraftRefusedError(wording.no_outlet(outlet, [each.name for each in desk.duty.book.outlets.values()]))
    if card is None or card.outlet:
        raise DraftRefusedError(wording.no_common_card(card_id))
    if not reason.strip():
        raise DraftRefusedError(wording.OVERRIDE_NEEDS_REASON)
    draft, is_new = card_drafts.create(session, _draft(card, found.outlet_id, reason.strip(), staff, now), (), now)
    if not is_new:
        raise DraftRefusedError(wording.is_overridden(draft.key, STATE_NAMES[draft.state]))
    return draft


def overview(session: Session, desk: Desk) -> list[Overridden]:
    """All published overrides of all outlets, with how each stands today."""
    names = {each.outlet_id: each.name for each in desk.duty.book.outlets.values()}
    return [
        Overridden(each, names.get(each.outlet, each.outlet), each.title, _standing(desk, each))
        for each in card_drafts.overriding(session)
    ]


def stand_by(session: Session, desk: Desk, draft_id: int, staff: Staff, now: datetime) -> CardDraft:
    """The override is right beside what its card says now; said by somebody who did not write it.

    Raises:
        DraftRefusedError: There is no such override, its card is gone, or its author says so.
    """
    draft = card_drafts.get(session, draft_id)
    if draft is None or draft.state != "published" or not draft.overrides:
        raise DraftRefusedError(wording.no_draft(draft_id))
    card = desk.shelf.version_on(draft.overrides, office_time(desk.settings).day(now))
    if card is None:
        raise DraftRefusedError(wording.no_common_card(draft.overrides))
    try:
        card_drafts.stand_by(session, draft, staff, card.version, now, wording.OVERRIDE_STANDS)
    except SameEyesError as error:
        raise DraftRefusedError(str(error)) from error
    return draft


def _draft(card: Card, outlet: str, reason: str, staff: Staff, now: datetime) -> CardDraft:
    first, *further = card.written.split("\n")
    return CardDraft(
        source=f"override:{outlet}:{card.base_id}",
        kind="card",
        title=card.title,
        answer=first,
        details=[each for each in further if each],
        citations=[{**asdict(each), "proof": list(each.proof)} for each in card.citations],
        service_item=card.service_items[0],
        outlet=outlet,
        overrides=card.base_id,
        override_reason=reason,
        overrides_version=card.version,
        author=staff.key,
        author_name=staff.name,
        created_at=now,
        changed_at=now,
    )


def _standing(desk: Desk, draft: CardDraft) -> Standing:
    today = office_time(desk.settings).day(desk.now())
    card = desk.shelf.version_on(draft.overrides, today)
    if card is None or card.version != draft.overrides_version:
        return "outdated"
    told = desk.answerer.card(draft.overrides, today, outlet=draft.outlet)
    return "fits" if told is not None and told.action == "answer" else "held"
