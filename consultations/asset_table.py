"""Assets as people write them down: the rows of the template, and lines typed in chat; every fault with its cure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from consultations.asset_rules import DAYS, KINDS
from consultations.assets import MOST, STATES, Row, State
from consultations.written_days import written_day

COLUMNS: Mapping[str, str] = {
    "类别": "kind",
    "号码": "number",
    "名称": "name",
    **{title: key for key, title in DAYS.items()},
    "状态": "state",
}
# Without one of these days nothing of such an asset can be reckoned.
NEEDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("invention", "utility", "design"), ("filed_on",)),
    **dict.fromkeys(("trademark", "customs"), ("granted_on", "valid_until")),
    "layout": ("filed_on", "published_on"),
}
EXAMPLES: tuple[tuple[str, ...], ...] = (
    ("发明专利", "ZL202010000000.7", "示例：一种灯", "2020-03-15", "2022-06-21", "", "", "有效"),
    ("注册商标", "示例10000000", "示例：文字商标", "", "2017-03-15", "", "2027-03-14", "有效"),
)
_KIND_WORDS: Mapping[str, tuple[str, ...]] = {
    "invention": ("发明专利", "发明"),
    "utility": ("实用新型专利", "实用新型", "新型"),
    "design": ("外观设计专利", "外观设计", "外观"),
    "trademark": ("注册商标", "商标"),
    "software": ("软件著作权", "软著", "软件"),
    "work": ("作品著作权", "作品", "著作权"),
    "layout": ("布图设计", "集成电路布图设计"),
    "customs": ("海关保护备案", "海关备案"),
    "gi": ("地理标志",),
    "other": ("其他",),
}
_KIND_OF = {word: kind for kind, words in _KIND_WORDS.items() for word in words}
_STATE_OF: Mapping[str, State] = {
    **{name: state for state, name in STATES.items()},
    "": "live",
    "授权": "live",
    "已授权": "live",
    "已注册": "live",
    "维持": "live",
    "审查中": "pending",
    "失效": "over",
    "终止": "over",
    "无效": "over",
    "注销": "over",
}
# The fifth digit of a patent number says its kind (8 and 9 came by PCT). Source: 专利申请号标准 ZC 0006—2003, 4.
_PATENT = re.compile(r"(?:ZL|CN)?(\d{4})(\d)(\d{7})\.?([\dX])", re.IGNORECASE)
_DIGIT_KINDS = {"1": "invention", "8": "invention", "2": "utility", "9": "utility", "3": "design"}
_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_FIRST, _LAST = date(1950, 1, 1), date(2150, 12, 31)
_LONGEST_NUMBER, _LONGEST_NAME = 60, 100
_DAY_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("申请日", "申请日期"), "filed_on"),
    **dict.fromkeys(("授权日", "授权公告日", "注册日", "登记日", "备案日", "授权或注册日"), "granted_on"),
    **dict.fromkeys(("首次发表日", "发表日", "首次使用日", "首次发表或使用日"), "published_on"),
    **dict.fromkeys(("有效期至", "到期日"), "valid_until"),
}
_LABELS = re.compile("(?:" + "|".join(sorted(_DAY_WORDS, key=len, reverse=True)) + ")[:：]?")
# The days of a typed line that do not say what they are.
_ORDERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("invention", "utility", "design", "layout"), ("filed_on", "granted_on")),
    **dict.fromkeys(("trademark", "customs", "gi", "other"), ("granted_on", "valid_until")),
    **dict.fromkeys(("software", "work"), ("published_on",)),
}
_BLANKS = re.compile(r"[ 　\t,，;；、:：]+")


@dataclass
class Sheet:
    """What was written down: the assets, and what is wrong, each as a sentence with row and column; in how many rows.
    `text` is the table as `pasted` writes it, where somebody may decide about it later.
    """

    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    n_wrong: int = 0
    text: str = ""


def read_sheet(rows: Sequence[tuple[int, Sequence[str]]]) -> Sheet:
    """The assets in a table: line numbers and cells, the first row names the columns of `COLUMNS`."""
    sheet = Sheet()
    filled = [(line, [each.strip() for each in cells]) for line, cells in rows if any(each.strip() for each in cells)]
    if not filled:
        sheet.problems.append("表格是空的：请用 assets template 写出的模板，从第二行开始填。")
        return sheet
    (line, head), *others = filled
    missing = [each for each in ("类别", "号码") if each not in head]
    unknown = [each for each in head if each and each not in COLUMNS]
    if missing or unknown:
        said = [f"缺少“{each}”列" for each in missing] + [f"不认识“{each}”列" for each in unknown]
        sheet.problems.append(f"第 {line} 行（列名）：{'，'.join(said)}；可用的列：{'、'.join(COLUMNS)}。")
        return sheet
    if len(others) > MOST:
        sheet.problems.append(f"有 {len(others)} 行，一份台账最多 {MOST} 件，请分开导入。")
        return sheet
    places = {COLUMNS[name]: at for at, name in enumerate(head) if name}
    for at, cells in others:
        if tuple(cells) not in EXAMPLES:
            _take(sheet, at, {key: cells[n] if n < len(cells) else "" for key, n in places.items()}, places)
    return sheet


def is_table_of_assets(rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Whether a table names the columns of a ledger: its first filled row says 类别 and 号码."""
    head = next(([each.strip() for each in cells] for _, cells in rows if any(each.strip() for each in cells)), [])
    return {"类别", "号码"} <= set(head)


def pasted(rows: Sequence[tuple[int, Sequence[str]]]) -> str:
    """A table as text that `read_lines` takes: a line a row, tabs between the cells."""
    return "\n".join("\t".join(" ".join(each.split()) for each in cells) for _, cells in rows if any(cells))


def are_lines(text: str) -> bool:
    """Whether a text looks like assets written down, not like a question."""
    first = next((each for each in text.splitlines() if each.strip()), "")
    return "\t" in first or (_BLANKS.split(first.strip())[0] in _KIND_OF and any(each.isdigit() for each in text))


def read_lines(text: str) -> Sheet:
    """The assets in lines typed or pasted in chat: kind, number, name if any, then the days, with or without what they
    are in front (as in 申请日 2020-03-15); without it in the order of the kind.

    Rows pasted from the template (with tabs) keep its columns.
    """
    lines = [(at, each) for at, each in enumerate(text.splitlines(), start=1) if each.strip()]
    if any("\t" in each for _, each in lines):
        cells = [(at, each.split("\t")) for at, each in lines]
        has_head = "类别" in cells[0][1][0]
        return read_sheet(cells if has_head else [(0, list(COLUMNS)), *cells])
    sheet = Sheet()
    if len(lines) > MOST:
        sheet.problems.append(f"有 {len(lines)} 行，一份台账最多 {MOST} 件，请分开登记。")
        return sheet
    for at, line in lines:
        _take(sheet, at, _typed(line), {})
    return sheet


def number_fault(kind: str, number: str) -> str:
    """What is wrong with the number of a patent, empty when nothing is; numbers from before October 2003 had another
    form and are not looked into.

    The last digit is the weighted sum of the others modulo 11, X for ten. Source: 专利申请号标准 ZC 0006—2003, 5.
    """
    found = _PATENT.fullmatch(number)
    if kind not in _DIGIT_KINDS.values() or found is None:
        return ""
    digits = found[1] + found[2] + found[3]
    if (meant := _DIGIT_KINDS.get(found[2])) != kind:
        return f"号码第 5 位是 {found[2]}，是{KINDS[meant]}的号码" if meant else f"号码第 5 位不会是 {found[2]}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    right = "X" if check == 10 else str(check)
    return "" if found[4].upper() == right else f"校验位不对（按前 12 位应是 {right}），有数字抄错了"


def _typed(line: str) -> dict[str, str]:
    """What stands in a typed line, by the keys of `COLUMNS`."""
    words = [
        each for each in _BLANKS.split(unicodedata.normalize("NFKC", _LABELS.sub(r" \g<0> ", line)).strip()) if each
    ]
    cells = dict.fromkeys(COLUMNS.values(), "")
    others: list[str] = []
    days: list[str] = []
    label = ""
    for word in words:
        if key := _DAY_WORDS.get(word):
            label = key
        elif not _is_day(word) and not label:
            others.append(word)
        elif label:
            cells[label], label = word, ""
        else:
            days.append(word)
    cells |= dict(zip(("kind", "number"), others, strict=False))
    cells["name"] = " ".join(others[2:])
    if len(others) > 2 and others[-1] in _STATE_OF:
        cells["state"], cells["name"] = others[-1], " ".join(others[2:-1])
    return cells | dict(zip(_ORDERS.get(_KIND_OF.get(cells["kind"], ""), _ORDERS["invention"]), days, strict=False))


def _is_day(word: str) -> bool:
    try:
        written_day(word)
    except ValueError:
        return False
    return True


def _take(sheet: Sheet, line: int, cells: Mapping[str, str], places: Mapping[str, int]) -> None:
    """The asset of one row into the sheet, or what is wrong with it."""
    faults: list[str] = []

    def refuse(key: str, fault: str) -> None:
        title = next(title for title, each in COLUMNS.items() if each == key)
        place = f"（{chr(ord('A') + places[key])} 列）" if key in places and places[key] < 26 else ""
        faults.append(f"第 {line} 行“{title}”{place}：{fault}。")

    kind = _KIND_OF.get(cells["kind"], "")
    if not kind:
        refuse("kind", f"“{cells['kind'][:20]}”不是能用的类别，请写其中之一：{'、'.join(KINDS.values())}")
    number = re.sub(r"\s", "", unicodedata.normalize("NFKC", cells["number"])).upper()
    if not number or len(number) > _LONGEST_NUMBER:
        refuse("number", f"请写 1–{_LONGEST_NUMBER} 个字的专利号、注册号或登记号")
    elif fault := number_fault(kind, number):
        refuse("number", f"{number} {fault}，请对照证书改正")
    state = _STATE_OF.get(cells.get("state", ""))
    if state is None:
        refuse("state", f"“{cells['state'][:20]}”看不懂，请写{'、'.join(STATES.values())}之一，不写就是有效")
    days = {key: _day(cells.get(key, ""), lambda fault, key=key: refuse(key, fault)) for key in DAYS}
    needed = NEEDED.get(kind, ())
    if state == "live" and needed and not faults and not any(days[each] for each in needed):
        refuse(needed[0], f"{KINDS[kind]}要有{'或'.join(DAYS[each] for each in needed)}，才算得出期限，请补上")
    filed, granted = days["filed_on"], days["granted_on"]
    if filed and granted and granted < filed:
        refuse("granted_on", f"{granted} 早于申请日 {filed}，请核对")
    row = Row(kind, number, cells.get("name", "")[:_LONGEST_NAME], state or "live", days)
    if (kind, number) in sheet.seen:
        refuse("number", f"{number} 在这份表里重复，请只留一行")
    sheet.seen.add((kind, number))
    sheet.problems += faults
    sheet.n_wrong += bool(faults)
    if not faults:
        sheet.rows.append(row)


def _day(written: str, refuse: object) -> date | None:
    if not written:
        return None
    assert callable(refuse)
    try:
        day = written_day(written)
    except ValueError:
        refuse(f"“{written[:20]}”不是日期，请写成 2026-11-01 的样子")
        return None
    if not _FIRST <= day <= _LAST:
        refuse(f"{day} 不像是真的，请核对年份")
        return None
    return day
