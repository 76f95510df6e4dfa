"""The duty book (值班册): who works where and when, what they know, how tickets are named, timed and given out.

`duty_reading` reads it from the instance's ``duty/``. Without any member of staff in it, nothing is given out: the
whole staff room sees every ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from consultations.permissions import Person, Role
from consultations.quick_replies import QuickReply

CONSULT = "consult"  # the kind of whatever is nothing else
OTHER = "other"  # the class of risk of whatever is nothing else
WEEKDAYS = "一二三四五六日"
EMPLOYMENTS = {"full_time": "专职", "part_time": "兼职"}
PREFERENCES = {
    "service_item": "懂这个事项",
    "last_adviser": "上次接待过",
    "load": "手上工单少",
    "full_time": "专职优先",
}


@dataclass(frozen=True)
class Deadline:
    """A class of deadlines (时限), in working minutes. `reply_minutes` 0 stands for the setting of the outlet."""

    deadline_id: str
    name: str
    reply_minutes: int
    claim_minutes: int
    silent_minutes: int


@dataclass(frozen=True)
class Kind:
    """A kind of ticket (工单类型) and what it is known by."""

    kind_id: str
    name: str
    deadline: str
    reasons: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    service_items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Risk:
    """A class of risk (风险类别): of 100 replies to such tickets, `share` are seen by a second person (二次复核) before
    they leave, or right afterwards (`is_after`). Minutes are working minutes a reply waits before the asker, and the
    duty leader, are told.
    """

    risk_id: str
    name: str
    share: int
    kinds: tuple[str, ...] = ()
    service_items: tuple[str, ...] = ()
    is_after: bool = False
    asker_minutes: int = 30
    leader_minutes: int = 60


@dataclass(frozen=True)
class Outlet:
    """A service outlet (服务网点). `areas` are the words by which a question is known to be from there."""

    outlet_id: str
    name: str
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """A member of staff (工作人员). `accounts` as in ``telegram:77``; empty `service_items` or `kinds` mean all.

    `roles` are those written down, ``None`` when none were; `DutyBook.roles_of` says which somebody has.
    """

    member_id: str
    name: str
    outlet: str = ""
    accounts: tuple[str, ...] = ()
    employment: str = "full_time"
    qualifications: tuple[str, ...] = ()
    service_items: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_leader: bool = False
    roles: frozenset[Role] | None = None
    until: date | None = None

    @property
    def key(self) -> str:
        """What tickets know this person by."""
        return self.accounts[0] if self.accounts else f"member:{self.member_id}"

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call this person in a command."""
        return (self.member_id, self.name, *self.accounts)

    @property
    def keys(self) -> frozenset[str]:
        """What records know this person by: accounts, their own key, the console, the name at the command line."""
        return frozenset({*self.accounts, self.key, f"console:{self.member_id}", f"terminal:{self.name}"})

    def is_known_as(self, key: str) -> bool:
        """Whether that is this person."""
        return key in self.keys


@dataclass(frozen=True)
class Shift:
    """When somebody is on duty (排班): on these weekdays (Monday 0), from day to day, at these hours or all day."""

    members: tuple[str, ...]
    weekdays: frozenset[int]
    first: date | None = None
    last: date | None = None
    hours: tuple[time, time] | None = None


@dataclass(frozen=True)
class Absence:
    """When somebody is away (请假), both days included. `number` is 0 for those written in the files."""

    member: str
    first: date
    last: date
    reason: str = ""
    number: int = 0


@dataclass(frozen=True)
class Rule:
    """A rule for giving out (派单规则): what it is for, and who gets it. Empty conditions hold for everything."""

    rule_id: str
    name: str
    kinds: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    service_items: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    outlet: str = ""
    members: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ("load",)


@dataclass(frozen=True)
class DutyBook:
    """The whole book; kinds, risks and rules in the order in which they are tried."""

    deadlines: Mapping[str, Deadline]
    kinds: Mapping[str, Kind]
    risks: Mapping[str, Risk] = field(default_factory=dict)
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()
    absences: tuple[Absence, ...] = ()
    rules: tuple[Rule, ...] = ()
    quick_replies: Mapping[str, QuickReply] = field(default_factory=dict)

    def kind_of(self, reason: str, service_item: str, question: str) -> Kind:
        """The kind a new ticket is of: by why it was opened, by its words, by its service item."""
        tests: tuple[Callable[[Kind], bool], ...] = (
            lambda kind: reason in kind.reasons,
            lambda kind: any(word in question for word in kind.words),
            lambda kind: service_item in kind.service_items,
        )
        for fits in tests:
            found = next((each for each in self.kinds.values() if fits(each)), None)
            if found:
                return found
        return self.kinds[CONSULT]

    def kind_named(self, words: str) -> Kind | None:
        """A kind by its id or its Chinese name."""
        return next((each for each in self.kinds.values() if words in (each.kind_id, each.name)), None)

    def kind_name(self, kind_id: str) -> str:
        """The Chinese name; of a kind that was taken out of the book, its id."""
        return self.kinds[kind_id].name if kind_id in self.kinds else kind_id

    def deadline_of(self, kind_id: str) -> Deadline:
        """The class of deadlines of a kind."""
        kind = self.kinds.get(kind_id) or self.kinds[CONSULT]
        return self.deadlines[kind.deadline]

    def risk_of(self, kind_id: str, service_item: str) -> Risk:
        """The class of risk of a ticket, by its kind or its service item."""
        found = (each for each in self.risks.values() if kind_id in each.kinds or service_item in each.service_items)
        return next(found, self.risks[OTHER])

    def outlet_named(self, words: str) -> Outlet | None:
        """An outlet by its id or its name."""
        return next((each for each in self.outlets.values() if words in (each.outlet_id, each.name)), None)

    def member_named(self, words: str) -> Member | None:
        """A member by id, name or account."""
        return next((each for each in self.members.values() if words in each.names), None)

    def member_of(self, key: str) -> Member | None:
        """The member a key of a ticket belongs to."""
        return next((each for each in self.members.values() if each.is_known_as(key)), None)

    def is_same_person(self, key: str, other: str) -> bool:
        """Whether two keys of staff are one person's: the same account, or accounts of one member."""
        member = self.member_of(key)
        return key == other or (member is not None and member.is_known_as(other))

    def roles_of(self, member: Member) -> frozenset[Role]:
        """The roles somebody has; with none written an adviser and reviewer. Leaders are outlet admins too, and so is
        everybody without written roles where the book names neither leader nor admin: a small office has no boss.
        """
        written: frozenset[Role] = frozenset({"adviser", "reviewer"}) if member.roles is None else member.roles
        is_admin = member.is_leader or (member.roles is None and not self._has_admins)
        return written | {"outlet_admin"} if is_admin else written

    def person(self, member: Member) -> Person:
        """A member as `permissions.may` knows people; staff may ask as everybody may."""
        return Person(self.roles_of(member) | {"enterprise"}, member.outlet, member.keys)

    @property
    def _has_admins(self) -> bool:
        """Whether somebody leads or administers."""
        admins: frozenset[Role] = frozenset({"outlet_admin", "city_admin"})
        return any(each.is_leader or admins & (each.roles or frozenset()) for each in self.members.values())
