"""Hand a question to a person (转人工): ticket number and promised time at once, staff told in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from consultations import archive, dialogue, numbers, outbox, ticket_messages, tickets
from consultations.archive import Consultation
from consultations.masking import mask
from consultations.messages import Block, Outbound
from consultations.tickets import REASON_NAMES, STATE_NAMES, Reason, Ticket
from handlers import quick_wording, review_wording, wording
from handlers.desk import Desk
from handlers.filing import file_for_person, is_first_question
from handlers.give_out import give_out, told
from handlers.guide_buttons import place_left
from handlers.promises import expect_answer, plan_promise, promised, served_from
from handlers.situation import ASKS_NOTHING
from handlers.talk import Replies, Rows, Talk, office_time, row, say
from knowledge.routing import route

STAFF_PRIORITY = 1  # after replies to people, before everything that can wait
SUGGESTED = 3
LONGEST_FOR_STAFF = 3000  # characters of one message shown to staff; the archive has all of it


@dataclass(frozen=True)
class _Suggestion:
    """Something for the one who answers; with a card its answer can be inserted."""

    title: str
    card_id: str = ""


def ask_for_person(talk: Talk) -> Replies:
    """Open a ticket for whoever pressed 转人工; the last question goes along, or the next message will."""
    way = _way_taken(talk)
    if talk.ticket is not None:
        if way:
            relay(talk, talk.ticket, way)
        return (say(talk, *promise(talk, talk.ticket, is_new=False)),)
    said = talk.wish.argument if talk.inbound.kind == "text" else ""
    question = said or way or talk.dialogue.previous(talk.now)
    ticket = open_for(talk, question or wording.NO_QUESTION_YET, "asked", _consultation_about(talk, question))
    if question and ticket.consultation_id is None:
        file_for_person(talk, ticket, question)
    blocks = promise(talk, ticket)
    return (say(talk, *blocks, "" if question else wording.PLEASE_WRITE),)


def hand_over(talk: Talk, consultation: Consultation, reason: Reason) -> tuple[Block, ...]:
    """The blocks that tell number and time: a new ticket, or the one already open, which gets this question too."""
    if talk.ticket is None:
        return promise(talk, open_for(talk, consultation.question, reason, consultation))
    consultation.ticket_id = talk.ticket.id
    relay(talk, talk.ticket, talk.text or consultation.question, consultation)
    return promise(talk, talk.ticket, is_new=False)


def open_for(talk: Talk, question: str, reason: Reason, consultation: Consultation | None) -> Ticket:
    """A new ticket of this asker, with its notice to every staff room in the same transaction."""
    office, book = talk.office, talk.desk.duty.book
    service_item = consultation.service_item if consultation else ""
    kind = book.kind_of(reason, service_item, question)
    ticket = Ticket(
        number=numbers.next_number(talk.session, numbers.TICKET, office.day(talk.now)),
        contact_id=talk.contact.key,
        consultation_id=consultation.id if consultation else None,
        question=question,
        reason=reason,
        kind=kind.kind_id,
        service_item=service_item,
        created_at=talk.now,
        due_at=promised(talk.desk, kind.kind_id, talk.now),
    )
    tickets.open_ticket(talk.session, ticket)
    if consultation is not None:
        consultation.ticket_id = ticket.id
    dialogue.await_words(talk.dialogue, "", talk.now)
    plan_promise(talk.session, talk.desk, ticket, talk.now)
    found = give_out(talk.session, talk.desk, ticket, talk.now)
    suggested = _suggested(talk, consultation)
    notice = _notice_blocks(talk, ticket, consultation, suggested) + told(talk.desk, found, talk.now)
    buttons = [(wording.CLAIM, f"claim:{ticket.id}")]
    if consultation is not None:
        buttons.append((wording.WHY, f"why:{consultation.id}"))
    inserts = _insert_buttons(ticket, suggested)
    choices = (row(*buttons), row(*inserts)) if inserts else (row(*buttons),)
    tell_staff(talk.session, talk.desk, ticket, notice, talk.now, choices=choices)
    return ticket


def promise(talk: Talk, ticket: Ticket, *, is_new: bool = True) -> tuple[Block, ...]:
    """Ticket number, promised time, and outside working hours when somebody will be there."""
    office = talk.office
    due = wording.moment_name(ticket.due_at, office.zone)
    lead = wording.handed_over(ticket.number, due) if is_new else wording.already_handed_over(ticket.number, due)
    notes = []
    at = served_from(talk.desk, talk.now, ticket.outlet)
    if at > talk.now:
        name = wording.moment_name(at, office.zone)
        notes.append(wording.nobody_there(name) if office.is_open(talk.now) else wording.after_hours(name))
    if talk.settings.outlet_phone:
        notes.append(wording.call_us(talk.settings.outlet_phone))
    return (Block("lead", lead), *(Block("note", each) for each in notes))


def relay(talk: Talk, ticket: Ticket, text: str, consultation: Consultation | None = None) -> None:
    """Put what the asker wrote on the ticket and into the staff thread, masked there. The first words that ask
    something are a consultation, also where nobody but staff was to answer; then staff see what comes closest.
    """
    is_small_talk = talk.answer is not None and talk.answer.label in ASKS_NOTHING
    if ticket.question == wording.NO_QUESTION_YET and not is_small_talk:
        ticket.question = text
    suggested: Sequence[_Suggestion] = ()
    if consultation is None and is_first_question(talk, ticket):
        suggested = _suggested(talk, file_for_person(talk, ticket, text))
    ticket_messages.add(talk.session, ticket.key, "asker", text, talk.now, received_id=talk.received.id)
    expect_answer(talk.session, talk.desk, tickets.lead_of(talk.session, ticket), talk.now)
    blocks = (Block("text", wording.staff_asker_wrote(for_staff(text))), *_candidates(suggested))
    inserts = _insert_buttons(ticket, suggested)
    tell_staff(talk.session, talk.desk, ticket, blocks, talk.now, choices=(row(*inserts),) if inserts else ())


def continue_ticket(talk: Talk) -> Replies:
    """The asker writes while a member of staff is at it: it goes to them, and nobody talks in between, except where a
    life is in danger and help is nearer than staff.
    """
    assert talk.ticket is not None
    relay(talk, talk.ticket, talk.inbound.text)
    is_alarm = talk.answer is not None and route(talk.text) == "danger"
    return (say(talk, Block("lead", talk.answer.lead)),) if talk.answer is not None and is_alarm else ()


def tell_staff(  # noqa: PLR0913  one message, its place and its time
    session: Session,
    desk: Desk,
    ticket: Ticket,
    blocks: tuple[Block, ...],
    now: datetime,
    *,
    choices: Rows = (),
    due_at: datetime | None = None,
    file_of: str = "",
) -> None:
    """One message in the ticket's thread of every staff room, not before `due_at`; with the file of that message."""
    lead, kind = tickets.lead_of(session, ticket), desk.duty.book.kind_name
    title = wording.staff_thread_title(lead.number, kind(lead.kind), STATE_NAMES[lead.state])
    for room in desk.settings.staff_rooms:
        message = Outbound(room, blocks, choices, "staff", thread_key=ticket.thread_key, thread_title=title)
        message = replace(message, file_of=file_of)
        outbox.enqueue(session, message, now=now, due_at=due_at, priority=STAFF_PRIORITY)


def for_staff(text: str) -> str:
    """What may appear in a staff room, which may be on a foreign server: masked, and not endless."""
    masked = mask(text)
    return masked if len(masked) <= LONGEST_FOR_STAFF else masked[:LONGEST_FOR_STAFF] + "……（全文见档案）"


def _notice_blocks(
    talk: Talk, ticket: Ticket, consultation: Consultation | None, suggested: Sequence[_Suggestion]
) -> tuple[Block, ...]:
    due = wording.moment_name(ticket.due_at, office_time(talk.settings).zone)
    question = wording.staff_question(ticket.contact_id, for_staff(ticket.question), is_secret=talk.contact.is_secret)
    blocks = [
        Block("lead", wording.staff_new_ticket(ticket.number, _kind_and_reason(talk.desk, ticket), due)),
        Block("text", question),
    ]
    before = [each for each in archive.latest(talk.session, ticket.contact_id, 4) if each is not consultation][:3]
    if before and not talk.contact.is_secret:  # what somebody asked before may tell who they are
        blocks.append(Block("note", wording.staff_history([f"· {mask(each.question)[:80]}" for each in before])))
    return (*blocks, *_candidates(suggested))


def _candidates(suggested: Sequence[_Suggestion]) -> tuple[Block, ...]:
    lines = [f"{n}. {each.title}" for n, each in enumerate(suggested, start=1)]
    return (Block("note", wording.staff_candidates(lines)),) if lines else ()


def _insert_buttons(ticket: Ticket, suggested: Sequence[_Suggestion]) -> list[tuple[str, str]]:
    return [
        (quick_wording.insert(n), f"insert:{ticket.id}:{each.card_id}")
        for n, each in enumerate(suggested, start=1)
        if each.card_id
    ]


def _kind_and_reason(desk: Desk, ticket: Ticket) -> str:
    kind, reason = desk.duty.book.kind_name(ticket.kind), REASON_NAMES[ticket.reason]
    return kind if kind == reason else f"{kind}，{reason}"


def _suggested(talk: Talk, consultation: Consultation | None) -> list[_Suggestion]:
    """The three things that come closest: what was found for this message, else for the question it is about."""
    if talk.answer is not None and talk.answer.hits:
        found = [(hit.passage.passage_id, hit.passage.title) for hit in talk.answer.hits[:SUGGESTED]]
        return [_Suggestion(_marked(talk, title, _card_of(each)), _card_of(each)) for each, title in found]
    if consultation is None:
        return []
    if suggested := cards_near(talk.desk, consultation, talk.office.day(talk.now)):
        return [_Suggestion(title, card_id) for card_id, title in suggested]
    cited = consultation.citations[:SUGGESTED]
    return [_Suggestion(wording.basis(law, article, version)) for law, article, version, _ in cited]


def _marked(talk: Talk, title: str, card_id: str) -> str:
    """The title, with a mark when the card is to be looked at again before anybody relies on it."""
    today = talk.office.day(talk.now)
    card = talk.desk.shelf.version_on(card_id, today) if card_id else None
    return review_wording.marked(title, is_late=card is not None and card.review_due <= today)


def cards_near(desk: Desk, consultation: Consultation, today: date) -> list[tuple[str, str]]:
    """Id and title of the cards with an answer today that came closest to a question, the closest first."""
    cards = [_card_of(str(passage_id)) for passage_id, *_ in consultation.hits]
    known = [(each, desk.shelf.version_on(each, today)) for each in cards if each]
    return [
        (card_id, review_wording.marked(card.title, is_late=card.review_due <= today))
        for card_id, card in known
        if card and not card.is_empty
    ][:SUGGESTED]


def _card_of(passage_id: str) -> str:
    """The card a passage is made of; empty when it is an article."""
    kind, _, card_id = passage_id.partition(":")
    return card_id if kind == "card" else ""


def _way_taken(talk: Talk) -> str:
    """The way through a guide (引导): of the button pressed, of the step still open, of the ending just told."""
    pressed = talk.wish.argument if talk.inbound.kind == "choice" else ""
    place = talk.desk.guides.at(pressed) if pressed else place_left(talk)
    if place is not None or pressed:
        return place.told if place else ""
    last = next(iter(archive.latest(talk.session, talk.contact.key, 1)), None)
    is_end = last is not None and last.label == "guide" and last.created_at == talk.dialogue.asked_at
    return last.question if last is not None and is_end and talk.dialogue.previous(talk.now) else ""


def _consultation_about(talk: Talk, question: str) -> Consultation | None:
    recent = archive.latest(talk.session, talk.contact.key, 3) if question else []
    return next((each for each in recent if question in {each.question, (each.trace or {}).get("completed")}), None)
