"""Curated question-and-answer cards (FAQ 卡片): read from TOML folders, checked, and dated.

A card answers one question in our own words and names the articles that prove it. A card that replaces another on a
date names it in `supersedes`; together they are the versions of one fact, and on any day at most one of them is live.
Folders are layers: a card of a later folder (the outlet's own) replaces the card with the same id. A card that can't
be used is skipped and reported in `Cards.problems`, in words an outlet can act on; the rest keeps working.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, NoReturn

from knowledge.passages import Passage

SHIPPED_FOLDER = Path(__file__).parent / "faq"
SOURCE_ID = "cards"
# The draft norm's 15 basic and 4 value-added service items (附录); another pack passes its own codes to `load_cards`.
SERVICE_ITEMS = frozenset([f"B{n:02}" for n in range(1, 16)] + [f"V{n:02}" for n in range(1, 5)])

Status = Literal["live", "empty"]

# What a successor (`supersedes`) or an outlet's replacement takes from the card before it when it leaves it out.
_INHERITED = ("title", "variants", "negatives", "service_items", "jurisdiction", "related")
_DATES = ("effective_from", "effective_to", "last_reviewed", "review_due")
_FIELDS = frozenset((*_INHERITED, *_DATES, "id", "answer", "details", "status", "missing", "citations", "supersedes"))
_JURISDICTIONS = frozenset({"national", "chongqing", "outlet"})


@dataclass(frozen=True)
class CardCitation:
    """The article that proves a card: `proof` are phrases that occur in it literally (figures, periods, key words)."""

    law: str
    version: str
    article: str
    proof: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One fact as an enterprise asks for it.

    An ``empty`` card knows the question but not the answer: `missing` says what the outlet must fill in, and staff
    answer until then. `effective_from` and `effective_to` are days in the outlet's time zone, both included; ``None``
    is open. `service_items` names the main one first.
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

    def is_live(self, on: date) -> bool:
        """Whether this version of the fact holds on that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )

    @property
    def is_empty(self) -> bool:
        """Whether staff have to answer."""
        return self.status == "empty"

    @property
    def is_about_fees(self) -> bool:
        """Whether it rests on a fee schedule (收费标准、缴费指南): prices change any day, so stale ones stay untold."""
        return any(re.search("收费|缴费", each.law) for each in self.citations)

    @functools.cached_property
    def version(self) -> str:
        """A short hash of everything the card says: the same content has the same version, everywhere."""
        content = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Cards:
    """All usable cards by id, and what was wrong with the others."""

    by_id: Mapping[str, Card]
    problems: tuple[str, ...] = ()

    def live_on(self, day: date) -> list[Card]:
        """The cards that hold on that day, empty ones included, in order of id."""
        return [card for card in self.by_id.values() if card.is_live(day)]

    def version_on(self, card_id: str, day: date) -> Card | None:
        """The version of this fact that holds on that day, whichever of its versions is named."""
        named = self.by_id.get(card_id)
        if named is None or named.is_live(day):
            return named
        return next((each for each in self.versions(card_id) if each.is_live(day)), None)

    def versions(self, card_id: str) -> list[Card]:
        """All versions of the fact, oldest first; just the card itself when it was never replaced."""
        return self._families.get(self._roots.get(card_id, ""), [])

    def next_version(self, card_id: str) -> Card | None:
        """The version that replaces this card later, if one is known."""
        family = self.versions(card_id)
        place = next((n for n, each in enumerate(family) if each.card_id == card_id), len(family))
        return family[place + 1] if place + 1 < len(family) else None

    def passages(self) -> list[Passage]:
        """What the index holds of the cards: one passage each, found by its title and its wordings."""
        return [_passage(card) for card in self.by_id.values()]

    @functools.cached_property
    def _roots(self) -> dict[str, str]:
        return {card_id: _root(card_id, self.by_id) for card_id in self.by_id}

    @functools.cached_property
    def _families(self) -> dict[str, list[Card]]:
        return _families(self.by_id)


def load_cards(*folders: Path, service_items: Collection[str] = SERVICE_ITEMS) -> Cards:
    """Read all ``*.toml`` of the folders; a later folder replaces cards of an earlier one by id.

    Args:
        folders: Missing folders are empty ones.
        service_items: The codes a card may name.

    Returns:
        The usable cards, and in `problems` one sentence for each thing wrong: file, card, fault and cure.
    """
    layers = [_read_folder(folder) for folder in folders]
    problems = [problem for _, found in layers for problem in found]
    cards: dict[str, Card] = {}
    known: dict[str, dict[str, Any]] = {}
    for raws, _ in layers:
        known |= {card_id: _inherit_from(known.get(card_id), raw) for card_id, raw in raws.items()}
        for card_id in raws:
            made = _make(known[card_id], known, service_items)
            if isinstance(made, Card):
                cards[card_id] = made
            else:
                problems.append(made)
    dated, clashes = _settle_dates(cards, known)
    return Cards(dict(sorted(dated.items())), tuple(problems + clashes + _dangling(dated, known)))


def _passage(card: Card) -> Passage:
    return Passage(
        passage_id=f"card:{card.card_id}",
        source_id=SOURCE_ID,
        kind="card",
        title=card.title,
        text="\n".join((card.answer, *card.details)).strip(),
        version=card.version,
        effective_from=card.effective_from,
        effective_to=card.effective_to,
        wordings=card.variants,
        negatives=card.negatives,
        service_items=card.service_items,
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def _read_folder(folder: Path) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The raw cards of one folder by id (each with its file under ``"file"``), and problems."""
    raws: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        for raw in _read_file(path, problems):
            card_id = raw.get("id")
            if not isinstance(card_id, str) or not re.fullmatch(r"[a-z0-9_]{1,40}", card_id):
                problems.append(
                    f"{path.name}：有一张卡片的编号 id = {card_id!r} 不可用。请写 1–40 个小写字母、数字或下划线。"
                )
            elif card_id in raws:
                first = raws[card_id]["file"]
                problems.append(
                    f"{path.name}：卡片 {card_id} 的编号重复（{first} 里已有一张）。请改用别的编号，或删去一张。"
                )
            else:
                raws[card_id] = raw | {"file": path.name}
    return raws, problems


def _read_file(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path.name}：文件无法读取（{error}）。请按 TOML 格式改正，以 UTF-8 保存；文件暂未使用。")
        return
    found = content.get("card", [])
    if not isinstance(found, list):
        problems.append(f"{path.name}：卡片应写在 [[card]] 下（两层方括号）；这个文件暂未使用。")
        return
    yield from (raw for raw in found if isinstance(raw, dict))


def _inherit_from(earlier: Mapping[str, Any] | None, raw: dict[str, Any]) -> dict[str, Any]:
    if earlier is None:
        return raw
    return {key: earlier[key] for key in _INHERITED if key in earlier} | raw


# --- making and checking one card ----------------------------------------------------------------------------------


class _CardFaultError(Exception):
    """Something in a card is wrong: fault and cure, without the place."""


def _refuse(fault: str) -> NoReturn:
    raise _CardFaultError(fault)


def _make(raw: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], codes: Collection[str]) -> Card | str:
    """The card, or the sentence that says why there is none."""
    try:
        return _checked(_card(_with_ancestors(raw, known)), codes)
    except _CardFaultError as fault:
        return _complaint(raw, str(fault))


def _complaint(raw: Mapping[str, Any], fault: str) -> str:
    return f"{raw['file']}：卡片 {raw['id']}：{fault}"


def _with_ancestors(raw: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The raw card with what it inherits along `supersedes`."""
    merged, seen, current = dict(raw), {raw["id"]}, raw
    while previous := current.get("supersedes", ""):
        if previous in seen:
            _refuse("supersedes 连成了一个圈。请让最早的一张不写 supersedes。")
        if previous not in known:
            _refuse(f"supersedes = {previous!r} 指向的卡片不存在。请改正编号，或补上那张卡片。")
        seen.add(previous)
        current = known[previous]
        merged = {key: current[key] for key in _INHERITED if key in current} | merged
    return merged


def _card(raw: Mapping[str, Any]) -> Card:
    unknown = sorted(set(raw) - _FIELDS - {"file"})
    if unknown:
        _refuse(f"不认识的字段 {'、'.join(unknown)}。请检查拼写。")
    status = raw.get("status", "live")
    if status not in {"live", "empty"}:
        _refuse(f"status = {status!r} 不可用。请写 live（可回答）或 empty（待补充，转人工）。")
    return Card(
        card_id=raw["id"],
        title=_text(raw, "title"),
        variants=_texts(raw, "variants"),
        negatives=_texts(raw, "negatives"),
        answer=_text(raw, "answer"),
        details=_texts(raw, "details"),
        service_items=_texts(raw, "service_items"),
        jurisdiction=_text(raw, "jurisdiction", "national"),
        last_reviewed=_required_day(raw, "last_reviewed"),
        review_due=_required_day(raw, "review_due"),
        status=status,
        missing=_text(raw, "missing"),
        related=_texts(raw, "related"),
        citations=tuple(_citation(each) for each in _tables(raw, "citations")),
        supersedes=_text(raw, "supersedes"),
        effective_from=_day(raw, "effective_from"),
        effective_to=_day(raw, "effective_to"),
    )


def _citation(raw: Mapping[str, Any]) -> CardCitation:
    return CardCitation(_text(raw, "law"), _text(raw, "version"), _text(raw, "article"), _texts(raw, "proof"))


# Each rule: what a usable card fulfils, and the fault with its cure when it does not.
_RULES: tuple[tuple[Callable[[Card], bool], str], ...] = (
    (lambda card: bool(card.title), "缺少标题 title。请写上服务对象会怎样问。"),
    (lambda card: bool(card.service_items), "缺少 service_items。请写上服务事项编号，例如 ['B08']。"),
    (
        lambda card: card.jurisdiction in _JURISDICTIONS,
        "jurisdiction 不可用。请写 national（全国）、chongqing（重庆）或 outlet（本网点）。",
    ),
    (lambda card: card.is_empty or bool(card.answer), "缺少 answer。请写上答复，或把 status 改为 empty。"),
    (
        lambda card: card.is_empty or bool(card.citations),
        "没有出处 citations。没有出处的答复不能发布：请写上法律、版本和条款。",
    ),
    (
        lambda card: all(each.law and each.proof for each in card.citations),
        "出处不完整。请写上 law，并在 proof 里写 1–4 个条款原文中的关键词。",
    ),
    (
        lambda card: not card.is_empty or bool(card.missing),
        "status = empty 的卡片缺少 missing。请写上网点需要补充什么。",
    ),
    (
        lambda card: not (card.effective_from and card.effective_to) or card.effective_from <= card.effective_to,
        "effective_to 早于 effective_from。请改正日期。",
    ),
    (lambda card: card.review_due >= card.last_reviewed, "review_due 早于 last_reviewed。请改正日期。"),
)


def _checked(card: Card, codes: Collection[str]) -> Card:
    strange = [each for each in card.service_items if each not in codes]
    if strange:
        _refuse(f"没有 {'、'.join(strange)} 这个服务事项。请从服务清单中选取编号。")
    for holds, fault in _RULES:
        if not holds(card):
            _refuse(fault)
    return card


def _text(raw: Mapping[str, Any], key: str, default: str = "") -> str:
    value = raw.get(key, default)
    if not isinstance(value, str):
        _refuse(f"{key} 应是一段文字。请加上引号。")
    return value.strip()


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        _refuse(f'{key} 应是一列文字，例如 ["……", "……"]。')
    return tuple(each.strip() for each in value if each.strip())


def _tables(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        _refuse(f"{key} 应写在 [[card.{key}]] 下。")
    return value


def _day(raw: Mapping[str, Any], key: str) -> date | None:
    value = raw.get(key)
    if value is None:
        return None
    if type(value) is not date:
        _refuse(f"{key} = {value!r} 不是日期。请写成 2026-11-23 的样子，不加引号。")
    return value


def _required_day(raw: Mapping[str, Any], key: str) -> date:
    value = _day(raw, key)
    if value is None:
        _refuse(f"缺少 {key}。请写上日期，例如 2026-11-23。")
    return value


# --- versions of one fact ----------------------------------------------------------------------------------------


def _root(card_id: str, cards: Mapping[str, Card]) -> str:
    while (previous := cards[card_id].supersedes) in cards:
        card_id = previous
    return card_id


def _families(cards: Mapping[str, Card]) -> dict[str, list[Card]]:
    """The versions of each fact under the id of its first card, oldest first."""
    families: dict[str, list[Card]] = {}
    for card_id, card in cards.items():
        families.setdefault(_root(card_id, cards), []).append(card)
    for family in families.values():
        family.sort(key=lambda card: card.effective_from or date.min)
    return families


def _settle_dates(
    cards: Mapping[str, Card], raws: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Card], list[str]]:
    """Cards whose versions do not overlap: an open end closes the day before the successor begins."""
    settled: dict[str, Card] = {}
    problems: list[str] = []
    for family in _families(cards).values():
        kept = family[:1]
        for card in family[1:]:
            if fault := _overlap(kept[-1], card):
                problems.append(_complaint(raws[card.card_id], fault))
                continue
            kept[-1] = _closed_before(kept[-1], card)
            kept.append(card)
        settled |= {card.card_id: card for card in kept}
    return settled, problems


def _overlap(earlier: Card, later: Card) -> str:
    if later.effective_from is None or later.effective_from == earlier.effective_from:
        return f"接替了 {earlier.card_id}，却没有自己的 effective_from。请写上新规定施行的日期。"
    if earlier.effective_to is not None and earlier.effective_to >= later.effective_from:
        return (
            f"与 {earlier.card_id} 的有效期重叠（前者到 {earlier.effective_to}，后者从 {later.effective_from}）。"
            "请让前一张的 effective_to 早于这一张的 effective_from。"
        )
    return ""


def _closed_before(earlier: Card, later: Card) -> Card:
    assert later.effective_from is not None
    return replace(earlier, effective_to=earlier.effective_to or later.effective_from - timedelta(days=1))


def _dangling(cards: Mapping[str, Card], raws: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Complaints about `related` ids that lead nowhere; the card itself stays."""
    return [
        _complaint(raws[card_id], f"related 里的 {unknown} 不存在，按钮不会显示。请改正或删去。")
        for card_id, card in cards.items()
        for unknown in _missing(card.related, cards)
    ]


def _missing(ids: Iterable[str], cards: Mapping[str, Card]) -> list[str]:
    return [each for each in ids if each not in cards]
