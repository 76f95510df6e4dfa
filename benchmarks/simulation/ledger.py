"""What came in and what went out, held against the archive: nothing lost, nothing twice, every question cared for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlmodel import Session, col, select

from benchmarks.simulation.people import REPLY, Asker
from benchmarks.simulation.world import World
from consultations import seal_check
from consultations.archive import Consultation
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.received import ReceivedMessage
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Ticket, TicketEvent


def faults(world: World, askers: list[Asker]) -> Iterator[str]:
    """Everything that is wrong with the records, in words; after the end."""
    with world.reading() as session:
        yield from _archived_once(session, world, askers)
        yield from _cared_for(session)
        yield from _left_and_arrived(session, world)
        yield from _said_once(world)
        yield from _asked_once(session, world)
        yield from _one_ticket_each(session)
        for fault in seal_check.check(session).faults:
            yield f"seal: {fault}"


def _archived_once(session: Session, world: World, askers: list[Asker]) -> Iterator[str]:
    """Every message sent in is stored once; of people erased only the number of rows can be told."""
    stored = Counter((each.channel, each.message_id) for each in session.exec(select(ReceivedMessage)))
    erased = sum(message_id.startswith("erased:") for _, message_id in stored)
    missing = {each for each in world.written if not stored[each]}
    gone = {each.name for each in askers if each.is_erased}
    lost = [each for each in missing if each[1].split("/")[0].removeprefix("w") not in gone]
    if lost or len(missing) != erased:
        yield f"sent in and not archived: {lost[:5]} ({len(missing)} missing, {erased} erased)"
    for key, n in stored.items():
        if n > 1 or (key not in world.written and not key[1].startswith("erased:")):
            yield f"{key} is archived {n} times"


def _cared_for(session: Session) -> Iterator[str]:
    """Every question is answered, asked back, refused with a reason, or with staff."""
    on_tickets = set(session.exec(select(TicketMessage.received_id)))
    by_letter: dict[int, list[Consultation]] = {}
    for each in session.exec(select(Consultation)):
        by_letter.setdefault(each.received_id, []).append(each)
    texts = select(ReceivedMessage).where(ReceivedMessage.kind == "text", col(ReceivedMessage.contact_id).is_not(None))
    for letter in session.exec(texts):
        found = by_letter.get(letter.key, [])
        if len(found) > 1:
            yield f"message {letter.id} is {len(found)} consultations"
        with_staff = letter.key in on_tickets or any(each.ticket_id for each in found)
        is_throttled = letter.route == "throttled" and bool(found)
        was_erased = letter.message_id.startswith("erased:")
        if not (letter.reply_ids or with_staff or is_throttled or was_erased):
            yield f"message {letter.id} ({letter.route}) got no reply and is on no ticket"
        if any(each.action == "escalate" and not each.ticket_id for each in found):
            yield f"message {letter.id} was to go to staff and has no ticket"


def _left_and_arrived(session: Session, world: World) -> Iterator[str]:
    """What is marked as sent arrived, and the other way round; what failed went to somebody out of reach."""
    now = world.office_now
    for row in session.exec(select(OutboxMessage)):
        assert row.id is not None
        is_again = row.id in world.in_doubt and row.state in {"new", "sending"}  # about to be sent once more
        if (row.state == "sent") != bool(world.arrivals[row.id]) and not is_again:
            yield f"outbox row {row.id} is {row.state} and arrived {world.arrivals[row.id]} times"
        if row.state in {"new", "sending"} and row.due_at <= now:
            yield f"outbox row {row.id} is {row.state}, due {row.due_at}"
        address = Address(row.channel, row.chat_id)  # erased, a row has neither words nor a chat
        if row.state == "failed" and row.chat_id and address not in world.blockers:
            yield f"outbox row {row.id} to {address} failed: {row.reason}"
        if row.state == "unsure":
            yield f"outbox row {row.id} is unsure"
        if world.arrivals[row.id] > 1 and row.id not in world.in_doubt:
            yield f"outbox row {row.id} arrived {world.arrivals[row.id]} times without any doubt"


def _said_once(world: World) -> Iterator[str]:
    """A reply of staff, and an answer to a question, reached its asker in one row, however often it was delivered."""
    said = Counter(
        (str(each.address), each.plain_text)
        for each in world.arrived.values()
        if each.address.channel != "staff" and (REPLY in each.plain_text or each.plain_text.startswith("示例："))
    )
    for (address, text), n in said.items():
        is_card = any(f"答 {card}" in text for card in ("one", "two"))
        if n > 1 and not is_card:
            yield f"{address} got {n} times: {text[:60]}"


def _asked_once(session: Session, world: World) -> Iterator[str]:
    """In nobody's chat stand two messages about one follow-up, or more polls about a ticket than times it was closed
    and, after a day without a vote, a reminder each.
    """
    closed = Counter(session.exec(select(TicketEvent.ticket_id).where(TicketEvent.to_state == "closed")))
    for (address, what, which), n in Counter(_asked(world)).items():
        if n > (2 * closed[int(which)] if what == "score" else 1):
            yield f"{address} was asked {n} times: {what} {which}"


def _asked(world: World) -> Iterator[tuple[str, str, str]]:
    """Whose chat, poll or follow-up, its ticket's or its own id: once for each row that arrived."""
    for each in world.arrived.values():
        buttons = {choice.action.rpartition(":")[0] for row in each.choices for choice in row}
        for key in {each.poll_key, *buttons}:
            what, _, which = key.partition(":")
            if what in {"score", "follow"} and which.isdecimal():
                yield str(each.address), what, which


def _one_ticket_each(session: Session) -> Iterator[str]:
    alive = select(Ticket).where(col(Ticket.state).in_(["open", "assigned", "claimed", "replied"]))
    for contact_id, n in Counter(each.contact_id for each in session.exec(alive)).items():
        if n > 1:
            yield f"contact {contact_id} has {n} living tickets"
    for number, n in Counter(session.exec(select(Ticket.number))).items():
        if n > 1:
            yield f"ticket number {number} was given {n} times"
