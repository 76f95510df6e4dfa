"""Remind staff of what they promised on a visit (走访的下一步): on the day before, and when it is late; and of the key
enterprises nobody visited within the cadence (走访周期), once in every cadence.

Once each, however long the house was dark; told to the staff rooms with the visitor or the adviser (服务专员) by name,
and with the duty leaders when a step is late, or who should go is nobody or not there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from consultations import enterprise_visits, outbox, reminders, visit_cadence
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise
from consultations.masking import mask
from consultations.messages import Block, Outbound
from consultations.visit_cadence import Late
from handlers.desk import Desk
from handlers.enterprise_search import unvisited
from handlers.enterprises import READ, place_of
from handlers.escalate import STAFF_PRIORITY
from handlers.give_out import is_gone
from handlers.take_back import leaders_named
from handlers.talk import Replies, StaffTalk, office_time, say
from handlers.whose import in_sight

SOON, LATE = 1, 2  # the ranks a next step is told by
SHOWN = 20
HOW = "走访后在工作台“企业名录”这家企业的页面上登记，就不再提醒；不在年度名单上的不提醒。"
OFF = "没有设走访周期：在配置里写 outlet.visit_days（天），就会提醒服务专员走访重点企业。"
Step = tuple[EnterpriseVisit, Enterprise, int]


def send_due(desk: Desk) -> int:
    """How many next steps and enterprises staff were reminded of now; two processes may call it."""
    return _send_steps(desk) + _send_late(desk)


def show_unvisited(talk: StaffTalk) -> Replies:
    """``/unvisited`` (待走访): the key enterprises nobody visited within the cadence, as far as one may see them."""
    if not talk.desk.settings.visit_days:
        return (say(talk, OFF),)
    every = in_sight(talk, READ, unvisited(talk.session, talk.desk), lambda each: place_of(each.enterprise))
    if not every:
        return (say(talk, f"重点企业都在 {talk.desk.settings.visit_days} 天里走访过，或者列入名单还不到这么久。"),)
    return (say(talk, _head(talk.desk, len(every)), "\n".join(_shown([_late_line(each) for each in every])), HOW),)


def _send_steps(desk: Desk) -> int:
    now, office = desk.now(), office_time(desk.settings)
    today = office.day(now)
    with desk.reading() as session:
        if not _open(session, desk):
            return 0
    with desk.writing() as session:
        told: list[Step] = []
        for visit, enterprise in enterprise_visits.waiting(session, today + timedelta(days=1)):
            rank = LATE if visit.due_on and visit.due_on < today else SOON
            if reminders.tell(session, reminders.of_key(session, visit.due_key, None), rank, now):
                told.append((visit, enterprise, rank))
        _tell(session, desk, told)
    return len(told)


def _open(session: Session, desk: Desk) -> bool:
    """Whether there is something to tell; most ticks end here without taking the write lock."""
    today = office_time(desk.settings).day(desk.now())
    told = {each.key: each.told for each in reminders.waiting(session, "enterprise_visit:")}
    steps = enterprise_visits.waiting(session, today + timedelta(days=1))
    ranks = ((each.due_key, LATE if each.due_on and each.due_on < today else SOON) for each, _ in steps)
    return any(told.get(key, 0) < rank for key, rank in ranks)


def _tell(session: Session, desk: Desk, steps: Sequence[Step]) -> None:
    if not steps:
        return
    now = desk.now()
    lines = _shown([_line(each) for each in steps])
    blocks = [Block("lead", f"走访后要办的事，到时候了（{len(steps)} 件）"), Block("text", "\n".join(lines))]
    if any(rank == LATE or is_gone(desk, visit.visitor, now) for visit, _, rank in steps):
        blocks += leaders_named(desk, now)
    blocks.append(Block("note", "办好以后，在工作台“企业名录”这家企业的页面上记下办得怎样，就不再提醒。"))
    _tell_rooms(session, desk, blocks)


def _line(step: Step) -> str:
    visit, enterprise, rank = step
    when = "已过期" if rank == LATE else "请在当天以前办"
    what = f"企业 {enterprise.key} {mask(enterprise.name)}：{mask(visit.next_step)}"
    return f"- {what}（{visit.due_on}，{when}；走访人 {visit.visitor_name}）"


# --- enterprises nobody visited


def _send_late(desk: Desk) -> int:
    with desk.reading() as session:
        if not _untold(session, desk):
            return 0
    with desk.writing() as session:
        now = desk.now()
        told = [
            each
            for each in _untold(session, desk)
            if reminders.tell(session, reminders.of_key(session, each.key, None), each.periods, now)
        ]
        _tell_late(session, desk, told)
    return len(told)


def _untold(session: Session, desk: Desk) -> list[Late]:
    """Who waits for a visit and was not told of in this cadence."""
    every = unvisited(session, desk)
    told = {each.key: each.told for each in reminders.waiting(session, visit_cadence.KEYS)} if every else {}
    return [each for each in every if told.get(each.key, 0) < each.periods]


def _tell_late(session: Session, desk: Desk, told: Sequence[Late]) -> None:
    if not told:
        return
    now = desk.now()
    by_adviser = sorted(told, key=lambda each: each.enterprise.adviser)
    lines = _shown([_late_line(each) for each in by_adviser])
    blocks = [Block("lead", _head(desk, len(told))), Block("text", "\n".join(lines))]
    if not all(_is_there(desk, each.enterprise.adviser, now) for each in told):
        blocks += leaders_named(desk, now)
    blocks.append(Block("note", HOW))
    _tell_rooms(session, desk, blocks)


def _is_there(desk: Desk, name: str, now: datetime) -> bool:
    """Whether a colleague of that name is on the list and has not left."""
    return any(each.name == name and not is_gone(desk, each.key, now) for each in desk.duty.book.members.values())


def _head(desk: Desk, n: int) -> str:
    return f"{n} 家重点企业超过 {desk.settings.visit_days} 天没有走访"


def _late_line(late: Late) -> str:
    enterprise = late.enterprise
    last = f"最近走访 {late.visited_on}" if late.visited_on else f"还没有走访过，{late.waits_since} 列入名单"
    adviser = f"服务专员 {enterprise.adviser}" if enterprise.adviser else "没有服务专员"
    return f"- 企业 {enterprise.key} {mask(enterprise.name)}：{last}，已 {late.n_days} 天（{adviser}）"


# --- what both have


def _shown(lines: Sequence[str]) -> list[str]:
    """The first lines, and how many more there are."""
    more = [f"……还有 {len(lines) - SHOWN} 件，在工作台的“企业名录”里"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]


def _tell_rooms(session: Session, desk: Desk, blocks: Sequence[Block]) -> None:
    now, office = desk.now(), office_time(desk.settings)
    for room in desk.settings.staff_rooms:
        message = Outbound(room, tuple(blocks), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=office.after_quiet(now), priority=STAFF_PRIORITY)
