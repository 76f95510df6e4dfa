"""What staff do with the directory of enterprises (企业名录): entering, years, visits (走访), contacts, merging.

Every function stores one thing whole or refuses it with a sentence that names the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from consultations import archive, audit, enterprise_changes, enterprise_visits, enterprises, reminders, tickets
from consultations.contacts import Contact
from consultations.enterprise_table import FIRST_YEAR, LAST_YEAR, read_fields
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, refuse
from consultations.tickets import Staff
from consultations.written_days import written_day
from handlers.desk import Desk
from handlers.talk import StaffTalk, office_time
from handlers.whose import of_consultation, of_ticket, sees
from handlers.wish import has_words, storable

_LONGEST = 1000  # characters of each part of a visit
_FURTHEST = timedelta(days=3 * 366)  # of a next step


@dataclass(frozen=True)
class TypedVisit:
    """A visit as it was typed."""

    visited_on: str
    visitor: str = ""
    met: str = ""
    found: str = ""
    needed: str = ""
    next_step: str = ""
    due_on: str = ""


def add(session: Session, desk: Desk, typed: Mapping[str, str], outlet: str, by: Staff) -> Enterprise:
    """A new enterprise.

    Raises:
        EnterpriseRefusedError: Something typed is wrong; every fault with its cure.
    """
    values = _values(desk, {**typed, "name": typed.get("name", "")})
    same = [each for each in enterprises.of_outlet(session, outlet) if each.name == values["name"]]
    if double := next((each for each in same if not (each.code and values.get("code"))), None):
        there = f"名录里已经有“{double.name}”（企业 {double.key}）：请在那一条里修改"
        refuse(f"{there}；是另一家的，两条都写上统一社会信用代码。")
    made = enterprise_changes.add(session, values, outlet, by, desk.now())
    audit.note(session, "record", 0, by.key, desk.now())
    return made


def edit(  # noqa: PLR0913, PLR0917  which row as it was seen, what was typed, by whom
    session: Session, desk: Desk, enterprise: Enterprise, seen: int, typed: Mapping[str, str], by: Staff
) -> bool:
    """Whether anything was changed.

    Raises:
        EnterpriseRefusedError: Something typed is wrong, or somebody was faster.
    """
    changes = enterprise_changes.edit(session, enterprise, seen, _values(desk, typed), by, desk.now())
    if changes:
        audit.note(session, "record", 0, by.key, desk.now())
    return bool(changes)


def put_year(  # noqa: PLR0913, PLR0917  who on which list, why
    session: Session, desk: Desk, enterprise: Enterprise, year: str, reason: str, by: Staff
) -> bool:
    """Whether it is on that year's list from now on, or for another reason.

    Raises:
        EnterpriseRefusedError: That is no year.
    """
    return enterprise_changes.put_year(session, enterprise, year_of(year), _words(reason, 100), by, desk.now())


def year_of(text: str) -> int:
    """The year written.

    Raises:
        EnterpriseRefusedError: It is none.
    """
    plain = text.strip().removesuffix("年")
    if not (plain.isascii() and plain.isdecimal() and len(plain) == 4 and FIRST_YEAR <= int(plain) <= LAST_YEAR):
        refuse(f"看不懂年度“{text[:10]}”：请写四位数字，例如 2026。")
    return int(plain)


def strike(session: Session, desk: Desk, enterprise: Enterprise, reason: str, by: Staff) -> None:
    """Take an enterprise off the directory.

    Raises:
        EnterpriseRefusedError: No reason was given, or it is struck out.
    """
    if not has_words(reason):
        refuse("请写划去的原因，例如已迁出本区、已注销。")
    enterprise_changes.remove(session, enterprise, _words(reason, 200), by, desk.now())


def enter_visit(session: Session, desk: Desk, enterprise: Enterprise, typed: TypedVisit, by: Staff) -> EnterpriseVisit:
    """A visit, stored.

    Raises:
        EnterpriseRefusedError: Something is missing or wrong; the first fault with its cure.
    """
    if not enterprise.is_living:
        refuse("这家企业已经从名录里划去：要登记走访，请先恢复。")
    today = office_time(desk.settings).day(desk.now())
    visited_on = _day(typed.visited_on, "走访日期")
    if visited_on > today:
        refuse(f"走访日期 {visited_on} 还没有到：走访以后再登记。")
    if not has_words(typed.found + typed.needed):
        refuse("请写了解到的情况或需求，至少一项。")
    due_on = _day(typed.due_on, "下一步的日期") if typed.due_on.strip() else None
    if bool(due_on) != has_words(typed.next_step):
        refuse("下一步做什么和哪天以前做，要写就都写上。")
    if due_on and not visited_on <= due_on <= today + _FURTHEST:
        refuse(f"下一步的日期 {due_on} 早于走访日期或太远：请写走访日期以后、三年以内的一天。")
    visitor = _visitor(desk, typed.visitor, by)
    now = desk.now()
    made = EnterpriseVisit(
        enterprise_id=enterprise.key,
        visited_on=visited_on,
        visitor=visitor.key,
        visitor_name=visitor.name,
        due_on=due_on,
        entered_by=by.key,
        entered_at=now,
    )
    for name in ("met", "found", "needed", "next_step"):
        setattr(made, name, _words(getattr(typed, name)))
    if double := enterprise_visits.same_as(session, made):
        return double  # sent twice, entered once
    enterprise_visits.enter(session, made)
    enterprises.note(session, enterprise, "visit", by, now, words=f"走访 {made.key}，{visited_on}")
    audit.note(session, "record", 0, by.key, now)
    return made


def finish_visit(session: Session, desk: Desk, visit: EnterpriseVisit, outcome: str, by: Staff) -> bool:
    """Whether its next step was marked done now.

    Raises:
        EnterpriseRefusedError: It has none, or nothing says what came of it.
    """
    if visit.due_on is None or visit.struck_at is not None:
        refuse("这次走访没有要办的下一步。")
    if not has_words(outcome):
        refuse("请写办得怎样。")
    is_first = enterprise_visits.finish(session, visit, _words(outcome), by.key, desk.now())
    if is_first:
        reminders.drop(session, visit.due_key)
        enterprise = session.get_one(Enterprise, visit.enterprise_id)
        enterprises.note(session, enterprise, "visit_done", by, desk.now(), words=f"走访 {visit.key}")
    return is_first


def strike_visit(session: Session, desk: Desk, visit: EnterpriseVisit, reason: str, by: Staff) -> bool:
    """Whether it was struck out now; it stays to be read.

    Raises:
        EnterpriseRefusedError: No reason was given.
    """
    if not has_words(reason):
        refuse("请写划去这次走访的原因，例如登错了企业。")
    is_first = enterprise_visits.strike(session, visit, _words(reason, 200), desk.now())
    if is_first:
        reminders.drop(session, visit.due_key)
        enterprise = session.get_one(Enterprise, visit.enterprise_id)
        enterprises.note(session, enterprise, "visit_struck", by, desk.now(), words=f"走访 {visit.key}：{reason[:100]}")
    return is_first


def contact_named(talk: StaffTalk, number: str) -> Contact:
    """Who asked under that number of a ticket or consultation, as far as whoever looks sees it.

    Raises:
        EnterpriseRefusedError: There is no such number, nobody is behind it any more, or they asked in confidence.
    """
    plain, session = number.strip().upper(), talk.session
    ticket = tickets.by_number(session, plain)
    asked = archive.named(session, plain) if ticket is None and plain.startswith("ZX-") else None
    is_seen = ticket is not None and sees(talk, "ticket.list", of_ticket(ticket))
    if asked is not None:
        is_seen = sees(talk, "archive.search", of_consultation(session, talk.desk.duty.book, asked))
    contact_id = ticket.contact_id if ticket is not None else asked.contact_id if asked is not None else None
    contact = session.get(Contact, contact_id) if contact_id and is_seen else None
    if contact is None or contact.erased_at is not None:
        refuse(f"没有工单或咨询 {plain[:30]}：请写工单号（GD-…）或咨询编号（ZX-…）。")
    if contact.is_secret:
        refuse("对方要求保密咨询，不能关联到企业。")
    return contact


def adviser_fault(desk: Desk, name: str) -> str:
    """What is wrong with a colleague named to look after an enterprise, empty when nothing is."""
    members = desk.duty.book.members
    if not name or not members or desk.duty.book.member_named(name) is not None:
        return ""
    return f"服务专员“{name[:20]}”不在人员名单里：请写名单上的姓名，或先在“人员网点”登记，或留空"


def _values(desk: Desk, typed: Mapping[str, str]) -> dict[str, object]:
    values, faults = read_fields({name: storable(text) for name, text in typed.items()})
    if fault := adviser_fault(desk, str(values.get("adviser", ""))):
        faults.append(fault)
    if faults:
        refuse("；".join(faults) + "。")
    return values


def _day(text: str, what: str) -> date:
    try:
        return written_day(text)
    except ValueError:
        refuse(f"{what}“{text[:20]}”不是日期，请写成 2026-11-01 的样子。")


def _words(text: str, longest: int = _LONGEST) -> str:
    plain = storable(text).strip()
    if len(plain) > longest:
        refuse(f"有一项写了 {len(plain)} 个字，最多 {longest} 个，请缩短。")
    return plain


def _visitor(desk: Desk, written: str, by: Staff) -> Staff:
    """Who went: whoever enters it, unless a colleague is named."""
    if not written.strip():
        return by
    member = desk.duty.book.member_named(written.strip())
    if member is not None:
        return Staff(member.key, member.name)
    if desk.duty.book.members:
        refuse(f"名单里没有“{written[:20]}”：请写工作人员的姓名，不写就是您自己。")
    return Staff(by.key, _words(written, 40))
