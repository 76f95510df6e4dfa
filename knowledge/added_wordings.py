"""Wordings an outlet adds to cards it did not write: ``[[wordings]]`` in the instance's card folder.

The card itself stays where it is, so that a later release still corrects it; all its versions get the words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from knowledge.cards import Cards


def with_added_wordings(cards: Cards, folder: Path) -> Cards:
    """The cards with the wordings of a folder; what names no card is told among the problems."""
    by_id, problems = dict(cards.by_id), list(cards.problems)
    for file, raw in _read(folder):
        card_id, words = raw.get("card"), raw.get("variants")
        family = cards.versions(card_id) if isinstance(card_id, str) else []
        if not family:
            problems.append(f"{file}：[[wordings]] 里 card = {card_id!r} 没有这张卡片。请改正编号，或删去这几条问法。")
        elif not isinstance(words, list) or not all(isinstance(each, str) and each.strip() for each in words):
            problems.append(f'{file}：给 {card_id} 补充的 variants 应是一列文字，例如 ["……", "……"]。')
        else:
            for each in family:
                known = by_id[each.card_id]
                variants = dict.fromkeys((*known.variants, *(word.strip() for word in words)))
                by_id[each.card_id] = replace(known, variants=tuple(variants))
    return replace(cards, by_id=by_id, problems=tuple(problems))


def _read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """``(file, entry)``; files that are no TOML are told of by whoever reads the cards."""
    for path in sorted(folder.glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("wordings", [])
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        yield from ((path.name, each) for each in entries if isinstance(each, dict))
