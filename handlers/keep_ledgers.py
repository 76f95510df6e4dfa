"""Keeping the ledgers of an outlet (台账): who may write what, who is meant by a name, what is short of the norm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from consultations import ledger_sums, ledgers
from consultations.duty_book import DutyBook
from consultations.ledger_kinds import LedgerKind
from consultations.ledger_sums import Sum
from consultations.ledger_values import Fault, Staffed, Written, read_line
from consultations.ledgers import LedgerEntry
from consultations.permissions import Action, Person, is_limited, may
from consultations.signatures import SOMEBODY
from handlers import ledger_wording
from handlers.desk import Desk
from handlers.talk import office_time
from handlers.wish import readable

FULL_TIME = 2  # 专职 at one outlet at least. Source: service specification draft, 三(一)1


@dataclass(frozen=True)
class Sheet:
    """A ledger as it is looked at: its lines of a year, sums and gaps. `years` are those that have lines."""

    kind: LedgerKind
    entries: Sequence[LedgerEntry]
    sums: Sequence[Sum]
    gaps: Sequence[str]
    years: Sequence[int]
    year: int | None


def action_of(kind: LedgerKind) -> Action:
    """What one must be allowed to do to write into such a ledger."""
    return "ledger.restricted" if kind.restricted else "ledger.write"


def today_of(desk: Desk) -> date:
    """The outlet's own day."""
    return office_time(desk.settings).day(desk.now())


def year_of(year: int) -> tuple[date, date]:
    """Its first day and the first of the next."""
    return date(year, 1, 1), date(year + 1, 1, 1)


def outlets_seen(book: DutyBook, person: Person, action: Action) -> Collection[str] | None:
    """The outlets whose lines somebody may see; ``None`` for all."""
    if not is_limited(person, action):
        return None
    return [each for each in ("", *book.outlets) if may(person, action, each)]


def outlets_written(book: DutyBook, person: Person, action: Action) -> Sequence[str]:
    """The outlets somebody may write lines for; their own first, none named when the book has none."""
    if not book.outlets:
        return [""]
    if is_limited(person, action):
        return [person.outlet]
    return list(dict.fromkeys([*filter(None, [person.outlet]), *book.outlets]))


def look(  # noqa: PLR0913  which ledger, of whom, of when, for whom
    session: Session,
    desk: Desk,
    kind: LedgerKind,
    outlets: Collection[str] | None,
    year: int | None,
    *,
    is_masked: bool,
) -> Sheet:
    """A ledger as it stands; of a kind kept by the year those of `year`, this year when none is named."""
    today = today_of(desk)
    every = ledgers.listed(session, kind.kind_id, outlets=outlets)
    wanted = (year or today.year) if kind.year_by else None
    chosen = ledger_sums.within(kind, every, *year_of(wanted)) if wanted else list(every)
    if kind.year_by:
        chosen.sort(key=lambda each: (str(each.content.get(kind.year_by)), each.number))
    years = sorted({*ledger_sums.years_of(kind, every), today.year}, reverse=True) if kind.year_by else []
    sums = ledger_sums.sums(kind, chosen, is_masked=is_masked)
    return Sheet(kind, chosen, sums, ledger_sums.gaps(kind, every, today), years, wanted)


def read(desk: Desk, kind: LedgerKind, typed: Mapping[str, str]) -> tuple[Written, list[Fault]]:
    """What a line says, names looked up in the duty book."""
    return read_line(kind, {key: readable(text) for key, text in typed.items()}, staffed(desk.duty.book))


def staffed(book: DutyBook) -> Staffed:
    """Who is meant by a name. Without a list of staff any name will do; who was erased stays erased."""

    def find(words: str) -> tuple[str, str] | None:
        if words == SOMEBODY or not book.members:
            return words, ""
        member = book.member_named(words)
        return (member.name, member.key) if member is not None else None

    return find


def light(desk: Desk, outlets: Collection[str] | None) -> list[str]:
    """The red light (专职不足): a sentence for each outlet with too few full-time staff on the duty book."""
    book, today = desk.duty.book, today_of(desk)
    if not book.members:
        return [ledger_wording.NOBODY_LISTED]
    there = [each for each in book.members.values() if each.until is None or each.until >= today]
    full_time = [each.outlet for each in there if each.employment == "full_time"]
    if not book.outlets:
        return [] if len(full_time) >= FULL_TIME else [ledger_wording.too_few("", len(full_time), FULL_TIME)]
    counted = {key: full_time.count(key) for key in book.outlets if outlets is None or key in outlets}
    return [ledger_wording.too_few(book.outlets[key].name, n, FULL_TIME) for key, n in counted.items() if n < FULL_TIME]


def summaries(
    session: Session, kinds: Iterable[LedgerKind], outlets: Collection[str] | None, days: tuple[date, date], today: date
) -> Mapping[str, str]:
    """What every ledger says of some days (the second is the one after), a line each, by its name; 无记录 for none."""
    first, after = days
    found = {}
    for kind in kinds:
        chosen = ledger_sums.within(kind, ledgers.listed(session, kind.kind_id, outlets=outlets), first, after)
        found[kind.name] = ledger_sums.summary(kind, chosen, min(today, after - timedelta(days=1)))
    return found
