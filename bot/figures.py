"""``zhixun figures``: the board of figures on screen; what stands behind a number."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from bot.application import Office
from bot.report import say_records
from bot.screen import say, say_table
from consultations.counted_records import Scope
from consultations.figures import FIGURES, RATES, number_of
from consultations.periods import Period
from consultations.selection import Selection
from handlers.board import Bar, Board, OutletLine, consultations_of, make_board, unanswered_groups
from handlers.choices import selection_name
from handlers.report_basis import left_out_text, rate_text
from handlers.talk import office_time

BAR = 30  # characters of the longest bar


def show(office: Office, period: Period, selection: Selection) -> None:
    """Print the board, its breakdowns, and the questions nobody answered well."""
    scope, zone, book = _scope(office, period, selection), office_time(office.desk.settings).zone, office.desk.duty.book
    with office.reading() as session:
        board = make_board(session, scope, zone, book)
        groups = unanswered_groups(session, scope, office.desk.shelf.likeness)
    chosen = selection_name(book, selection)
    say(f"{period.name}" + (f"（{chosen}）" if chosen else ""))
    _figures(board)
    _rates(board)
    _bars("渠道", board.channels)
    _bars("服务事项", board.items)
    _bars("卡片", board.cards)
    _bars("时段", [each for each in board.hours if each.n])
    _outlets(board.outlets)
    table = Table("没答好的问题", "次数", "人数")
    for each in groups:
        table.add_row(escape(each.typical.text), str(len(each.members)), str(each.n_contacts))
    say_table(table)


def show_records(  # noqa: PLR0913  what, of when, of which
    office: Office, period: Period, selection: Selection, key: str, *, card: str, hour: int | None, actor: str
) -> None:
    """Print exactly the records behind a number, masked; noted in the audit trail."""
    scope, zone = _scope(office, period, selection), office_time(office.desk.settings).zone
    with office.reading() as session:
        if card or hour is not None:
            ids = consultations_of(session, scope, zone, card=card, hour=hour)
        else:
            ids = FIGURES[key].ids(session, scope)
    say_records(office, period, key, ids, actor)


def _scope(office: Office, period: Period, selection: Selection) -> Scope:
    start, end = period.span(office_time(office.desk.settings).zone)
    return Scope(start, end, office.desk.now(), selection)


def _figures(board: Board) -> None:
    table = Table("编号", "指标", "数量", "口径")
    for key, each in FIGURES.items():
        table.add_row(str(number_of(key)), each.name, f"{board.values[key]:,}", each.definition)
    say_table(table)
    if board.first_reply_minutes is not None:
        say(f"首次答复用时的中位数 {board.first_reply_minutes:.0f} 分钟（受理到首次答复，含非工作时间）。")
    if board.closing_hours is not None:
        say(f"办结用时的中位数 {board.closing_hours:.1f} 小时（受理到办结，含非工作时间）。")


def _rates(board: Board) -> None:
    table = Table("指标", "比率", "没有算进分母的", "口径")
    for key, each in RATES.items():
        table.add_row(each.name, rate_text(board.values, key), left_out_text(board.values, key), each.definition)
    say_table(table)


def _bars(name: str, bars: Sequence[Bar]) -> None:
    table = Table(name, "咨询", "")
    most = max((each.n for each in bars), default=1)
    for each in bars:
        table.add_row(escape(each.name), f"{each.n:,}", "█" * max(1, round(BAR * each.n / most)))
    say_table(table)


def _outlets(lines: Sequence[OutletLine]) -> None:
    if not lines:
        return
    keys = list(lines[0].values)
    table = Table("网点", *(FIGURES[key].name for key in keys))
    for each in lines:
        table.add_row(escape(each.name), *(f"{each.values[key]:,}" for key in keys))
    table.add_row("合计", *(f"{sum(each.values[key] for each in lines):,}" for key in keys), style="bold")
    say_table(table)
