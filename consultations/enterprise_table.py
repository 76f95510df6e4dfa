"""Enterprises as people write them down: the rows of a table, the fields of a form; every fault with its cure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consultations.enterprises import FIELDS, KINDS, MOST_TAGS, SIZES, Enterprise, changed, code_fault

YEARS = "年度名单"
COLUMNS = {**{title: name for name, title in FIELDS.items()}, YEARS: "years"}
EXAMPLES: tuple[tuple[str, ...], ...] = (
    (
        *("示例：某某科技有限公司", "", "示例区", "装备制造", "企业", "小型"),
        *("专精特新中小企业、高新技术企业", "", "", "", "", "2026：专精特新"),
    ),
)
MOST_ROWS = 1000  # in one file
FIRST_YEAR, LAST_YEAR = 2000, 2100
_LONGEST: Mapping[str, int] = {"name": 100, "note": 500}
_LONGEST_OTHER, _LONGEST_TAG = 40, 30
_SPLIT = re.compile(r"[、,，;；\n]+")
_YEAR = re.compile(r"(\d{4})年?(?:[:：](.*))?")
_WIDE = re.compile(r"[Ａ-Ｚａ-ｚ０-９＋－　]")
_PHONE = re.compile(r"[0-9+\-()（）转 ]{5,40}")


@dataclass(frozen=True)
class Written:
    """One enterprise as it was written down: the fields named, and the years with their reasons."""

    line: int
    values: Mapping[str, Any]
    years: Mapping[int, str] = field(default_factory=dict)


@dataclass
class Sheet:
    """What was written down, and what is wrong, each as a sentence with its row."""

    rows: list[Written] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_wrong: int = 0


@dataclass(frozen=True)
class Plan:
    """What taking up a sheet would do: new rows; those found again that change, with what changes; those that say the
    same.
    """

    added: tuple[Written, ...] = ()
    changed: tuple[tuple[Enterprise, Written, Mapping[str, Sequence[str]]], ...] = ()
    same: tuple[tuple[Enterprise, Written], ...] = ()
    problems: tuple[str, ...] = ()
    n_wrong: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    @property
    def does_something(self) -> bool:
        """Whether anything would be written."""
        return bool(self.added or self.changed)


def read_fields(typed: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values of the fields that were typed, and what is wrong with them, each as a sentence without its place."""
    values: dict[str, Any] = {name: " ".join(_plain(text).split()) for name, text in typed.items() if name in FIELDS}
    faults = []
    if "code" in values:
        values["code"] = values["code"].replace(" ", "").upper()
        if fault := code_fault(values["code"]):
            faults.append(f"统一社会信用代码 {values['code'][:30]} {fault}")
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(each.strip() for each in _SPLIT.split(values["tags"]) if each.strip()))
        faults += _tag_faults(values["tags"])
    if "name" in values and not values["name"]:
        faults.append("没有企业名称，请照营业执照写上")
    if (phone := values.get("phone", "")) and not _PHONE.fullmatch(phone):
        faults.append("联系电话只写数字（可以有 + - 括号 转），遮盖过的号码写不进去，请写完整或留空")
    faults += [
        f"{FIELDS[name]}“{values[name][:20]}”不在可选的里面，请写{'、'.join(known)}之一，或留空"
        for name, known in (("kind", KINDS), ("size", SIZES))
        if values.get(name) and values[name] not in known
    ]
    for name, value in values.items():
        longest = _LONGEST.get(name, _LONGEST_OTHER)
        if isinstance(value, str) and name != "code" and len(value) > longest:
            faults.append(f"{FIELDS[name]}有 {len(value)} 个字，最多 {longest} 个，请缩短")
    return values, faults


def read_years(text: str) -> tuple[dict[int, str], list[str]]:
    """The years of a list with their reasons, as in ``2026：专精特新；2025``, and what is wrong with them."""
    years: dict[int, str] = {}
    faults = []
    for part in re.split(r"[;；\n]+", _plain(text)):
        if not part.strip():
            continue
        found = _YEAR.fullmatch(part.strip())
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            faults.append(f"年度名单“{part.strip()[:20]}”看不懂，请写成 2026：专精特新 的样子，几个年度用；隔开")
        else:
            years[int(found[1])] = (found[2] or "").strip()[:100]
    return years, faults


def read_sheet(rows: Sequence[tuple[int, Sequence[str]]]) -> Sheet:
    """The enterprises in a table: line numbers and cells, the first row names the columns of `COLUMNS`. What a column
    that is missing, or an empty cell, would say stays as it is.
    """
    sheet = Sheet()
    filled = [(line, [each.strip() for each in cells]) for line, cells in rows if any(each.strip() for each in cells)]
    if not filled:
        sheet.problems.append("表格是空的：请从模板的第二行开始填。")
        return sheet
    (line, head), *others = filled
    unknown = [each for each in head if each and each not in COLUMNS]
    said = [f"不认识“{each[:20]}”列" for each in unknown]
    said += [f"有两列“{each}”" for each in COLUMNS if head.count(each) > 1]
    if FIELDS["name"] not in head:
        said.insert(0, f"缺少“{FIELDS['name']}”列")
    if said:
        sheet.problems.append(f"第 {line} 行（列名）：{'，'.join(said)}；可用的列：{'、'.join(COLUMNS)}。")
    elif len(others) > MOST_ROWS:
        sheet.problems.append(f"有 {len(others)} 行，一次最多 {MOST_ROWS} 行，请分成几份。")
    else:
        for at, cells in others:
            if not (cells and cells[0].startswith("示例：")):
                _take(sheet, at, {name: cells[n] for n, name in enumerate(head) if name and n < len(cells)})
    return sheet


def plan(sheet: Sheet, held: Sequence[Enterprise], years: Mapping[int, Mapping[int, str]]) -> Plan:
    """What would become of a sheet: found again by 统一社会信用代码, else by the same name where one of both has no
    code. Two rows of the sheet for one enterprise are a fault, each with its line.

    Args:
        sheet: What was written down.
        held: The living rows of the outlet.
        years: Their years with reasons, by row.
    """
    added: list[Written] = []
    changes: list[tuple[Enterprise, Written, Mapping[str, Sequence[str]]]] = []
    same: list[tuple[Enterprise, Written]] = []
    problems, n_wrong = list(sheet.problems), sheet.n_wrong
    finder = _Finder(held)
    for row in sheet.rows:
        found = finder.find(row)
        if isinstance(found, str):
            problems.append(f"第 {row.line} 行{found}。")
            n_wrong += 1
        elif found is None:
            added.append(row)
        elif differences := _differences(found, row, years.get(found.key, {})):
            changes.append((found, row, differences))
        else:
            same.append((found, row))
    return Plan(tuple(added), tuple(changes), tuple(same), tuple(problems), n_wrong)


class _Finder:
    """Which row of the directory a row of the sheet means; each at most once."""

    def __init__(self, held: Sequence[Enterprise]) -> None:
        self._by_code = {each.code: each for each in held if each.code}
        self._by_name: dict[str, list[Enterprise]] = {}
        for each in held:
            self._by_name.setdefault(each.name, []).append(each)
        self._seen: list[tuple[int, str, str]] = []
        self._used: dict[int, int] = {}

    def find(self, row: Written) -> Enterprise | str | None:
        """The row it means, what is wrong, or nothing when it is new."""
        name, code = str(row.values["name"]), str(row.values.get("code", ""))
        for line, other_name, other_code in self._seen:
            if code and code == other_code:
                return f"与第 {line} 行的统一社会信用代码相同（{code}），请只留一行"
            if name == other_name and not (code and other_code):
                return f"与第 {line} 行的企业名称相同，请只留一行；是两家企业的，两行都写上统一社会信用代码"
        self._seen.append((row.line, name, code))
        found = self._by_code.get(code) if code else None
        namesakes = [each for each in self._by_name.get(name, ()) if not (code and each.code)]
        if found is None and len(namesakes) > 1:
            return f"：名录里有 {len(namesakes)} 家“{name}”，请写上统一社会信用代码"
        found = found or (namesakes[0] if namesakes else None)
        if found is not None and found.key in self._used:
            return f"与第 {self._used[found.key]} 行说的是名录里同一家企业（{found.key}），请只留一行"
        if found is not None:
            self._used[found.key] = row.line
        return found


def _differences(held: Enterprise, row: Written, years: Mapping[int, str]) -> dict[str, list[str]]:
    found = {FIELDS[name]: pair for name, pair in changed(held, row.values).items()}
    for year, reason in row.years.items():
        if year not in years or (reason and reason != years[year]):
            found[f"{year} 年名单"] = [years.get(year, ""), reason or "列入"]
    return found


def _take(sheet: Sheet, line: int, cells: Mapping[str, str]) -> None:
    """The enterprise of one row into the sheet, or what is wrong with it."""
    typed = {COLUMNS[title]: text for title, text in cells.items() if text or title == FIELDS["name"]}
    values, faults = read_fields(typed | {"name": cells.get(FIELDS["name"], "")})
    years, wrong = read_years(typed.get("years", ""))
    faults += wrong
    sheet.problems += [f"第 {line} 行：{each}。" for each in faults]
    if faults:
        sheet.n_wrong += 1
    else:
        sheet.rows.append(Written(line, values, years))


def _tag_faults(tags: Sequence[str]) -> list[str]:
    faults = [f"标签“{each[:20]}…”太长，最多 {_LONGEST_TAG} 个字" for each in tags if len(each) > _LONGEST_TAG]
    return [*faults, *([f"标签有 {len(tags)} 个，最多 {MOST_TAGS} 个"] if len(tags) > MOST_TAGS else [])]


def _plain(text: str) -> str:
    """Full-width digits and letters as plain ones, without the mark that keeps a text from being run as a formula;
    punctuation of Chinese stays.
    """
    plain = text.removeprefix("'")
    return _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), plain)
