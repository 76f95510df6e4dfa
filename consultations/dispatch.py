"""Who gets a ticket and why (派单): the first rule that fits, the people it allows, the best of those on duty. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from consultations.duty_book import DutyBook, Kind, Member, Rule
from consultations.permissions import reach_of
from consultations.roster import Roster
from consultations.working_time import OfficeTime

ENGLISH = ("英语", "英文", "en")
# A shorter name of an outlet (北站) is also a word of other things.
_SHORTEST_NAME = 4
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True)
class Occasion:
    """What is to be given out. `loads` are living tickets by key of staff, `last_adviser` the key of who answered this
    asker last, `own_advisers` who looks after the enterprises they speak for (服务专员), by name, `excluded` the keys
    of those it was just taken from. `outlet` is set when the ticket was transferred.
    """

    kind: Kind
    reason: str
    service_item: str
    question: str
    moment: datetime
    outlet: str = ""
    last_adviser: str = ""
    own_advisers: frozenset[str] = frozenset()
    loads: Mapping[str, int] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()

    @property
    def is_english(self) -> bool:
        """Whether the asker writes in another script than ours."""
        return bool(_LATIN_WORD.search(self.question)) and not _CHINESE.search(self.question)

    def load_of(self, member: Member) -> int:
        """How many living tickets somebody has."""
        return sum(n for key, n in self.loads.items() if member.is_known_as(key))


@dataclass(frozen=True)
class Candidate:
    """One member of staff, held against the rule. `obstacle` says why not, `merits` what speaks for them."""

    member: Member
    obstacle: str
    merits: tuple[str, ...]
    rank: tuple[int, ...]


@dataclass(frozen=True)
class Selection:
    """What was decided: `member` is ``None`` when nobody can have it now. Candidates best first."""

    rule: Rule
    outlet: str
    member: Member | None
    candidates: tuple[Candidate, ...]

    @property
    def why(self) -> str:
        """What spoke for the one who gets it."""
        return "、".join(self.candidates[0].merits) if self.member else ""


def select(book: DutyBook, office: OfficeTime, occasion: Occasion) -> Selection:
    """Who gets it; every member of staff with the reason for or against."""
    rule = next((each for each in book.rules if _fits(each, occasion)), Rule("none", "没有规则，按手上工单多少"))
    outlet = occasion.outlet or rule.outlet or outlet_named_in(book, occasion.question)
    roster = Roster(book, office)
    found = [_weigh(each, rule, outlet, occasion, roster) for each in book.members.values()]
    ranked = tuple(sorted(found, key=lambda each: (bool(each.obstacle), each.rank)))
    chosen = ranked[0].member if ranked and not ranked[0].obstacle else None
    return Selection(rule, outlet, chosen, ranked)


def _fits(rule: Rule, occasion: Occasion) -> bool:
    conditions = (
        (rule.kinds, occasion.kind.kind_id in rule.kinds),
        (rule.reasons, occasion.reason in rule.reasons),
        (rule.service_items, occasion.service_item in rule.service_items),
        (rule.words, any(word in occasion.question for word in rule.words)),
    )
    return all(holds for wanted, holds in conditions if wanted)


def outlet_named_in(book: DutyBook, question: str) -> str:
    """The outlet a text names by an area or by its full name; "" when it names none."""
    for each in book.outlets.values():
        by_name = len(each.name) >= _SHORTEST_NAME and each.name in question
        if by_name or any(area in question for area in each.areas):
            return each.outlet_id
    return ""


def _weigh(member: Member, rule: Rule, outlet: str, occasion: Occasion, roster: Roster) -> Candidate:
    obstacle = (
        _role_obstacle(roster.book, member, rule)
        or _obstacle(member, rule, outlet, occasion)
        or roster.why_not(member, occasion.moment)
    )
    merits, rank = [], []
    if occasion.is_english:
        speaks = any(each in ENGLISH for each in member.languages)
        merits += ["会英语"] * speaks
        rank.append(int(not speaks))
    if occasion.own_advisers:
        is_theirs = not occasion.own_advisers.isdisjoint(member.names)
        merits += ["这家企业的服务专员"] * is_theirs
        rank.append(int(not is_theirs))
    for each in rule.prefer:
        merit, place = _PREFERENCES[each](member, occasion)
        merits += [merit] * bool(merit)
        rank.append(place)
    return Candidate(member, obstacle, tuple(merits), tuple(rank))


def _role_obstacle(book: DutyBook, member: Member, rule: Rule) -> str:
    """Why a member's roles keep tickets from them; experts and mediators get those of rules that name them."""
    reach = reach_of(book.person(member), "ticket.reply")
    if reach == "none":
        return "角色不办理工单"
    return "专家、调解员只办指名给他的工单" if reach == "given" and member.member_id not in rule.members else ""


def _obstacle(member: Member, rule: Rule, outlet: str, occasion: Occasion) -> str:
    """Why this rule does not allow somebody, on duty or not; empty when it does."""
    lacking = [each for each in rule.qualifications if each not in member.qualifications]
    unspoken = [each for each in rule.languages if each not in member.languages]
    item = occasion.service_item
    checks = (
        (bool(outlet and member.outlet and member.outlet != outlet), "属于别的网点"),
        (bool(rule.members) and member.member_id not in rule.members, "不在这条规则的人员里"),
        (bool(lacking), f"没有资格：{'、'.join(lacking)}"),
        (bool(unspoken), f"不会：{'、'.join(unspoken)}"),
        (bool(member.kinds) and occasion.kind.kind_id not in member.kinds, f"不办理“{occasion.kind.name}”类工单"),
        (bool(member.service_items and item) and item not in member.service_items, f"不办理事项 {item}"),
        (any(member.is_known_as(each) for each in occasion.excluded), "这张工单刚从他手上收回"),
    )
    return next((why for is_so, why in checks if is_so), "")


def _knows_item(member: Member, occasion: Occasion) -> tuple[str, int]:
    knows = bool(occasion.service_item) and occasion.service_item in member.service_items
    return f"懂事项 {occasion.service_item}" if knows else "", int(not knows)


def _advised_last(member: Member, occasion: Occasion) -> tuple[str, int]:
    did = bool(occasion.last_adviser) and member.is_known_as(occasion.last_adviser)
    return "上次接待过" if did else "", int(not did)


def _has_little(member: Member, occasion: Occasion) -> tuple[str, int]:
    load = occasion.load_of(member)
    return f"手上 {load} 张", load


def _is_full_time(member: Member, occasion: Occasion) -> tuple[str, int]:
    del occasion
    is_so = member.employment == "full_time"
    return "专职" if is_so else "兼职", int(not is_so)


_PREFERENCES = {
    "service_item": _knows_item,
    "last_adviser": _advised_last,
    "load": _has_little,
    "full_time": _is_full_time,
}
