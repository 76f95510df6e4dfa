"""What is done with a broadcast (推送), the same at every door: written, submitted, approved, stopped, sent again.

What staff write is a few lines ``受众：…``, ``时间：…``, ``标题：…``, ``模板：…`` in any order, then the text, and
behind a line ``---`` the full text. With a template, lines ``变量=值`` fill it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import broadcast_rows, broadcasts, outbox, segments, subscriptions
from consultations.broadcasts import Broadcast, BroadcastRefusedError, Content, ContentError, IllegalMoveError
from consultations.messages import Address, Block, Outbound
from consultations.push_book import RULE_NAMES, TemplateError
from consultations.segments import EVERYBODY, Segment
from consultations.subscriptions import Rule
from consultations.tickets import Staff
from handlers import push_wording
from handlers.desk import Desk
from handlers.send_broadcasts import message_of, wrong_citations
from handlers.talk import office_time, row

FIELDS = ("受众", "时间", "标题", "模板", "公开")
NOTHING = Content("")
AT_ONCE = "马上"
LONGEST_REASON, LONGEST_SEGMENT = 300, 20  # characters
_FIELD = re.compile(rf"({'|'.join(FIELDS)})[：:]\s*(.*)")
_VALUE = re.compile(r"([^=＝\s]{1,20})\s*[=＝]\s*(.+)")
_CUT = re.compile(r"^-{3,}\s*$", re.MULTILINE)
_MOMENT = re.compile(r"(?:(\d{4})[-/年.])?(\d{1,2})[-/月.](\d{1,2})日?[\sT]*(\d{1,2})[:：](\d{2})")


class FlawedError(BroadcastRefusedError):
    """Citations look wrong; `wrong` is a sentence each. Somebody may insist."""

    def __init__(self, wrong: Sequence[str]) -> None:
        super().__init__(push_wording.flawed(wrong))
        self.wrong = tuple(wrong)


class NobodyError(BroadcastRefusedError):
    """There is nobody to send it to."""

    def __init__(self, segment: str) -> None:
        super().__init__(push_wording.nobody_in(segment))


class NotFoundError(BroadcastRefusedError):
    """There is no such broadcast."""

    def __init__(self) -> None:
        super().__init__(push_wording.NO_SUCH)


@dataclass(frozen=True)
class Written:
    """What somebody wrote, taken apart: `fields` by their names in `FIELDS`, `values` of a template's variables."""

    text: str
    details: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


def take_apart(words: str) -> Written:
    """The lines in front, the text and the full text of what somebody wrote."""
    head, *rest = _CUT.split(words, maxsplit=1)
    lines, fields, values = head.strip().splitlines(), {}, {}
    while lines:
        found = _FIELD.fullmatch(lines[0].strip())
        value = _VALUE.fullmatch(lines[0].strip()) if "模板" in fields else None
        if found is None and value is None:
            break
        if found is not None:
            fields[found[1]] = found[2].strip()
        elif value is not None:
            values[value[1]] = value[2].strip()
        lines.pop(0)
    return Written("\n".join(lines).strip(), "".join(rest).strip(), fields, values)


def content_of(session: Session, desk: Desk, written: Written, now: datetime, before: Content = NOTHING) -> Content:
    """What is to be sent, to whom and when; what is not written stays as it was `before`.

    Raises:
        ContentError: There is no such segment or template, a variable is missing, or the time can't be read.
    """
    fields = written.fields
    name = fields.get("受众", before.segment)
    due_at = before.due_at
    if when := fields.get("时间", ""):
        due_at = None if when == AT_ONCE else moment_of(when, now, ZoneInfo(desk.settings.time_zone))
    return Content(
        text=_filled(desk, written) or before.text,
        title=fields.get("标题", before.title),
        details=written.details or before.details,
        segment=name,
        rule=rule_of(session, name) if "受众" in fields else before.rule,
        due_at=due_at,
        is_public=_is_public(fields, before),
    )


def _is_public(fields: Mapping[str, str], before: Content) -> bool:
    """Whether it will stand among the past pushes (往期推送): what is for some people only stands there when that is
    asked for.
    """
    if "公开" in fields:
        return fields["公开"] not in ("否", "不公开")
    return fields["受众"] == EVERYBODY if "受众" in fields else before.is_public


def rule_of(session: Session, name: str) -> Rule:
    """The rule of a saved segment.

    Raises:
        ContentError: There is none of that name.
    """
    if name == EVERYBODY:
        return {}
    found = segments.find(session, name)
    if found is None:
        known = [EVERYBODY, *(each.name for each in segments.every(session))]
        raise ContentError(push_wording.no_segment(name, known))
    return dict(found.rule)


def read_rule(desk: Desk, given: Mapping[str, Sequence[str]]) -> Rule:
    """A rule out of options by the Chinese name of their facet, or its key.

    Raises:
        ContentError: There is no such facet or option.
    """
    rule: dict[str, list[str]] = {}
    facets = {name: facet for facet, name in RULE_NAMES.items()} | {facet: facet for facet in RULE_NAMES}
    for name, values in given.items():
        facet = facets.get(name)
        if facet is None:
            raise ContentError(push_wording.no_facet(name, list(RULE_NAMES.values())))
        options = desk.pushes.value.in_rules[facet]
        if unknown := [each for each in values if each not in options]:
            raise ContentError(push_wording.no_option(RULE_NAMES[facet], unknown, list(options)))
        rule[facet] = list(values)
    return rule


def moment_of(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """``2026-12-01 09:00``; without a year the next such day.

    Raises:
        ContentError: It is no time.
    """
    found = _MOMENT.fullmatch(words.strip())
    here = now.astimezone(zone)
    if found is None:
        raise ContentError(push_wording.no_moment(words))
    try:
        year, month, day, hour, minute = (int(each) if each else here.year for each in found.groups())
        at = datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        raise ContentError(push_wording.no_moment(words)) from None
    return at if found[1] or at > here else at.replace(year=year + 1)


def _filled(desk: Desk, written: Written) -> str:
    wanted = written.fields.get("模板", "")
    if not wanted:
        return written.text
    templates = desk.pushes.value.templates
    found = next((each for each in templates.values() if wanted in (each.template_id, each.name)), None)
    if found is None:
        raise ContentError(push_wording.no_template(wanted, [each.template_id for each in templates.values()]))
    try:
        text = found.filled(written.values)
    except TemplateError as error:
        raise ContentError(str(error)) from error
    return f"{text}\n{written.text}".strip()


# --- moves


def found(session: Session, broadcast_id: int | None) -> Broadcast:
    """The broadcast with that number.

    Raises:
        NotFoundError: There is none.
    """
    broadcast = broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError
    return broadcast


def count(session: Session, broadcast: Broadcast) -> Counter[str]:
    """How many it would reach now, by channel; never who."""
    return subscriptions.count_audience(session, broadcast.rule)


def submit(  # noqa: PLR0913  one move
    session: Session, desk: Desk, broadcast: Broadcast, by: Staff, now: datetime, *, is_insisted: bool = False
) -> None:
    """It waits for a second person, who is told in the staff rooms.

    Raises:
        NobodyError: There is nobody to send it to.
        FlawedError: Its citations look wrong and nobody insisted.
        BroadcastRefusedError: It can't be submitted as it is.
    """
    if broadcast.kind == "push" and not count(session, broadcast).total():
        raise NobodyError(broadcast.segment)
    is_insisted = is_insisted or broadcast.is_insisted
    if not is_insisted and (wrong := wrong_citations(desk, broadcast, now)):
        raise FlawedError(wrong)
    broadcasts.submit(session, broadcast, by, now)
    broadcast.is_insisted = is_insisted
    ask_rooms(session, desk, broadcast, now)


def submitted(desk: Desk, broadcast_id: int, now: datetime) -> str:
    """What whoever submitted it reads: who decides, and when they are asked."""
    asked_at = office_time(desk.settings).next_open(now) if desk.settings.staff_rooms else None
    return push_wording.submitted(broadcast_id, asked_at, now, ZoneInfo(desk.settings.time_zone))


def ask_rooms(session: Session, desk: Desk, broadcast: Broadcast, now: datetime) -> None:
    """Ask a second person in the staff rooms, when somebody is there."""
    for room in desk.settings.staff_rooms:
        due_at = office_time(desk.settings).next_open(now)
        outbox.enqueue(session, asking(session, desk, broadcast, room), now=now, due_at=due_at)


def asking(session: Session, desk: Desk, broadcast: Broadcast, room: Address) -> Outbound:
    """What a second person reads in a staff room before they decide."""
    lines = described(session, desk, broadcast)
    choices = (
        row((push_wording.APPROVE, f"broadcast:{broadcast.key}:approve:{broadcast.edition}")),
        row(
            (push_wording.GIVE_BACK, f"broadcast:{broadcast.key}:return"),
            (push_wording.CANCEL, f"broadcast:{broadcast.key}:cancel"),
        ),
    )
    blocks = (Block("lead", push_wording.please_approve(broadcast.key)), *(Block("text", each) for each in lines))
    return Outbound(room, blocks, choices, kind="staff")


def approve(  # noqa: PLR0913, PLR0917  one move
    session: Session, desk: Desk, broadcast: Broadcast, edition: int, by: Staff, now: datetime
) -> datetime:
    """When it begins to leave: at its time, outside the quiet hours.

    Raises:
        BroadcastRefusedError: By one of its own hands, of another edition, or there is nothing to approve.
    """
    broadcasts.approve(session, broadcast, edition, by, now)
    return office_time(desk.settings).after_quiet(max(now, broadcast.due_at or now))


def give_back(session: Session, broadcast: Broadcast, reason: str, by: Staff, now: datetime) -> None:
    """It is a draft again; its author reads why.

    Raises:
        ContentError: There is no reason.
        BroadcastRefusedError: It does not wait for approval.
    """
    if not reason.strip():
        raise ContentError(push_wording.WHY_RETURN)
    if broadcast.state != "in_review":
        raise IllegalMoveError(broadcast, "draft")
    broadcasts.give_back(session, broadcast, reason.strip()[:LONGEST_REASON], by, now)


def save_segment(session: Session, name: str, rule: Rule, by: Staff, now: datetime) -> Segment:
    """A segment under its name, new or as it is now.

    Raises:
        ContentError: It has no name, one that is taken by everybody, or no rule.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_SEGMENT or name == EVERYBODY or "=" in name or not rule:
        raise ContentError(push_wording.SEGMENT_NEEDS)
    return segments.save(session, name, rule, by.name, now)


def pause(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> int:
    """How many rows are held; what is on the wire (a few at most) finishes."""
    broadcasts.pause(session, broadcast, by, now)
    return broadcast_rows.hold(session, broadcast.key)


def resume(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> int:
    """How many rows wait again."""
    broadcasts.resume(session, broadcast, by, now)
    return broadcast_rows.let_go(session, broadcast.key, now)


def cancel(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> int:
    """How many rows will not go out."""
    broadcasts.cancel(session, broadcast, by, now)
    return broadcast_rows.call_off(session, broadcast.key)


def resend(session: Session, broadcast: Broadcast, by: Staff, now: datetime) -> int:
    """How many rows in doubt are sent again, and none else."""
    n_rows = broadcast_rows.resend_unsure(session, broadcast.key, now)
    if n_rows:
        broadcasts.resend(session, broadcast, by, now)
    return n_rows


def send_test(session: Session, broadcast: Broadcast, address: Address, now: datetime) -> None:
    """Send it to oneself as it will look; it is no part of the broadcast's rows."""
    message = message_of(broadcast, address)
    marked = (Block("note", push_wording.TEST), *message.blocks)
    outbox.enqueue(session, replace(message, blocks=marked, kind="reply"), now=now)


# --- seen by staff


def described(session: Session, desk: Desk, broadcast: Broadcast) -> list[str]:
    """What staff read about a broadcast: to whom, when, and how it will look."""
    zone = ZoneInfo(desk.settings.time_zone)
    if broadcast.kind == "correction":
        return [push_wording.facts(broadcast, {}, zone), broadcast.text]
    facts = push_wording.facts(broadcast, count(session, broadcast), zone)
    message = message_of(broadcast, Address("", ""))
    buttons = [each.label for line in message.choices for each in line]
    full = push_wording.full_text(broadcast.details) if broadcast.details else ""
    return [each for each in (facts, push_wording.looks(message.plain_text, buttons), full) if each]
