"""Numbers, contacts, received messages, due rows: one record each and its allowed changes, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from bot.database import SessionMaker
from consultations import contacts, follow_ups, numbers, received, subscriptions, surveys
from consultations.follow_ups import FollowUp
from consultations.messages import Address, Inbound
from tests.conftest import Clock
from tests.consultations.test_tickets import new_ticket

Store = tuple[SessionMaker, SessionMaker]


def test_numbers_count_by_day_and_kind(store: Store) -> None:
    writing, _ = store
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    with writing() as session:
        given = [numbers.next_number(session, *each) for each in (("ZX", monday), ("ZX", monday), ("GD", monday))]
        given.append(numbers.next_number(session, "ZX", tuesday))
    assert given == ["ZX-20261123-0001", "ZX-20261123-0002", "GD-20261123-0001", "ZX-20261124-0001"]


def test_a_number_is_never_given_twice(store: Store) -> None:
    writing, _ = store

    def draw(_: int) -> str:
        with writing() as session:
            return numbers.next_number(session, "ZX", date(2026, 11, 23))

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(draw, range(40)))
    assert sorted(given) == [f"ZX-20261123-{n:04d}" for n in range(1, 41)]


def test_the_audience_is_who_agreed_and_can_be_reached(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        met = {name: contacts.meet(session, Address("core", name), name, clock.now()) for name in "abcde"}
        for name in "bcde":
            contacts.agree(met[name], "1", clock.now())
        contacts.withdraw(met["c"], "1", clock.now())
        session.flush()
        contacts.mark_blocked(session, Address("core", "d"))
        contacts.forget(met["e"], clock.now())
        session.flush()
        assert [address.chat_id for _, address in subscriptions.audience(session, {})] == ["b"]
        contacts.mark_blocked(session, Address("core", "d"), blocked=False)
        assert [address.chat_id for _, address in subscriptions.audience(session, {})] == ["b", "d"]


def test_a_message_is_received_once(store: Store, clock: Clock) -> None:
    writing, _ = store
    inbound = Inbound(Address("core", "a"), "1", "a", clock.now(), text="示例")
    with writing() as session:
        received.record(session, inbound, route="ask", contact_id=None, now=clock.now())
    with pytest.raises(IntegrityError), writing() as session:
        received.record(session, inbound, route="ask", contact_id=None, now=clock.now())


def test_a_follow_up_is_planned_once_and_sent_once(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        ticket = new_ticket(session, clock)
        for _ in range(3):
            follow_ups.plan(session, ticket.key, ticket.contact_id, "visit", clock.now())
    clock.advance(days=3)
    with writing() as session:
        (due,) = follow_ups.list_due(session, clock.now())
        assert follow_ups.mark_sent(session, due, clock.now())
        assert not follow_ups.mark_sent(session, due, clock.now())
    with writing() as session:
        (row,) = session.exec(select(FollowUp)).all()
        assert (row.state, row.is_late) == ("sent", True)
        assert follow_ups.owned(session, row.id, row.contact_id + 1) is None


def test_a_follow_up_moves_only_where_the_table_allows(store: Store, clock: Clock) -> None:
    writing, _ = store
    moves: dict[follow_ups.State, Callable[[Session, FollowUp], object]] = {
        "sent": lambda session, row: follow_ups.mark_sent_on(
            session, row, row.contact_id, now=row.due_at, escalate_at=None
        ),
        "task": lambda session, row: follow_ups.make_task(session, row, "blocked", now=row.due_at, due_at=row.due_at),
        "answered": lambda session, row: follow_ups.answer(session, row, "ok", row.due_at),
        "cancelled": lambda session, row: follow_ups.forget(session, row.contact_id, row.due_at),
    }
    ways: dict[str, tuple[follow_ups.State, ...]] = {
        "waiting": (),
        "sent": ("sent",),
        "task": ("task",),
        "answered": ("sent", "answered"),
        "cancelled": ("cancelled",),
    }
    for origin, target in itertools.product(ways, moves):
        with writing() as session:
            ticket = new_ticket(session, clock, f"{origin} {target}")
            follow_ups.plan(session, ticket.key, ticket.contact_id, "visit", clock.now())
            row = follow_ups.of_ticket(session, ticket.key, "visit")
            assert row is not None
            for step in ways[origin]:
                moves[step](session, row)
            assert row.state == origin
            n_before = len(follow_ups.history_of(session, row.key))
            moves[target](session, row)
            is_legal = origin in follow_ups.LEGAL_ORIGINS[target]
            assert row.state == (target if is_legal else origin), f"{origin} → {target}"
            is_told = is_legal and (origin, target) != ("answered", "answered")  # the same answer again is no news
            assert len(follow_ups.history_of(session, row.key)) == n_before + is_told, f"{origin} → {target}"


def test_a_follow_up_on_time_is_not_late(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        ticket = new_ticket(session, clock)
        follow_ups.plan(session, ticket.key, ticket.contact_id, "visit", clock.now() - timedelta(minutes=5))
        (due,) = follow_ups.list_due(session, clock.now())
        follow_ups.mark_sent(session, due, clock.now())
        session.refresh(due)
        assert not due.is_late


def survey_of(session: Session, clock: Clock) -> surveys.SurveyAsking:
    ticket = new_ticket(session, clock)
    surveys.plan_for_ticket(session, ticket.key, ticket.contact_id, clock.now())
    found = surveys.of_ticket(session, ticket.key)
    assert found is not None
    return found


def put(session: Session, asking: surveys.SurveyAsking, question: str, answer: str, clock: Clock) -> None:
    surveys.put_about_ticket(session, asking, question, answer, channel="core", now=clock.now())


def test_a_changed_answer_keeps_the_old_one(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        asking = survey_of(session, clock)
        for score in ("满意", "满意", "不满意"):
            put(session, asking, "score", score, clock)
        put(session, asking, "solved", "解决了", clock)
        put(session, asking, "words", "很好", clock)
        response = surveys.response_of(session, asking.survey, asking.occasion, f"contact:{asking.contact_id}")
        assert response is not None
        changes = surveys.changes_of(session, response)
        assert [(each.question, each.old, each.new) for each in changes] == [("score", ["满意"], ["不满意"])]
        given = {question: each.chosen for question, each in surveys.answers_of(session, response).items()}
        assert given == {"score": ["不满意"], "solved": ["解决了"], "words": ["很好"]}
        assert asking.ticket_id is not None
        assert surveys.score_of(session, asking.ticket_id) == 2


def test_a_ticket_has_one_survey_and_it_is_not_for_others(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        asking = survey_of(session, clock)
        assert asking.ticket_id is not None
        assert surveys.owned(session, asking.key, asking.contact_id + 1) is None
        surveys.cancel(session, asking.contact_id)
        assert list(surveys.list_due(session, clock.now())) == []
        put(session, asking, "score", "不满意", clock)
        surveys.plan_for_ticket(session, asking.ticket_id, asking.contact_id, clock.now())  # reopened, closed once more
        (again,) = surveys.list_due(session, clock.now())
        assert (again.id, again.turn, surveys.score_of(session, asking.ticket_id)) == (asking.id, 2, 2)
