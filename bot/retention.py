"""``zhixun retention``: what is anonymised when (保存期限), shown first, done when somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.table import Column, Table

from bot.application import Office
from bot.screen import bar, say, say_table
from handlers.expire import expire, look

COLUMNS = ("内容", "保存期限", "从何算起", "到期", "下一条到期")


def show(office: Office, at: datetime) -> int:
    """How many records are due at that moment; every class is printed with its period and when the next is due."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    table = Table(*(Column(name, no_wrap=name in COLUMNS[1:2]) for name in COLUMNS))
    found = look(office.desk, office.settings.retention.periods, at)
    for each in found:
        following = f"{each.next_at.astimezone(zone):%Y-%m-%d}" if each.next_at else ""
        table.add_row(each.kind.label, f"{each.days} 天", each.kind.begins, f"{each.n_due:,} 条", following)
    say_table(table)
    n_due = sum(each.n_due for each in found)
    day = at.astimezone(zone)
    say(f"到 {day:%Y-%m-%d %H:%M} 共 {n_due:,} 条到期。")
    return n_due


def run(office: Office, ask: Callable[[str], bool] | None) -> bool:
    """Whether nothing due is left: it is shown, and anonymised when `ask` says yes; ``None`` is not asked."""
    n_due = show(office, office.desk.now())
    if not n_due:
        return True
    if ask is not None and not ask(f"清除这 {n_due:,} 条里的文字、姓名和号码？统计数字不变，清除后无法恢复"):
        say("没有改动。")
        return False
    with bar("正在清除", n_due) as progress:
        n_done = expire(
            office.desk,
            office.settings.retention.periods,
            progress=lambda done: progress.update(progress.task_ids[0], completed=done, total=max(done, n_due)),
        )
    say(f"已清除 {n_done:,} 条，编号、时间和结果都在。可以用 verify 核验档案。")
    return True
