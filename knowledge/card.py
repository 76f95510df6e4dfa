"""One card (FAQ 卡片) as a value."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Literal

from knowledge.authored import CardCitation
from knowledge.facts import Fact

Status = Literal["live", "empty"]
# No part of the version of a card that does not use them: it is the same as before there were such fields.
_ADDED_LATER = ("outlet", "overrides", "override_reason", "overrides_version", "by_filing_day")


@dataclass(frozen=True)
class Card:
    """One question and its answer as an enterprise asks for it, with the figures of the days on which it holds.

    An ``empty`` card knows the question but not the answer: `missing` says what the outlet must fill in, and staff
    answer until then, and `meanwhile` tells the asker what to do so long. `effective_from` and `effective_to` are days
    in the outlet's time zone, both included; ``None`` is open. `service_items` names the main one first. `facts` are
    the rows its text was filled from and `written` that text before; a card whose facts change while it holds is
    several of these, the later ones with a day in their `card_id`. A card with an `outlet` (网点) answers only who
    belongs there; with `overrides` it does so instead of that card, whose version was `overrides_version` then. Which
    version of a card `by_filing_day` applies goes by the day of the application (申请日), and still does today.
    """

    card_id: str
    title: str
    variants: tuple[str, ...]
    negatives: tuple[str, ...]
    answer: str
    details: tuple[str, ...]
    service_items: tuple[str, ...]
    jurisdiction: str
    last_reviewed: date
    review_due: date
    status: Status
    missing: str
    related: tuple[str, ...]
    citations: tuple[CardCitation, ...]
    supersedes: str
    effective_from: date | None
    effective_to: date | None
    facts: tuple[Fact, ...] = ()
    written: str = ""
    meanwhile: str = ""
    outlet: str = ""
    overrides: str = ""
    override_reason: str = ""
    overrides_version: str = ""
    by_filing_day: bool = False

    def is_live(self, on: date) -> bool:
        """Whether this version of the card holds on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    @property
    def base_id(self) -> str:
        """The id its author gave it."""
        return self.card_id.partition("@")[0]

    @property
    def is_empty(self) -> bool:
        """Whether staff have to answer."""
        return self.status == "empty"

    @property
    def is_about_fees(self) -> bool:
        """Whether it rests on a fee schedule (收费标准、缴费指南): prices change any day, so stale ones stay untold."""
        return any(re.search("收费|缴费", each.law) for each in self.citations)

    def change_since(self, earlier: Card) -> str:
        """What this version says otherwise than the earlier one; empty when the points that matter are the same.

        When only figures changed these are the sentences that hold them, else the new answer. Another name for the
        same office changes no point.
        """
        if _whoever_decides(self.answer) != _whoever_decides(earlier.answer):
            return self.answer
        if self.base_id != earlier.base_id:
            return ""
        return "".join(new for new, old in zip(self.details, earlier.details, strict=True) if new != old)

    @functools.cached_property
    def version(self) -> str:
        """A short hash of everything the card says and rests on: equal content, equal version, everywhere."""
        told = ((each.name, getattr(self, each.name)) for each in fields(self))
        said = {name: value for name, value in told if value or name not in _ADDED_LATER}
        content = json.dumps(said, ensure_ascii=False, sort_keys=True, default=_plain)
        return hashlib.sha256(content.encode()).hexdigest()[:10]


def _plain(value: object) -> object:
    """What stands for a value in JSON; `dataclasses.asdict` would copy everything first, a second for all cards."""
    return vars(value) if is_dataclass(value) else str(value)


# 商标法 (2026) names the offices by what they do; for who asks, the point stays the same.
_OFFICES = re.compile(r"国务院商标管理部门|商标局|商标评审委员会|负责商标执法的部门|工商行政管理部门")


def _whoever_decides(text: str) -> str:
    """A text with one name for all trade mark offices, and for one right."""
    return _OFFICES.sub("商标局", text).replace("注册商标专用权", "商标专用权")
