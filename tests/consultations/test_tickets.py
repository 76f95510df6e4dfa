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
from consultations import contacts, merging, ticket_messages, tickets
from consultations.messages import Address
from consultations.tickets import (
    LEGAL_ORIGINS,
    AnotherAliveError,
    IllegalMoveError,
    Staff,
    State,
    Ticket,
)
from tests.conftest import Clock

Store = tuple[SessionMaker, SessionMaker]
Opened = Callable[[], AbstractContextManager[Session]]
STAFF = Staff("staff:1", "示例甲")
STATES: tuple[State, ...] = ("open", "assigned", "claimed", "replied", "closed", "withdrawn", "archived")
PATHS: dict[State, tuple[State, ...]] = {
    "open": (),
    "assigned": ("assigned",),
    "claimed": ("claimed",),
    "replied": ("claimed", "replied"),
    "closed": ("claimed", "closed"),
    "withdrawn": ("withdrawn",),
    "archived": ("claimed", "closed", "archived"),
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
        assert [each.text for each in ticket_messages.of_ticket(session, key)] == ["示例答复", "补充一句"]


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


OTHER = Staff("staff:2", "示例乙")


def told(session: Session, key: int) -> list[str]:
    return [each.note or each.to_state for each in tickets.history_of(session, key)]


def test_a_ticket_given_to_somebody_is_claimed_by_whoever_is_first(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        key = new_ticket(session, clock).key
        ticket = tickets.assign(session, key, OTHER, "staff:lead", clock.now())
        assert (ticket.state, ticket.assignee_name, ticket.holder) == ("assigned", "示例乙", "")
        ticket = tickets.claim(session, key, STAFF, clock.now())
        assert (ticket.state, ticket.holder_name) == ("claimed", "示例甲")
        with pytest.raises(IllegalMoveError):
            tickets.claim(session, key, OTHER, clock.now())
        ticket = tickets.assign(session, key, OTHER, STAFF.key, clock.now())
        assert (ticket.state, ticket.assignee, ticket.holder, ticket.claimed_at) == ("assigned", OTHER.key, "", None)


def test_a_ticket_put_back_is_nobodys_and_its_held_reply_is_gone(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        ticket = new_ticket(session, clock)
        tickets.claim(session, ticket.key, STAFF, clock.now())
        tickets.hold(session, ticket, STAFF, "示例", clock.now())
        ticket = tickets.put_back(session, ticket.key, "staff:lead", clock.now(), "休假")
        assert (ticket.state, ticket.holder, ticket.holder_name) == ("open", "", "")
        assert told(session, ticket.key) == ["open", "claimed", "休假"]
        assert [each.author for each in ticket_messages.of_ticket(session, ticket.key)] == ["dropped"]
        with pytest.raises(IllegalMoveError):
            tickets.put_back(session, ticket.key, "staff:lead", clock.now(), "")


def test_a_closed_ticket_is_reopened_with_a_new_promise(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        key = new_ticket(session, clock).key
        tickets.claim(session, key, STAFF, clock.now())
        tickets.reply(session, key, STAFF, "示例", clock.now())
        replied_at = clock.now()
        with pytest.raises(IllegalMoveError):
            tickets.reopen(session, key, STAFF.key, clock.now(), clock.now())
        tickets.close(session, key, STAFF.key, clock.now())
        clock.advance(days=1)
        ticket = tickets.reopen(session, key, STAFF.key, clock.now(), clock.now() + timedelta(hours=1))
        assert (ticket.state, ticket.closed_at, ticket.holder) == ("open", None, "")
        assert (ticket.reopened_at, ticket.due_at) == (clock.now(), clock.now() + timedelta(hours=1))
        tickets.claim(session, key, OTHER, clock.now())
        assert tickets.reply(session, key, OTHER, "再答", clock.now()).replied_at == replied_at
        tickets.close(session, key, OTHER.key, clock.now())
        tickets.archive(session, key, "", clock.now())
        with pytest.raises(IllegalMoveError):
            tickets.reopen(session, key, STAFF.key, clock.now(), clock.now())


def test_nobody_gets_a_second_living_ticket_by_reopening(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        first = new_ticket(session, clock)
        tickets.claim(session, first.key, STAFF, clock.now())
        tickets.close(session, first.key, STAFF.key, clock.now())
        second = Ticket(
            number="GD-20261123-0777",
            contact_id=first.contact_id,
            question="",
            reason="asked",
            created_at=clock.now(),
            due_at=clock.now(),
        )
        tickets.open_ticket(session, second)
        with pytest.raises(AnotherAliveError) as refused:
            tickets.reopen(session, first.key, STAFF.key, clock.now(), clock.now())
        assert refused.value.other is second


def test_merged_tickets_move_together_and_keep_their_numbers(store: Store, clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        lead, other = new_ticket(session, clock, "a"), new_ticket(session, clock, "b")
        tickets.claim(session, lead.key, STAFF, clock.now())
        assert merging.merge(session, other, lead, STAFF.key, clock.now()) is lead
        assert (other.state, other.holder, other.thread_key) == ("claimed", STAFF.key, lead.thread_key)
        assert [each.key for each in tickets.list_alive(session)] == [lead.key]
        tickets.reply(session, lead.key, STAFF, "示例答复", clock.now())
        tickets.close(session, lead.key, STAFF.key, clock.now())
    with reading() as session:
        for each in (lead.key, other.key):
            assert [said.text for said in ticket_messages.of_ticket(session, each)] == ["示例答复"]
        assert told(session, other.key) == ["open", f"并入 {lead.number}", "claimed", "replied", "closed"]
        assert f"{other.number} 并入本单" in told(session, lead.key)


def test_a_merged_ticket_leads_again_when_the_other_asker_is_done(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        first, second, third = (new_ticket(session, clock, each) for each in "abc")
        merging.merge(session, second, first, STAFF.key, clock.now())
        merging.merge(session, third, second, STAFF.key, clock.now())
        assert third.merged_into == first.key
        assert merging.part(session, first, "contact:1", clock.now()) is second
        tickets.withdraw(session, first.key, "contact:1", clock.now())
        assert (second.merged_into, third.merged_into) == (None, second.key)
        tickets.claim(session, second.key, STAFF, clock.now())
        assert (first.state, third.state) == ("withdrawn", "claimed")


def test_what_cannot_be_merged_is_refused_with_the_reason(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        first, second, closed = (new_ticket(session, clock, each) for each in "abc")
        tickets.claim(session, closed.key, STAFF, clock.now())
        tickets.close(session, closed.key, STAFF.key, clock.now())
        merging.merge(session, second, first, STAFF.key, clock.now())
        for one, into, why in (
            (first, first, "same"),
            (first, second, "merged"),
            (second, first, "merged"),
            (closed, first, "over"),
            (first, closed, "over"),
        ):
            with pytest.raises(merging.IllegalMergeError) as refused:
                merging.merge(session, one, into, STAFF.key, clock.now())
            assert refused.value.why == why


def test_a_claim_before_merging_is_undone_where_the_leading_ticket_waits(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        lead, other = new_ticket(session, clock, "a"), new_ticket(session, clock, "b")
        tickets.claim(session, other.key, STAFF, clock.now())
        merging.merge(session, other, lead, STAFF.key, clock.now())
        assert (other.state, other.holder) == ("open", "")


def test_transfer_puts_a_ticket_into_another_outlets_queue(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        key = new_ticket(session, clock).key
        tickets.claim(session, key, STAFF, clock.now())
        ticket = tickets.transfer(session, key, "north", STAFF.key, clock.now(), note="转给北站")
        assert (ticket.state, ticket.outlet, ticket.holder) == ("open", "north", "")
        assert tickets.transfer(session, key, "south", STAFF.key, clock.now(), note="转给南站").outlet == "south"
        assert told(session, key) == ["open", "claimed", "转给北站", "转给南站"]
        tickets.withdraw(session, key, "contact:1", clock.now())
        with pytest.raises(IllegalMoveError):
            tickets.transfer(session, key, "north", STAFF.key, clock.now(), note="")
