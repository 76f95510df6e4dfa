"""What holds today of the cards and laws the archive was answered with, layer by layer.

For everybody, and where an outlet (网点) answers in its own way, for who belongs there.

A card is told of as ``card:<id>``, a law as ``law:<title>``, the layer of an outlet with ``@<outlet>`` behind. Once
somebody was told of a layer it stays one: when the outlet's own answer is taken back, its askers hear what holds now.
Of a law that ended without another version, as most texts of outlets do one day, ``ended:<revision>`` is what holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from consultations import card_drafts, corrections
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.corrections import Change
from consultations.tickets import Ticket
from handlers.desk import Desk
from handlers.outlet_of_asker import outlet_known
from handlers.talk import office_time
from knowledge.card import Card
from policies.compilation import STANDING, Policy, Revision, policy_titled, revisions_of
from policies.layers import instead_of, of_outlets
from policies.validity import in_force

_KIND, _LAW, _ENDED = "card:", "law:", "ended:"
_NEWS_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Layers:
    """The layers as they are at one moment: `origins` the common card of each override, `told` the outlets whose layer
    of a card or law was told of, `local` the texts of outlets that hold today.
    """

    session: Session
    desk: Desk
    today: date
    origins: dict[str, str]
    told: dict[str, set[str]]
    local: Sequence[Revision]

    def holding(self) -> Iterator[tuple[str, str, str]]:
        """``(subject, what answered, what holds today)`` of every card and law in the archive; both are the same where
        nothing changed.
        """
        yield from self._holding_of_cards()
        for law, revision in sorted(corrections.laws_answered_with(self.session)):
            common = self._revisions(law)
            layers = {"": common} | {each: self._instead_of_law(law, each) or common for each in self._law_outlets(law)}
            if not any(layers.values()) and self._ended(revision) is not None:
                yield f"{_LAW}{law}", revision, f"{_ENDED}{revision}"
            for outlet, ids in layers.items():
                if ids:  # excerpts of one version hold side by side
                    name = f"{_LAW}{law}@{outlet}" if outlet else f"{_LAW}{law}"
                    yield name, revision, revision if revision in ids else ",".join(ids)

    def _holding_of_cards(self) -> Iterator[tuple[str, str, str]]:
        for card_id, version in sorted(corrections.cards_answered_with(self.session)):
            card = self._on(card_id) or self._common(card_id)
            if card is not None and not card.is_empty:
                yield f"{_KIND}{card_id}", version, card.version
            for outlet in self._outlets(card_id):
                own = self._instead(card_id).get(outlet) or self._common(card_id)
                if own is not None and not own.is_empty:
                    yield f"{_KIND}{card_id}@{outlet}", version, own.version

    def answered_with(self, change: Change) -> Sequence[Consultation]:
        """The answers a change is about: those of its layer."""
        kind, _, rest = change.subject.partition(":")
        name, _, outlet = rest.partition("@")
        is_card = f"{kind}:" == _KIND
        find = corrections.answered_with_card if is_card else corrections.answered_with_law
        found = find(self.session, name, change.before)
        if ended := self.ended_in(change):
            zone = office_time(self.desk.settings)
            found = [each for each in found if zone.day(each.created_at) <= (ended.effective_to or self.today)]
        if not (others := self._outlets(name) if is_card else self._law_outlets(name)):
            return found
        if outlet:
            return [each for each in found if self.outlet_of(each) == outlet]
        return [each for each in found if self.outlet_of(each) not in others]

    def ended_in(self, change: Change) -> Revision | None:
        """The text a change says has ended, with nothing in its place; ``None`` for any other change."""
        return self._ended(change.after.removeprefix(_ENDED)) if change.after.startswith(_ENDED) else None

    def _ended(self, revision: str) -> Revision | None:
        """A text that was law and ended lately: afterwards it is no news any more."""
        found = self.session.get(Revision, int(revision)) if revision.isdecimal() else None
        last = found.effective_to if found is not None and found.state in STANDING else None
        return found if last is not None and self.today - _NEWS_FOR <= last < self.today else None

    def answering(self, subject: str) -> frozenset[str]:
        """The ids under which an answer may come from that card, or the titles from that law, in any layer."""
        kind, _, rest = subject.partition(":")
        card_id = rest.partition("@")[0]
        if f"{kind}:" == _LAW:
            own = [each.policy_id for each in self.local if card_id in instead_of(each)]
            return frozenset({card_id, *(self.session.get_one(Policy, each).title for each in own)})
        cards = [self._on(card_id), self._common(card_id), *self._instead(card_id).values()]
        ids = {name for each in cards if each for name in (each.card_id, each.base_id)}
        return frozenset(ids | {card_id})

    def outlet_of(self, each: Consultation) -> str:
        """The outlet whose cards answered; where none is noted, the one the asker belongs to as far as is known now."""
        noted = str((each.trace or {}).get("outlet", ""))
        if noted or not (self.told or self.local or self.desk.shelf.outlets):
            return noted
        contact = self.session.get(Contact, each.contact_id)
        ticket = self.session.get(Ticket, each.ticket_id) if each.ticket_id else None
        return outlet_known(self.session, self.desk.duty.book, contact, each.question, ticket)

    def _outlets(self, card_id: str) -> Sequence[str]:
        return sorted({*self._instead(card_id), *self.told.get(f"{_KIND}{card_id}", ())})

    def _law_outlets(self, law: str) -> Sequence[str]:
        own = (each.outlet for each in self.local if law in instead_of(each))
        return sorted({*own, *self.told.get(f"{_LAW}{law}", ())})

    def _instead_of_law(self, law: str, outlet: str) -> Sequence[str]:
        return [str(each.id) for each in self.local if each.outlet == outlet and law in instead_of(each)]

    def _revisions(self, law: str) -> Sequence[str]:
        policy = policy_titled(self.session, law)
        current = in_force(revisions_of(self.session, policy.id), self.today) if policy and policy.id else []
        return [str(each.id) for each in current]

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
        name, _, outlet = subject.partition("@")
        if outlet:
            told.setdefault(name, set()).add(outlet)
    return Layers(session, desk, today, card_drafts.origins(session), told, in_force(of_outlets(session), today))


def name_of(desk: Desk, subject: str) -> str:
    """What changed, as staff read it: a card or a law, with the outlet it is about."""
    name, _, outlet = subject.partition(":")[2].partition("@")
    known = desk.duty.book.outlets.get(outlet)
    return f"{name}（{known.name if known else outlet}）" if outlet else name
