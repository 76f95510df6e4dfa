"""Forms for entries of authored files (人员、网点、值班、日历): what each field is called, how it is typed and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from consultations.duty_book import EMPLOYMENTS, DutyBook
from consultations.permissions import STAFF_ROLES
from consultations.service_items import load_pack
from consultations.work_calendar import STATES
from handlers.wish import readable, storable

Kind = Literal["text", "lines", "choice", "picks", "roles", "flag", "day", "days", "hours"]
Typed = Mapping[str, Sequence[str]]
Values = Mapping[str, Any]
BY_DEFAULT, NO_ROLE = "default", "none"  # picks beside the roles: nothing is written, or an empty list is
ROLES_MISSING = "角色：请勾选，或选“不写”。"
ROLES_MIXED = "角色：“不写”和“没有角色”不能与别的一起选。"
NO_DAY = "{label}：{text} 不是日期，请写成 2026-10-01 的样子。"


class CantReadError(Exception):
    """Something typed that no file takes; the message says what to write."""


@dataclass(frozen=True)
class Field:
    """One key of an entry. `options` are values with their names; of outlets and the like they come from the book."""

    key: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    is_needed: bool = False


ROLES = {**STAFF_ROLES, BY_DEFAULT: "不写，算咨询员、审核员", NO_ROLE: "没有角色，不能办理"}
TITLES = {"outlet": "网点", "staff": "工作人员", "shift": "排班", "holiday": "假期", "": "年度"}
FORMS: Mapping[str, tuple[Field, ...]] = {
    "outlet": (
        Field("id", "编号", hint="简短好认的字母、数字或汉字，定了就不改", is_needed=True),
        Field("name", "名称", is_needed=True),
        Field("areas", "地名", "lines", "一行一个，问题里有它的归这个网点"),
    ),
    "staff": (
        Field("id", "编号", hint="简短好认的字母、数字或汉字，定了就不改", is_needed=True),
        Field("name", "姓名", is_needed=True),
        Field("outlet", "网点", "choice", "不选就是服务所有网点"),
        Field("roles", "角色", "roles", options=ROLES),
        Field("leader", "值班负责人", "flag"),
        Field("accounts", "账号", "lines", "一行一个，例如 telegram:77；第一个是记录里认的，换号请加在后面"),
        Field("employment", "用工", "choice", options=EMPLOYMENTS),
        Field("qualifications", "资质", "lines", "一行一个"),
        Field("service_items", "服务事项", "picks", "都不勾就是全部"),
        Field("kinds", "工单类型", "picks", "都不勾就是全部"),
        Field("languages", "语言", "lines", "一行一个"),
        Field("until", "最后一天", "day", "离开的人写上，之后不能再登录和办理"),
    ),
    "shift": (
        Field("staff", "谁", "picks", is_needed=True),
        Field("weekdays", "星期几", hint="例如 一三五；不写就是每个工作日"),
        Field("from", "从哪天", "day"),
        Field("to", "到哪天", "day"),
        Field("hours", "几点到几点", "hours", "例如 09:00-12:00；不写就是全天"),
    ),
    "holiday": (
        Field("name", "名称", is_needed=True),
        Field("from", "放假第一天", "day", is_needed=True),
        Field("to", "最后一天", "day"),
        Field("workdays", "调休上班", "days", "一行一天，例如 2026-10-10"),
    ),
    "": (
        Field("status", "状态", "choice", options=STATES),
        Field("source", "依据", hint="国务院办公厅通知的名称和文号"),
    ),
}


def fields_of(table: str, book: DutyBook) -> tuple[Field, ...]:
    """The form of a table, with what may be chosen now."""
    known: Mapping[tuple[str, str], Mapping[str, str]] = {
        ("staff", "outlet"): {each.outlet_id: each.name for each in book.outlets.values()},
        ("staff", "service_items"): {key: each.name for key, each in load_pack().items.items()},
        ("staff", "kinds"): {each.kind_id: each.name for each in book.kinds.values()},
        ("shift", "staff"): {each.member_id: each.name for each in book.members.values()},
    }
    return tuple(
        Field(each.key, each.label, each.kind, each.hint, known.get((table, each.key), each.options), each.is_needed)
        for each in FORMS[table]
    )


def read(fields: Sequence[Field], typed: Typed) -> tuple[dict[str, Any], list[str]]:
    """What was typed as an entry (keys left empty are left out), and what can't be read."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for each in fields:
        written = [readable(storable(one)) for one in typed.get(each.key, ())]
        try:
            value = _value(each, [one for one in written if one])
        except CantReadError as error:
            problems.append(str(error))
            continue
        if value is not None:
            values[each.key] = value
        elif each.is_needed:
            problems.append(f"{each.label}：请填写。")
    return values, problems


def typed_of(fields: Sequence[Field], values: Values) -> dict[str, list[str]]:
    """An entry as it stands in the form."""
    return {each.key: _typed(each, values.get(each.key)) for each in fields}


def told(fields: Sequence[Field], before: Values | None, after: Values | None) -> list[str]:
    """What changes, a line each: ``角色：咨询员 → 咨询员、审核员``."""
    old, new = before or {}, after or {}
    lines = []
    for each in fields:
        was, is_now = _named(each, old.get(each.key)), _named(each, new.get(each.key))
        if old.get(each.key) != new.get(each.key):
            lines.append(f"{each.label}：{is_now}" if before is None else f"{each.label}：{was} → {is_now}")
    if after is None:
        lines = [f"{each.label}：{_named(each, old[each.key])}" for each in fields if each.key in old]
    return lines


def _value(each: Field, written: Sequence[str]) -> Any:  # noqa: ANN401  whatever TOML holds
    """One field as the file has it; ``None`` leaves the key out.

    Raises:
        CantReadError: It can't be read; the message says what to write.
    """
    if each.kind == "roles":
        return _roles(written)
    if not written:
        return None
    if each.kind == "flag":
        return True
    if each.kind == "hours":
        return [one.strip() for one in written[0].replace("–", "-").replace("：", ":").split("-")]
    lines = [line.strip() for one in written for line in one.splitlines() if line.strip()]
    if each.kind in {"day", "days"}:
        days = [_day(each, line) for line in lines]
        return days if each.kind == "days" else days[0]
    return lines if each.kind in {"lines", "picks"} else written[0]


def _roles(written: Sequence[str]) -> list[str] | None:
    chosen = [one for one in written if one in STAFF_ROLES]
    if BY_DEFAULT in written or NO_ROLE in written:
        if chosen or len(written) > 1:
            raise CantReadError(ROLES_MIXED)
        return None if BY_DEFAULT in written else []
    if not chosen:
        raise CantReadError(ROLES_MISSING)
    return chosen


def _day(each: Field, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CantReadError(NO_DAY.format(label=each.label, text=text[:20])) from None


def _typed(each: Field, value: object) -> list[str]:
    if each.kind == "roles":
        return [BY_DEFAULT] if value is None else [str(one) for one in _list(value)] or [NO_ROLE]
    if value is None or value is False:
        return []
    if each.kind == "flag":
        return ["yes"]
    if each.kind == "hours":
        return ["-".join(str(one) for one in _list(value))]
    if each.kind in {"lines", "days"}:
        return ["\n".join(str(one) for one in _list(value))]
    return [str(one) for one in _list(value)]


def _named(each: Field, value: object) -> str:
    if each.kind == "flag":
        return "是" if value else "否"
    names = [each.options.get(one, one) for text in _typed(each, value) for one in text.splitlines()]
    return "、".join(names) or "（空）"


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]
