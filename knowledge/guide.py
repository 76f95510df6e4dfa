"""One guide (引导) as a value: short questions, their options, and the answers at the ends, each with its sources."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from knowledge.authored import CardCitation


@dataclass(frozen=True)
class Option:
    """One way on. `to` is the id of a step or of an ending; `gap` names a finding this choice adds to the list."""

    label: str
    to: str
    gap: str = ""


@dataclass(frozen=True)
class Step:
    """One question. `hint` is a line below it that helps to choose."""

    step_id: str
    ask: str
    options: tuple[Option, ...]
    hint: str = ""


@dataclass(frozen=True)
class Leaf:
    """What a guide tells at an end, or one finding of a self-check, as it holds from one day to another.

    Texts may hold placeholders of facts. `cards` and `guides` are what one may want to see next. `hand_over` is why a
    person goes on from here, empty when none must.
    `lists_gaps`: the findings collected on the way follow; `clear` is told instead of `answer` when there are none.
    Days are in the outlet's time zone, both included; ``None`` is open.
    """

    leaf_id: str
    title: str
    answer: str
    details: tuple[str, ...]
    citations: tuple[CardCitation, ...]
    cards: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    hand_over: str = ""
    lists_gaps: bool = False
    clear: str = ""
    effective_from: date | None = None
    effective_to: date | None = None

    def is_live(self, on: date) -> bool:
        """Whether this is what is told on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    @property
    def written(self) -> str:
        """Everything it says, as its author wrote it."""
        return "\n".join((self.answer, *self.details, self.clear))


@dataclass(frozen=True)
class Guide:
    """A wizard. `asks` are wordings of questions it helps with; `steps` begins with the first question.

    `leaves` and `gaps` hold the versions of each ending and finding, oldest first.
    """

    guide_id: str
    title: str
    intro: str
    asks: tuple[str, ...]
    service_items: tuple[str, ...]
    last_reviewed: date
    review_due: date
    steps: Mapping[str, Step]
    leaves: Mapping[str, tuple[Leaf, ...]]
    gaps: Mapping[str, tuple[Leaf, ...]]

    @property
    def first(self) -> Step:
        """The first question."""
        return next(iter(self.steps.values()))

    def leaf_on(self, leaf_id: str, on: date) -> Leaf | None:
        """What this ending or finding says on that day."""
        versions = self.leaves.get(leaf_id) or self.gaps.get(leaf_id, ())
        return next((each for each in versions if each.is_live(on)), None)

    def after(self, leaf: Leaf) -> Leaf | None:
        """The version that takes the place of this one later."""
        versions = self.leaves.get(leaf.leaf_id) or self.gaps.get(leaf.leaf_id, ())
        place = versions.index(leaf) + 1
        return versions[place] if place < len(versions) else None

    @functools.cached_property
    def version(self) -> str:
        """A short hash of everything the guide says: equal content, equal version, everywhere."""
        content = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:10]

    def longest_from(self, step_id: str) -> int:
        """The most questions still to be answered from a step on, that one included."""
        return self._longest[step_id]

    @functools.cached_property
    def _longest(self) -> dict[str, int]:
        lengths: dict[str, int] = {}

        def length(target: str) -> int:
            if target not in self.steps:
                return 0
            if target not in lengths:
                lengths[target] = 1 + max(length(each.to) for each in self.steps[target].options)
            return lengths[target]

        for step_id in self.steps:
            length(step_id)
        return lengths
