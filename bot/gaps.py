"""``zhixun gaps``: the unanswered questions as a table, and as a file for colleagues; masked either way."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table

from bot.application import Office
from bot.screen import ERR, say, say_table
from handlers import wording
from handlers.find_gaps import Gap, find_gaps, n_secret_gaps, suggestion
from handlers.spreadsheet import cell_of

COLUMNS = ("排名", "编号", "次数", "人数", "最近", "问法", "最近的卡片", "相似度", "建议")


def show(office: Office, *, limit: int, days: int, export: Path | None) -> None:
    """Print the table; write the file when one is wanted."""
    gaps = find_gaps(office.desk, days=days, limit=limit)
    zone = ZoneInfo(office.settings.outlet.time_zone)
    rows = [_row(each, zone) for each in gaps]
    table = Table(*(Column(name, no_wrap=name in COLUMNS[:5]) for name in COLUMNS), show_lines=True)
    for row in rows:
        cells = {**row, "问法": "\n".join(row["问法"])}
        table.add_row(*(escape(str(cells[name])) for name in COLUMNS))
    say_table(table)
    say(f"最近 {days} 天没答好的问题，共 {len(gaps)} 个。" if gaps else f"最近 {days} 天没有没答好的问题。")
    if n_secret := n_secret_gaps(office.desk, days=days):
        say(wording.secret_gaps(n_secret))
    if export is not None:
        FORMATS[export.suffix.lower()](export, rows)
        ERR.print(f"已另存为 {export}", highlight=False)


def _row(gap: Gap, zone: ZoneInfo) -> dict[str, Any]:
    near = gap.near
    values = (
        gap.place,
        gap.cluster.typical.key,
        len(gap.asked),
        gap.cluster.n_contacts,
        gap.cluster.last_at.astimezone(zone).strftime("%m-%d %H:%M"),
        [each[:80] for each in gap.examples],
        f"{near.title}（{near.card_id}）" if near else "",
        f"{near.likeness:.0%}" if near else "",
        suggestion(gap),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # with a mark, or Excel takes it for GBK
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({name: _cell(row[name]) for name in COLUMNS} for row in rows)


def _cell(value: object) -> str:
    text = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return cell_of(text)


def _write_jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


FORMATS: Mapping[str, Callable[[Path, Sequence[Mapping[str, Any]]], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}
