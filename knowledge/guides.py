"""Guides (引导): wizards as data, read from TOML folders, checked, and walked without any state but the way taken.

Folders are layers: a guide of a later folder (the outlet's own) replaces the guide with the same id. A guide that can't
be used is skipped and reported in `Guides.problems`, in words an outlet can act on; the rest keeps working, and so does
the guide it was to replace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.authored import read_folder
from knowledge.cards import SERVICE_ITEMS
from knowledge.facts import NO_FACTS, Facts
from knowledge.guide import Guide
from knowledge.guide_reading import make_guide

SHIPPED_GUIDES = Path(__file__).parent / "guides"


@dataclass(frozen=True)
class Guides:
    """All usable guides by id in the order shown, what was wrong with the others, and what placeholders mean."""

    by_id: Mapping[str, Guide]
    problems: tuple[str, ...] = ()
    facts: Facts = NO_FACTS


NO_GUIDES = Guides({})


def load_guides(
    *folders: Path,
    cards: Collection[str] | None = None,
    facts: Facts = NO_FACTS,
    service_items: Collection[str] = SERVICE_ITEMS,
) -> Guides:
    """Read all ``*.toml`` of the folders; a later folder replaces guides of an earlier one by id.

    Args:
        folders: Missing folders are empty ones. Files are read in the order of their names.
        cards: The ids a leaf may point to; ``None`` checks nothing.
        facts: What placeholders mean. Their own problems are told with the cards.
        service_items: The codes a guide may name.

    Returns:
        The usable guides; in `problems` one sentence for each thing wrong: file, guide, fault and cure.
    """
    problems: list[str] = []
    guides: dict[str, Guide] = {}
    files: dict[str, str] = {}
    for folder in folders:
        seen: dict[str, str] = {}
        for raw in read_folder(folder, "guide", "引导", problems):
            if raw["id"] in seen:
                first = seen[raw["id"]]
                problems.append(f"{raw['file']}：引导 {raw['id']} 的编号重复（{first} 里已有一份）。请改用别的编号。")
                continue
            seen[raw["id"]] = raw["file"]
            made = make_guide(raw, service_items, facts)
            if isinstance(made, Guide):
                guides[made.guide_id], files[made.guide_id] = made, raw["file"]
            else:
                problems.append(made)
    for guide_id, guide in guides.items():
        problems += _dangling(guide, cards, guides, files[guide_id])
    return Guides(guides, tuple(problems), facts)


def _dangling(guide: Guide, cards: Collection[str] | None, guides: Collection[str], file: str) -> Iterator[str]:
    """Complaints about cards and guides that do not exist; the guide itself stays."""
    groups = (guide.leaves, guide.gaps)
    for leaf in (each for group in groups for versions in group.values() for each in versions):
        missing = [("cards", each) for each in leaf.cards if cards is not None and each not in cards]
        missing += [("guides", each) for each in leaf.guides if each not in guides]
        for field, name in missing:
            place = f"{file}：引导 {guide.guide_id}：{leaf.leaf_id} 的 {field} 里的 {name}"
            yield f"{place} 不存在，按钮不会显示。请改正或删去。"
