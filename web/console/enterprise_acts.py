"""What can be done with one enterprise on its page, beside changing its fields: years, visits, contacts, merging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from sqlmodel import Session

from consultations import enterprise_changes, enterprise_visits, enterprises
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise, refuse
from handlers import keep_enterprises
from handlers.enterprises import MANAGE, place_of, proposed_for
from handlers.keep_enterprises import TypedVisit
from handlers.talk import StaffTalk
from handlers.whose import sees
from handlers.wish import has_words, identity

DONE: Mapping[str, str] = {
    "add": "已登记。",
    "edit": "已保存。",
    "same": "内容没有变化。",
    "year": "年度名单已保存。",
    "unyear": "已移出这一年的名单。",
    "visit": "走访已登记。",
    "visit_done": "已记下办得怎样，不再提醒。",
    "visit_struck": "这次走访已划去。",
    "tie": "已关联。",
    "untie": "已解除关联。",
    "merge": "已合并，另一条已划去。",
    "remove": "已从名录里划去。",
    "restore": "已恢复。",
}
Words = Annotated[str, Form(max_length=2000)]
Short = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class Act:
    """What was typed: which act, about what, and its words."""

    verb: str = ""
    about: str = ""
    reason: str = ""
    year: str = ""
    visited_on: str = ""
    visitor: str = ""
    met: str = ""
    found: str = ""
    needed: str = ""
    next_step: str = ""
    due_on: str = ""
    person: str = ""
    enterprise_id: int = 0


def act_of(  # noqa: PLR0913, PLR0917  the fields of the forms
    number: str,
    verb: Short = "",
    about: Short = "",
    reason: Words = "",
    year: Short = "",
    visited_on: Short = "",
    visitor: Short = "",
    met: Words = "",
    found: Words = "",
    needed: Words = "",
    next_step: Words = "",
    due_on: Short = "",
    person: Short = "",
) -> Act:
    """The act of a form."""
    words = (reason, year, visited_on, visitor, met, found, needed, next_step, due_on, person)
    return Act(verb, about, *words, enterprise_id=identity(number) or 0)


Prepared = Callable[[Session, Enterprise], object]


def _year(talk: StaffTalk, act: Act) -> Prepared:
    return lambda session, one: keep_enterprises.put_year(session, talk.desk, one, act.year, act.reason, talk.staff)


def _unyear(talk: StaffTalk, act: Act) -> Prepared:
    year = keep_enterprises.year_of(act.year)
    if not has_words(act.reason):
        refuse("请写移出名单的原因。")
    return lambda session, one: enterprise_changes.strike_year(
        session, one, year, act.reason.strip(), talk.staff, talk.now
    )


def _visit(talk: StaffTalk, act: Act) -> Prepared:
    typed = TypedVisit(act.visited_on, act.visitor, act.met, act.found, act.needed, act.next_step, act.due_on)
    return lambda session, one: keep_enterprises.enter_visit(session, talk.desk, one, typed, talk.staff)


def _visit_done(talk: StaffTalk, act: Act) -> Prepared:
    return lambda session, one: keep_enterprises.finish_visit(
        session, talk.desk, _own_visit(session, one, act), act.reason, talk.staff
    )


def _visit_struck(talk: StaffTalk, act: Act) -> Prepared:
    return lambda session, one: keep_enterprises.strike_visit(
        session, talk.desk, _own_visit(session, one, act), act.reason, talk.staff
    )


def _tie(talk: StaffTalk, act: Act) -> Prepared:
    """By the number of a ticket or consultation; or one whose own ledger names the enterprise, as in ``#12``."""
    if act.about.startswith("#"):
        key = identity(act.about.removeprefix("#")) or 0
        one = enterprises.get(talk.session, act.enterprise_id)
        if one is None or key not in proposed_for(talk, one):
            refuse("这位服务对象现在不能关联，请刷新页面再看。")
    else:
        key = keep_enterprises.contact_named(talk, act.about).key
    is_person = act.person == "yes"
    return lambda session, one: enterprise_changes.tie(session, one, key, talk.staff, talk.now, is_person=is_person)


def _untie(talk: StaffTalk, act: Act) -> Prepared:
    return lambda session, one: (
        enterprise_changes.untie(session, one, identity(act.about) or 0, talk.staff, talk.now)
        or refuse("没有这个关联，请刷新页面再看。")
    )


def _merge(talk: StaffTalk, act: Act) -> Prepared:
    found = enterprises.get(talk.session, identity(act.about))
    if found is None or not sees(talk, MANAGE, place_of(found)):
        refuse(f"没有企业 {act.about[:20]}：请写另一条的编号。")
    key = found.key
    return lambda session, one: enterprise_changes.merge(
        session, one, session.get_one(Enterprise, key), talk.staff, talk.now
    )


def _remove(talk: StaffTalk, act: Act) -> Prepared:
    return lambda session, one: keep_enterprises.strike(session, talk.desk, one, act.reason, talk.staff)


def _restore(talk: StaffTalk, act: Act) -> Prepared:
    del act
    return lambda session, one: enterprise_changes.restore(session, one, talk.staff, talk.now)


def _own_visit(session: Session, one: Enterprise, act: Act) -> EnterpriseVisit:
    found = enterprise_visits.get(session, identity(act.about))
    if found is None or found.enterprise_id != one.key:
        refuse("没有这次走访，请刷新页面再看。")
    return found


ACTS: Mapping[str, Callable[[StaffTalk, Act], Prepared]] = {
    "year": _year,
    "unyear": _unyear,
    "visit": _visit,
    "visit_done": _visit_done,
    "visit_struck": _visit_struck,
    "tie": _tie,
    "untie": _untie,
    "merge": _merge,
    "remove": _remove,
    "restore": _restore,
}
