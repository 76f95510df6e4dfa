"""Absences (请假) told by staff themselves or by who leads: nobody gives the absent new tickets, and all see it.

``/absent 12-01..12-03 培训``, ``/absent 姓名 12-01..12-03``; in the room also 请假 12月1日到12月3日. ``/back`` (销假)
takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from consultations import absences, caseload
from consultations.duty_book import Absence, Member
from consultations.masking import mask
from consultations.messages import Outbound
from handlers import absent_wording, gate
from handlers.desk import Desk
from handlers.give_out import absences_ahead, absent_lines
from handlers.talk import Replies, StaffTalk, office_time, say
from handlers.whose import Meant, Place
from handlers.wish import identity

LONGEST_REASON = 40
LONGEST_DAYS = 366
_NEXT_YEAR_AFTER = timedelta(days=180)  # a day without a year that is longer ago than this is meant for next year
_NAMED_DAYS = {"今天": 0, "明天": 1, "后天": 2}
_DAY = r"(?:(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})[日号]?|(今天|明天|后天))"
_SPAN = re.compile(rf"{_DAY}(?:\s*(?:\.\.+|到|至|~|～|—+|－|…+)\s*{_DAY})?(?=\s|$|[，,。：:])")


@dataclass(frozen=True)
class _Wanted:
    """What is told: who, from when to when, why. `name` is empty for oneself, `days` ``None`` when none can be read."""

    name: str
    days: tuple[date, date] | None
    reason: str


def refresh(desk: Desk, session: Session) -> bool:
    """Whether the duty book changed by what was told here or in another process."""
    return desk.duty.hear(absences.current(session, office_time(desk.settings).day(desk.now())))


def take(talk: StaffTalk) -> Replies:
    """请假: for oneself, or by who leads for somebody else; without days, the list."""
    today = office_time(talk.desk.settings).day(talk.now)
    if not talk.wish.argument:
        return (say(talk, absences_ahead(talk.desk, today) or absent_wording.NOBODY, absent_wording.HOW),)
    wanted = _read(talk.wish.argument, today)
    member = _who(talk, wanted.name)
    if not isinstance(member, Member):
        return (member,)
    if fault := _fault(wanted.days, today):
        return (say(talk, fault),)
    assert wanted.days is not None
    absence = Absence(member.member_id, *wanted.days, reason=mask(wanted.reason)[:LONGEST_REASON])
    absence, is_new = absences.enter(talk.session, absence, talk.staff.key, talk.now)
    refresh(talk.desk, talk.session)
    told = absent_wording.entered if is_new else absent_wording.entered_before
    return (say(talk, told(member.name, _days(absence), absence.number), _still_has(talk, member)),)


def back(talk: StaffTalk) -> Replies:
    """销假: the one absence somebody has, or the one whose number is named."""
    wanted = talk.wish.argument
    number = identity(wanted)
    known = absences.current(talk.session, office_time(talk.desk.settings).day(talk.now))
    found = [each for each in known if each.number == number] if number else _of_somebody(talk, known, wanted)
    if isinstance(found, Outbound):
        return (found,)
    if len(found) != 1:
        several = absent_lines(talk.desk, found)
        return (say(talk, several, absent_wording.WHICH if found else absent_wording.NONE),)
    (absence,) = found
    member = talk.desk.duty.book.members.get(absence.member)
    if number and member is not None and isinstance(refused := _who(talk, member.name), Outbound):
        return (refused,)
    if not absences.take_back(talk.session, absence.number, talk.staff.key, talk.now):
        return (say(talk, absent_wording.NONE),)
    refresh(talk.desk, talk.session)
    return (say(talk, absent_wording.taken_back(member.name if member else absence.member, _days(absence))),)


def _of_somebody(talk: StaffTalk, known: Sequence[Absence], name: str) -> list[Absence] | Outbound:
    member = _who(talk, name)
    return [each for each in known if each.member == member.member_id] if isinstance(member, Member) else member


def _who(talk: StaffTalk, name: str) -> Member | Outbound:
    """Whose absence it is; what is told when there is nobody of that name, or others must not tell it."""
    book = talk.desk.duty.book
    me = book.member_of(talk.staff.key)
    member = book.member_named(name) if name else me
    if member is None:
        names = [each.name for each in book.members.values()]
        return say(talk, absent_wording.nobody_called(name, names) if names else absent_wording.NO_STAFF_LIST)
    if member == me:
        return member
    whose = Meant("工作人员", member.name, Place(member.outlet))
    return gate.refused(talk, "absence.others", lambda _talk: (whose,)) or member


def _still_has(talk: StaffTalk, member: Member) -> str:
    held = [
        each.number for each in caseload.with_people(talk.session) if member.is_known_as(each.holder or each.assignee)
    ]
    return absent_wording.still_has(held) if held else ""


def _days(absence: Absence) -> str:
    return absent_wording.days(absence.first, absence.last)


# --- what was typed


def _read(text: str, today: date) -> _Wanted:
    """A name in front, the days, and the reason behind them."""
    found = _SPAN.search(text)
    if found is None:
        return _Wanted("", None, "")
    first, last = _moment(found.groups()[:4], today), _moment(found.groups()[4:], today)
    name, reason = text[: found.start()].strip(" ：:，,"), text[found.end() :].strip(" ：:，,。")
    if not any(found.groups()[4:]):
        last = first
    if first and last and last < first and not found[5]:
        last = _in_year(last, last.year + 1)
    return _Wanted(name, (first, last) if first and last else None, reason)


def _moment(parts: Sequence[str | None], today: date) -> date | None:
    """A day as typed; without a year the nearest one. ``None`` when there is no such day, or nothing was typed."""
    year, month, day, named = parts
    if named:
        return today + timedelta(days=_NAMED_DAYS[named])
    if not month or not day:
        return None
    try:
        found = date(int(year or today.year), int(month), int(day))
    except ValueError:
        return None
    return _in_year(found, today.year + 1) if not year and today - found > _NEXT_YEAR_AFTER else found


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:  # the 29th of February
        return None


def _fault(days: tuple[date, date] | None, today: date) -> str:
    """What is wrong with the days; empty when nothing is."""
    if days is None:
        return absent_wording.NO_DAYS
    first, last = days
    if last < first:
        return absent_wording.upside_down(first, last)
    if last < today:
        return absent_wording.over(last)
    return absent_wording.TOO_LONG if (last - first).days >= LONGEST_DAYS else ""
