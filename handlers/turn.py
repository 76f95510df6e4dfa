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
from consultations.messages import Block, Inbound, Outbound
from consultations.outbox import OutboxMessage
from consultations.permissions import Action
from consultations.tickets import IllegalMoveError, Ticket
from handlers import (
    absent,
    archive,
    ask,
    broadcast,
    close,
    confidential,
    discuss_drafts,
    discuss_import,
    discuss_policies,
    edit,
    escalate,
    files,
    find_gaps,
    follow_up,
    follow_up_tasks,
    gate,
    give_out,
    greet,
    guide,
    link,
    move_ticket,
    my,
    opinions,
    prepare_reply,
    privacy,
    questionnaire,
    record,
    refer,
    second_check,
    services,
    staff_reply,
    survey,
    unpublished,
    why,
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
from handlers.talk import CONFIDENTIAL, Replies, StaffTalk, Talk, row
from handlers.whose import (
    Means,
    consultation_meant,
    draft_meant,
    nothing,
    opinion_meant,
    referral_meant,
    target_of,
    ticket_meant,
    tickets_meant,
    visit_meant,
)
from handlers.wish import Wish, readable, storable, wish_of
from knowledge.passages import Answer

DOOR_LEASE_SECONDS = 60.0  # the door sends the replies itself; after that delivery takes over
ATTEMPTS = 3  # a second process may have moved the same talk between our reading and our writing


@dataclass(frozen=True)
class Turn:
    """`replies` are outbox rows the door sends and marks. `repeated`: this message was answered before.
    `is_confidential`: what was sent must not be kept with who sent it, by no door either.
    """

    replies: tuple[Outbound, ...]
    repeated: bool = False
    is_confidential: bool = False


@dataclass(frozen=True)
class Route:
    """Who takes a message. `look` finds an answer before the writing session opens; not everybody may do `action`."""

    name: str
    fits: Fits
    handle: Callable[[Talk], Replies]
    look: Looks | None = None
    action: Action = "ask"


@dataclass(frozen=True)
class StaffRoute:
    """Who takes a message from a staff room. `action` is what one must be allowed to do, to all that is `meant`. `look`
    finds what takes long, or proofreads what is to go out, before the writing session opens.
    """

    name: str
    action: Action
    fits: Callable[[Inbound, Wish], bool]
    handle: Callable[[StaffTalk], Replies]
    meant: Means
    look: Callable[[Inbound, Wish, Desk], Any] | None = None


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
        is_staff = inbound.address in (*desk.settings.staff_rooms, *desk.settings.local_rooms)
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


def _timed(look: Looks, situation: Situation) -> tuple[Answer | None, float]:
    """What the answering path gives, and the milliseconds it took."""
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


def _begin(session: Session, situation: Situation, route: Route, found: tuple[Answer | None, float]) -> Talk:
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
    wish, text = situation.wish, situation.text
    return Talk(
        situation.desk, session, now, inbound, wish, contact, state, ticket, letter, text, *found, situation.before
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
    letter.reply_ids = [each.outbox_id for each in stored if each.outbox_id is not None]
    return stored


def _take_staff(inbound: Inbound, desk: Desk) -> Turn:
    now, wish = desk.now(), wish_of(inbound, is_staff=True)
    route = next(each for each in STAFF_ROUTES if each.fits(inbound, wish))
    staff, person = gate.staff_of(desk, inbound), gate.person_of(desk, inbound, now)
    argument = _words(inbound, wish)
    # What staff write lives on the ticket, where erasing reaches it; their talk among themselves is not ours to keep.
    unsaid = replace(inbound, text="", attachments=())
    found = route.look(inbound, wish, desk) if route.look and gate.has_role(person, route.action) else None
    with desk.writing() as session:
        letter = received.record(session, unsaid, route=f"staff:{route.name}", contact_id=None, now=now)
        thread = f"ticket:{wish.argument.partition(':')[0]}" if inbound.kind == "choice" else inbound.thread_key
        ticket, text = target_of(session, thread, argument)
        talk = StaffTalk(desk, session, now, inbound, wish, staff, person, ticket, text, found)
        no = gate.refused(talk, route.action, route.meant)
        return Turn(_store(session, letter, (no,) if no else route.handle(talk), now))


class _TalkMovedError(Exception):
    """The talk moved on between reading and writing; look again."""


# --- who takes a message ---


def _staff_wants(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda _inbound, wish: wish.verb in verbs


def _at_words(look: Callable[[Desk, str], Any]) -> Callable[[Inbound, Wish, Desk], Any]:
    """A look that needs the words only."""
    return lambda inbound, wish, desk: look(desk, _words(inbound, wish))


def _words(inbound: Inbound, wish: Wish) -> str:
    """What is left of a message of staff beside its command."""
    return wish.argument if wish.verb else readable(inbound.text)


def _is_in_thread(inbound: Inbound, wish: Wish) -> bool:
    """Plain words in a ticket's thread."""
    return inbound.kind == "text" and inbound.thread_key.startswith("ticket:") and not wish.verb


def _wants_of_draft(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "draft" and discuss_drafts.verb_of(inbound, wish) in verbs


_DRAFT_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("draft_review", "draft.review", _wants_of_draft("publish", "return", "reject")),
    ("draft_tell", "draft.tell", _wants_of_draft("preview", "tell")),
    ("draft_write", "draft.write", _wants_of_draft("edit", "submit", "withdraw")),
    ("draft", "draft.show", _staff_wants("draft")),
)


def _wants_of_policy(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda _inbound, wish: wish.verb == "policy" and discuss_policies.verb_of(wish) in verbs


_POLICY_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool]], ...] = (
    ("policy_review", "policy.review", _wants_of_policy("publish", "return", "reject")),
    ("policy_write", "policy.write", _wants_of_policy("submit")),
    ("policy", "policy.list", _staff_wants("policy")),
)


def _wants_of_check(*verbs: str) -> Callable[[Inbound, Wish], bool]:
    return lambda inbound, wish: wish.verb == "check" and second_check.verb_of(inbound, wish) in verbs


_CHECK_ROUTES: tuple[tuple[str, Action, Callable[[Inbound, Wish], bool], Means], ...] = (
    ("check_decide", "reply.check", _wants_of_check("pass", "back"), ticket_meant),
    ("check_undo", "ticket.reply", _wants_of_check("undo"), ticket_meant),
    ("check_list", "ticket.list", _wants_of_check("list"), nothing),
    ("check", "ticket.show", _staff_wants("check"), ticket_meant),
)


# The first route that fits takes the message. A person (转人工) comes before every limit; what people say about their
# own data and about being written to comes before everything that could swallow it.
# An awaited answer of a questionnaire comes before limits and tickets: they would keep or show its words with the name.
ROUTES: tuple[Route, ...] = (
    Route("blocked", is_kind("blocked", "unblocked"), greet.note_blocked),
    Route("human", wants("human"), escalate.ask_for_person),
    Route("done", wants("done"), close.finish),
    Route("consent", says_consent, privacy.consent),
    Route("stop", wants("stop"), privacy.stop),
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
    Route("feedback", wants("good", "bad"), ask.judge),
    Route("broadcast", wants("broadcast"), broadcast.take, action="broadcast.send"),
    Route("q_typed", questionnaire.is_typed, questionnaire.take_typed),
    Route("throttled", is_throttled, greet.slow_down),
    Route("edit", is_kind("edit"), edit.take_edit, find_answer),
    Route("unsay", wants("unsay"), edit.unsay),
    Route("opinion", wants("opinion"), opinions.take),
    Route("opinion_text", awaits("opinion"), opinions.take_text),
    Route("survey_words", awaits("words:"), survey.take_words),
    Route("broadcast_text", awaits("broadcast"), broadcast.take_text, action="broadcast.send"),
    Route("ticket", is_with_staff, escalate.continue_ticket),
    Route("q", wants("q"), questionnaire.take_choice),
    Route("surveys", wants("surveys"), questionnaire.show_list),
    Route("survey", wants("survey"), questionnaire.begin),
    Route("link", wants("link"), link.take_link),
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
        ),
        greet.refuse_press,
    ),
    Route("unknown_command", wants("unknown_command"), greet.refuse_command),
    Route("file", is_bare_file, files.from_asker),
    Route("prompt", is_empty_ask, greet.prompt),
    Route("unreadable", is_unreadable, greet.refuse_unreadable),
    Route("too_long", is_too_long, greet.refuse_length),
    Route("ask", anything, ask.ask, find_answer),
)
AWAITED = frozenset({"survey_words", "broadcast_text", "opinion_text", "q_typed"})

# Deny by default: each names its action in `consultations.permissions`, and what it is about, whose outlet decides.
STAFF_ROUTES: tuple[StaffRoute, ...] = (
    StaffRoute("claim", "ticket.claim", _staff_wants("claim"), staff_reply.claim, ticket_meant),
    StaffRoute("close", "ticket.close", _staff_wants("close"), staff_reply.close, ticket_meant),
    *(
        StaffRoute(name, action, fits, second_check.take, about, second_check.look)
        for name, action, fits, about in _CHECK_ROUTES
    ),
    StaffRoute(
        "quick", "ticket.reply", _staff_wants("quick"), prepare_reply.quick, ticket_meant, prepare_reply.look_quick
    ),
    StaffRoute(
        "insert", "ticket.reply", _staff_wants("insert"), prepare_reply.insert, ticket_meant, prepare_reply.look_card
    ),
    StaffRoute(
        "prepared",
        "ticket.reply",
        _staff_wants("prepared"),
        prepare_reply.send_prepared,
        ticket_meant,
        prepare_reply.look_draft,
    ),
    StaffRoute("note", "ticket.note", _staff_wants("note"), staff_reply.note, ticket_meant),
    StaffRoute("show", "ticket.show", _staff_wants("show"), move_ticket.show, ticket_meant),
    StaffRoute("release", "ticket.release", _staff_wants("release"), move_ticket.release, ticket_meant),
    StaffRoute("assign", "ticket.assign", _staff_wants("assign"), move_ticket.assign, ticket_meant),
    StaffRoute("transfer", "ticket.transfer", _staff_wants("transfer"), move_ticket.transfer, ticket_meant),
    StaffRoute("merge", "ticket.merge", _staff_wants("merge"), move_ticket.merge, tickets_meant),
    StaffRoute("reopen", "ticket.reopen", _staff_wants("reopen"), move_ticket.reopen, ticket_meant),
    StaffRoute("kind", "ticket.kind", _staff_wants("kind"), move_ticket.set_kind, ticket_meant),
    StaffRoute("duty", "duty.show", _staff_wants("duty"), give_out.show_duty, nothing),
    StaffRoute("absent", "absence.own", _staff_wants("absent"), absent.take, nothing),
    StaffRoute("back", "absence.own", _staff_wants("back"), absent.back, nothing),
    StaffRoute("tickets", "ticket.list", _staff_wants("tickets"), staff_reply.list_tickets, nothing),
    StaffRoute("gaps", "gap.list", _staff_wants("gaps"), find_gaps.show_gaps, nothing, find_gaps.look_for_gaps),
    StaffRoute(
        "make_card",
        "draft.write",
        _staff_wants("make_card"),
        discuss_drafts.make,
        ticket_meant,
        discuss_drafts.look_for_card,
    ),
    StaffRoute(
        "gap", "draft.write", _staff_wants("gap"), discuss_drafts.make, consultation_meant, discuss_drafts.look_for_gap
    ),
    StaffRoute("drafts", "draft.list", _staff_wants("drafts"), discuss_drafts.list_drafts, nothing),
    *(
        StaffRoute(name, action, fits, discuss_drafts.discuss, draft_meant, discuss_drafts.look_for_draft)
        for name, action, fits in _DRAFT_ROUTES
    ),
    StaffRoute(
        "compare",
        "policy.compare",
        _staff_wants("compare"),
        discuss_policies.show_comparison,
        nothing,
        discuss_policies.look_for_comparison,
    ),
    StaffRoute("policies", "policy.list", _staff_wants("policies"), discuss_policies.list_policies, nothing),
    *(StaffRoute(name, action, fits, discuss_policies.discuss, nothing) for name, action, fits in _POLICY_ROUTES),
    StaffRoute("visits", "visit.list", _staff_wants("visits"), follow_up_tasks.list_tasks, nothing),
    StaffRoute("visit", "visit.record", _staff_wants("visit"), follow_up_tasks.take_record, visit_meant),
    StaffRoute(
        "archive",
        "archive.search",
        _staff_wants("archive"),
        archive.show_archive,
        nothing,
        archive.look_in_archive,
    ),
    StaffRoute("why", "archive.why", _staff_wants("why"), why.show_why, consultation_meant, _at_words(why.look_why)),
    StaffRoute("record", "entry.record", _staff_wants("record"), record.take, nothing, _at_words(record.look)),
    StaffRoute("unrecord", "entry.undo", _staff_wants("unrecord"), record.take_back, consultation_meant),
    StaffRoute("refer", "referral.offer", _staff_wants("refer"), refer.take_offer, ticket_meant),
    StaffRoute("referral", "referral.move", _staff_wants("referral"), refer.take_progress, referral_meant),
    StaffRoute("opinion", "opinion.record", _staff_wants("opinion"), opinions.take_entry, nothing),
    StaffRoute("opinions", "opinion.list", _staff_wants("opinions"), opinions.take_list, opinion_meant),
    StaffRoute("help", "room.help", _staff_wants("help", "unknown_command"), staff_reply.show_help, nothing),
    StaffRoute("send", "ticket.reply", _staff_wants("send"), staff_reply.send_anyway, ticket_meant),
    StaffRoute("revise", "ticket.reply", _staff_wants("revise"), staff_reply.revise, ticket_meant),
    StaffRoute(
        "reply",
        "ticket.reply",
        _staff_wants("reply"),
        staff_reply.reply,
        ticket_meant,
        _at_words(staff_reply.proofread),
    ),
    StaffRoute(
        "words", "ticket.note", _is_in_thread, staff_reply.speak, ticket_meant, _at_words(staff_reply.proofread)
    ),
    StaffRoute(
        "import",
        "policy.import",
        _staff_wants("import"),
        discuss_import.tell_outcome,
        nothing,
        discuss_import.look_at_press,
    ),
    StaffRoute(
        "policy_file",
        "policy.import",
        lambda inbound, _wish: discuss_import.is_policy_file(inbound),
        discuss_import.show_file,
        nothing,
        discuss_import.look_at_file,
    ),
    StaffRoute(
        "file",
        "ticket.reply",
        lambda inbound, _wish: files.is_for_asker(inbound),
        files.to_asker,
        ticket_meant,
        _at_words(staff_reply.proofread),
    ),
    StaffRoute(
        "unknown_press",
        "room.talk",
        lambda inbound, _wish: inbound.kind == "choice",
        staff_reply.refuse_press,
        nothing,
    ),
    StaffRoute("chat", "room.talk", lambda _inbound, _wish: True, staff_reply.stay_silent, nothing),
)
