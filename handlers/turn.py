"""One turn of a conversation: a message in, its replies out, everything kept. The single entry of every door.

The order of work: a repeated message gets its recorded answer; a short reading session shows where the talk stands;
the first route of `ROUTES` that fits takes the message; what it wants to know is looked up while no session is open;
one writing session then records the message, lets the route act and stores the replies, and is committed once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from consultations import contacts, dialogue, outbox, received
from consultations.messages import Address, Block, Inbound, Outbound
from consultations.outbox import OutboxMessage
from consultations.permissions import Action
from consultations.tickets import IllegalMoveError, Ticket
from handlers import (
    ask,
    asset_files,
    assets,
    at_work,
    close,
    confidential,
    discuss_broadcasts,
    discuss_cases,
    edit,
    enter_console,
    escalate,
    files,
    follow_up,
    gate,
    greet,
    guide,
    join_training,
    link,
    match_policies,
    my,
    opinions,
    privacy,
    questionnaire,
    read_push,
    refer,
    services,
    subscribe,
    survey,
    unpublished,
    wording,
)
from handlers.desk import Desk
from handlers.guide_buttons import AWAITING
from handlers.situation import (
    Fits,
    Looks,
    Situation,
    anything,
    awaits,
    find_answer,
    find_card,
    find_for_staff,
    is_bare_file,
    is_empty_ask,
    is_kind,
    is_throttled,
    is_too_long,
    is_unreadable,
    is_with_staff,
    look_around,
    says_consent,
    standing,
    wants,
)
from handlers.staff_routes import STAFF_ROUTES, words_of
from handlers.talk import CONFIDENTIAL, Replies, StaffTalk, Talk, row
from handlers.whose import target_of
from handlers.wish import storable, wish_of
from knowledge.passages import Answer

DOOR_LEASE_SECONDS = 90.0  # the door sends the replies itself; after that delivery takes over
ATTEMPTS = 3  # a second process may have moved the same talk between our reading and our writing


@dataclass(frozen=True)
class Turn:
    """`replies` are outbox rows the door sends and marks. `repeated`: this message was answered before.
    `is_confidential`: what was sent must not be kept with who sent it, by no door either. `at_work`: the people to whom
    somebody of staff is writing now.
    """

    replies: tuple[Outbound, ...]
    repeated: bool = False
    is_confidential: bool = False
    at_work: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Route:
    """Who takes a message. `look` finds an answer before the writing session opens; not everybody may do `action`."""

    name: str
    fits: Fits
    handle: Callable[[Talk], Replies]
    look: Looks | None = None
    action: Action = "ask"


def take_turn(inbound: Inbound, desk: Desk) -> Turn:
    """Record one event and act on it, in one transaction; safe to call again with the same message.

    The replies are stored before they are returned: the door sends them and marks their outbox rows, and if it dies
    delivery sends them. Whatever else must go out (to staff, later) is in the outbox when this returns.

    Raises:
        OperationalError: The database can't be written; nothing was recorded, the event must be delivered again.
    """
    inbound = replace(
        inbound,
        text=storable(inbound.text),
        action=storable(inbound.action)[:64],
        sender_name=storable(inbound.sender_name)[:80],
    )
    for _ in range(ATTEMPTS - 1):
        try:
            return _take(inbound, desk)
        except (IntegrityError, IllegalMoveError, _TalkMovedError):
            continue
    return _take(inbound, desk)


def _take(inbound: Inbound, desk: Desk) -> Turn:
    with desk.reading() as session:
        if recorded := _recorded(session, inbound):
            return recorded
        is_staff = gate.is_of_staff(desk, inbound.address)
        situation = None if is_staff else look_around(session, inbound, desk)
    if situation is None:
        return _take_staff(inbound, desk)
    route = next(each for each in ROUTES if each.fits(situation))
    found = _timed(route.look, situation) if route.look else (None, 0.0)
    with desk.writing() as session:
        talk = _begin(session, situation, route, found)
        replies = gate.refused_asker(talk, route.action) or route.handle(talk)
        replies = _with_notice(talk, unpublished.with_warning(talk, replies))
        stored = _store(session, talk.received, replies, talk.now)
        return Turn(stored, is_confidential=talk.received.action == CONFIDENTIAL)


def _timed(look: Looks, situation: Situation) -> tuple[Any, float]:
    """What was looked up, and the milliseconds it took."""
    started = time.perf_counter()
    found = look(situation)
    return found, (time.perf_counter() - started) * 1000


def _recorded(session: Session, inbound: Inbound) -> Turn | None:
    """The turn of a message that came before."""
    known = received.find(session, inbound.address.channel, inbound.message_id)
    if known is None:
        return None
    rows = session.exec(select(OutboxMessage).where(col(OutboxMessage.id).in_(known.reply_ids)))
    by_id = {each.id: each.message for each in rows if each.payload}
    replies = tuple(by_id[each] for each in known.reply_ids if each in by_id)
    return Turn(replies, repeated=True, is_confidential=known.action == CONFIDENTIAL)


def _begin(session: Session, situation: Situation, route: Route, found: tuple[Any, float]) -> Talk:
    """The talk inside its writing session; the event is recorded first.

    Raises:
        _TalkMovedError: Staff changed the asker's ticket since we looked: the route may no longer fit.
    """
    inbound, now = situation.inbound, situation.now
    known = standing(session, inbound.address)
    contact, state, ticket = known or (contacts.meet(session, inbound.address, inbound.sender_name, now), None, None)
    if _shape(ticket) != _shape(situation.ticket):
        raise _TalkMovedError
    letter = received.record(session, inbound, route=route.name, contact_id=contact.key, now=now)
    state = state or dialogue.of_contact(session, contact.key)
    if contact.is_blocked and inbound.kind != "blocked":
        contact.is_blocked = False  # whoever writes can be reached
    if state.awaiting and route.name not in AWAITED and not state.awaiting.startswith(AWAITING):
        dialogue.await_words(state, "", now)
    wish, text, (looked_up, milliseconds) = situation.wish, situation.text, found
    answer = looked_up if isinstance(looked_up, Answer) else None
    return Talk(
        *(situation.desk, session, now, inbound, wish, contact, state, ticket, letter, text),
        answer=answer,
        latency_ms=milliseconds,
        before=situation.before,
        found=looked_up,
        outlet=situation.outlet,
    )


def _shape(ticket: Ticket | None) -> tuple[int, str] | None:
    return (ticket.key, ticket.state) if ticket else None


def _with_notice(talk: Talk, replies: Replies) -> Replies:
    """The privacy notice under the first reply a person gets, and again when its version changes."""
    version = talk.settings.consent_version
    if not replies or talk.contact.notice_version == version or talk.contact.erased_at is not None:
        return replies
    talk.contact.notice_version = version
    notice = Block("note", wording.privacy_notice(talk.settings.outlet_name))
    buttons = row((wording.AGREE, "consent:yes"), (wording.DISAGREE, "consent:no"))
    last = replies[-1]
    return (*replies[:-1], replace(last, blocks=(*last.blocks, notice), choices=(*last.choices, buttons)))


def _store(session: Session, letter: received.ReceivedMessage, replies: Replies, now: datetime) -> Replies:
    session.flush()
    stored = tuple(outbox.enqueue(session, each, now=now, claimed_for_seconds=DOOR_LEASE_SECONDS) for each in replies)
    received.note_replies(session, letter, [each.outbox_id for each in stored if each.outbox_id is not None])
    return stored


def _take_staff(inbound: Inbound, desk: Desk) -> Turn:
    now, wish = desk.now(), wish_of(inbound, is_staff=True)
    route = next(each for each in STAFF_ROUTES if each.fits(inbound, wish))
    staff, person = gate.staff_of(desk, inbound), gate.person_of(desk, inbound, now)
    argument = words_of(inbound, wish)
    # What staff write lives on the ticket, where erasing reaches it; their talk among themselves is not ours to keep.
    unsaid = replace(inbound, text="", attachments=())
    found = route.look(inbound, wish, desk) if route.look and gate.has_role(person, route.action) else None
    with desk.writing() as session:
        letter = received.record(session, unsaid, route=f"staff:{route.name}", contact_id=None, now=now)
        thread = f"ticket:{wish.argument.partition(':')[0]}" if inbound.kind == "choice" else inbound.thread_key
        ticket, text = target_of(session, thread, argument)
        talk = StaffTalk(desk, session, now, inbound, wish, staff, person, ticket, text, found)
        no = gate.refused(talk, route.action, route.meant)
        replies = (no,) if no else route.handle(talk)
        people = () if no else at_work.askers_of(talk, route.name)
        return Turn(_store(session, letter, replies, now), at_work=people)


class _TalkMovedError(Exception):
    """The talk moved on between reading and writing; look again."""


# --- who takes a message ---


def approves(situation: Situation) -> bool:
    """A second person's button under a broadcast."""
    is_broadcast = situation.wish.verb == "broadcast"
    return is_broadcast and discuss_broadcasts.verb_of(situation.inbound, situation.wish) in discuss_broadcasts.DECIDES


# The first route that fits takes the message. A person (转人工) comes before every limit; what people say about their
# own data and about being written to comes before everything that could swallow it.
# An awaited answer of a questionnaire comes before limits and tickets: they would keep or show its words with the name.
ROUTES: tuple[Route, ...] = (
    Route("blocked", is_kind("blocked", "unblocked"), greet.note_blocked),
    Route("human", wants("human"), escalate.ask_for_person),
    Route("done", wants("done"), close.finish),
    Route("consent", says_consent, privacy.consent),
    Route("stop", wants("stop"), privacy.stop),
    Route("subscribe", wants("subscribe"), subscribe.take),
    Route("privacy", wants("privacy"), privacy.show),
    Route("secret", wants("secret"), confidential.begin),
    Route("open", wants("open"), confidential.end),
    Route("export", wants("export"), privacy.export),
    Route("erase", wants("erase"), privacy.erase),
    Route("erase_typed", privacy.is_sure, privacy.erase_for_good),
    Route("score", wants("score"), survey.take_score),
    Route("solved", wants("solved"), survey.take_solved),
    Route("words", wants("words"), survey.ask_for_words),
    Route("follow", wants("follow"), follow_up.take_answer),
    Route("refer", wants("refer"), refer.take),
    Route("story", wants("story"), discuss_cases.take),
    Route("asset", wants("asset"), assets.press),
    Route("feedback", wants("good", "bad"), ask.judge),
    Route("broadcast_approve", approves, discuss_broadcasts.take, action="broadcast.approve"),
    Route("broadcast", wants("broadcast"), discuss_broadcasts.take, action="broadcast.write"),
    Route("broadcasts", wants("broadcasts"), discuss_broadcasts.show_list, action="broadcast.list"),
    Route("segments", wants("segments"), discuss_broadcasts.show_segments, action="broadcast.list"),
    Route("segment", wants("segment"), discuss_broadcasts.save_segment, action="broadcast.write"),
    Route("push", wants("push"), read_push.take),
    Route("pushes", wants("pushes"), read_push.show_list),
    Route("q_typed", questionnaire.is_typed, questionnaire.take_typed),
    Route("throttled", is_throttled, greet.slow_down),
    Route("sign_in", wants("sign_in"), join_training.sign_in),
    Route("training", wants("training"), join_training.press),
    Route("edit", is_kind("edit"), edit.take_edit, find_answer),
    Route("unsay", wants("unsay"), edit.unsay),
    Route("opinion", wants("opinion"), opinions.take),
    Route("opinion_text", awaits("opinion"), opinions.take_text),
    Route("survey_words", awaits("words:"), survey.take_words),
    Route("training_name", awaits(join_training.NAMING), join_training.take_name),
    Route("broadcast_text", awaits("broadcast"), discuss_broadcasts.take_text, action="broadcast.write"),
    Route("match_typed", match_policies.is_typed, match_policies.take_typed),
    Route("asset_lines", assets.are_lines_wanted, assets.take_text),
    Route("asset_file", asset_files.is_ledger, asset_files.take_file, asset_files.look_at_file),
    Route("ticket", is_with_staff, escalate.continue_ticket, find_for_staff),
    Route("q", wants("q"), questionnaire.take_choice),
    Route("surveys", wants("surveys"), questionnaire.show_list),
    Route("survey", wants("survey"), questionnaire.begin),
    Route("trainings", wants("trainings"), join_training.show_list),
    Route("link", wants("link"), link.take_link),
    Route("console", wants("console"), enter_console.from_own_chat, action="console.enter"),
    Route("assets", wants("assets"), assets.show),
    Route("match", wants("match"), match_policies.take),
    Route("guide_typed", guide.is_typed, guide.take_typed),
    Route("start", wants("start"), greet.start),
    Route("help", wants("help"), greet.show_help),
    Route("services", wants("services", "service"), services.show),
    Route("guides", wants("guides"), guide.show_list),
    Route("guide", wants("guide"), guide.start),
    Route("step", wants("step"), guide.step),
    Route("leave", wants("leave"), guide.leave),
    Route("my", wants("my"), my.show),
    Route("card", wants("card", "pick"), ask.open_card, find_card),
    Route(
        "unknown_press",
        wants(
            "unknown_press",
            "claim",
            "close",
            "send",
            "revise",
            "check",
            "quick",
            "insert",
            "prepared",
            "why",
            "make_card",
            "gap",
            "draft",
            "visit",
            "unrecord",
            "compare",
            "import",
            "policy",
            "case",
            "make_case",
        ),
        greet.refuse_press,
    ),
    Route("unknown_command", wants("unknown_command"), greet.refuse_command),
    Route("file", is_bare_file, files.from_asker),
    Route("prompt", is_empty_ask, greet.prompt),
    Route("unreadable", is_unreadable, greet.refuse_unreadable),
    Route("too_long", is_too_long, greet.refuse_length),
    Route("trainings_asked", join_training.asks, join_training.show_list),
    Route("ask", anything, ask.ask, find_answer),
)
AWAITED = frozenset(
    {
        "survey_words",
        "broadcast_text",
        "opinion_text",
        "q_typed",
        "asset_lines",
        "asset_file",
        "match_typed",
        "training_name",
    }
)
