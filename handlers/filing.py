"""File what somebody asked in the archive (咨询档案): every question, also one that only a person was asked."""

from __future__ import annotations

from typing import Any

from consultations import archive, numbers
from consultations.archive import Consultation
from consultations.masking import mask
from consultations.tickets import Ticket
from handlers import at_once
from handlers.situation import ASKS_NOTHING, is_matter_known
from handlers.talk import Talk
from knowledge import explain
from knowledge.passages import Answer

ARCHIVED_HITS = 10
LONGEST_PREVIOUS = 200  # characters of the question before, in the trace
TO_PERSON = "to_person"  # label of what was asked of staff alone; nobody else was to answer it


def file(talk: Talk, answer: Answer, question: str) -> Consultation:
    """The archive record of one question and what was found for it."""
    consultation = Consultation(
        number=numbers.next_number(talk.session, numbers.CONSULTATION, talk.office.day(talk.now)),
        contact_id=talk.contact.key,
        received_id=talk.received.key,
        channel=talk.inbound.address.channel,
        question=question,
        terms=list(answer.terms),
        hits=[
            [hit.passage.passage_id, round(hit.score, 4), round(hit.coverage, 4)] for hit in answer.hits[:ARCHIVED_HITS]
        ],
        citations=[[each.law, each.article, each.version, each.passage_id] for each in answer.sources],
        card_id=answer.card_id,
        card_version=answer.card_version,
        service_item=answer.service_item,
        action=answer.action,
        label=answer.label,
        confidence=answer.confidence,
        latency_ms=round(talk.latency_ms, 2),
        trace=_trace(talk, answer),
        edit_of=talk.before.id if talk.before and is_joined(talk) else None,
        created_at=talk.now,
    )
    return archive.file_consultation(talk.session, consultation)


def file_for_person(talk: Talk, ticket: Ticket, question: str) -> Consultation:
    """The archive record of what was said to staff alone, with what lies nearest; it tells the ticket its matter."""
    found = talk.answer or Answer("escalate", TO_PERSON, question)
    item = "" if found.action == "out_of_scope" else found.service_item
    heard = Answer("escalate", TO_PERSON, question, service_item=item, hits=found.hits, terms=found.terms)
    consultation = file(talk, heard, question)
    ticket.consultation_id, consultation.ticket_id = consultation.id, ticket.id
    ticket.service_item = ticket.service_item or item
    return consultation


def is_first_question(talk: Talk, ticket: Ticket) -> bool:
    """Whether these words are the first on a ticket that ask something: none of its records says what it is about."""
    asks = talk.answer is None or talk.answer.label not in ASKS_NOTHING
    return asks and not is_matter_known(talk.session, ticket)


def is_joined(talk: Talk) -> bool:
    """Whether the answer is one to this message and those sent right before it."""
    return bool(talk.answer and talk.before and talk.answer.question == at_once.together(talk.before, talk.text))


def _trace(talk: Talk, answer: Answer) -> dict[str, Any]:
    """How the answer came about, masked, with the question it leans on."""
    previous = "" if is_joined(talk) else talk.dialogue.previous(talk.now)
    known = talk.desk.duty.book.outlets.get(talk.outlet)
    outlet = {"outlet": talk.outlet, "outlet_name": known.name if known else talk.outlet} if talk.outlet else {}
    return explain.masked({**answer.trace, "previous": previous[:LONGEST_PREVIOUS], **outlet}, mask)
