"""What is known of editions of laws besides their texts, and what one changed, in the words of the knowledge side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from knowledge.changes import Revised
from knowledge.lawbook import Edition
from knowledge.passages import Passage
from policies.differences import compare
from policies.known import KnownInstruments, shipped


def known_editions(table: KnownInstruments | None = None) -> tuple[Edition, ...]:
    """Every edition of the shipped table (or another one), and the ends of whole laws (without a version)."""
    table = table or shipped()
    listed = [_edition(table, each.title, each.version) for each in table.versions]
    ended = [Edition(each.title, each.version, None, each.effective_to, each.note) for each in table.ends]
    versions = {(each.law, each.version) for each in listed}
    return (*listed, *(each for each in ended if (each.law, each.version) not in versions))


def _edition(table: KnownInstruments, title: str, version: str) -> Edition:
    end = table.end_of(title, version)
    return Edition(
        title, version, table.start_of(title, version), end.effective_to if end else None, end.note if end else ""
    )


@dataclass(frozen=True)
class _Clause:
    """An imported article as the comparison of the compilation takes it."""

    key: str
    label: str
    text: str


def what_changed(old: Edition, new: Edition) -> Revised:
    """Which articles of the newer of two whole editions are new or say something else, and which of the older went."""
    return _what_changed(_texts(old), _texts(new))


@lru_cache(maxsize=16)  # up to a second for the longest laws, and few people ask for many of them
def _what_changed(old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...]) -> Revised:
    comparison = compare(*([_Clause(number, "", text) for number, text in each] for each in (old, new)))
    added = [each.new.key for each in comparison.changes if each.new is not None and each.kind == "added"]
    said_otherwise = [
        each.new.key
        for each in comparison.changes
        if each.new is not None and each.kind not in {"same", "moved", "added"} and not each.is_only_references
    ]
    removed = [gone.key for each in comparison.changes if each.new is None for gone in each.old]
    return Revised(tuple(added), tuple(said_otherwise), tuple(removed))


def _texts(edition: Edition) -> tuple[tuple[str, str], ...]:
    return tuple((number, edition.articles[number].text) for number in _in_order(edition.articles))


def _in_order(articles: Mapping[str, Passage]) -> list[str]:
    return sorted(articles, key=lambda number: [int(part) for part in re.findall(r"\d+", number)] or [0])
