"""The published drafts as a card file: derived from the database, healed whenever the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from consultations import card_drafts
from consultations.card_drafts import CardDraft
from handlers.desk import Desk
from handlers.talk import office_time
from knowledge.card_files import to_toml

_REVIEWED_FOR = timedelta(days=180)  # after that somebody looks at the card again; fees change more often
_FEES_REVIEWED_FOR = timedelta(days=90)


def published_text(session: Session, desk: Desk, also: CardDraft | None = None, without: int | None = None) -> str:
    """The card file of all published drafts, `also` with one more, `without` one of them."""
    published = [each for each in card_drafts.in_states(session, ["published"], 100_000) if each.id != without]
    drafts = [*published, *([also] if also is not None else [])]
    wordings: dict[str, list[str]] = {}
    for each in drafts:
        if each.kind == "wording" or not is_new_card(each):
            wordings.setdefault(each.card_id, []).extend(each.variants)
    cards = [raw_card(each, desk) for each in drafts if each.kind == "card"]
    return to_toml(cards, {card_id: list(dict.fromkeys(words)) for card_id, words in wordings.items() if words})


def is_new_card(draft: CardDraft) -> bool:
    """Whether the card is the draft's own; else the draft fills in an empty card and leaves its title alone."""
    return draft.card_id.startswith("own_")


def raw_card(draft: CardDraft, desk: Desk) -> Mapping[str, Any]:
    """The fields of the card a draft becomes, as docs/cards.md names them."""
    reviewed = office_time(desk.settings).day(draft.published_at or desk.now())
    is_about_fees = any("费" in each["law"] for each in draft.citations)
    due = draft.review_due or reviewed + (_FEES_REVIEWED_FOR if is_about_fees else _REVIEWED_FOR)
    asked = {"title": draft.title, "variants": draft.variants, "negatives": draft.negatives}
    return {
        "id": draft.card_id,
        **(asked if is_new_card(draft) and not draft.overrides else {}),
        "answer": draft.answer,
        "details": draft.details,
        "service_items": [draft.service_item] if draft.service_item else None,
        "status": "live",
        "effective_from": draft.effective_from,
        "effective_to": draft.effective_to,
        "last_reviewed": reviewed,
        "review_due": max(due, reviewed),
        "outlet": draft.outlet or None,
        **(_overriding(draft) if draft.overrides else {}),
        "citations": draft.citations,
    }


def _overriding(draft: CardDraft) -> Mapping[str, Any]:
    """What it answers instead of, and why."""
    words = {"overrides": draft.overrides, "override_reason": draft.override_reason}
    return {**words, "overrides_version": draft.overrides_version}


@dataclass
class PublishedCards:
    """Keeps the card file true to the database; remembers what it saw, so that looking again costs next to nothing."""

    desk: Desk
    _seen: int = field(default=-1)

    def heal(self, *, is_sure: bool = False) -> bool:
        """Whether the file had to be written anew. Without `is_sure` it looks only after something happened to a draft.

        Raises:
            OSError: The file can't be written; the next call tries again.
        """
        with self.desk.reading() as session:
            last = card_drafts.last_event(session)
            if last == self._seen and not is_sure:
                return False
            is_true = self.desk.shelf.is_stored(published_text(session, self.desk))
        if not is_true:
            with self.desk.writing() as session:  # nobody publishes meanwhile
                last = card_drafts.last_event(session)
                self.desk.shelf.store(published_text(session, self.desk))
        self._seen = last
        return not is_true
