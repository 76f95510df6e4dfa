"""The directory of professional service bodies (专业服务机构名录): what an outlet knows of whom it may refer people to.

Data of the instance: every ``*.toml`` of its ``providers/``. None ship. A body whose entry was not checked (核对) for a
year is not offered.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain, repeat
from pathlib import Path

from consultations.authored_files import (
    KEPT,
    AuthoredFolder,
    Entry,
    FaultyFilesError,
    Reading,
    read_document,
    read_kept,
)
from consultations.written_days import written_day

_FILLED = {"id": "x", "kind": "other", "checked": "2000-01-01"}  # so that an empty cell is told once
CHECKED_WITHIN = timedelta(days=365)
KINDS: Mapping[str, str] = {
    "agency": "专利商标代理",
    "law": "法律服务",
    "search": "检索分析",
    "evaluation": "资产评估",
    "finance": "金融服务",
    "mediation": "调解仲裁",
    "notary": "公证",
    "lab": "鉴定检测",
    "other": "其他",
}
FIELDS: Mapping[str, str] = {
    "编号": "id",
    "名称": "name",
    "类别": "kind",
    "许可证号": "licence",
    "区域": "district",
    "联系方式": "contact",
    "核对日期": "checked",
}


@dataclass(frozen=True)
class Provider:
    """One body. `licence` is the number of its permit or registration, `checked` the day somebody looked it all up."""

    provider_id: str
    name: str
    kind: str
    licence: str
    district: str
    contact: str
    checked: date

    def is_current(self, on: date) -> bool:
        """Whether it may be offered on that day: looked up within a year."""
        return timedelta() <= on - self.checked <= CHECKED_WITHIN


Directory = Mapping[str, Provider]


@dataclass
class Providers(AuthoredFolder):
    """The directory in use, taken up anew when a file changes; with faults it stays as it was when last right."""

    by_id: Directory = field(default_factory=dict)

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the directory; without a folder it stays as it was given."""
        if self.folder is None:
            return ()
        kept = read_kept(paths, parse_providers, self.folder / KEPT)
        self.by_id = kept.value or {}
        return kept.problems

    def current(self, kind: str, on: date, district: str = "") -> list[Provider]:
        """Those of a kind that may be offered on that day; those of the district first, then by name."""
        found = [each for each in self.by_id.values() if each.kind == kind and each.is_current(on)]
        return sorted(found, key=lambda each: (not district or each.district != district, each.name))


def kind_of(words: str) -> str:
    """The kind that words mean, by key or name; empty when none."""
    return next((key for key, name in KINDS.items() if words in (key, name)), "")


def parse_providers(texts: Mapping[str, str]) -> Directory:
    """The directory in some TOML files (name → text).

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    reading = Reading()
    entries: list[Entry] = []
    for name, text in texts.items():
        document = read_document(name, text)
        reading.only(document.top)
        entries += reading.entries(document, "provider", "机构")
    return _directory(reading, entries)


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """Line number and cells of every row of a csv text that is not empty."""
    reader = csv.reader(io.StringIO(text))
    return [(reader.line_num, row) for row in reader if row]


def parse_table(name: str, rows: Sequence[tuple[int, Sequence[str]]]) -> Directory:
    """The directory in a table, line numbers and cells, whose first row names the columns of `FIELDS`.

    Raises:
        FaultyFilesError: Something is wrong; every fault with file, line and cure.
    """
    (line, head), *others = rows or [(1, ())]
    names = [each.strip() for each in head]
    missing = [each for each in FIELDS if each not in names]
    if missing:
        raise FaultyFilesError([f"{name} 第 {line} 行：缺少这几列：{'、'.join(missing)}。"])
    reading = Reading()
    filled = [(at, dict(zip(names, chain(cells, repeat("")), strict=False))) for at, cells in others]
    return _directory(reading, [_row(reading, name, at, row) for at, row in filled])


def toml_of(providers: Iterable[Provider]) -> str:
    """The same directory as TOML."""
    lines = ["# 由 referrals import 生成；再次导入会整个替换。"]
    for each in providers:
        texts = (each.provider_id, each.name, each.kind, each.licence, each.district, each.contact)
        keys = ("id", "name", "kind", "licence", "district", "contact")
        lines += ["", "[[provider]]", *(f"{key} = {_quoted(text)}" for key, text in zip(keys, texts, strict=True))]
        lines.append(f"checked = {each.checked}")
    return "\n".join(lines) + "\n"


def _directory(reading: Reading, entries: Sequence[Entry]) -> Directory:
    found: dict[str, Provider] = {}
    for entry in entries:
        provider = _provider(reading, entry)
        if provider.provider_id in found:
            reading.refuse(entry, "id", f"编号 {provider.provider_id} 重复，请改其中一个。")
        found[provider.provider_id] = provider
    reading.finish()
    return found


def _provider(reading: Reading, entry: Entry) -> Provider:
    reading.only(entry, "id", "name", "kind", "licence", "district", "contact", "checked")
    provider_id, kind = reading.text(entry, "id"), kind_of(reading.text(entry, "kind"))
    if provider_id and not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", provider_id):
        reading.refuse(entry, "id", f"编号 {provider_id} 不可用，请写 1–40 个字母、数字、- 或 _。")
    if not kind and entry.values.get("kind"):
        names = "、".join(f"{key}（{name}）" for key, name in KINDS.items())
        reading.refuse(entry, "kind", f"类别 {entry.values['kind']} 看不懂，可用的有：{names}。")
    checked = reading.day(entry, "checked")
    if checked is None and "checked" not in entry.values:
        reading.refuse(entry, "checked", "缺少 checked，请写最近一次核对资质的日期，例如 2026-11-01。")
    texts = (reading.text(entry, key)[:200] for key in ("name", "licence", "district", "contact"))
    name, licence, district, contact = texts
    return Provider(provider_id, name, kind, licence, district, contact, checked or date.min)


def _row(reading: Reading, name: str, line: int, row: Mapping[str, str]) -> Entry:
    values: dict[str, object] = {key: row[column].strip() for column, key in FIELDS.items()}
    entry = Entry(name, line, values, {})
    for column, key in FIELDS.items():
        if not values[key]:
            reading.refuse(entry, key, f"“{column}”是空的，请填写。")
            values |= {key: _FILLED.get(key, "?")}
    try:
        values["checked"] = written_day(str(values["checked"]))
    except ValueError:
        reading.refuse(entry, "checked", f"核对日期“{values['checked']}”看不懂，请写成 2026-11-01 的样子。")
        values["checked"] = date.min
    return entry


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "")
