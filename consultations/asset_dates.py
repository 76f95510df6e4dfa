"""When something is due for an asset (期限计算): pure functions over the rules, its days and the working calendar.

Periods of months end on the corresponding day of the last month; where it has none, on its last day.
Source: 专利法实施细则 (2023) article 5; 商标法实施条例 (2014) article 12, whose second paragraph ends the validity of a
mark on the day before.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from consultations.asset_rules import AssetRule, AssetRules, Ends, Source

Workday = Callable[[date], bool]
AHEAD = (30, 7, 1)  # days before the last day on which people are reminded
Days = Mapping[str, date | None]


@dataclass(frozen=True)
class Deadline:
    """One thing due. `due_on` is the day as counted, `last_on` the day up to which it may be done; it may be done from
    `opens_on`. Until `late_until` it may still be done late, as `late_what` says.
    """

    rule_id: str
    what: str
    due_on: date
    last_on: date
    source: Source
    opens_on: date | None = None
    late_until: date | None = None
    late_what: str = ""
    late_source: Source | None = None
    rolled_by: Source | None = None

    def is_late(self, today: date) -> bool:
        """Whether the last day is over and something can still be done."""
        return self.late_until is not None and self.last_on < today <= self.late_until

    def ends_on(self, today: date) -> date:
        """The last day that counts now: of the grace period when it has begun."""
        return self.late_until if self.late_until and self.is_late(today) else self.last_on


def add_months(day: date, months: int) -> date:
    """The corresponding day that many months later; the last day of a month that has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of(start: date, months: int, ends: Ends) -> date:
    """The last day of a period of that many months."""
    same = add_months(start, months)
    if ends == "year_end":
        return date(same.year, 12, 31)
    has_day = same.day == start.day
    return same - timedelta(days=1) if ends == "day_before" and has_day else same


def next_workday(day: date, is_workday: Workday) -> date:
    """That day when it is worked, else the next one that is."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def deadlines_of(  # noqa: PLR0913  an asset, what it is reckoned by, the span looked at
    kind: str, days: Days, rules: AssetRules, is_workday: Workday, *, since: date, until: date
) -> list[Deadline]:
    """What of an asset is to be done, or can still be done late, from `since` to `until` (both included), by day.

    Args:
        kind: A key of `KINDS`.
        days: The asset's days by the keys of `DAYS`; a missing one gives none of the deadlines that count from it.
        rules: The rules in use.
        is_workday: The calendar that ends are rolled by.
        since: What was over before that day is left out.
        until: What ends after that day is left out, unless it opens before.
    """
    of_kind = [each for each in rules.rules if kind in each.kinds]
    found = [each for rule in of_kind for each in _of_rule(rule, days, rules, is_workday, (since, until))]
    return sorted(found, key=lambda each: (each.last_on, each.rule_id))


def rank(deadline: Deadline, today: date) -> int:
    """How urgent it is, 0 when there is nothing to say: 1 it may be done now, 2–4 with 30, 7, 1 days left; 5–8 the
    same when late.
    """
    is_late = deadline.is_late(today)
    found = window_rank(today if is_late else deadline.opens_on or date.max, deadline.ends_on(today), today)
    return found + 4 if found and is_late else found


def window_rank(opens_on: date | None, ends_on: date | None, today: date) -> int:
    """The same for anything one may do from a day on (``None``: all along) to another (``None``: for good)."""
    left = ((ends_on or date.max) - today).days
    if left < 0:
        return 0
    n_ahead = sum(left <= each for each in AHEAD)
    return n_ahead + 1 if n_ahead or opens_on is None or opens_on <= today else 0


def _of_rule(
    rule: AssetRule, days: Days, rules: AssetRules, is_workday: Workday, span: tuple[date, date]
) -> Iterator[Deadline]:
    since, until = span
    after = days.get(rule.after) if rule.after else None
    for months, due_on in _ends(rule, days, add_months(until, rule.opens_months)):
        if not rule.is_live(due_on) or (after is not None and due_on <= after):
            continue
        made = _deadline(rule, months, due_on, rules, is_workday)
        if max(made.last_on, made.late_until or made.last_on) >= since:
            yield made


def _ends(rule: AssetRule, days: Days, until: date) -> Iterator[tuple[int, date]]:
    """Months counted and the end, one for each time it falls due up to that day."""
    stated = days.get(rule.stated_by) if rule.stated_by else None
    start = _earliest(days.get(each) for each in rule.counts_from)
    if stated is None and (start is None or not (rule.begun_from or start) <= start <= (rule.begun_to or start)):
        return
    months = rule.months
    while months <= rule.last_months:
        due_on = _stated(stated, months - rule.months) if stated else end_of(start or until, months, rule.ends)
        if due_on > until:
            return
        yield months, due_on
        if not rule.every_months:
            return
        months += rule.every_months


def _stated(stated: date, months: int) -> date:
    """The end as the ledger has it, or that many months later: a period that ends with a month goes on to end so."""
    begins = stated + timedelta(days=1)
    return add_months(begins, months) - timedelta(days=1)


def _deadline(rule: AssetRule, months: int, due_on: date, rules: AssetRules, is_workday: Workday) -> Deadline:
    year = months // 12 + 1
    last_on = next_workday(due_on, is_workday) if rule.rolled_by else due_on
    late_until, late_rule = None, rule
    if rule.late_months:
        late_until = add_months(due_on, rule.late_months)
        late_rule = rules.on(rule.rule_id, late_until) or rule
        late_until = next_workday(late_until, is_workday) if late_rule.late_rolled_by else late_until
    return Deadline(
        rule_id=rule.rule_id,
        what=rule.what.format(year=year),
        due_on=due_on,
        last_on=last_on,
        source=rule.source,
        opens_on=_opens(due_on, rule.opens_months),
        late_until=late_until,
        late_what=late_rule.late_what.format(year=year),
        late_source=late_rule.source if late_until else None,
        rolled_by=rule.rolled_by if last_on != due_on else None,
    )


def _opens(due_on: date, months: int) -> date | None:
    """The first day of the months before an end."""
    return add_months(due_on + timedelta(days=1), -months) if months else None


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((each for each in days if each is not None), default=None)
