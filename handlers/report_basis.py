"""What every report stands on: the figures of a period with their records, and the tables several reports have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import figures
from consultations.counted_records import Scope
from consultations.duty_book import EMPLOYMENTS, DutyBook
from consultations.figures import FIGURES, RATES, Counted, number_of
from consultations.periods import Period
from consultations.selection import Selection
from handlers.board import Bar, Board, make_board
from handlers.charts import Plot
from handlers.choices import selection_name
from handlers.paper import Grid, Piece
from handlers.report_template import Content

STAFF = "工作人员"  # what templates and criteria call how many work here


@dataclass(frozen=True)
class Basis:
    """Whose report, of when, over which records; `made_at` is in the outlet's own time."""

    outlet: str
    period: Period
    scope: Scope
    zone: ZoneInfo
    made_at: datetime
    counted: Counted
    board: Board
    staff: str

    @property
    def values(self) -> Mapping[str, int]:
        """How many records each figure counts."""
        return self.counted.values

    @property
    def is_over(self) -> bool:
        """Whether the period was over when the report was made."""
        return self.made_at.date() >= self.period.after


def make_basis(  # noqa: PLR0913  whose, of when, of what
    session: Session,
    period: Period,
    zone: ZoneInfo,
    now: datetime,
    *,
    outlet: str,
    book: DutyBook,
    selection: Selection | None = None,
) -> Basis:
    """The basis as the records stand now; the selection stands beside the outlet's name."""
    start, end = period.span(zone)
    scope = Scope(start, end, now, selection or Selection())
    chosen = selection_name(book, scope.selection)
    return Basis(
        outlet=f"{outlet}（{chosen}）" if chosen else outlet,
        period=period,
        scope=scope,
        zone=zone,
        made_at=now.astimezone(zone),
        counted=figures.count(session, scope),
        board=make_board(session, scope, zone, book),
        staff=_staff_text(book, scope.selection, now.astimezone(zone).date()),
    )


def common_content(basis: Basis) -> Content:
    """What every template may name: every figure and rate by its name, the period, the common tables."""
    values, board = basis.values, basis.board
    words = {FIGURES[key].name: f"{n:,}" for key, n in values.items()}
    words |= {rate.name: rate_text(values, key) for key, rate in RATES.items()}
    words |= {
        "网点": basis.outlet,
        "报告期": basis.period.name,
        "起": str(basis.period.first),
        "止": str(basis.period.after - timedelta(days=1)),
        "没有结束": "" if basis.is_over else "报告期还没有结束，以下是到制表时为止的数字。",
        "首次答复用时": _first_reply(board),
        STAFF: basis.staff,
        "制表说明": fingerprint(basis),
    }
    blocks: dict[str, Grid | tuple[str | Piece, ...]] = {
        "指标表": _figure_grid(values),
        "比率表": _rate_grid(values),
        "渠道": _bar_grid("渠道", "咨询渠道", board.channels, values["consultations"]),
        "服务事项": _bar_grid("服务事项", "各服务事项的咨询", board.items, values["consultations"]),
        "时段": _hour_grid(board.hours),
        "各网点": _outlet_grid(board),
        "签字": Grid("签字", ("制表", "审核", "负责人", "日期"), (("\n\n", "", "", ""),), (1, 1, 1, 1)),
    }
    return Content(words, blocks)


def _staff_text(book: DutyBook, selection: Selection, on: date) -> str:
    """How many work at the outlets chosen, as the duty book stands: 7 人，专职 6 人，兼职 1 人，登记了资质 3 人."""
    outlets = selection.outlets or ("", *book.outlets)
    theirs = [each for each in book.members.values() if each.outlet in outlets]
    there = [each for each in theirs if each.until is None or each.until >= on]
    if not there:
        return "没有登记"
    kinds = [(name, sum(each.employment == key for each in there)) for key, name in EMPLOYMENTS.items()]
    kinds.append(("登记了资质", sum(bool(each.qualifications) for each in there)))
    return "，".join((f"{len(there)} 人", *(f"{name} {n} 人" for name, n in kinds)))


def fingerprint(basis: Basis) -> str:
    """When it was made, under which definitions, of which records."""
    made = f"{basis.made_at:%Y-%m-%d %H:%M}"
    return f"制表时间 {made}；口径第 {figures.DEFINITIONS} 版；数据校验码 {basis.counted.sha256[:16]}。"


def rate_text(values: Mapping[str, int], key: str) -> str:
    """A share with its two numbers: 92.3%（12/13）; — when there is nothing to share."""
    rate = RATES[key]
    share = rate.of(values)
    return "—" if share is None else f"{share:.1%}（{values[rate.part]}/{values[rate.whole]}）"


def left_out_text(values: Mapping[str, int], key: str) -> str:
    """Who is not in the denominator of a share, told so that nobody takes it for a rate: 未评价 1 件（共 4 件）."""
    rate = RATES[key]
    n = rate.silent_of(values)
    if n is None:
        return "—"
    return f"{rate.silent} {n} 件（共 {values[rate.asked]} 件）" if n else f"没有{rate.silent}的"


def share_of(part: int, whole: int) -> float | str:
    """A share for a cell; — of nothing."""
    return part / whole if whole else "—"


def _figure_grid(values: Mapping[str, int]) -> Grid:
    rows = [(number_of(key), each.name, values[key], each.definition) for key, each in FIGURES.items()]
    return Grid("指标", ("编号", "指标", "数量", "口径"), rows, (9, 17, 10, 64))


def _rate_grid(values: Mapping[str, int]) -> Grid:
    rows = []
    for each in RATES.values():
        share = each.of(values)
        share_cell = "—" if share is None else share
        left_out = left_out_text(values, each.key)
        rows.append((each.name, share_cell, values[each.part], values[each.whole], left_out, each.definition))
    head = ("指标", "比率", "分子", "分母", "没有算进分母的", "口径")
    return Grid("比率", head, rows, (15, 12, 10, 10, 22, 31), Plot("各项比率", 0, (1,), "column"))


def _bar_grid(name: str, title: str, bars: Sequence[Bar], whole: int) -> Grid:
    rows = [(each.name, each.n, share_of(each.n, whole)) for each in bars]
    return Grid(name, (name, "咨询", "占比"), rows, (60, 20, 20), Plot(title, 0, (1,)), nothing="没有咨询。")


def _hour_grid(bars: Sequence[Bar]) -> Grid:
    rows = [(each.name, each.n) for each in bars] if any(each.n for each in bars) else []
    plot = Plot("各时段的咨询", 0, (1,), "column")
    return Grid("时段", ("几点钟", "咨询"), rows, (50, 50), plot, nothing="没有咨询。")


def _outlet_grid(board: Board) -> Grid:
    keys = list(board.outlets[0].values) if board.outlets else []
    rows: list[Sequence[str | int]] = [(each.name, *(each.values[key] for key in keys)) for each in board.outlets]
    head = ("网点", *(FIGURES[key].name for key in keys))
    plot = Plot("各网点", 0, (1, 2), "bar") if keys else None
    total = "；".join(f"{FIGURES[key].name} {sum(each.values[key] for each in board.outlets):,}" for key in keys)
    note = f"合计：{total}。" if rows else ""
    nothing = "只有一个网点。"
    return Grid("各网点", head, rows, (20, *(10 for _ in keys)), plot, nothing, note)


def _first_reply(board: Board) -> str:
    if board.first_reply_minutes is None:
        return "首次答复用时：没有答复过的工单。"
    return f"首次答复用时的中位数：{board.first_reply_minutes:.0f} 分钟（受理到首次答复，含非工作时间）。"
