"""What holds today of the cards the archive was answered with, layer by layer.

For everybody, and where an outlet (网点) answers in its own way, for who belongs there.

A card is told of as ``card:<id>``, its layer of an outlet as ``card:<id>@<outlet>``. Once somebody was told of a layer
it stays one: when the outlet's own answer is taken back, its askers hear what holds for them now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from consultations import card_drafts, corrections
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.corrections import Change
from consultations.tickets import Ticket
from handlers.desk import Desk
from handlers.outlet_of_asker import outlet_known
from knowledge.card import Card

_KIND = "card:"


@dataclass(frozen=True)
class Layers:
    """The layers as they are at one moment: `origins` the common card of each override, `told` the outlets whose layer
    of a card was told of.
    """

    session: Session
    desk: Desk
    today: date
    origins: dict[str, str]
    told: dict[str, set[str]]

    def holding(self) -> Iterator[tuple[str, str, str]]:
        """``(subject, version that answered, version that holds today)`` of every card in the archive."""
        for card_id, version in sorted(corrections.cards_answered_with(self.session)):
            card = self._on(card_id) or self._common(card_id)
            if card is not None and not card.is_empty:
                yield f"{_KIND}{card_id}", version, card.version
            for outlet in self._outlets(card_id):
                own = self._instead(card_id).get(outlet) or self._common(card_id)
                if own is not None and not own.is_empty:
                    yield f"{_KIND}{card_id}@{outlet}", version, own.version

    def answered_with(self, change: Change) -> Sequence[Consultation]:
        """The answers a change of a card is about: those of its layer."""
        card_id, _, outlet = change.subject.removeprefix(_KIND).partition("@")
        found = corrections.answered_with_card(self.session, card_id, change.before)
        if not (others := self._outlets(card_id)):
            return found
        if outlet:
            return [each for each in found if self.outlet_of(each) == outlet]
        return [each for each in found if self.outlet_of(each) not in others]

    def answering(self, subject: str) -> frozenset[str]:
        """The ids under which an answer may come from that card, in any layer."""
        card_id = subject.removeprefix(_KIND).partition("@")[0]
        cards = [self._on(card_id), self._common(card_id), *self._instead(card_id).values()]
        ids = {name for each in cards if each for name in (each.card_id, each.base_id)}
        return frozenset(ids | {card_id})

    def outlet_of(self, each: Consultation) -> str:
        """The outlet whose cards answered; where none is noted, the one the asker belongs to as far as is known now."""
        noted = str((each.trace or {}).get("outlet", ""))
        if noted or not (self.told or self.desk.shelf.outlets):
            return noted
        contact = self.session.get(Contact, each.contact_id)
        ticket = self.session.get(Ticket, each.ticket_id) if each.ticket_id else None
        return outlet_known(self.session, self.desk.duty.book, contact, each.question, ticket)

    def _outlets(self, card_id: str) -> Sequence[str]:
        return sorted({*self._instead(card_id), *self.told.get(card_id, ())})

    def _instead(self, card_id: str) -> dict[str, Card]:
        return dict(self.desk.shelf.instead_of(self.origins.get(card_id, card_id), self.today))

    def _common(self, card_id: str) -> Card | None:
        return self._on(self.origins.get(card_id, card_id))

    def _on(self, card_id: str) -> Card | None:
        return self.desk.shelf.version_on(card_id, self.today)


def layers_of(session: Session, desk: Desk, today: date) -> Layers:
    """The layers today; good as long as the session is."""
    told: dict[str, set[str]] = {}
    for subject in corrections.subjects_told(session):
        card_id, _, outlet = subject.removeprefix(_KIND).partition("@")
        if subject.startswith(_KIND) and outlet:
            told.setdefault(card_id, set()).add(outlet)
    return Layers(session, desk, today, card_drafts.origins(session), told)


def name_of(desk: Desk, subject: str) -> str:
    """What changed, as staff read it: a card or a law, with the outlet it is about."""
    name, _, outlet = subject.partition(":")[2].partition("@")
    known = desk.duty.book.outlets.get(outlet)
    return f"{name}（{known.name if known else outlet}）" if outlet else name
