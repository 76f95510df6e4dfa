"""Which texts answer whom: everybody's, and those of an outlet (网点) for who belongs there.

An outlet's own text may stand instead of one everybody has: then its askers are not given that one for as long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.articles import folded
from knowledge.passages import Passage

WHOLE = "*"  # whoever sees the texts of all outlets: staff, and what proofreads


@dataclass(frozen=True)
class LocalLaws:
    """The outlets with texts of their own, and their passages. `generation`: that of the index they were read from."""

    generation: str = ""
    local: tuple[Passage, ...] = ()

    @property
    def outlets(self) -> frozenset[str]:
        """The outlets with texts of their own."""
        return frozenset(each.outlet for each in self.local)

    def layer_of(self, outlet: str) -> str:
        """Whose texts an asker of that outlet is given: its own with everybody's, or "" for everybody's alone."""
        return outlet if self.local and (outlet == WHOLE or outlet in self.outlets) else ""

    def whose(self, passage_ids: Iterable[str]) -> str:
        """The outlet one of these passages belongs to; "" when they are everybody's."""
        if not self.local:
            return ""
        wanted = set(passage_ids)
        return next((each.outlet for each in self.local if each.passage_id in wanted), "")

    def is_seen(self, passage: Passage, outlet: str, on: date) -> bool:
        """Whether a passage may answer an asker of that outlet on that day."""
        if passage.outlet:
            return outlet in (passage.outlet, WHOLE)
        return not passage.law or folded(passage.law) not in self._replaced(outlet, on)

    def _replaced(self, outlet: str, on: date) -> frozenset[str]:
        own = (each for each in self.local if each.outlet == outlet and each.instead_of and each.is_in_force(on))
        return frozenset(folded(law) for each in own for law in each.instead_of)


def local_laws(passages: Iterable[Passage], generation: str) -> LocalLaws:
    """What of all passages belongs to outlets."""
    return LocalLaws(generation, tuple(each for each in passages if each.outlet))


def known_to(passages: Iterable[Passage], outlet: str) -> Iterable[Passage]:
    """The passages an asker of that outlet can ask for by name: those of no other outlet."""
    return (each for each in passages if not each.outlet or outlet in (each.outlet, WHOLE))
