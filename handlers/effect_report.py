"""The report of service effects (服务成效报告): figures of a period, by service item and channel, to be handed in.

What the draft norm has reported (报送服务成效): people served, cases, satisfaction, targets reached. Every figure
stands with its definition; what it counts can be listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from consultations import figures, reports
from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.contacts import Contact
from consultations.figures import FIGURES, RATES, SATISFIED, SOLVED, Counted, Scope
from consultations.masking import mask
from consultations.opinions import Opinion
from consultations.periods import Period
from consultations.referrals import Referral
from consultations.reports import Change, Report
from consultations.service_items import load_pack
from consultations.surveys import SCORES
from consultations.tickets import Ticket
from handlers import docx
from handlers.docx import FULL_WIDTH, Words
from handlers.record_sheet import CHANNELS
from handlers.xlsx import Cell, Table

TITLE = "服务成效报告"
NO_ITEM = "未归类"
MOST_CASES = 5
LONGEST_CASE = 120  # characters of a case's question
BAR = 20  # characters of the longest bar
_AT_ONCE = 5000  # ids in one query
_UNNUMBERED: Mapping[str, str] = {
    "contact": "服务对象",
    "follow_up": "回访",
    "improvement": "改进事项",
    "broadcast": "推送",
}


@dataclass(frozen=True)
class ItemLine:
    """One service item: consultations, people, tickets, closed tickets, ratings, satisfied."""

    code: str
    name: str
    consultations: int = 0
    people: int = 0
    tickets: int = 0
    closed: int = 0
    rated: int = 0
    satisfied: int = 0


@dataclass(frozen=True)
class Case:
    """A closed ticket whose asker was satisfied and said it is solved: a candidate until somebody reviewed it."""

    number: str
    item: str
    question: str


@dataclass(frozen=True)
class EffectReport:
    """A report as it stands. `first_reply_minutes` is the median of the answered tickets, ``None`` without any."""

    outlet: str
    period: Period
    made_at: datetime
    counted: Counted
    items: Sequence[ItemLine]
    channels: Sequence[tuple[str, int]]
    first_reply_minutes: float | None
    cases: Sequence[Case]
    targets: Mapping[str, int]
    changed: Sequence[Change] | None

    @property
    def values(self) -> Mapping[str, int]:
        """How many records each figure counts."""
        return self.counted.values

    @property
    def is_over(self) -> bool:
        """Whether the period was over when the report was made."""
        return self.made_at.date() >= self.period.after


def make_report(  # noqa: PLR0913  whose, of when, against what
    session: Session,
    period: Period,
    zone: ZoneInfo,
    now: datetime,
    *,
    outlet: str,
    targets: Mapping[str, int],
    before: Report | None = None,
) -> EffectReport:
    """The report of a period as the records stand now; `before` is an earlier one to compare with."""
    start, end = period.span(zone)
    counted = figures.count(session, Scope(start, end, now))
    asked = _rows(session, Consultation, counted.ids["consultations"])
    taken_in = _rows(session, Ticket, counted.ids["tickets"])
    answers = figures.answers_about(session, counted.ids["rated"])
    return EffectReport(
        outlet=outlet,
        period=period,
        made_at=now.astimezone(zone),
        counted=counted,
        items=_items(asked, taken_in, answers),
        channels=Counter(CHANNELS.get(each.channel, each.channel) for each in asked).most_common(),
        first_reply_minutes=_first_reply(taken_in),
        cases=_cases(session, taken_in, answers),
        targets=targets,
        changed=reports.changes(before, counted) if before else None,
    )


def records(session: Session, key: str, ids: Sequence[int]) -> list[tuple[str, str]]:
    """The records a figure counts, in words: number, what it is (masked)."""
    kind = FIGURES[key].kind
    if kind == "consultation":
        return [(each.number, mask(each.question)) for each in _rows(session, Consultation, ids)]
    if kind == "ticket":
        return [(each.number, mask(each.question)) for each in _rows(session, Ticket, ids)]
    if kind == "opinion":
        return [(each.number, mask(each.text)) for each in _rows(session, Opinion, ids)]
    if kind == "referral":
        return [(each.number, each.provider_name) for each in _rows(session, Referral, ids)]
    if kind == "card_draft":
        return [(f"草稿 {each.key}", each.title) for each in _rows(session, CardDraft, ids)]
    return [(f"{_UNNUMBERED[kind]} {each}", "") for each in ids]


# --- what stands in it


Row = TypeVar("Row", Consultation, Ticket, Opinion, Referral, CardDraft)


def _rows(session: Session, model: type[Row], ids: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for at in range(0, len(ids), _AT_ONCE):
        some = select(model).where(col(model.id).in_(ids[at : at + _AT_ONCE]))
        found += session.exec(some.order_by(col(model.id))).all()
    return found


def _items(
    asked: Sequence[Consultation], taken_in: Sequence[Ticket], answers: Mapping[int, Mapping[str, str]]
) -> list[ItemLine]:
    """One line for each item of the list, whether anybody asked or not, and one for what belongs to none: the sums are
    the figures of the whole.
    """
    names = {code: item.name for code, item in load_pack().items.items()} | {"": NO_ITEM}
    of_item = [each.service_item if each.service_item in names else "" for each in asked]
    of_ticket = {each.key: each.service_item if each.service_item in names else "" for each in taken_in}
    people = {(item, each.contact_id) for item, each in zip(of_item, asked, strict=True)}
    scores = {key: SCORES.get(given.get("score", ""), 0) for key, given in answers.items() if given.get("score")}
    n_asked, n_people = Counter(of_item), Counter(item for item, _ in people)
    n_tickets = Counter(of_ticket.values())
    n_closed = Counter(of_ticket[each.key] for each in taken_in if each.state in ("closed", "archived"))
    n_rated = Counter(of_ticket[key] for key in scores)
    n_satisfied = Counter(of_ticket[key] for key, score in scores.items() if score >= SATISFIED)
    return [
        ItemLine(code, name, *(each[code] for each in (n_asked, n_people, n_tickets, n_closed, n_rated, n_satisfied)))
        for code, name in names.items()
    ]


def _first_reply(taken_in: Sequence[Ticket]) -> float | None:
    waited = [(each.replied_at - each.created_at).total_seconds() / 60 for each in taken_in if each.replied_at]
    return median(waited) if waited else None


def _cases(session: Session, taken_in: Sequence[Ticket], answers: Mapping[int, Mapping[str, str]]) -> list[Case]:
    """The best candidates; whoever asked in confidence is none."""
    good = [
        each
        for each in taken_in
        if answers.get(each.key, {}).get("solved") == SOLVED
        and SCORES.get(answers[each.key].get("score", ""), 0) >= SATISFIED
    ]
    secret = {
        each.id
        for each in session.exec(select(Contact).where(col(Contact.id).in_({each.contact_id for each in good})))
        if each.is_secret
    }
    items = load_pack().items
    return [
        Case(
            each.number,
            items[each.service_item].name if each.service_item in items else NO_ITEM,
            mask(each.question)[:LONGEST_CASE],
        )
        for each in good
        if each.contact_id not in secret and each.question
    ][:MOST_CASES]


# --- as a document


def docx_parts(report: EffectReport) -> Iterator[str]:
    """The report for `docx.write_document`."""
    values = report.values
    yield docx.heading(f"{report.outlet}{TITLE}")
    yield docx.paragraph(Words(f"报告期：{report.period.name}（{report.period.first} 至 {_last(report)}）"))
    if not report.is_over:
        yield docx.paragraph(Words("报告期还没有结束，以下是到制表时为止的数字。", "bold"))
    yield docx.heading("一、服务情况", 1)
    yield _table((2200, 1200, 5800), ("指标", "数量", "口径"), _figure_lines(report))
    yield docx.heading("二、响应率、解决率、满意率", 1)
    yield _table((1600, 1400, 2400, 3800), ("指标", "比率", "数量", "口径"), _rate_lines(report))
    yield docx.paragraph(Words(_first_reply_line(report)))
    yield docx.heading("三、咨询渠道", 1)
    most = max((n for _, n in report.channels), default=1)
    bars = [(name, f"{n}", _share(n, values["consultations"]), _bar(n, most)) for name, n in report.channels]
    yield _table((2400, 1200, 1400, 4200), ("渠道", "咨询", "占比", ""), bars or [("没有咨询", "0", "—", "")])
    yield docx.heading("四、各服务事项", 1)
    head = ("事项", "咨询", "服务对象", "工单", "办结", "收到评价", "满意")
    yield _table((3800, 900, 1000, 900, 900, 900, 800), head, [*map(_item_line, report.items), _sum_line(report.items)])
    yield docx.paragraph(Words("一个服务对象问过几个事项的，在每个事项里各算一次，所以不合计。"))
    yield docx.heading("五、目标达成", 1)
    yield from _target_part(report)
    yield docx.heading("六、服务案例（候选，写入正式材料前须征得本人同意并审核）", 1)
    cases = [(each.number, each.item, each.question) for each in report.cases]
    yield _table((2400, 2400, 4400), ("工单", "事项", "问题（个人信息已遮盖）"), cases or [("没有候选", "", "")])
    yield docx.heading("七、签字", 1)
    yield _table((2300, 2300, 2300, 2300), ("制表", "审核", "负责人", "日期"), [("\n\n", "", "", "")])
    yield docx.paragraph(Words(fingerprint(report)))


def sheets(report: EffectReport) -> list[Table]:
    """The same as tables for `xlsx.write_tables`; numbers are numbers, to reckon with."""
    values = report.values
    counts: list[tuple[Cell, ...]] = [(each.name, values[key], each.definition) for key, each in FIGURES.items()]
    rates: list[tuple[Cell, ...]] = [
        (
            each.name,
            "—" if (share := each.of(values)) is None else share,
            values[each.part],
            values[each.whole],
            each.definition,
        )
        for each in RATES.values()
    ]
    items: list[tuple[Cell, ...]] = [
        (each.code, each.name, each.consultations, each.people, each.tickets, each.closed, each.rated, each.satisfied)
        for each in report.items
    ]
    return [
        Table("指标", ("指标", "数量", "口径"), counts, (18, 10, 70)),
        Table("比率", ("指标", "比率", "分子", "分母", "口径"), rates, (14, 10, 10, 10, 40)),
        Table(
            "服务事项",
            ("编号", "事项", "咨询", "服务对象", "工单", "办结", "收到评价", "满意"),
            items,
            (8, 36, 10, 10, 10, 10, 10, 10),
        ),
        Table("渠道", ("渠道", "咨询"), list(report.channels), (20, 10)),
        Table("说明", ("说明",), [(f"{report.outlet} {report.period.name}",), (fingerprint(report),)], (90,)),
    ]


def fingerprint(report: EffectReport) -> str:
    """When it was made, under which definitions, of which records."""
    made = f"{report.made_at:%Y-%m-%d %H:%M}"
    return f"制表时间 {made}；口径第 {figures.DEFINITIONS} 版；数据校验码 {report.counted.sha256[:16]}。"


def change_lines(report: EffectReport) -> list[str]:
    """What is different from the report made before; one sentence when nothing is, none without a report before."""
    if report.changed is None:
        return []
    if not report.changed:
        return ["和上一次出具的完全一致。"]
    return [
        f"{FIGURES[each.key].name}：上一次 {each.before}，现在 {each.after}"
        + ("（数量相同，记录有变）" if each.before == each.after else "")
        for each in report.changed
    ]


def rate_text(values: Mapping[str, int], key: str) -> str:
    """A share with its two numbers: 92.3%（12/13）; — when there is nothing to share."""
    rate = RATES[key]
    share = rate.of(values)
    return "—" if share is None else f"{share_text(share)}（{values[rate.part]}/{values[rate.whole]}）"


def share_text(share: float | None) -> str:
    """A share as a percentage; — of nothing."""
    return "—" if share is None else f"{share:.1%}"


def _figure_lines(report: EffectReport) -> list[tuple[str, ...]]:
    return [(each.name, f"{report.values[key]:,}", each.definition) for key, each in FIGURES.items()]


def _rate_lines(report: EffectReport) -> list[tuple[str, ...]]:
    values = report.values
    return [
        (
            each.name,
            _share(values[each.part], values[each.whole]),
            f"{values[each.part]} / {values[each.whole]}",
            each.definition,
        )
        for each in RATES.values()
    ]


def _target_part(report: EffectReport) -> Iterator[str]:
    if not report.targets:
        yield docx.paragraph(Words("没有填写这个报告期的目标（实例文件夹的 targets.toml）。"))
        return
    lines = [
        (FIGURES[key].name, f"{wanted:,}", f"{report.values[key]:,}", _share(report.values[key], wanted))
        for key, wanted in report.targets.items()
    ]
    yield _table((3200, 2000, 2000, 2000), ("指标", "目标", "完成", "完成率"), lines)


def _item_line(each: ItemLine) -> tuple[str, ...]:
    counts = (each.consultations, each.people, each.tickets, each.closed, each.rated, each.satisfied)
    return (f"{each.code} {each.name}".strip(), *map(str, counts))


def _sum_line(lines: Sequence[ItemLine]) -> tuple[str, ...]:
    names = ("consultations", "tickets", "closed", "rated", "satisfied")
    asked, *others = (str(sum(getattr(each, name) for each in lines)) for name in names)
    return ("合计", asked, "—", *others)


def _first_reply_line(report: EffectReport) -> str:
    if report.first_reply_minutes is None:
        return "首次答复用时：没有答复过的工单。"
    return f"首次答复用时的中位数：{report.first_reply_minutes:.0f} 分钟（受理到首次答复，含非工作时间）。"


def _table(widths: Sequence[int], head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    assert sum(widths) <= FULL_WIDTH
    return docx.table(widths, head, [[[Words(cell)] for cell in line] for line in lines])


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"


def _bar(n: int, most: int) -> str:
    return "█" * max(1, round(BAR * n / most))


def _last(report: EffectReport) -> str:
    return str(report.period.after - timedelta(days=1))
