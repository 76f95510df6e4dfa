"""What the askers of one outlet (网点) are answered from: its cards, the laws it sees, and what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from knowledge.cards import Cards
from knowledge.common_ground import CommonGround
from knowledge.confidence import Candidate, Decision, candidates, decide, said_of_us
from knowledge.evidence import Question, Wordings
from knowledge.lawbook import LawBook
from knowledge.passages import Answer, Hit, PassageKind
from knowledge.service_themes import theme_shares
from knowledge.services import GENERAL_SERVICE, Says, likely_service, service_of_card
from knowledge.telling import Telling
from knowledge.understand import Reading

HITS = 12  # passages looked at for one question
_EVERY = 2000  # hits among which there is something besides the texts of other outlets


class View:
    """Cards and laws as one outlet sees them, "" as everybody does. Safe to share between threads."""

    def __init__(self, ground: CommonGround, cards: Cards, outlet: str = "") -> None:
        """`cards` are those seen from the outlet."""
        self.ground, self.cards, self.outlet = ground, cards, outlet
        self.services = ground.services
        self._told = ground.told
        self.telling: Telling = replace(self._told, cards=cards)

    def renew(self) -> LawBook:
        """The laws as the index has them now; what is told of them is renewed along with it."""
        if (told := self.ground.telling(self.outlet)) is not self._told:
            self._told, self.telling = told, replace(told, cards=self.cards)
        return self.telling.book

    @property
    def wordings(self) -> Wordings:
        """What speaks for one card and against another."""
        return self.ground.wordings

    def sounds_ours(self, text: str, *, names_it: bool) -> float:
        """How much a text sounds like our field, 0–1; see `Wordings.field`."""
        return self.wordings.field(Question.of(text), names_it=names_it)

    def rated(self, text: str, hits: Sequence[Hit], *, is_ours: bool) -> list[Candidate]:
        """The cards among the hits, most probable first; see `candidates`."""
        return candidates(text, hits, self.cards.by_id, self.wordings, is_ours=is_ours)

    def decided(self, text: str, found: Sequence[Candidate], *, is_ours: bool) -> Decision:
        """What to do with a question for which these cards were found; see `decide`."""
        return decide(found, said_of_us(Question.of(text), self.wordings, is_ours=is_ours))

    def find_cards(self, text: str, on: date) -> list[Hit]:
        """The cards found for a text, without those of other outlets."""
        n_unseen = self.cards.n_unseen
        hits = self.ground.search.find(text, on=on, limit=HITS + n_unseen, kind="card")
        return [each for each in hits if not n_unseen or card_id_of(each) in self.cards.by_id][:HITS]

    def find(self, text: str, on: date, limit: int, kind: PassageKind | None = None) -> list[Hit]:
        """The passages found for a text, without the texts of other outlets and those the outlet's own replace."""
        hits = self.ground.search.find(text, on=on, limit=limit, kind=kind)
        laws = self.ground.local_laws
        if not laws.local or all(laws.is_seen(each.passage, self.outlet, on) for each in hits):
            return hits
        every = self.ground.search.find(text, on=on, limit=_EVERY, kind=kind)
        return [each for each in every if laws.is_seen(each.passage, self.outlet, on)][:limit]

    def service_of(self, reading: Reading, found: Sequence[Candidate], hits: Sequence[Hit]) -> str:
        """The item of a question that nothing answers surely: that of the likely cards, else of a known law found."""
        if found:
            return likely_service(found, self.says(reading), follows_up=bool(reading.last))
        near = next((hit.passage for hit in hits if self.services.knows(hit.passage.law)), None)
        return self.services.of(near.law, near.article) if near else GENERAL_SERVICE

    def says(self, reading: Reading) -> Says:
        """What a message and what it follows up say of the service item."""
        asked = reading.last + reading.text
        return Says(self.ground.service_words.shares(asked), theme_shares(asked))

    def service_of_answer(self, found: Answer, reading: Reading, on: date) -> str:
        """The item an answer is filed under: one of its card's, as the question speaks of it."""
        card = self.cards.version_on(found.card_id, reading.day or on) if found.card_id else None
        return service_of_card(card, self.says(reading)) if card else found.service_item

    def service_of_article(self, told: Answer, reading: Reading, found: Sequence[Candidate]) -> str:
        """That of the cards that cite the article; when none does, that of the cards nearest to the question."""
        (cited,) = told.citations
        return self.services.of_article(cited.law, cited.article) or self.service_of(reading, found, told.hits)


def card_id_of(hit: Hit) -> str:
    """The id of the card that was found."""
    return hit.passage.passage_id.removeprefix("card:")
