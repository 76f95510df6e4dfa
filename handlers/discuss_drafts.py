"""Card drafts in the staff chat: make one of a ticket or a gap, read, edit, submit, review, publish, tell the askers.

Every button carries the draft's revision where it decides about a text: what somebody publishes is what they read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from consultations import card_drafts
from consultations.card_drafts import STATE_NAMES, CardDraft
from consultations.masking import mask
from consultations.messages import Block, Inbound, Outbound
from handlers import override_card, wording
from handlers.ask import compose
from handlers.desk import Desk
from handlers.draft_card import Prospect, Wanted, look_at_gap, look_at_ticket, make_draft
from handlers.gate import refused
from handlers.own_work import note_attempt
from handlers.published_cards import is_new_card
from handlers.review_card import (
    DraftRefusedError,
    TriedOut,
    edit_draft,
    publish_draft,
    read_change,
    reject_draft,
    return_draft,
    submit_draft,
    try_out,
    withdraw_draft,
)
from handlers.staff_reply import which as which_ticket
from handlers.talk import Replies, Rows, StaffTalk, office_time, row, say
from handlers.tell_askers import Telling, tell_askers, whom_to_tell
from handlers.whose import Place, draft_meant, in_sight, of_draft, sees, target_of
from handlers.wish import Wish, identity

LISTED = 20
_WANTED: Mapping[str, Wanted] = {"new": "new", "新卡片": "new", "wording": "wording", "问法": "wording"}
_FIELDS = {name: field for field, name in wording.DRAFT_FIELDS.items()}
_COMMAND = re.compile(r"(?P<id>\d{1,9})(?:\s+(?P<field>\S+)(?:\s+(?P<words>.*))?)?", re.DOTALL)


@dataclass(frozen=True)
class _Found:
    """What a route looked up before the session: what a draft would be made of, or whether one may go out, or what its
    card answers.
    """

    prospect: Prospect | None = None
    wanted: Wanted = ""
    tried: TriedOut | None = None
    telling: Telling | None = None


# --- making one ---


def look_for_card(inbound: Inbound, wish: Wish, desk: Desk) -> _Found:
    """What a draft of the ticket meant would be made of."""
    if inbound.kind == "choice":
        ticket, _, choice = wish.argument.partition(":")
        return _Found(look_at_ticket(desk, identity(ticket)), _WANTED.get(choice, ""))
    with desk.reading() as session:
        named, rest = target_of(session, inbound.thread_key, wish.argument)
        ticket_id = named.id if named else None
    return _Found(look_at_ticket(desk, ticket_id), _WANTED.get(rest.strip(), ""))


def look_for_gap(inbound: Inbound, wish: Wish, desk: Desk) -> _Found:
    """What a draft of the gap meant would be made of."""
    del inbound
    question, _, choice = wish.argument.partition(":")
    return _Found(look_at_gap(desk, identity(question)), _WANTED.get(choice, ""))


def make(talk: StaffTalk) -> Replies:
    """转为知识卡片草稿: the draft, or the choice between an existing card and a new one."""
    if talk.wish.verb == "make_card" and talk.ticket is None:
        return (which_ticket(talk),)
    found: _Found = talk.found
    assert found.prospect is not None
    made = make_draft(talk.session, talk.desk, found.prospect, talk.staff, talk.now, wanted=found.wanted)
    if made.outcome == "offered":
        assert made.offer is not None
        return (say(talk, wording.draft_offered(made.offer.title), _how_to_choose(talk), choices=_choice(found)),)
    if made.draft is None:
        return (say(talk, made.reason),)
    head = wording.draft_made(made.outcome, made.draft.key)
    return (_shown(talk, made.draft, head),)


def _choice(found: _Found) -> Rows:
    assert found.prospect is not None
    kind, _, which = found.prospect.source.partition(":")
    verb = "make_card" if kind == "ticket" else "gap"
    return (row((wording.ADD_WORDING, f"{verb}:{which}:wording"), (wording.NEW_CARD, f"{verb}:{which}:new")),)


def _how_to_choose(talk: StaffTalk) -> str:
    """Where there are no buttons, the words."""
    is_local = talk.inbound.address in talk.desk.settings.local_rooms
    return wording.DRAFT_CHOOSE_IN_WORDS if is_local else ""


# --- working on one ---


def list_drafts(talk: StaffTalk) -> Replies:
    """``/drafts``: what is open, then what was published last; ``/drafts 改写``: what outlets answer instead."""
    if talk.wish.argument.strip() == wording.OVERRIDES:
        return _list_overrides(talk)
    is_open, published = (
        in_sight(talk, "draft.list", card_drafts.in_states(talk.session, states), partial(_place, talk))
        for states in (card_drafts.OPEN, ["published"])
    )
    lines = [
        wording.draft_in_list(each.key, STATE_NAMES[each.state], kind_of(each), each.title, each.author_name)
        for each in (*is_open[:LISTED], *published[-5:])
    ]
    buttons = tuple(row((f"{wording.SHOW_DRAFT} {each.id}", f"draft:{each.id}:show")) for each in is_open[:8])
    return (say(talk, "\n".join(lines) or wording.NO_DRAFTS, choices=buttons),)


def _list_overrides(talk: StaffTalk) -> Replies:
    """All overrides this person may see, each with its reason; those to be looked at again with a button for that."""
    found = [
        each
        for each in override_card.overview(talk.session, talk.desk)
        if sees(talk, "draft.list", _place(talk, each.draft))
    ]
    lines = [
        wording.override_in_list(
            each.draft.key, each.outlet, each.title, each.draft.override_reason, wording.OVERRIDE_STATES[each.standing]
        )
        for each in found[:LISTED]
    ]
    buttons = [(f"{wording.SHOW_DRAFT} {each.draft.key}", f"draft:{each.draft.key}:show") for each in found[:6]]
    again = [
        (f"{wording.STILL_FITS} {each.draft.key}", f"draft:{each.draft.key}:stand:{each.draft.revision}")
        for each in found
        if each.standing == "outdated" and sees(talk, "draft.review", _place(talk, each.draft))
    ]
    rows = tuple(row(each) for each in (*again[:6], *buttons))
    return (say(talk, "\n".join(lines) or wording.NO_OVERRIDES, choices=rows),)


def _place(talk: StaffTalk, draft: CardDraft) -> Place:
    return of_draft(talk.session, talk.desk.duty.book, draft)


def verb_of(inbound: Inbound, wish: Wish) -> str:
    """What a ``/draft`` or a button under one wants: ``show``, ``edit``, or a verb of `_ACTS`."""
    if inbound.kind == "choice":
        return _press(wish.argument)[1]
    command = _COMMAND.fullmatch(wish.argument)
    return "edit" if command and command["field"] else "show"


def look_for_draft(inbound: Inbound, wish: Wish, desk: Desk) -> _Found:
    """What takes long of what a press wants."""
    del inbound
    which, verb, _ = _press(wish.argument)
    if which and verb == "publish":
        return _Found(tried=try_out(desk, which))
    return _Found(telling=whom_to_tell(desk, which)) if which and verb in ("preview", "tell") else _Found()


def discuss(talk: StaffTalk) -> Replies:
    """``/draft 3``, ``/draft 3 答复 …``, and the buttons under a draft."""
    try:
        if talk.inbound.kind == "choice":
            return _pressed(talk)
        return _written(talk)
    except DraftRefusedError as error:
        note_attempt(talk.session, error, "draft.review", talk.staff.key, talk.now)
        return (say(talk, str(error)),)


def _written(talk: StaffTalk) -> Replies:
    command = _COMMAND.fullmatch(talk.wish.argument)
    draft = card_drafts.get(talk.session, identity(command["id"])) if command else None
    if command is None or draft is None:
        return (say(talk, wording.WHICH_DRAFT),)
    if command["field"] is None:
        return (_shown(talk, draft),)
    field = _FIELDS.get(command["field"])
    if field is None:
        return (say(talk, wording.DRAFT_HOW_TO_EDIT),)
    changes = read_change(talk.desk, draft, field, command["words"] or "", talk.person)
    return (_shown(talk, edit_draft(talk.session, draft.key, talk.staff, changes, talk.now)),)


def _pressed(talk: StaffTalk) -> Replies:
    which, verb, revision = _press(talk.wish.argument)
    draft = card_drafts.get(talk.session, which)
    if draft is None:
        return (say(talk, wording.STAFF_STALE),)
    if verb == "show":
        return (_shown(talk, draft),)
    if revision and revision != draft.revision:
        raise DraftRefusedError(wording.DRAFT_CHANGED)
    act = _ACTS.get(verb)
    return act(talk, draft) if act else (say(talk, wording.STAFF_STALE),)


def _submit(talk: StaffTalk, draft: CardDraft) -> Replies:
    return (_shown(talk, submit_draft(talk.session, draft.key, talk.staff, talk.now)),)


def _give_back(talk: StaffTalk, draft: CardDraft) -> Replies:
    return (_shown(talk, return_draft(talk.session, draft.key, talk.staff, talk.now)),)


def _reject(talk: StaffTalk, draft: CardDraft) -> Replies:
    moved = reject_draft(talk.session, draft.key, talk.staff, talk.now)
    return (say(talk, wording.draft_moved(moved.key, STATE_NAMES[moved.state])),)


def _take_down(talk: StaffTalk, draft: CardDraft) -> Replies:
    if draft.state == "published" and (no := refused(talk, "draft.review", draft_meant)):
        return (no,)
    moved = withdraw_draft(talk.session, talk.desk, draft.key, talk.staff, talk.now)
    return (say(talk, wording.draft_moved(moved.key, STATE_NAMES[moved.state])),)


def _publish(talk: StaffTalk, draft: CardDraft) -> Replies:
    found: _Found = talk.found
    assert found.tried is not None
    published = publish_draft(talk.session, talk.desk, found.tried, talk.staff, talk.now)
    return (say(talk, wording.draft_published(draft.key, draft.card_id), choices=draft_buttons(published)),)


def _preview(talk: StaffTalk, draft: CardDraft) -> Replies:
    """How many would be told, and what they would read."""
    telling = _telling(talk)
    if not telling.questions:
        return (say(talk, wording.will_tell(0, telling.n_others)),)
    n_people, lines = len(telling.questions), preview_lines(telling)
    button = row((wording.tell_button(n_people), f"draft:{draft.id}:tell"))
    head = wording.will_tell(n_people, telling.n_others)
    return (say(talk, head, *(Block("quote", each) for each in lines), choices=(button,)),)


def _tell(talk: StaffTalk, draft: CardDraft) -> Replies:
    n_people = tell_askers(talk.session, talk.desk, draft, _telling(talk), talk.now)
    office = office_time(talk.desk.settings)
    start_at = office.after_quiet(talk.now)
    after = wording.moment_name(start_at, office.zone) if start_at != talk.now else ""
    return (say(talk, wording.have_told(n_people, after)),)


def _telling(talk: StaffTalk) -> Telling:
    found: _Found = talk.found
    if found.telling is None:
        raise DraftRefusedError(wording.NOT_ANSWERING_YET)
    return found.telling


def _stand(talk: StaffTalk, draft: CardDraft) -> Replies:
    """Somebody looked again at an override whose card changed."""
    found = override_card.stand_by(talk.session, talk.desk, draft.key, talk.staff, talk.now)
    return (say(talk, wording.override_stands(found.key)),)


_ACTS: Mapping[str, Callable[[StaffTalk, CardDraft], Replies]] = {
    "submit": _submit,
    "return": _give_back,
    "reject": _reject,
    "withdraw": _take_down,
    "publish": _publish,
    "stand": _stand,
    "preview": _preview,
    "tell": _tell,
}


def _press(argument: str) -> tuple[int | None, str, int]:
    """``12:publish:5`` → (12, publish, 5); the revision is 0 when none is named."""
    which, verb, revision, *_ = (*argument.split(":"), "", "", "")
    return identity(which), verb, identity(revision) or 0


# --- showing one, for every door ---


def kind_of(draft: CardDraft) -> str:
    """What the draft would be, in words."""
    if draft.outlet and draft.kind == "card":
        return wording.DRAFT_KINDS["override" if draft.overrides else "local"]
    kind = draft.kind if draft.kind == "wording" or is_new_card(draft) else "filling"
    return wording.DRAFT_KINDS[kind]


def draft_lines(draft: CardDraft, n_people: int) -> list[str]:
    """A draft, field by field, as staff read it."""
    fields: dict[str, Any] = {"title": draft.title, "variants": " / ".join(draft.variants)}
    if draft.kind == "card":
        fields |= {"answer": draft.answer, "details": "\n".join(draft.details)}
        fields |= {"citations": "；".join(map(_source, draft.citations)), "service_item": draft.service_item}
        days = {"effective_from": draft.effective_from, "effective_to": draft.effective_to}
        fields |= {name: str(day) for name, day in days.items() if day}
        layer = {"outlet": draft.outlet, "override_reason": draft.override_reason}
        fields |= {name: words for name, words in layer.items() if words}
    lines = [wording.draft_head(draft.key, STATE_NAMES[draft.state], kind_of(draft))]
    # An override is made of a public card, of no asker: its reviewer has to see the address that will be published.
    told = {name: str(value) if draft.overrides else mask(str(value)) for name, value in fields.items()}
    lines += [wording.draft_line(wording.DRAFT_FIELDS[name], value) for name, value in told.items()]
    return [*lines, wording.draft_people(draft.author_name, draft.reviewer_name, n_people)]


def preview_lines(telling: Telling) -> list[str]:
    """What the first of the askers would read, their question masked."""
    question = next(iter(telling.questions.values()))
    answer = [each.text for each in compose(telling.answer)]
    return [wording.asked_before(mask(question)), wording.NOW_ANSWERED, *answer]


def _shown(talk: StaffTalk, draft: CardDraft, head: str = "") -> Outbound:
    n_people = len({each.contact_id for each in card_drafts.askers_of(talk.session, draft.key)})
    hint = wording.DRAFT_HOW_TO_EDIT if draft.state == "draft" and draft.kind == "card" and not draft.answer else ""
    return say(talk, head, "\n".join(draft_lines(draft, n_people)), hint, choices=draft_buttons(draft))


def draft_buttons(draft: CardDraft) -> Rows:
    """What can be done with it now."""
    verbs: Mapping[str, tuple[tuple[str, str], ...]] = {
        "draft": ((wording.SUBMIT, "submit"), (wording.TAKE_DOWN, "withdraw")),
        "in_review": ((wording.PUBLISH, "publish"), (wording.GIVE_BACK, "return"), (wording.REJECT, "reject")),
        "published": ((wording.TELL_ASKERS, "preview"), (wording.TAKE_DOWN, "withdraw")),
    }
    found = verbs.get(draft.state, ())
    return (row(*((label, f"draft:{draft.id}:{verb}:{draft.revision}") for label, verb in found)),) if found else ()


def _source(citation: Mapping[str, Any]) -> str:
    name = wording.basis(citation["law"], citation["article"], citation["version"])
    return f"{name}[{'、'.join(citation['proof'])}]"
