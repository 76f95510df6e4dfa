"""The imported articles as a table: what a card cites, and what may be quoted on a day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.cards import CardCitation
from knowledge.passages import Passage

# Half and full width brackets are typed at random: 规范(征求意见稿) and 规范（征求意见稿） are one title.
_FOLDED = str.maketrans("（）〔〕　", "()[] ")


@dataclass(frozen=True)
class Articles:
    """Articles by place. `generation` is that of the index they were read from."""

    generation: str
    by_place: dict[tuple[str, str, str], tuple[Passage, ...]]
    by_text: dict[tuple[str, str], tuple[Passage, ...]]
    laws: frozenset[str]

    def cited(self, citation: CardCitation) -> Passage | None:
        """The article a card cites, when its text is imported; of several texts (full, excerpt) the one with the proof.

        A citation without a numbered article (a fee guide, a heading) is looked for in the whole text.
        """
        law, version = folded(citation.law), citation.version
        places = self.by_place.get((law, version, citation.article), ())
        if not places and not re.match(r"\d", citation.article):
            places = self.by_text.get((law, version), ())
        return max(places, key=lambda each: (len(found_in(each.text, citation.proof)), len(each.text)), default=None)

    def is_imported(self, citation: CardCitation) -> bool:
        """Whether any text of that law in that version is there."""
        return (folded(citation.law), citation.version) in self.by_text

    def has_law(self, law: str) -> bool:
        """Whether any version of that law is there."""
        return any(known == folded(law) for known, _ in self.by_text)

    def in_force(self, law: str, article: str, on: date) -> Passage | None:
        """The version of an article that may be quoted on that day, the newest and fullest of several."""
        fitting = [
            each
            for (known, _), passages in self.by_text.items()
            if known == folded(law)
            for each in passages
            if each.article == article and each.is_in_force(on)
        ]
        return max(fitting, key=lambda each: (each.version, len(each.text)), default=None)


NO_ARTICLES = Articles("", {}, {}, frozenset())


def articles_of(passages: Iterable[Passage], generation: str = "") -> Articles:
    """The table of all article passages."""
    by_place: dict[tuple[str, str, str], tuple[Passage, ...]] = {}
    by_text: dict[tuple[str, str], list[Passage]] = {}
    for each in passages:
        if each.kind == "article":
            place = (folded(each.law), each.version, each.article)
            by_place[place] = (*by_place.get(place, ()), each)
            by_text.setdefault(place[:2], []).append(each)
    laws = frozenset(each.law for found in by_text.values() for each in found)
    return Articles(generation, by_place, {place: tuple(found) for place, found in by_text.items()}, laws)


def found_in(text: str, proof: Iterable[str]) -> list[str]:
    """The phrases that occur in a text, blanks aside."""
    bare = re.sub(r"\s", "", text)
    return [each for each in proof if re.sub(r"\s", "", each) in bare]


def folded(law: str) -> str:
    """A title as a key: brackets and blanks of every width are one."""
    return law.translate(_FOLDED)
