"""Remind staff of what they promised on a visit (走访的下一步): on the day before, and when it is late.

Once each, however long the house was dark; told to the staff rooms with the visitor by name, and with the duty leaders
when it is late or the visitor is not there any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session

from consultations import enterprise_visits, outbox, reminders
from consultations.enterprise_visits import EnterpriseVisit
from consultations.enterprises import Enterprise
from consultations.masking import mask
from consultations.messages import Block, Outbound
from handlers.desk import Desk
from handlers.escalate import STAFF_PRIORITY
from handlers.give_out import is_gone
from handlers.take_back import leaders_named
from handlers.talk import office_time

SOON, LATE = 1, 2  # the ranks a next step is told by
SHOWN = 20
Step = tuple[EnterpriseVisit, Enterprise, int]


def send_due(desk: Desk) -> int:
    """How many next steps staff were reminded of now; two processes may call it."""
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
    now, office = desk.now(), office_time(desk.settings)
    lines = [_line(each) for each in steps[:SHOWN]]
    if len(steps) > SHOWN:
        lines.append(f"……还有 {len(steps) - SHOWN} 件，在工作台的“企业名录”里")
    blocks = [Block("lead", f"走访后要办的事，到时候了（{len(steps)} 件）"), Block("text", "\n".join(lines))]
    if any(rank == LATE or is_gone(desk, visit.visitor, now) for visit, _, rank in steps):
        blocks += leaders_named(desk, now)
    blocks.append(Block("note", "办好以后，在工作台“企业名录”这家企业的页面上记下办得怎样，就不再提醒。"))
    for room in desk.settings.staff_rooms:
        message = Outbound(room, tuple(blocks), kind="staff")
        outbox.enqueue(session, message, now=now, due_at=office.after_quiet(now), priority=STAFF_PRIORITY)


def _line(step: Step) -> str:
    visit, enterprise, rank = step
    when = "已过期" if rank == LATE else "请在当天以前办"
    what = f"企业 {enterprise.key} {mask(enterprise.name)}：{mask(visit.next_step)}"
    return f"- {what}（{visit.due_on}，{when}；走访人 {visit.visitor_name}）"
