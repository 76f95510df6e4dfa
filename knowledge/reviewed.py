"""What looked like a contradiction and was found right by somebody: data with the reason (``reviewed.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge.authored import FaultError, Raw, refuse, required_day, text, texts

SHIPPED_REVIEWED = Path(__file__).parent / "reviewed.toml"


@dataclass(frozen=True)
class Reviewed:
    """These places (cards, facts) may say these figures; order does not matter."""

    places: frozenset[str]
    figures: frozenset[str]
    reason: str
    on: date


def load_reviewed(*files: Path) -> tuple[list[Reviewed], list[str]]:
    """The entries of all files, and one sentence for each thing wrong; a missing file is an empty one."""
    problems: list[str] = []
    entries: list[Reviewed] = []
    for path in files:
        for number, raw in enumerate(_read(path, problems), start=1):
            try:
                entries.append(_entry(raw))
            except FaultError as fault:
                problems.append(f"{path.name}：第 {number} 条：{fault}")
    return entries, problems


def _read(path: Path, problems: list[str]) -> Sequence[Raw]:
    if not path.exists():
        return ()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("reviewed", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path.name}：文件无法读取（{error}）。请按 TOML 格式改正，以 UTF-8 保存；文件暂未使用。")
        return ()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        problems.append(f"{path.name}：每一条应写在 [[reviewed]] 下（两层方括号）；这个文件暂未使用。")
        return ()
    return found


def _entry(raw: Raw) -> Reviewed:
    made = Reviewed(
        frozenset(texts(raw, "places")), frozenset(texts(raw, "figures")), text(raw, "reason"), required_day(raw, "on")
    )
    if not made.places or not made.figures:
        refuse("缺少 places 或 figures。请照 check 列出的写上卡片、事实的编号和数字。")
    if not made.reason:
        refuse("缺少 reason。请写上为什么不是矛盾。")
    return made
