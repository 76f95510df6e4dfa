"""The board of figures (统计看板): volume, channels, items, busy hours, first reply, closing, the three
rates (三率), what nobody answered well. Each number opens exactly the records it counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Integer, cast, extract, literal_column
from sqlmodel import Session, col, func, select

from consultations import figures
from consultations.archive import Consultation
from consultations.counted_records import Part, Scope, consultations_in, count_parts
from consultations.duty_book import DutyBook
from consultations.entries import RECORDED
from consultations.figures import FIGURES
from consultations.selection import NO_ITEM, NO_OUTLET, entered_by
from consultations.tickets import Ticket
from consultations.unanswered import unanswered
from handlers.choices import item_choices, outlet_choices
from handlers.find_gaps import as_asked
from handlers.record_sheet import CHANNELS
from knowledge.cluster import Cluster, Likeness, cluster, is_gap, ranked

MOST_CARDS = 10
MOST_CLUSTERS = 10
_CLUSTERED = 1000  # unanswered questions that are grouped, the newest: a board is opened often
_HALF_HOUR = 1800  # seconds; time zones differ by no less than a quarter of an hour, and ours by whole ones
BY_OUTLET = ("tickets", "replied", "closed", "rated", "satisfied", "said_solved", "solved")  # figures of tickets


@dataclass(frozen=True)
class Bar:
    """One line of a breakdown: what is chosen to see only these, how it is called, how many."""

    key: str
    name: str
    n: int


@dataclass(frozen=True)
class OutletLine:
    """One outlet: its consultations, and the figures of `BY_OUTLET`."""

    key: str
    name: str
    values: Mapping[str, int]


@dataclass(frozen=True)
class Board:
    """Everything on it. The medians are ``None`` where nothing was replied to or closed."""

    values: Mapping[str, int]
    channels: Sequence[Bar]
    items: Sequence[Bar]
    cards: Sequence[Bar]
    hours: Sequence[Bar]
    outlets: Sequence[OutletLine]
    first_reply_minutes: float | None
    closing_hours: float | None


def make_board(session: Session, scope: Scope, zone: ZoneInfo, book: DutyBook) -> Board:
    """The board of a scope; without the groups of unanswered questions, which take a moment (`unanswered_groups`)."""
    breakdowns = _breakdowns(session, scope)
    return Board(
        values=figures.values(session, scope),
        channels=_bars(breakdowns[0], CHANNELS),
        items=_item_bars(breakdowns[1]),
        cards=_bars(breakdowns[2], {}, most=MOST_CARDS),
        hours=_hour_bars(session, scope, zone),
        outlets=by_outlet(session, scope, book) if len(book.outlets) > 1 else (),
        first_reply_minutes=_median(session, scope, Ticket.replied_at, seconds=60),
        closing_hours=_median(session, scope, Ticket.closed_at, seconds=3600, key="closed"),
    )


def consultations_of(
    session: Session, scope: Scope, zone: ZoneInfo, *, card: str = "", hour: int | None = None
) -> list[int]:
    """The consultations with that card, or asked in that hour of the day, by their ids."""
    more: list[Any] = [col(Consultation.card_id) == card] if card else []
    if hour is not None:
        buckets = [each for each, _ in _half_hours(session, scope) if _hour(each, zone) == hour]
        more.append(_half_hour().in_(buckets))
    return sorted(session.exec(consultations_in(scope, *more)).all())


def unanswered_groups(
    session: Session, scope: Scope, likeness: Likeness, *, most: int = MOST_CLUSTERS
) -> list[Cluster]:
    """The questions of the scope nobody answered well, the most pressing group first; nobody's who asks in secret."""
    found = [
        each
        for each in unanswered(session, scope.start, _CLUSTERED)
        if not each.is_secret and is_gap(each.text, each.action)
    ]
    meant = consultations_in(scope, col(Consultation.id).in_([each.consultation_id for each in found]))
    inside = set(session.exec(meant).all())
    asked = [as_asked(each) for each in found if each.consultation_id in inside]
    return ranked(cluster(asked, likeness), scope.now)[:most]


def by_outlet(session: Session, scope: Scope, book: DutyBook) -> list[OutletLine]:
    """A line for each outlet, also those the book no longer knows, and for what belongs to none; they add up to the
    whole.
    """
    names = outlet_choices(book)
    counted = {"consultations": _consultations_by_outlet(session, scope)}
    for key in BY_OUTLET:
        rows = select(Ticket.outlet, func.count()).where(col(Ticket.id).in_(FIGURES[key].query(scope)))
        counted[key] = Counter(dict(session.exec(rows.group_by(col(Ticket.outlet))).all()))
    keys = dict.fromkeys([*names, *(each for counts in counted.values() for each in counts)])
    chosen = [each for each in keys if not scope.selection.outlets or each in scope.selection.outlets]
    lines = [
        OutletLine(each, names.get(each, each), {key: counts[each] for key, counts in counted.items()})
        for each in chosen
    ]
    return [each for each in lines if each.key != NO_OUTLET or any(each.values.values())]


# --- breakdowns of the consultations


def _breakdowns(session: Session, scope: Scope) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """How many consultations have which channel, which item, which card; counted in one pass."""
    columns = (col(Consultation.channel), col(Consultation.service_item), col(Consultation.card_id))
    rows = consultations_in(scope).with_only_columns(*columns, func.count()).group_by(*columns)
    found: tuple[Counter[str], Counter[str], Counter[str]] = (Counter(), Counter(), Counter())
    for *keys, n in _rows(session, rows):
        for counted, key in zip(found, keys, strict=True):
            counted[key] += n
    return found


def _bars(counted: Counter[str], names: Mapping[str, str], *, most: int = 1000) -> list[Bar]:
    lines = [Bar(key, names.get(key, key), n) for key, n in counted.items() if key]
    return sorted(lines, key=lambda each: (-each.n, each.key))[:most]


def _item_bars(counted: Counter[str]) -> list[Bar]:
    """Those that were asked about, most asked first, with what belongs to none at the end."""
    names = item_choices()
    known = [Bar(key, f"{key} {name}", counted[key]) for key, name in names.items() if key and counted[key]]
    n_other = sum(n for key, n in counted.items() if not key or key not in names)
    other = [Bar(NO_ITEM, names[NO_ITEM], n_other)] if n_other else []
    return [*sorted(known, key=lambda each: (-each.n, each.key)), *other]


def _hour_bars(session: Session, scope: Scope, zone: ZoneInfo) -> list[Bar]:
    """All 24 hours of the day, in the outlet's time."""
    counted: Counter[int] = Counter()
    for bucket, n in _half_hours(session, scope):
        counted[_hour(bucket, zone)] += n
    return [Bar(str(hour), f"{hour} 点", counted[hour]) for hour in range(24)]


def _half_hour() -> Any:  # noqa: ANN401  half hours since 1970, in SQLAlchemy's types
    # PostgreSQL groups by no expression with a parameter in it.
    return cast(extract("epoch", col(Consultation.created_at)), BigInteger) // literal_column(str(_HALF_HOUR), Integer)


def _half_hours(session: Session, scope: Scope) -> list[tuple[int, int]]:
    rows = consultations_in(scope).with_only_columns(_half_hour().label("half_hour"), func.count())
    return [(int(each), n) for each, n in _rows(session, rows.group_by("half_hour"))]


def _hour(half_hour: int, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(half_hour * _HALF_HOUR, zone).hour


def _consultations_by_outlet(session: Session, scope: Scope) -> Counter[str]:
    asked = consultations_in(scope).join(Ticket, col(Ticket.id) == col(Consultation.ticket_id))
    rows = asked.with_only_columns(Ticket.outlet, func.count()).group_by(col(Ticket.outlet))
    found: Counter[str] = Counter(dict(_rows(session, rows)))
    is_alone, is_entered = col(Consultation.ticket_id).is_(None), col(Consultation.action) == RECORDED
    alone = Part(consultations_in, (is_alone,)), Part(consultations_in, (is_alone, is_entered))
    n_alone, n_entered = count_parts(session, scope, dict(enumerate(alone))).values()
    found[NO_OUTLET] += n_alone - n_entered
    if n_entered:
        # Said so that SQLite goes through the period and not through everything that has no ticket, twice as long.
        without_ticket = func.coalesce(col(Consultation.ticket_id), 0) == 0
        for each in session.exec(consultations_in(scope, without_ticket, is_entered).with_only_columns(entered_by())):
            found[scope.selection.staff.get(each, NO_OUTLET)] += 1
    return found


def _median(
    session: Session,
    scope: Scope,
    end: Any,  # noqa: ANN401  a column
    *,
    seconds: int,
    key: str = "replied",
) -> float | None:
    rows = FIGURES[key].query(scope).with_only_columns(Ticket.created_at, end)
    waited = [(to - since).total_seconds() / seconds for since, to in _rows(session, rows) if to is not None]
    return median(waited) if waited else None


def _rows(session: Session, query: Any) -> list[Any]:  # noqa: ANN401
    """All columns of a query made from one for ids, which SQLModel's own `exec` takes for one column."""
    return list(session.connection().execute(query).all())
