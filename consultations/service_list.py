"""The published service list (服务清单): what the draft norm has every outlet show in public.

Qualifications (专业资质), scope (服务范围), process (工作流程), hours (服务时间), telephones for advice and complaints
(咨询和投诉电话), commitments (服务承诺). Telephones and hours stand in ``config.toml`` already; the rest is in
``service_list.toml`` of the instance. With any of them empty nothing is published: a list with holes promises what
nobody keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from consultations.authored_files import FaultyFilesError, Reading, read_document, read_kept

FILE = "service_list.toml"
KEPT = ".service_list"  # the folder beside it with the copy of the last good file
CONFIRMED_WITHIN = timedelta(days=365)  # the norm wants it kept current; a year unconfirmed is told to staff


@dataclass(frozen=True)
class ServiceList:
    """What is shown, a line of the page for each entry; `confirmed` is the day somebody went through it all."""

    qualifications: tuple[str, ...]
    scope: tuple[str, ...]
    process: tuple[str, ...]
    hours: str
    phone: str
    complaint_phone: str
    commitments: tuple[str, ...]
    confirmed: date

    def is_current(self, on: date) -> bool:
        """Whether it was gone through within a year."""
        return on - self.confirmed <= CONFIRMED_WITHIN


@dataclass(frozen=True)
class Listed:
    """The list as it may be published, or why it may not; `problems` name place and cure."""

    value: ServiceList | None
    problems: tuple[str, ...] = ()


def read_service_list(home: Path, *, hours: str, phone: str, complaint_phone: str) -> Listed:
    """What the instance's file and the settings say together; while that is faulty, what it said when last right."""
    path = home / FILE
    if not path.exists():
        return Listed(None, (f"还没有 {FILE}：请照 docs/window.md 的样子写一份，放进实例文件夹。",))
    empty = {"outlet.phone（咨询电话）": phone, "outlet.complaint_phone（投诉电话）": complaint_phone}
    missing = tuple(f"config.toml 里还没有填写 {name}。" for name, value in empty.items() if not value.strip())
    kept = read_kept([path], parse_service_list, home / KEPT)
    if kept.value is None or missing:
        return Listed(None, (*kept.problems, *missing))
    qualifications, scope, process, commitments, confirmed = kept.value
    shown = ServiceList(qualifications, scope, process, hours, phone, complaint_phone, commitments, confirmed)
    return Listed(shown, kept.problems)


Written = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], date]


def parse_service_list(texts: Mapping[str, str]) -> Written:
    """Qualifications, scope, process, commitments and the day of confirmation in one TOML file (name → text).

    Raises:
        FaultyFilesError: Something is wrong or empty; every fault with line and cure.
    """
    ((name, text),) = texts.items()
    document = read_document(name, text)
    reading, top = Reading(), document.top
    lists = ("qualifications", "scope", "process", "commitments")
    reading.only(top, *lists, "confirmed")
    for table in document.tables.values():
        reading.refuse(table[0], "", "这个文件里不用写 [[…]]。")
    qualifications, scope, process, commitments = (reading.texts(top, key) for key in lists)
    for key, found in zip(lists, (qualifications, scope, process, commitments), strict=True):
        if not found and not any(key in problem for problem in reading.problems):
            reading.refuse(top, key, f"{key} 还空着：{MEANINGS[key]}一项都没有，不能公布。")
    confirmed = reading.day(top, "confirmed")
    if confirmed is None:
        reading.refuse(top, "confirmed", "缺少 confirmed：请写上核对这份清单的日期，例如 2026-11-26。")
        raise FaultyFilesError(reading.problems)
    reading.finish()
    return qualifications, scope, process, commitments, confirmed


MEANINGS: Mapping[str, str] = {
    "qualifications": "专业资质",
    "scope": "服务范围",
    "process": "工作流程",
    "commitments": "服务承诺",
}
