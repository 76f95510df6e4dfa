"""Raw TOML → card: every field checked, every fault with its cure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from knowledge.authored import FaultError, Raw, citation, complaint, day, refuse, required_day, text, texts
from knowledge.card import Card
from knowledge.facts import named_in

# What a successor (`supersedes`) or an outlet's replacement takes from the card before it when it leaves it out.
INHERITED = ("title", "variants", "negatives", "service_items", "jurisdiction", "related", "by_filing_day")
_DATES = ("effective_from", "effective_to", "last_reviewed", "review_due")
_WORDS = ("answer", "details", "status", "missing", "meanwhile", "citations", "supersedes", "override_reason")
_OF_OUTLETS = ("outlet", "overrides", "overrides_version")
_FIELDS = frozenset((*INHERITED, *_DATES, *_WORDS, *_OF_OUTLETS, "id"))
_JURISDICTIONS = frozenset({"national", "chongqing", "outlet"})


def make_card(raw: Raw, known: Mapping[str, Raw], codes: Collection[str]) -> Card | str:
    """The card, or the sentence that says why there is none.

    Args:
        raw: As written, with its file under ``"file"``.
        known: All raw cards by id, for what it inherits along `supersedes`.
        codes: The service items a card may name.
    """
    try:
        return _checked(_card(_with_ancestors(raw, known)), codes, known)
    except FaultError as fault:
        return complaint(raw, "卡片", str(fault))


def inherit_from(earlier: Raw | None, raw: Raw) -> Raw:
    """An outlet's card with the fields it leaves out taken from the card it replaces, or answers instead of."""
    return {key: earlier[key] for key in INHERITED if key in earlier} | dict(raw) if earlier else raw


def _with_ancestors(raw: Raw, known: Mapping[str, Raw]) -> Raw:
    """The raw card with what it inherits along `supersedes`."""
    merged, seen, current = dict(raw), {raw["id"]}, raw
    while previous := current.get("supersedes", ""):
        if previous in seen:
            refuse("supersedes 连成了一个圈。请让最早的一张不写 supersedes。")
        if previous not in known:
            refuse(f"supersedes = {previous!r} 指向的卡片不存在。请改正编号，或补上那张卡片。")
        seen.add(previous)
        current = known[previous]
        merged = {key: current[key] for key in INHERITED if key in current} | merged
    return merged


def _card(raw: Raw) -> Card:
    unknown = sorted(set(raw) - _FIELDS - {"file"})
    if unknown:
        refuse(f"不认识的字段 {'、'.join(unknown)}。请检查拼写。")
    status = raw.get("status", "live")
    if status not in {"live", "empty"}:
        refuse(f"status = {status!r} 不可用。请写 live（可回答）或 empty（待补充，转人工）。")
    answer, details = text(raw, "answer"), texts(raw, "details")
    return Card(
        card_id=raw["id"],
        title=text(raw, "title"),
        variants=texts(raw, "variants"),
        negatives=texts(raw, "negatives"),
        answer=answer,
        details=details,
        service_items=texts(raw, "service_items"),
        jurisdiction=text(raw, "jurisdiction", "national"),
        last_reviewed=required_day(raw, "last_reviewed"),
        review_due=required_day(raw, "review_due"),
        status=status,
        missing=text(raw, "missing"),
        related=texts(raw, "related"),
        citations=tuple(citation(each) for each in _tables(raw, "citations")),
        supersedes=text(raw, "supersedes"),
        effective_from=day(raw, "effective_from"),
        effective_to=day(raw, "effective_to"),
        written="\n".join((answer, *details)),
        meanwhile=text(raw, "meanwhile"),
        outlet=text(raw, "outlet"),
        overrides=text(raw, "overrides"),
        override_reason=text(raw, "override_reason") if raw.get("overrides") else "",
        overrides_version=text(raw, "overrides_version"),
        by_filing_day=_flag(raw, "by_filing_day"),
    )


def _flag(raw: Raw, key: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        refuse(f"{key} = {value!r} 不可用。请写 true 或 false，不加引号。")
    return value


def _tables(raw: Raw, key: str) -> list[dict[str, Any]]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        refuse(f"{key} 应写在 [[card.{key}]] 下。")
    return value


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
        lambda card: card.is_empty or bool(card.citations or named_in(card.written)),
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
    (lambda card: not card.overrides or bool(card.outlet), "写了 overrides 而没有写 outlet。请写明是哪个网点的。"),
    (
        lambda card: not card.overrides or bool(card.override_reason.strip()),
        "改写市级卡片没有写理由。请写 override_reason。",
    ),
    (lambda card: not card.supersedes or not card.outlet, "网点的卡片不能写 supersedes。请改用 overrides。"),
)


def _checked(card: Card, codes: Collection[str], known: Mapping[str, Raw]) -> Card:
    strange = [each for each in card.service_items if each not in codes]
    if strange:
        refuse(f"没有 {'、'.join(strange)} 这个服务事项。请从服务清单中选取编号。")
    for holds, fault in _RULES:
        if not holds(card):
            refuse(fault)
    if card.overrides and (card.overrides not in known or known[card.overrides].get("outlet")):
        refuse(f"overrides = {card.overrides!r} 指向的市级卡片不存在。请改正编号。")
    return card
