"""Roles and what they may do (角色与权限): one table. What does not stand in it nobody may do.

An office that writes no roles keeps working: see `duty_book.DutyBook.roles_of`. Who asks whether somebody may is
`handlers.gate`, for every command and button of staff.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

Role = Literal["enterprise", "adviser", "reviewer", "expert", "mediator", "outlet_admin", "city_admin", "auditor"]
ROLES: Mapping[Role, str] = {
    "enterprise": "企业用户",  # whoever writes to us
    "adviser": "咨询员",
    "reviewer": "审核员",
    "expert": "专家",
    "mediator": "调解员",  # 人民调解委员会 and the like: disputes that were given to them
    "outlet_admin": "网点管理员",
    "city_admin": "市级管理员",
    "auditor": "审计员",  # reads lists and the archive, masked
}
STAFF_ROLES: Mapping[str, str] = {role: name for role, name in ROLES.items() if role != "enterprise"}
Action = Literal[
    "ask",
    "room.talk",
    "room.help",
    "ticket.list",
    "ticket.show",
    "ticket.claim",
    "ticket.reply",
    "ticket.note",
    "ticket.close",
    "ticket.release",
    "ticket.assign",
    "ticket.transfer",
    "ticket.manage",
    "ticket.merge",
    "ticket.reopen",
    "ticket.kind",
    "reply.check",
    "visit.list",
    "visit.record",
    "referral.offer",
    "referral.move",
    "opinion.list",
    "opinion.record",
    "entry.record",
    "entry.undo",
    "archive.search",
    "archive.why",
    "gap.list",
    "board.show",
    "report.list",
    "report.make",
    "draft.list",
    "draft.show",
    "draft.write",
    "draft.review",
    "draft.tell",
    "case.list",
    "case.write",
    "case.review",
    "training.list",
    "training.manage",
    "training.invite",
    "enterprise.read",
    "enterprise.manage",
    "policy.compare",
    "policy.import",
    "policy.list",
    "policy.write",
    "policy.review",
    "duty.show",
    "absence.own",
    "absence.others",
    "duty.edit",
    "settings.edit",
    "broadcast.list",
    "broadcast.write",
    "broadcast.approve",
    "survey.list",
    "survey.send",
    "console.enter",
    "ledger.list",
    "ledger.write",
    "ledger.restricted",
    "audit.list",
]
Reach = Literal["none", "given", "outlet", "all"]
_REACH: Mapping[str, Reach] = {"-": "none", "g": "given", "o": "outlet", "a": "all"}
_ORDER: tuple[Reach, ...] = ("none", "given", "outlet", "all")

# Action → what it is called, and how far each role reaches, in the order of `ROLES`:
# - nowhere · g what was given to them (派给本人) · o their own outlet (本网点) · a everywhere (各网点)
TABLE: Mapping[Action, tuple[str, str]] = {
    #                                 企业用户 咨询员 审核员 专家 调解员 网点管理员 市级管理员 审计员
    "ask": ("提问", "a a a a a a a a"),
    "room.talk": ("在群里说话", "a a a a a a a a"),
    "room.help": ("看帮助", "- a a a a a a a"),
    "ticket.list": ("看待办工单", "- o o g g o a a"),
    "ticket.show": ("查看工单", "- o o g g o a -"),
    "ticket.claim": ("接单", "- o - g g - - -"),
    "ticket.reply": ("答复服务对象", "- o - g g - - -"),
    "ticket.note": ("在工单里留言", "- o o g g o a -"),
    "ticket.close": ("办结工单", "- o - g g o a -"),
    "ticket.release": ("退回工单", "- o - g g o a -"),
    "ticket.assign": ("派单", "- o - - - o a -"),
    "ticket.transfer": ("转网点", "- o - - - o a -"),
    "ticket.manage": ("调整别人手上的工单", "- - - - - o a -"),
    "ticket.merge": ("并单", "- o - - - o a -"),
    "ticket.reopen": ("重新办理工单", "- o - - - o a -"),
    "ticket.kind": ("改工单类型", "- o - - - o a -"),
    "reply.check": ("复核答复", "- - o - - - - -"),
    "visit.list": ("看回访任务", "- o o - - o a a"),
    "visit.record": ("记录回访", "- o - - - o a -"),
    "referral.offer": ("对接专业机构", "- o - - - - - -"),
    "referral.move": ("记录对接进展", "- o - - - o a -"),
    "opinion.list": ("看意见台账", "- o o - - o a a"),
    "opinion.record": ("登记意见", "- o - - - o a -"),
    "entry.record": ("登记电话或到访咨询", "- o - - - o a -"),
    "entry.undo": ("撤销登记", "- o - - - o a -"),
    "archive.search": ("检索咨询档案", "- o o - - o a a"),
    "archive.why": ("看一条咨询为什么这样答", "- o o - - o a a"),
    "gap.list": ("看未答问题", "- o o - - o a a"),
    "board.show": ("看统计看板", "- o o - - o a a"),
    "report.list": ("看已出具的报告", "- o o - - o a a"),
    "report.make": ("出具报告", "- - - - - o a -"),
    "draft.list": ("看卡片草稿清单", "- o o - - o a a"),
    "draft.show": ("看卡片草稿", "- o o - - o a -"),
    "draft.write": ("写卡片草稿", "- o o - - - - -"),
    "draft.review": ("审核卡片草稿", "- - o - - - - -"),
    "draft.tell": ("通知提问人", "- o o - - - - -"),
    "case.list": ("看典型案例", "- o o - - o a a"),
    "case.write": ("写典型案例、征求本人同意", "- o o - - o - -"),
    "case.review": ("审核发布典型案例", "- - o - - o a -"),
    "training.list": ("看培训和报名名单", "- o o - - o a a"),
    "training.manage": ("组织培训、签到", "- o - - - o a -"),
    "training.invite": ("起草培训邀请（推送）", "- - o - - o a -"),
    "enterprise.read": ("看企业名录", "- o o - - o a a"),
    "enterprise.manage": ("管理企业名录、登记走访", "- o - - - o a -"),
    "policy.compare": ("比较政策版本", "- a a a a a a a"),
    "policy.import": ("导入政策文件", "- - a - - a a -"),
    "policy.list": ("看政策版本", "- a a a a a a a"),
    "policy.write": ("采编政策", "- a a - - a a -"),
    "policy.review": ("审核政策", "- - a - - - a -"),
    "duty.show": ("看值班", "- a a a a a a a"),
    "absence.own": ("请假", "- a a a a a a -"),
    "absence.others": ("给同事登记请假", "- - - - - o a -"),
    "duty.edit": ("改人员、网点和排班", "- - - - - o a -"),
    "settings.edit": ("看和改设置、工作日历", "- - - - - o a -"),
    "broadcast.list": ("看推送", "- - a - - a a a"),
    "broadcast.write": ("起草、暂停、取消推送", "- - a - - a a -"),
    "broadcast.approve": ("审批推送", "- - a - - - a -"),
    "survey.list": ("看问卷和结果", "- - a - - a a a"),
    "survey.send": ("发送问卷", "- - - - - a a -"),
    "console.enter": ("进入工作台", "- a a a a a a a"),
    "ledger.list": ("看网点台账", "- o o - - o a a"),
    "ledger.write": ("登记网点台账", "- o o - - o a -"),
    "ledger.restricted": ("登记经费、制度、资格证书台账", "- - - - - o a -"),
    "audit.list": ("看操作留痕", "- - - - - - a a"),
}


@dataclass(frozen=True)
class Person:
    """Who wants to do something. `outlet` is theirs, empty when they serve all; tickets know them by their `keys`."""

    roles: frozenset[Role]
    outlet: str = ""
    keys: frozenset[str] = frozenset()


ANYBODY = Person(frozenset({"enterprise"}))
# Anybody in the staff room while the duty book lists nobody: an office of one room.
OPEN_OFFICE = Person(frozenset({"enterprise", "adviser", "reviewer", "outlet_admin"}))
MACHINE = Person(frozenset(ROLES))  # whoever may run commands on the machine administers it


def may(person: Person, action: Action, outlet: str = "", *, given_to: Collection[str] = ()) -> bool:
    """Whether that person may do that to something.

    Args:
        person: Who.
        action: What.
        outlet: Where it belongs; empty when to no outlet, then it is everybody's who may do it at some outlet.
        given_to: The keys of staff it was given to.
    """
    reach = reach_of(person, action)
    is_given = reach != "none" and not person.keys.isdisjoint(given_to)
    is_theirs = reach == "outlet" and ("" in (outlet, person.outlet) or outlet == person.outlet)
    return reach == "all" or is_given or is_theirs


def reach_of(person: Person, action: Action) -> Reach:
    """How far a person reaches with an action: as far as the best of their roles."""
    return max((_cell(action, role) for role in person.roles), key=_ORDER.index, default="none")


def is_limited(person: Person, action: Action) -> bool:
    """Whether there may be something this person can't do that to."""
    reach = reach_of(person, action)
    return reach in ("none", "given") or (reach == "outlet" and person.outlet != "")


def name_of(action: Action) -> str:
    """What an action is called."""
    return TABLE[action][0]


def who_may(action: Action) -> list[str]:
    """The names of the roles that may do it, at some place."""
    return names_of({role for role in ROLES if _cell(action, role) != "none"})


def names_of(roles: Collection[Role]) -> list[str]:
    """What roles are called, in the order of `ROLES`."""
    return [name for role, name in ROLES.items() if role in roles]


def _cell(action: Action, role: Role) -> Reach:
    cells = TABLE[action][1].split()
    return _REACH[cells[list(ROLES).index(role)]]
