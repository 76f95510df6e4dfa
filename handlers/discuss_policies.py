"""Policies in the staff chat: what waits, one revision with its buttons, what changed between two versions.

A button that decides about a revision carries how long its history was: what somebody lets out is what they read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations.messages import Inbound
from handlers import policy_wording, review_wording
from handlers.compare_policies import Compared, CompareRefusedError, compare_editions, compare_revisions, lines_of
from handlers.desk import Desk
from handlers.own_work import note_attempt
from handlers.publish_policy import PolicyRefusedError
from handlers.review_list import by_kind, due_by, is_late
from handlers.review_policy import found, give_back, publish, reject, submit, title_of
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say
from handlers.wish import Wish, identity
from policies.compilation import Revision, articles_of, revisions_of
from policies.profile import profile_lines, standing_of
from policies.review import OPEN, STATE_NAMES, RevisionEvent, Signature, history_of, in_states

_PAGE = 8  # lines
_LONGEST_LINE = 160  # characters
_SHOWN_PROBLEMS, _SHOWN_EVENTS = 5, 8
_COMMAND = re.compile(r"(?P<title>\S+?)(?:\s+(?P<earlier>\d[\d-]*))?(?:\s+(?P<later>\d[\d-]*))?")


@dataclass(frozen=True)
class FoundComparison:
    """What a route compared before the session, the page wanted (from 1), or why not."""

    compared: Compared | None = None
    page: int = 1
    reason: str = ""


# --- on its way ---


def list_policies(talk: StaffTalk) -> Replies:
    """``/policies``: what is being written or waits for review; ``/policies 待复核``: what is to be looked at again."""
    if talk.wish.argument.strip() == review_wording.TO_REVIEW:
        return _list_due(talk)
    waiting = in_states(talk.session, OPEN)[-_PAGE:]
    lines = [
        policy_wording.policy_line(
            each.id or 0, STATE_NAMES[each.state], title_of(talk.session, each), each.version, each.author_name
        )
        for each in waiting
    ]
    buttons = tuple(row((f"{policy_wording.SHOW} {each.id}", f"policy:{each.id}:show")) for each in waiting)
    return (say(talk, "\n".join(lines) or policy_wording.NO_OPEN_POLICIES, choices=buttons),)


def _list_due(talk: StaffTalk) -> Replies:
    today = office_time(talk.desk.settings).day(talk.now)
    due = due_by(talk.session, talk.desk, today, today)
    texts = [each for each in due if each.kind == "policy"][:_PAGE]
    buttons = tuple(row((f"{policy_wording.SHOW} {each.number}", f"policy:{each.number}:show")) for each in texts)
    return (say(talk, review_wording.listed(by_kind(due)), choices=buttons),)


def discuss(talk: StaffTalk) -> Replies:
    """``/policy 12`` and the buttons under it."""
    which, verb, seen = _parts(talk.wish)
    number = identity(which.strip())
    if number is None:
        return (say(talk, policy_wording.WHICH_POLICY),)
    try:
        revision = found(talk.session, number)
        if (act := _ACTS.get(verb)) is not None:
            if seen != str(len(history_of(talk.session, number))):
                return (say(talk, policy_wording.POLICY_CHANGED),)
            act(talk, revision)
    except PolicyRefusedError as error:
        note_attempt(talk.session, error, "policy.review", talk.staff.key, talk.now)
        return (say(talk, str(error)),)
    today = office_time(talk.desk.settings).day(talk.now)
    told = policy_wording.published(number, revision.starts_on, today)
    head = told if verb == "publish" else ""
    lines = revision_lines(talk.session, revision, ZoneInfo(talk.desk.settings.time_zone), today)
    return (say(talk, head, "\n".join(lines), choices=revision_buttons(talk.session, revision)),)


def verb_of(wish: Wish) -> str:
    """What a press wants done with a revision; "" when it is only to be shown."""
    return _parts(wish)[1]


def _parts(wish: Wish) -> tuple[str, str, str]:
    which, verb, seen, *_ = (*wish.argument.split(":"), "", "")
    return which, verb, seen


def revision_lines(session: Session, revision: Revision, zone: ZoneInfo, today: date) -> list[str]:
    """A revision with what is recorded about it and the end of its history, as staff read it at every door."""
    number = revision.id or 0
    problems = [str(each["message"]) for each in json.loads(revision.problems)]
    facts = [("效力", standing_of(revision, today)), *profile_lines(revision)]
    facts += [("条款", str(len(articles_of(session, number)))), ("复核", str(revision.review_due or ""))]
    facts += [("审核", revision.reviewer_name)]
    late = [review_wording.overdue(revision.review_due)] if revision.review_due and is_late(revision, today) else []
    head = policy_wording.policy_line(
        number, STATE_NAMES[revision.state], title_of(session, revision), revision.version, revision.author_name
    )
    shown = [f"提示：{each}" for each in problems[:_SHOWN_PROBLEMS]]
    events = [_event_line(each, zone) for each in history_of(session, number)[-_SHOWN_EVENTS:]]
    return [head, *late, *(f"{name}：{value}" for name, value in facts if value), *shown, *events]


def _event_line(event: RevisionEvent, zone: ZoneInfo) -> str:
    states = " → ".join(STATE_NAMES[name] for name in dict.fromkeys((event.from_state, event.to_state)) if name)
    return policy_wording.history_line(
        f"{event.at.astimezone(zone):%Y-%m-%d %H:%M}", event.actor_name, states, event.reason
    )


def revision_buttons(session: Session, revision: Revision) -> Rows:
    """What can be done with it now."""
    verbs: Mapping[str, tuple[tuple[str, str], ...]] = {
        "draft": ((policy_wording.SUBMIT, "submit"), (policy_wording.REJECT, "reject")),
        "in_review": (
            (policy_wording.PUBLISH, "publish"),
            (policy_wording.GIVE_BACK, "return"),
            (policy_wording.REJECT, "reject"),
        ),
    }
    n_events = len(history_of(session, revision.id or 0))
    pressed = [(label, f"policy:{revision.id}:{verb}:{n_events}") for label, verb in verbs.get(revision.state, ())]
    before = next((each for each in revisions_of(session, revision.policy_id) if each.id != revision.id), None)
    compare = [(policy_wording.COMPARE, f"compare:{before.id}-{revision.id}:1")] if before is not None else []
    return tuple(row(each) for each in (*pressed, *compare))


def _by(talk: StaffTalk) -> Signature:
    return Signature(talk.staff.key, talk.staff.name, talk.now)


_ACTS: Mapping[str, Callable[[StaffTalk, Revision], None]] = {
    "submit": lambda talk, revision: submit(talk.session, talk.desk, revision, _by(talk)),
    "return": lambda talk, revision: give_back(talk.session, revision, _by(talk)),
    "reject": lambda talk, revision: reject(talk.session, revision, _by(talk)),
    "publish": lambda talk, revision: publish(talk.session, revision, _by(talk)),
}


# --- what changed ---


def look_for_comparison(inbound: Inbound, wish: Wish, desk: Desk) -> FoundComparison:
    """``/compare 商标法 2019 2026``, or the button of another page."""
    if inbound.kind == "choice":
        return _pressed(wish.argument, desk)
    command = _COMMAND.fullmatch(wish.argument)
    if command is None:
        return FoundComparison(reason=policy_wording.COMPARE_HOW)
    try:
        with desk.reading() as session:
            return FoundComparison(
                compare_editions(session, command["title"], command["earlier"] or "", command["later"] or "")
            )
    except CompareRefusedError as error:
        return FoundComparison(reason=str(error))


def show_comparison(talk: StaffTalk) -> Replies:
    """One page of what changed, and the button of the next."""
    found: FoundComparison = talk.found
    if found.compared is None:
        return (say(talk, found.reason),)
    compared = found.compared
    lines = lines_of(compared.comparison)
    last = max(1, -(-len(lines) // _PAGE))
    page = min(found.page, last)
    shown = [_cut(each) for each in lines[(page - 1) * _PAGE : page * _PAGE]]
    head = policy_wording.comparison_head(compared.title, (compared.old.version, compared.new.version), page, last)
    counted = policy_wording.counts_line(compared.comparison.counts)
    ids = f"{compared.old.id}-{compared.new.id}"
    buttons = (row((policy_wording.NEXT_PAGE, f"compare:{ids}:{page + 1}")),) if page < last else ()
    return (say(talk, head, counted, "\n".join(shown), choices=buttons),)


def _pressed(argument: str, desk: Desk) -> FoundComparison:
    ids, _, page = argument.partition(":")
    older, newer = (identity(each) for each in (*ids.split("-", 1), "")[:2])
    with desk.reading() as session:
        old, new = session.get(Revision, older or 0), session.get(Revision, newer or 0)
        if old is None or new is None:
            return FoundComparison(reason=policy_wording.COMPARE_HOW)
        return FoundComparison(compare_revisions(session, old, new), identity(page) or 1)


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
