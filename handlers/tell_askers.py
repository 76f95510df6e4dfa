"""Tell the askers (告知提问人): whoever asked what a published card answers now hears of it, once.

As with follow-ups only who lets themselves be written to, outside the quiet hours; not those whom staff answered
already. The key of each message names draft and contact, and what is in doubt is held: nobody hears of it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from consultations import card_drafts, outbox, ticket_messages
from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.contacts import Contact
from consultations.messages import Block, Outbound
from handlers import wording
from handlers.ask import compose
from handlers.desk import Desk
from handlers.outlet_of_asker import answer_at
from handlers.talk import AFTERCARE_PRIORITY, human_row, office_time, row
from knowledge.passages import Answer


@dataclass(frozen=True)
class Recipient:
    """One person who is to hear of the answer, and what they had asked last."""

    contact: Contact
    question: str


@dataclass(frozen=True)
class Telling:
    """What is told, to whom (contact id → their question), and how many asked what the card does not answer."""

    answer: Answer
    questions: Mapping[int, str]
    n_others: int = 0


def recipients(session: Session, draft: CardDraft) -> list[Recipient]:
    """Who may be told and was not yet, in the order in which they asked."""
    told = outbox.keys_beginning(session, key_of(draft.key))
    found_out = _answered_by_card(session, draft)
    last: dict[int, Consultation] = {}
    served: set[int] = set()
    for each in card_drafts.askers_of(session, draft.key):
        consultation = session.get_one(Consultation, each.consultation_id)
        last[each.contact_id] = consultation
        if _answered_by_staff(session, consultation):
            served.add(each.contact_id)
    people = [(session.get_one(Contact, contact_id), consultation) for contact_id, consultation in last.items()]
    return [
        Recipient(contact, consultation.edited_text or consultation.question)
        for contact, consultation in people
        if contact.key not in served | found_out
        and contact.is_welcome_to_unasked
        and f"{key_of(draft.key)}{contact.key}" not in told
    ]


def whom_to_tell(desk: Desk, draft_id: int) -> Telling | None:
    """What the published card answers today, and to whom; ``None`` while it does not answer yet.

    Asking the knowledge base each one's own question keeps an answer from somebody who had asked something else. Opens
    a session and takes an answer a person: call it before the turn's session.
    """
    with desk.reading() as session:
        draft = card_drafts.get(session, draft_id)
        if draft is None or draft.state != "published":
            return None
        card_id, outlet, found = (
            draft.card_id,
            draft.outlet,
            [(each.contact.key, each.question) for each in recipients(session, draft)],
        )
    today = office_time(desk.settings).day(desk.now())
    answer = desk.answerer.card(card_id, today, outlet=outlet)
    if answer is None or answer.action != "answer":
        return None
    answered = {key: question for key, question in found if _is_answered(desk, question, card_id, today, outlet)}
    return Telling(answer, answered, len(found) - len(answered))


def tell_askers(session: Session, desk: Desk, draft: CardDraft, telling: Telling, now: datetime) -> int:
    """How many people will be told; in quiet hours the messages wait for the morning."""
    due_at = office_time(desk.settings).after_quiet(now)
    found = [each for each in recipients(session, draft) if each.contact.key in telling.questions]
    for each in found:
        outbox.enqueue(
            session,
            message_to(each, telling.answer),
            now=now,
            due_at=due_at,
            dedupe_key=f"{key_of(draft.key)}{each.contact.key}",
            on_doubt="hold",
            priority=AFTERCARE_PRIORITY,
        )
    return len(found)


def message_to(recipient: Recipient, answer: Answer) -> Outbound:
    """Their question, the answer with its source, a person one tap away; whoever unsubscribes calls it off."""
    head = (Block("note", wording.asked_before(recipient.question)), Block("text", wording.NOW_ANSWERED))
    buttons = (human_row(), row((wording.UNSUBSCRIBE, "stop")))
    return Outbound(recipient.contact.address, (*head, *compose(answer)), buttons, kind="follow_up")


def told(session: Session, draft: CardDraft) -> Mapping[str, str]:
    """Key → state of the messages that told of this draft."""
    return outbox.keys_beginning(session, key_of(draft.key))


def key_of(draft_id: int) -> str:
    """What the keys of all messages about a draft begin with; the contact's id follows."""
    return f"card_draft:{draft_id}:"


def _is_answered(desk: Desk, question: str, card_id: str, today: date, outlet: str) -> bool:
    found = answer_at(desk, question, today, outlet=outlet)
    return found.action == "answer" and found.card_id == card_id


def _answered_by_card(session: Session, draft: CardDraft) -> set[int]:
    """Who asked again and got the card's answer already."""
    answered = select(Consultation.contact_id).where(
        Consultation.card_id == draft.card_id,
        Consultation.action == "answer",
        Consultation.created_at >= (draft.published_at or draft.created_at),
        Consultation.outcome != "bad",
    )
    return set(session.exec(answered)) if draft.kind == "card" else set()


def _answered_by_staff(session: Session, consultation: Consultation) -> bool:
    if consultation.ticket_id is None:
        return False
    return any(each.author == "staff" for each in ticket_messages.of_ticket(session, consultation.ticket_id))
