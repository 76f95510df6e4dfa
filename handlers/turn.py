"""One turn of a conversation: a message in, its replies out, everything kept. The single entry of every door.

The order of work: a repeated message gets its recorded answer; a short reading session shows where the talk stands;
the first route of `ROUTES` that fits takes the message; what it wants to know is looked up while no session is open;
one writing session then records the message, lets the route act and stores the replies, and is committed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from consultations import contacts, dialogue, outbox, received, tickets
from consultations.contacts import Contact
from consultations.dialogue import Dialogue
from consultations.messages import Block, Inbound, Outbound
from consultations.outbox import OutboxMessage
from consultations.tickets import ALIVE, Staff, Ticket
from handlers import (
    ask,
    broadcast,
    edit,
    escalate,
    follow_up,
    greet,
    my,
    privacy,
    services,
    staff_reply,
    survey,
    wording,
)
from handlers.desk import Desk
from handlers.talk import Replies, StaffTalk, Talk, office_time, row
from handlers.wish import Wish, has_words, readable, storable, wish_of
from knowledge.passages import Answer

DOOR_LEASE_SECONDS = 60.0  # the door sends the replies itself; after that delivery takes over
ATTEMPTS = 3  # a second process may have moved the same talk between our reading and our writing


@dataclass(frozen=True)
class Turn:
    """`replies` are outbox rows the door sends and marks. `repeated`: this message was answered before."""

    replies: tuple[Outbound, ...]
    repeated: bool = False


@dataclass(frozen=True)
class Situation:
    """Where the talk stands when a message arrives. `contact` is ``None`` at the first one."""

    inbound: Inbound
    wish: Wish
    text: str
    now: datetime
    desk: Desk
    contact: Contact | None = None
    dialogue: Dialogue | None = None
    ticket: Ticket | None = None
    n_last_minute: int = 0

    @property
    def awaiting(self) -> str:
        """What the next message answers, if anything."""
        return self.dialogue.waits_for(self.now) if self.dialogue else ""

    @property
    def is_text(self) -> bool:
        """Whether the person wrote something."""
        return self.inbound.kind == "text"


Fits = Callable[[Situation], bool]
Looks = Callable[[Situation], Answer | None]


@dataclass(frozen=True)
class Route:
    """Who takes a message. `look` finds an answer before the writing session opens."""

    name: str
    fits: Fits
    handle: Callable[[Talk], Replies]
    look: Looks | None = None


@dataclass(frozen=True)
class StaffRoute:
    """Who takes a message from a staff room."""

    name: str
    fits: Callable[[Inbound, Wish], bool]
    handle: Callable[[StaffTalk], Replies]


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
        except (IntegrityError, _TalkMovedError):
            continue
    return _take(inbound, desk)


def _take(inbound: Inbound, desk: Desk) -> Turn:
    if recorded := _recorded(inbound, desk):
        return recorded
    if inbound.address in desk.settings.staff_rooms:
        return _take_staff(inbound, desk)
    situation = _look_around(inbound, desk)
    route = next(each for each in ROUTES if each.fits(situation))
    look = route.look
    answer, latency_ms = ask.timed(lambda: look(situation)) if look else (None, 0.0)
    with desk.writing() as session:
        talk = _begin(session, situation, route, answer, latency_ms)
        replies = _with_notice(talk, route.handle(talk))
        return Turn(_store(session, talk.received, replies, talk.now))


def _recorded(inbound: Inbound, desk: Desk) -> Turn | None:
    """The turn of a message that came before."""
    with desk.reading() as session:
        known = received.find(session, inbound.address.channel, inbound.message_id)
        if known is None:
            return None
        rows = session.exec(select(OutboxMessage).where(col(OutboxMessage.id).in_(known.reply_ids)))
        by_id = {each.id: each.message for each in rows}
        return Turn(tuple(by_id[each] for each in known.reply_ids if each in by_id), repeated=True)


def _look_around(inbound: Inbound, desk: Desk) -> Situation:
    now, wish = desk.now(), wish_of(inbound)
    text = readable(wish.argument if wish.verb == "ask" else inbound.text)
    situation = Situation(inbound, wish, text, now, desk)
    with desk.reading() as session:
        found = _standing(session, inbound)
        if found is None:
            return situation
        contact, talk, ticket = found
        n_last_minute = received.count_since(session, contact.key, now - timedelta(minutes=1))
        session.expunge_all()  # plain values from here on: the session's end would expire them
    return replace(situation, contact=contact, dialogue=talk, ticket=ticket, n_last_minute=n_last_minute)


def _standing(session: Session, inbound: Inbound) -> tuple[Contact, Dialogue | None, Ticket | None] | None:
    """Contact, dialogue and living ticket of an address in one query."""
    here = (col(Contact.channel) == inbound.address.channel, col(Contact.chat_id) == inbound.address.chat_id)
    alive = (col(Ticket.contact_id) == col(Contact.id)) & col(Ticket.state).in_(ALIVE)
    joined = (
        select(Contact, Dialogue, Ticket)
        .outerjoin(Dialogue, col(Dialogue.contact_id) == col(Contact.id))
        .outerjoin(Ticket, alive)
        .where(*here)
    )
    return session.exec(joined.order_by(col(Ticket.id).desc()).limit(1)).first()


def _begin(session: Session, situation: Situation, route: Route, answer: Answer | None, latency_ms: float) -> Talk:
    """The talk inside its writing session; the event is recorded first.

    Raises:
        _TalkMovedError: Staff changed the asker's ticket since we looked: the route may no longer fit.
    """
    inbound, now = situation.inbound, situation.now
    standing = _standing(session, inbound)
    contact, talk, ticket = standing or (contacts.meet(session, inbound.address, inbound.sender_name, now), None, None)
    if _shape(ticket) != _shape(situation.ticket):
        raise _TalkMovedError
    if contact.is_blocked and inbound.kind != "blocked":
        contact.is_blocked = False  # whoever writes can be reached
    row_ = received.record(session, inbound, route=route.name, contact_id=contact.key, now=now)
    talk = talk or dialogue.of_contact(session, contact.key)
    return Talk(
        situation.desk,
        session,
        now,
        inbound,
        situation.wish,
        contact,
        talk,
        ticket,
        row_,
        situation.text,
        answer,
        latency_ms,
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


def _store(session: Session, row_: received.ReceivedMessage, replies: Replies, now: datetime) -> Replies:
    session.flush()
    stored = tuple(outbox.enqueue(session, each, now=now, claimed_for_seconds=DOOR_LEASE_SECONDS) for each in replies)
    row_.reply_ids = [each.outbox_id for each in stored if each.outbox_id is not None]
    return stored


def _take_staff(inbound: Inbound, desk: Desk) -> Turn:
    now, wish = desk.now(), wish_of(inbound, is_staff=True)
    route = next(each for each in STAFF_ROUTES if each.fits(inbound, wish))
    staff = Staff(f"{inbound.address.channel}:{inbound.sender_id}", inbound.sender_name or inbound.sender_id)
    argument = wish.argument if wish.verb else readable(inbound.text)
    with desk.writing() as session:
        row_ = received.record(session, inbound, route=f"staff:{route.name}", contact_id=None, now=now)
        thread = f"ticket:{wish.argument}" if inbound.kind == "choice" else inbound.thread_key
        ticket, text = staff_reply.target_of(session, thread, argument)
        talk = StaffTalk(desk, session, now, inbound, wish, staff, ticket, text)
        return Turn(_store(session, row_, route.handle(talk), now))


class _TalkMovedError(Exception):
    """The talk moved on between reading and writing; look again."""


# What the routes look for


def _kind(*kinds: str) -> Fits:
    return lambda situation: situation.inbound.kind in kinds


def _wants(*verbs: str) -> Fits:
    return lambda situation: situation.wish.verb in verbs


def _is_throttled(situation: Situation) -> bool:
    return situation.n_last_minute >= situation.desk.settings.messages_per_minute


def _is_too_long(situation: Situation) -> bool:
    return len(situation.text) > situation.desk.settings.question_characters


def _is_with_staff(situation: Situation) -> bool:
    return situation.is_text and situation.ticket is not None and situation.ticket.state in ("claimed", "replied")


def _awaits(what: str) -> Fits:
    return lambda situation: situation.is_text and situation.awaiting.startswith(what)


def _anything(situation: Situation) -> bool:
    del situation
    return True


def _answer(situation: Situation) -> Answer:
    previous = situation.dialogue.previous(situation.now) if situation.dialogue else ""
    return situation.desk.answerer.answer(situation.text, _today(situation), previous=previous)


def _card(situation: Situation) -> Answer | None:
    return situation.desk.answerer.card(situation.wish.argument, _today(situation))


def _today(situation: Situation) -> date:
    return office_time(situation.desk.settings).day(situation.now)


# Who takes a message: the first that fits. A person (转人工) comes before every limit; what the asker says about their
# own data and about being written to comes before everything that could swallow it.
ROUTES: tuple[Route, ...] = (
    Route("blocked", _kind("blocked", "unblocked"), greet.note_blocked),
    Route("human", _wants("human"), escalate.ask_for_person),
    Route("done", _wants("done"), escalate.finish),
    Route("consent", _wants("consent", "consent_yes", "consent_no"), privacy.consent),
    Route("stop", _wants("stop"), privacy.stop),
    Route("privacy", _wants("privacy"), privacy.show),
    Route("export", _wants("export"), privacy.export),
    Route("erase", _wants("erase"), privacy.erase),
    Route("score", _wants("score"), survey.take_score),
    Route("solved", _wants("solved"), survey.take_solved),
    Route("words", _wants("words"), survey.ask_for_words),
    Route("follow", _wants("follow"), follow_up.take_answer),
    Route("feedback", _wants("good", "bad"), ask.judge),
    Route("broadcast", _wants("broadcast"), broadcast.take),
    Route("throttled", _is_throttled, greet.slow_down),
    Route("edit", _kind("edit"), edit.take_edit, _answer),
    Route("start", _wants("start"), greet.start),
    Route("help", _wants("help"), greet.show_help),
    Route("services", _wants("services", "service"), services.show),
    Route("my", _wants("my"), my.show),
    Route("card", _wants("card", "pick"), ask.open_card, _card),
    Route("unknown_press", _wants("unknown_press", "claim", "close"), greet.refuse_press),
    Route("unknown_command", _wants("unknown_command"), greet.refuse_command),
    Route("file", _kind("file"), escalate.receive_file),
    Route("survey_words", _awaits("words:"), survey.take_words),
    Route("broadcast_text", _awaits("broadcast"), broadcast.take_text),
    Route("ticket", _is_with_staff, escalate.continue_ticket),
    Route("prompt", lambda s: s.wish.verb == "ask" and not s.text, greet.prompt),
    Route("unreadable", lambda s: not has_words(s.text), greet.refuse_unreadable),
    Route("too_long", _is_too_long, greet.refuse_length),
    Route("ask", _anything, ask.ask, _answer),
)

STAFF_ROUTES: tuple[StaffRoute, ...] = (
    StaffRoute("claim", lambda _, wish: wish.verb == "claim", staff_reply.claim),
    StaffRoute("close", lambda _, wish: wish.verb == "close", staff_reply.close),
    StaffRoute("note", lambda _, wish: wish.verb == "note", staff_reply.note),
    StaffRoute("tickets", lambda _, wish: wish.verb == "tickets", staff_reply.list_tickets),
    StaffRoute("help", lambda _, wish: wish.verb == "help", staff_reply.show_help),
    StaffRoute("reply", lambda inbound, wish: _speaks_to_asker(inbound, wish), staff_reply.reply),
    StaffRoute("unknown_press", lambda inbound, _: inbound.kind == "choice", staff_reply.refuse_press),
    StaffRoute("unknown_command", lambda _, wish: wish.verb == "unknown_command", staff_reply.show_help),
    StaffRoute("chat", lambda _inbound, _wish: True, staff_reply.stay_silent),
)


def _speaks_to_asker(inbound: Inbound, wish: Wish) -> bool:
    """Plain words in a ticket's thread, or ``/reply``."""
    return wish.verb == "reply" or (
        not wish.verb and inbound.kind == "text" and inbound.thread_key.startswith("ticket:")
    )
