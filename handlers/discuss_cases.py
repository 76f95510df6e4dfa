"""Typical cases in the conversation: the client's yes, no and taking it back; lists, drafts and review in a staff chat.

Every button carries the revision it is about: what somebody agrees to or publishes is what they read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from consultations import cases, contacts
from consultations.cases import CONSENTS, OPEN, STATE_NAMES, CaseRefusedError, TypicalCase
from consultations.messages import Inbound
from handlers import case_wording, wording, write_case
from handlers.case_wording import PARTS
from handlers.own_work import note_attempt
from handlers.staff_reply import which as which_ticket
from handlers.talk import Replies, Rows, StaffTalk, Talk, everyday_choices, row, say
from handlers.whose import Place, in_sight, of_case
from handlers.wish import Wish, identity

LISTED, PUBLISHED_LISTED = 20, 5
_COMMAND = re.compile(
    r"(?P<number>AL-\d{8}-\d{4,})(?:\s+(?P<field>\S+)(?:\s+(?P<words>.*))?)?", re.DOTALL | re.IGNORECASE
)
_FIELDS = {name: field for field, name in PARTS.items()} | {"公开": "is_public"}
_YES: Mapping[str, bool] = {"是": True, "否": False}


# --- the client


def take(talk: Talk) -> Replies:
    """A button about a case of one's own: ``yes``, ``no`` or ``stop``."""
    which, verb, revision = _press(talk.wish.argument)
    theirs = {each.key for each in (talk.contact, *contacts.others_of(talk.session, talk.contact))}
    case = cases.owned(talk.session, which, theirs)
    if case is None or verb not in ("yes", "no", "stop"):
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    if not case.is_alive:
        return (say(talk, case_wording.OVER),)
    if verb == "yes":
        return _agree(talk, case, revision)
    if verb == "no" and case.consent != "given":
        write_case.refuse(talk.session, talk.desk, case)
        return (say(talk, case_wording.REFUSED),)
    write_case.take_back(talk.session, talk.desk, case)
    return (say(talk, case_wording.WITHDRAWN),)


def own_cases(talk: Talk) -> tuple[str, Rows]:
    """What stands under one's own data: how many cases one agreed to, a button for each."""
    given = [
        each for each in write_case.of_person(talk.session, talk.contact) if each.is_alive and each.consent == "given"
    ]
    buttons = tuple(
        row((f"{case_wording.WITHDRAW} {each.number}", f"story:{each.id}:stop:{each.revision}")) for each in given
    )
    return (case_wording.still_there(len(given)) if given else ""), buttons


def _agree(talk: Talk, case: TypicalCase, revision: int) -> Replies:
    if case.consent == "given":
        return (say(talk, case_wording.AGREED, choices=(_stop(case),)),)
    try:
        write_case.agree(talk.session, talk.desk, case, revision)
    except CaseRefusedError:
        return (say(talk, case_wording.CHANGED),)
    return (say(talk, case_wording.AGREED, choices=(_stop(case),)),)


def _stop(case: TypicalCase) -> Any:  # noqa: ANN401  one row of buttons
    return row((case_wording.WITHDRAW, f"story:{case.id}:stop:{case.revision}"))


# --- staff


def verb_of(inbound: Inbound, wish: Wish) -> str:
    """What a ``/case`` or a button under one wants: ``make``, ``show``, ``edit``, or a verb of `_ACTS`."""
    if inbound.kind == "choice":
        return _press(wish.argument)[1]
    command = _COMMAND.fullmatch(wish.argument)
    if command is None:
        return "make"
    return "edit" if command["field"] else "show"


def show_list(talk: StaffTalk) -> Replies:
    """``/cases``: what is open, then what was published last."""
    is_open, published = (
        in_sight(talk, "case.list", cases.in_states(talk.session, states), partial(_place, talk))
        for states in (OPEN, ("published",))
    )
    shown = (*is_open[:LISTED], *published[:PUBLISHED_LISTED])
    lines = [
        case_wording.in_list(each.number, STATE_NAMES[each.state], CONSENTS[each.consent], each.title) for each in shown
    ]
    buttons = tuple(row((f"{case_wording.SHOW} {each.number}", f"case:{each.id}:show")) for each in shown[:8])
    return (say(talk, "\n".join(lines) or case_wording.NO_CASES, choices=buttons),)


def make(talk: StaffTalk) -> Replies:
    """``/case 工单号``, or in the ticket's thread ``/case``."""
    if talk.ticket is None:
        named = talk.wish.verb == "case" and talk.wish.argument
        return (say(talk, case_wording.CASE_HOW),) if named else (which_ticket(talk),)
    try:
        case = write_case.make(talk.session, talk.desk, talk.ticket, talk.staff)
    except CaseRefusedError as error:
        return (say(talk, str(error)),)
    return _shown(talk, case)


def discuss(talk: StaffTalk) -> Replies:
    """``/case AL-…``, ``/case AL-… 标题 …``, and the buttons under a case."""
    try:
        return _pressed(talk) if talk.inbound.kind == "choice" else _written(talk)
    except CaseRefusedError as error:
        note_attempt(talk.session, error, "case.review", talk.staff.key, talk.now)
        return (say(talk, str(error)),)


def case_lines(case: TypicalCase) -> list[str]:
    """A case part by part, as staff read it."""
    head = case_wording.head(case.number, STATE_NAMES[case.state], CONSENTS[case.consent])
    people = case_wording.people(case.author_name, case.reviewer_name, is_public=case.is_public)
    return [head, *(f"{name}：{text}" for name, text in write_case.parts_of(case) if text), people]


def case_buttons(case: TypicalCase) -> Rows:
    """What can be done with it now."""
    asking = ((case_wording.ASK, "ask"),) if case.is_open and case.consent == "" else ()
    verbs: Mapping[str, tuple[tuple[str, str], ...]] = {
        "draft": (*asking, (case_wording.SUBMIT, "submit"), (case_wording.TAKE_DOWN, "withdraw")),
        "in_review": (*asking, (case_wording.PUBLISH, "publish"), (case_wording.GIVE_BACK, "return")),
        "published": ((case_wording.TAKE_DOWN, "withdraw"),),
    }
    found = verbs.get(case.state, ())
    return (row(*((label, f"case:{case.id}:{verb}:{case.revision}") for label, verb in found)),) if found else ()


def _written(talk: StaffTalk) -> Replies:
    command = _COMMAND.fullmatch(talk.wish.argument)
    case = cases.by_number(talk.session, command["number"]) if command else None
    if command is None or case is None:
        return (say(talk, case_wording.CASE_HOW),)
    if command["field"] is None:
        return _shown(talk, case)
    field, words = _FIELDS.get(command["field"]), (command["words"] or "").strip()
    if field is None or (field == "is_public" and words not in _YES):
        return (say(talk, case_wording.EDIT_HOW),)
    typed = {field: _YES[words] if field == "is_public" else words}
    had = case.consent
    written = write_case.edit(talk.session, talk.desk, case, case.revision, typed, talk.staff)
    struck = [PARTS[name] for name, each in written.items() if each.is_struck]
    saved = case_wording.SAVED if had and not case.consent else case_wording.SAVED_UNASKED
    return _shown(talk, case, saved, case_wording.struck(struck) if struck else "")


def _pressed(talk: StaffTalk) -> Replies:
    which, verb, revision = _press(talk.wish.argument)
    case = cases.get(talk.session, which)
    if case is None:
        return (say(talk, wording.STAFF_STALE),)
    if verb == "show":
        return _shown(talk, case)
    if verb == "ask":
        write_case.ask(talk.session, talk.desk, case, talk.staff)
        return (say(talk, case_wording.asked(case.number)),)
    act = _ACTS.get(verb)
    if act is None or not revision:
        return (say(talk, wording.STAFF_STALE),)
    act(talk.session, talk.desk, case, revision, talk.staff)
    return (say(talk, case_wording.moved(case.number, STATE_NAMES[case.state]), choices=case_buttons(case)),)


_ACTS: Mapping[str, Callable[..., None]] = {
    "submit": write_case.submit,
    "return": write_case.give_back,
    "publish": write_case.publish,
    "withdraw": write_case.withdraw,
}


def _shown(talk: StaffTalk, case: TypicalCase, *heads: str) -> Replies:
    hint = case_wording.EDIT_HOW if case.state == "draft" else ""
    missing = write_case.lacks(case) if case.state == "draft" else []
    lack = case_wording.lacks(missing) if missing else ""
    return (say(talk, *heads, "\n".join(case_lines(case)), lack, hint, choices=case_buttons(case)),)


def _place(talk: StaffTalk, case: TypicalCase) -> Place:
    return of_case(talk.session, case)


def _press(argument: str) -> tuple[int | None, str, int]:
    """``12:publish:5`` → (12, publish, 5); the revision is 0 when none is named."""
    which, verb, revision, *_ = (*argument.split(":"), "", "", "")
    return identity(which), verb, identity(revision) or 0
