"""Where a talk stands when a message arrives, and the questions its routes ask about that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from consultations import received
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.counted_records import SMALL_TALK
from consultations.dialogue import Dialogue
from consultations.messages import Address, Inbound
from consultations.tickets import ALIVE, Ticket
from handlers import at_once
from handlers.desk import Desk
from handlers.outlet_of_asker import answer_at, outlet_of_asker
from handlers.talk import office_time
from handlers.wish import Wish, has_words, readable, wish_of
from knowledge.passages import Answer
from knowledge.routing import route

# Between a card and the day its question named, in a button: pick:oppose~2023-05-01.
DAY_SIGN = "~"
ASKS_NOTHING = (*SMALL_TALK, "human")  # labels of what says nothing about any matter

STEPS_FASTER = 4  # a guide has up to seven steps, each a second's press


@dataclass(frozen=True)
class Situation:
    """Where the talk stands when a message arrives. `contact` is ``None`` at the first one. `before` is what this
    message may go on with when it was sent right behind another one (分条发送).
    `outlet` (网点) is where the asker belongs, as far as its own cards answer; else "".
    """

    inbound: Inbound
    wish: Wish
    text: str
    now: datetime
    desk: Desk
    contact: Contact | None = None
    dialogue: Dialogue | None = None
    ticket: Ticket | None = None
    n_last_minute: int = 0
    n_steps_last_minute: int = 0
    before: Consultation | None = None
    outlet: str = ""
    is_matter_known: bool = True

    @property
    def awaiting(self) -> str:
        """What the next message answers, if anything."""
        return self.dialogue.waits_for(self.now) if self.dialogue else ""


Fits = Callable[[Situation], bool]
Looks = Callable[[Situation], Any]  # an answer or none; what another route wants to know


def look_around(session: Session, inbound: Inbound, desk: Desk) -> Situation:
    """Where the talk stands, read in a session that writes nothing and is over afterwards."""
    now, wish = desk.now(), wish_of(inbound)
    text = readable(wish.argument if wish.verb == "ask" else inbound.text)
    situation = Situation(inbound, wish, text, now, desk)
    found = standing(session, inbound.address)
    if found is None:
        return replace(situation, outlet=outlet_of_asker(session, desk, None, text, None))
    contact, talk, ticket = found
    n_others, n_steps = received.count_between(session, contact.key, now - timedelta(minutes=1), now)
    may_go_on = inbound.kind == "text" and ticket is None and n_others > 0
    before = at_once.just_before(session, contact.key, received.sent_at(inbound, now)) if may_go_on else None
    outlet = outlet_of_asker(session, desk, contact, text, ticket)
    is_known = ticket is None or is_matter_known(session, ticket)
    session.expunge_all()  # plain values from here on: the session's end would expire them
    return replace(
        situation,
        outlet=outlet,
        contact=contact,
        dialogue=talk,
        ticket=ticket,
        n_last_minute=n_others,
        n_steps_last_minute=n_steps,
        before=before,
        is_matter_known=is_known,
    )


def is_matter_known(session: Session, ticket: Ticket) -> bool:
    """Whether a record in the archive says what the ticket is about; complaints have a ledger of their own."""
    about = session.get(Consultation, ticket.consultation_id) if ticket.consultation_id else None
    return ticket.reason == "complaint" or (about is not None and about.label not in ASKS_NOTHING)


# Contact, dialogue and living ticket of an address. Built once: building it costs more than running it.
_STANDING = (
    select(Contact, Dialogue, Ticket)
    .outerjoin(Dialogue, col(Dialogue.contact_id) == col(Contact.id))
    .outerjoin(Ticket, (col(Ticket.contact_id) == col(Contact.id)) & col(Ticket.state).in_(ALIVE))
    .where(col(Contact.channel) == bindparam("channel"), col(Contact.chat_id) == bindparam("chat_id"))
)


def standing(session: Session, address: Address) -> tuple[Contact, Dialogue | None, Ticket | None] | None:
    """Contact, dialogue and living ticket of an address; ``None`` before the first message."""
    return session.exec(_STANDING, params={"channel": address.channel, "chat_id": address.chat_id}).first()


# --- what routes ask ---


def is_kind(*kinds: str) -> Fits:
    """Events of these kinds."""
    return lambda situation: situation.inbound.kind in kinds


def wants(*verbs: str) -> Fits:
    """Commands, buttons and words with these verbs."""
    return lambda situation: situation.wish.verb in verbs


def says_consent(situation: Situation) -> bool:
    """A consent button; or the word, unless it is said to a member of staff about something else."""
    is_word = situation.wish.verb in ("consent_yes", "consent_no")
    return situation.wish.verb == "consent" or (is_word and not is_with_staff(situation))


def is_throttled(situation: Situation) -> bool:
    """More than the allowed number of events within a minute; through a guide (引导) one may click faster."""
    allowed = situation.desk.settings.messages_per_minute
    if situation.wish.verb in received.STEP_ROUTES:
        return situation.n_steps_last_minute >= STEPS_FASTER * allowed
    return situation.n_last_minute >= allowed


def awaits(what: str) -> Fits:
    """Plain words we asked for; a command or its word is still that."""
    return lambda situation: (
        situation.inbound.kind == "text" and not situation.wish.verb and situation.awaiting.startswith(what)
    )


def is_with_staff(situation: Situation) -> bool:
    """Words said while a member of staff holds the ticket: they are for that person, commands excepted."""
    if situation.inbound.kind != "text" or situation.inbound.text.startswith("/"):
        return False
    return situation.ticket is not None and situation.ticket.state in ("claimed", "replied")


def is_bare_file(situation: Situation) -> bool:
    """A file without a question beside it, or one meant for staff."""
    return situation.inbound.kind == "file" and (situation.ticket is not None or not has_words(situation.text))


def is_empty_ask(situation: Situation) -> bool:
    """``/ask`` with nothing behind it."""
    return situation.wish.verb == "ask" and not situation.text


def is_unreadable(situation: Situation) -> bool:
    """No letter and no digit to look for."""
    return not has_words(situation.text)


def is_too_long(situation: Situation) -> bool:
    """Longer than a question may be."""
    return len(situation.text) > situation.desk.settings.question_characters


def anything(situation: Situation) -> bool:
    """The last route takes whatever is left."""
    del situation
    return True


# --- what routes look up before they act ---


def find_answer(situation: Situation) -> Answer | None:
    """The answer to the question; ``None`` for what is no question we would look up."""
    if is_unreadable(situation) or is_too_long(situation):
        return None
    on = today(situation)
    previous = situation.dialogue.previous(situation.now) if situation.dialogue else ""
    alone = answer_at(situation.desk, situation.text, on, previous=previous, outlet=situation.outlet)
    before = situation.before
    lines = at_once.together(before, situation.text) if before else ""
    if before is None or not at_once.is_short(lines, situation.desk.settings.question_characters):
        return alone
    return at_once.better(before, alone, answer_at(situation.desk, lines, on, outlet=situation.outlet))


def find_for_staff(situation: Situation) -> Answer | None:
    """What is looked up while staff are at it: the answer to words of a life in danger; and for a ticket that says
    nothing yet about its matter, what comes closest, which staff see.
    """
    return find_answer(situation) if not situation.is_matter_known or route(situation.text) == "danger" else None


def find_card(situation: Situation) -> Answer | None:
    """The card whose button was pressed, as it stands today, or on the day its question was asked for."""
    card_id, _, asked_for = situation.wish.argument.partition(DAY_SIGN)
    answerer, day = situation.desk.answerer, _day(asked_for)
    return answerer.card(card_id, today(situation), day=day, outlet=situation.outlet)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def today(situation: Situation) -> date:
    """The day in the office."""
    return office_time(situation.desk.settings).day(situation.now)
