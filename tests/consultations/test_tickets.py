"""The ticket's state machine: every move, legal or not, and fifty people claiming at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from bot.database import SessionMaker
from consultations import contacts, tickets
from consultations.messages import Address
from consultations.tickets import LEGAL_ORIGINS, IllegalMoveError, Staff, State, Ticket
from tests.conftest import Clock

Store = tuple[SessionMaker, SessionMaker]
Opened = Callable[[], AbstractContextManager[Session]]
STAFF = Staff("staff:1", "示例甲")
STATES: tuple[State, ...] = ("open", "claimed", "replied", "closed", "withdrawn")
PATHS: dict[State, tuple[State, ...]] = {
    "open": (),
    "claimed": ("claimed",),
    "replied": ("claimed", "replied"),
    "closed": ("claimed", "closed"),
    "withdrawn": ("withdrawn",),
}


def new_ticket(session: Session, clock: Clock, name: str = "asker") -> Ticket:
    contact = contacts.meet(session, Address("core", name), "", clock.now())
    return tickets.open_ticket(
        session,
        Ticket(
            number=f"GD-20261123-{contact.key:04d}",
            contact_id=contact.key,
            question="示例问题",
            reason="asked",
            created_at=clock.now(),
            due_at=clock.now() + timedelta(hours=8),
        ),
    )


def test_a_ticket_moves_only_where_the_table_allows(store: Store, clock: Clock) -> None:
    writing, _ = store
    for origin, target in itertools.product(STATES, STATES):
        with writing() as session:
            ticket = new_ticket(session, clock, f"{origin} {target}")
            for state in PATHS[origin]:
                tickets.move(session, ticket.key, state, "staff:1", clock.now())
            check_move(session, ticket, target, clock)


def check_move(session: Session, ticket: Ticket, target: State, clock: Clock) -> None:
    origin, n_before = ticket.state, len(tickets.history_of(session, ticket.key))
    if origin in LEGAL_ORIGINS[target]:
        assert tickets.move(session, ticket.key, target, "staff:1", clock.now()).state == target
        assert tickets.history_of(session, ticket.key)[-1].from_state == origin
        return
    with pytest.raises(IllegalMoveError, match=f"is {origin}, it cannot become {target}"):
        tickets.move(session, ticket.key, target, "staff:1", clock.now())
    assert len(tickets.history_of(session, ticket.key)) == n_before


def test_the_whole_life_is_written_down(store: Store, clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        key = new_ticket(session, clock).key
        tickets.claim(session, key, STAFF, clock.now())
        clock.advance(minutes=5)
        tickets.reply(session, key, STAFF, "示例答复", clock.now())
        first_reply = clock.now()
        clock.advance(minutes=5)
        tickets.reply(session, key, STAFF, "补充一句", clock.now())
        tickets.close(session, key, STAFF.key, clock.now())
    with reading() as session:
        ticket = tickets.get(session, key)
        assert ticket is not None
        assert (ticket.state, ticket.holder_name, ticket.replied_at) == ("closed", "示例甲", first_reply)
        assert [each.to_state for each in tickets.history_of(session, key)] == ["open", "claimed", "replied", "closed"]
        assert [each.text for each in tickets.messages_of(session, key)] == ["示例答复", "补充一句"]


def test_of_fifty_claims_at_once_the_first_wins(store: Store, clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        key = new_ticket(session, clock).key

    def attempt(number: int) -> str:
        with writing() as session:
            try:
                tickets.claim(session, key, Staff(f"staff:{number}", f"示例{number}"), clock.now())
            except IllegalMoveError as error:
                return error.ticket.holder_name
        return ""

    with ThreadPoolExecutor(10) as pool:
        seen = list(pool.map(attempt, range(50)))
    won = [number for number, holder in enumerate(seen) if not holder]
    assert len(won) == 1
    assert set(seen) == {"", f"示例{won[0]}"}  # every loser sees who it is
    with reading() as session:
        ticket = tickets.get(session, key)
        assert ticket is not None
        assert ticket.holder == f"staff:{won[0]}"
        assert [each.to_state for each in tickets.history_of(session, key)] == ["open", "claimed"]


def test_nobody_has_two_living_tickets(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        new_ticket(session, clock)
    with pytest.raises(IntegrityError), writing() as session:
        contact = contacts.meet(session, Address("core", "asker"), "", clock.now())
        second = Ticket(
            number="GD-20261123-9999",
            contact_id=contact.key,
            question="",
            reason="asked",
            created_at=clock.now(),
            due_at=clock.now(),
        )
        tickets.open_ticket(session, second)


def test_the_most_urgent_ticket_is_listed_first(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        late = new_ticket(session, clock, "late")
        clock.advance(hours=-3)
        urgent = new_ticket(session, clock, "urgent")
        assert [each.key for each in tickets.list_alive(session)] == [urgent.key, late.key]
        assert tickets.by_number(session, f" {urgent.number.lower()} ") is urgent
