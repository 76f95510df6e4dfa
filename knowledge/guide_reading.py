"""Raw TOML → guide: every field checked, every way through it walked once, every fault with its cure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from knowledge.authored import FaultError, Raw, citation, complaint, day, refuse, required_day, text, texts
from knowledge.facts import Facts, named_in
from knowledge.guide import Guide, Leaf, Option, Step

MOST_OPTIONS = 6  # more are not read but skimmed
MOST_STEPS = 7  # nobody walks further
LONGEST_ID = 20  # a button's action holds 64 bytes: verb, guide, mark and the way taken
LONGEST_ASK = 60
LONGEST_LABEL = 30  # buttons are one line on a telephone

_GUIDE = frozenset(
    ("id", "title", "intro", "asks", "service_items", "last_reviewed", "review_due", "steps", "leaves", "gaps", "file")
)
_STEP = frozenset(("id", "ask", "hint", "options"))
_OPTION = frozenset(("label", "to", "gap"))
_LEAF = frozenset(
    (
        *("id", "title", "answer", "details", "citations", "cards", "guides", "hand_over", "lists_gaps", "clear"),
        *("effective_from", "effective_to"),
    )
)


def make_guide(raw: Raw, codes: Collection[str], facts: Facts) -> Guide | str:
    """The guide, or the sentence that says why there is none.

    Args:
        raw: As written, with its file under ``"file"``.
        codes: The service items a guide may name.
        facts: What placeholders mean.
    """
    try:
        guide = _guide(raw)
        _check_head(guide, codes)
        _check_ways(guide)
        for leaf in _all_leaves(guide):
            _check_leaf(leaf, facts)
    except FaultError as fault:
        return complaint(raw, "引导", str(fault))
    return guide


def _guide(raw: Raw) -> Guide:
    _no_unknown(raw, _GUIDE, "")
    return Guide(
        guide_id=raw["id"],
        title=text(raw, "title"),
        intro=text(raw, "intro"),
        asks=texts(raw, "asks"),
        service_items=texts(raw, "service_items"),
        last_reviewed=required_day(raw, "last_reviewed"),
        review_due=required_day(raw, "review_due"),
        steps=_steps(_tables(raw, "steps", "guide.steps")),
        leaves=_leaves(_tables(raw, "leaves", "guide.leaves"), "结论"),
        gaps=_leaves(_tables(raw, "gaps", "guide.gaps"), "缺口"),
    )


def _steps(raws: Iterable[Raw]) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for raw in raws:
        step_id = _part_id(raw, "步骤")
        _no_unknown(raw, _STEP, f"步骤 {step_id}：")
        if step_id in steps:
            refuse(f"步骤 {step_id} 写了两次。请改用别的编号，或删去一个。")
        options = tuple(_option(each, step_id) for each in _tables(raw, "options", "guide.steps.options"))
        steps[step_id] = Step(step_id, text(raw, "ask"), options, text(raw, "hint"))
    return steps


def _option(raw: Raw, step_id: str) -> Option:
    _no_unknown(raw, _OPTION, f"步骤 {step_id} 的选项：")
    return Option(text(raw, "label"), text(raw, "to"), text(raw, "gap"))


def _leaves(raws: Iterable[Raw], kind: str) -> dict[str, tuple[Leaf, ...]]:
    versions: dict[str, list[Leaf]] = {}
    for raw in raws:
        leaf_id = _part_id(raw, kind)
        _no_unknown(raw, _LEAF, f"{kind} {leaf_id}：")
        versions.setdefault(leaf_id, []).append(_leaf(raw, leaf_id))
    return {leaf_id: _settled(found) for leaf_id, found in versions.items()}


def _leaf(raw: Raw, leaf_id: str) -> Leaf:
    lists_gaps = raw.get("lists_gaps", False)
    if not isinstance(lists_gaps, bool):
        refuse(f"{leaf_id} 的 lists_gaps 应写 true 或 false，不加引号。")
    return Leaf(
        leaf_id=leaf_id,
        title=text(raw, "title"),
        answer=text(raw, "answer"),
        details=texts(raw, "details"),
        citations=tuple(citation(each) for each in _tables(raw, "citations", "guide.leaves.citations")),
        cards=texts(raw, "cards"),
        guides=texts(raw, "guides"),
        hand_over=text(raw, "hand_over"),
        lists_gaps=lists_gaps,
        clear=text(raw, "clear"),
        effective_from=day(raw, "effective_from"),
        effective_to=day(raw, "effective_to"),
    )


def _part_id(raw: Raw, kind: str) -> str:
    part_id = raw.get("id")
    if not isinstance(part_id, str) or not re.fullmatch(r"[a-z0-9_]{1,40}", part_id):
        refuse(f"有一个{kind}的编号 id = {part_id!r} 不可用。请写 1–40 个小写字母、数字或下划线。")
    return part_id


def _no_unknown(raw: Raw, known: Collection[str], place: str) -> None:
    if unknown := sorted(set(raw) - set(known)):
        refuse(f"{place}不认识的字段 {'、'.join(unknown)}。请检查拼写。")


def _tables(raw: Raw, key: str, place: str) -> list[dict[str, Any]]:
    value = raw.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        refuse(f"{key} 应写在 [[{place}]] 下。")
    return value


# --- days ------------------------------------------------------------------------------------------------------------


def _settled(versions: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """The versions in order; an open end closes the day before the next begins. Every later day has its version."""
    settled: list[Leaf] = []
    for leaf in sorted(versions, key=lambda each: each.effective_from or date.min):
        if leaf.effective_from and leaf.effective_to and leaf.effective_to < leaf.effective_from:
            refuse(f"{leaf.leaf_id} 的 effective_to 早于 effective_from。请改正日期。")
        if settled:
            settled[-1] = _closed_before(settled[-1], leaf)
        settled.append(leaf)
    if until := settled[-1].effective_to:
        refuse(
            f"{settled[-1].leaf_id} 只写到 {until}，以后走到这里就没有答复了。请补上接着的一段，或去掉 effective_to。"
        )
    return tuple(settled)


def _closed_before(earlier: Leaf, later: Leaf) -> Leaf:
    since = later.effective_from
    if since is None or since == earlier.effective_from:
        refuse(f"{later.leaf_id} 写了两次。请给后一段写上自己的 effective_from，或改用别的编号。")
    if earlier.effective_to is not None and earlier.effective_to >= since:
        refuse(
            f"{later.leaf_id} 的有效期重叠（前一段到 {earlier.effective_to}，后一段从 {since} 起）。"
            "请让前一段的 effective_to 早于后一段的 effective_from，或不写。"
        )
    if earlier.effective_to is not None and earlier.effective_to + timedelta(days=1) < since:
        refuse(f"{later.leaf_id} 在 {earlier.effective_to} 到 {since} 之间没有答复。请让两段首尾相接。")
    return replace(earlier, effective_to=since - timedelta(days=1))


# --- rules -----------------------------------------------------------------------------------------------------------


def _check_head(guide: Guide, codes: Collection[str]) -> None:
    if len(guide.guide_id) > LONGEST_ID:
        refuse(f"编号超过 {LONGEST_ID} 个字符，按钮里放不下。请改短。")
    if not guide.title:
        refuse("缺少标题 title。请写上服务对象会怎样问。")
    if not guide.service_items:
        refuse("缺少 service_items。请写上服务事项编号，例如 ['B07']。")
    if strange := [each for each in guide.service_items if each not in codes]:
        refuse(f"没有 {'、'.join(strange)} 这个服务事项。请从服务清单中选取编号。")
    if guide.review_due < guide.last_reviewed:
        refuse("review_due 早于 last_reviewed。请改正日期。")
    if not guide.steps:
        refuse("一步也没有。请在 [[guide.steps]] 下写上问题和选项。")
    for step in guide.steps.values():
        _check_step(step)


def _check_step(step: Step) -> None:
    place = f"步骤 {step.step_id}"
    if not step.ask or len(step.ask) > LONGEST_ASK:
        refuse(f"{place} 的问题 ask 应有 1–{LONGEST_ASK} 个字。请写上，或改短；说明可以放进 hint。")
    if not step.options:
        refuse(f"{place} 没有选项，走到这里就断了。请写上 options，或删去这一步。")
    if len(step.options) > MOST_OPTIONS:
        refuse(f"{place} 有 {len(step.options)} 个选项，最多 {MOST_OPTIONS} 个。请分成两步来问。")
    for option in step.options:
        if not option.label or len(option.label) > LONGEST_LABEL:
            refuse(f"{place} 的选项“{option.label}”应有 1–{LONGEST_LABEL} 个字。请写上，或改短。")
    if len({each.label for each in step.options}) < len(step.options):
        refuse(f"{place} 有两个选项写法相同。请让它们分得清。")


def _check_ways(guide: Guide) -> None:
    """Every option leads on, no way comes back to where it was, nothing is out of reach."""
    both = sorted(set(guide.steps) & set(guide.leaves))
    if both:
        refuse(f"{'、'.join(both)} 既是步骤又是结论。请改用不同的编号。")
    reached: set[str] = set()
    _walk(guide, guide.first.step_id, (), reached)
    gaps = {each.gap for step in guide.steps.values() for each in step.options if each.gap}
    for known, used, kind in (
        (guide.steps, reached, "步骤"),
        (guide.leaves, reached, "结论"),
        (guide.gaps, gaps, "缺口"),
    ):
        if unused := [each for each in known if each not in used]:
            refuse(f"{kind} {'、'.join(unused)} 从哪个选项都走不到。请让一个选项指向它，或删去。")


def _walk(guide: Guide, target: str, before: tuple[str, ...], reached: set[str]) -> None:
    if target in before:
        refuse(f"步骤 {' → '.join((*before[before.index(target) :], target))} 连成了一个圈。请让其中一个选项指向别处。")
    reached.add(target)
    if target in guide.leaves:
        return
    if len(before) >= MOST_STEPS:
        refuse(f"从第一步走到 {target} 超过 {MOST_STEPS} 步。请合并问题，或拆成两份引导。")
    for option in guide.steps[target].options:
        if option.to not in guide.steps and option.to not in guide.leaves:
            refuse(f"步骤 {target} 的选项“{option.label}”指向 {option.to!r}，没有这个步骤或结论。请改正 to，或补上。")
        if option.gap and option.gap not in guide.gaps:
            refuse(f"步骤 {target} 的选项“{option.label}”的缺口 {option.gap!r} 不存在。请改正 gap，或补上。")
        _walk(guide, option.to, (*before, target), reached)


def _all_leaves(guide: Guide) -> Iterable[Leaf]:
    groups: tuple[Mapping[str, tuple[Leaf, ...]], ...] = (guide.leaves, guide.gaps)
    return (each for group in groups for versions in group.values() for each in versions)


def _check_leaf(leaf: Leaf, facts: Facts) -> None:
    if not leaf.title or not leaf.answer:
        refuse(f"{leaf.leaf_id} 缺少 title 或 answer。请写上短标题和答复。")
    if not leaf.citations and not named_in(leaf.written):
        refuse(f"{leaf.leaf_id} 没有出处 citations。没有出处的结论不能使用：请写上法律、版本和条款。")
    if not all(each.law and each.proof for each in leaf.citations):
        refuse(f"{leaf.leaf_id} 的出处不完整。请写上 law，并在 proof 里写 1–4 个条款原文中的关键词。")
    if leaf.lists_gaps and not leaf.clear:
        refuse(f"{leaf.leaf_id} 列出缺口，却没有写 clear。请写上没有缺口时说什么。")
    try:
        facts.periods(named_in(leaf.written), leaf.effective_from, leaf.effective_to)
    except FaultError as fault:
        refuse(f"{leaf.leaf_id}：{fault}")
