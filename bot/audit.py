"""``zhixun audit``: the audit trail (操作留痕) on screen."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Column, Table

from bot.screen import say_table
from consultations import audit
from handlers.desk import Desk
from handlers.talk import office_time

NOTHING = "操作留痕里没有符合的记录。"


def show(desk: Desk, *, limit: int, is_refused: bool) -> None:
    """Print who did what to personal data, and who was refused what, the newest first."""
    zone = office_time(desk.settings).zone
    table = Table(Column("时间", no_wrap=True), "谁", "做了什么", "服务对象")
    with desk.reading() as session:
        for each in audit.newest(session, limit, is_refused=is_refused):
            cells = (audit.who(each, desk.duty.book), audit.what(each), str(each.contact_id or ""))
            table.add_row(f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}", *map(escape, cells))
    say_table(table, NOTHING)
