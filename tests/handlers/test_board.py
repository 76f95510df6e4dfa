"""The board of figures: each number is the number of the records it opens, whatever is chosen; outlets add up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from consultations.archive import Consultation
from consultations.card_drafts import CardDraft
from consultations.contacts import Contact
from consultations.counted_records import Scope
from consultations.duty_book import DutyBook, Member, Outlet
from consultations.entries import RECORDED
from consultations.figures import FIGURES, RATES, values
from consultations.improvements import ImprovementItem
from consultations.opinions import Opinion
from consultations.questionnaires import SATISFACTION
from consultations.received import ReceivedMessage
from consultations.selection import NO_ITEM, NO_OUTLET, Selection
from consultations.surveys import SurveyAnswer, SurveyAsking, SurveyResponse
from consultations.tickets import Ticket
from handlers.board import BY_OUTLET, by_outlet, consultations_of, make_board, unanswered_groups
from handlers.choices import UnknownChoiceError, choose
from handlers.figure_records import records
from handlers.report_basis import left_out_text
from knowledge.cluster import Likeness

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # the first of November in Shanghai
OUTLETS = {"east": Outlet("east", "东网点"), "west": Outlet("west", "西网点")}
STAFF = {"a": Member("a", "示例甲", "east", ("core:a",)), "b": Member("b", "示例乙", "west", ("core:b",))}
BOOK = DutyBook({}, {}, outlets=OUTLETS, members=STAFF)
CHANNELS, ITEMS = ("telegram", "web", "phone"), ("B01", "B08", "", "gone")
PLACES = ("east", "west", "closed down", "")
CHOSEN = ("east", "west", "closed down", NO_OUTLET)


def everything(**chosen: tuple[str, ...]) -> Selection:
    return Selection(**chosen, staff=choose(BOOK).staff)


def scope_of(selection: Selection, *, first: int = 0, days: int = 30) -> Scope:
    start = START + timedelta(days=first)
    return Scope(start, start + timedelta(days=days), START + timedelta(days=40), selection)


def fill(session: Session, seed: int, n: int) -> None:
    """A month of records with everything that may differ, put together by chance."""
    rng = random.Random(seed)
    for key in range(1, 21):
        session.add(Contact(id=key, channel=rng.choice(CHANNELS), chat_id=str(key), first_seen_at=START))
    for key in range(1, n + 1):
        session.add(
            ReceivedMessage(id=key, channel="core", message_id=str(key), kind="text", route="ask", received_at=START)
        )
    session.flush()
    tickets = [ticket(rng, key) for key in range(1, n // 2)]
    session.add_all(tickets)
    session.flush()
    session.add_all(consultation(rng, key, len(tickets)) for key in range(1, n + 1))
    for each in tickets:
        rate(session, rng, each)
    for key in range(1, 20):
        about = rng.choice([None, *range(1, len(tickets))])
        who = rng.choice(["core:a", "core:b", "somebody", ""])
        at = START + timedelta(hours=rng.randrange(700))
        told: dict[str, Any] = {
            "number": f"YJ-{key}",
            "key": str(key),
            "kind": "opinion",
            "channel": "web",
            "text": "示例",
        }
        session.add(Opinion(**told, ticket_id=about, entered_by=who, created_at=at, due_at=at))
        draft: dict[str, Any] = {
            "source": f"gap:{key}",
            "kind": "card",
            "author": who or "core:a",
            "author_name": "示例",
        }
        session.add(CardDraft(**draft, ticket_id=about, created_at=at, changed_at=at, published_at=at))


def ticket(rng: random.Random, key: int) -> Ticket:
    at = START + timedelta(hours=rng.randrange(720))
    replied = at + timedelta(hours=rng.randrange(48)) if rng.random() < 0.7 else None
    state = rng.choice(("closed", "archived", "withdrawn")) if replied else "withdrawn"
    place: dict[str, Any] = {"outlet": rng.choice(PLACES), "service_item": rng.choice(ITEMS)}
    times: dict[str, Any] = {
        "created_at": at,
        "due_at": at + timedelta(hours=24),
        "replied_at": replied,
        "closed_at": replied,
    }
    return Ticket(
        id=key,
        number=f"GD-{key}",
        contact_id=rng.randrange(1, 21),
        question="示例",
        reason="asked",
        state=state,
        **place,
        **times,
    )


def consultation(rng: random.Random, key: int, n_tickets: int) -> Consultation:
    action = rng.choice(("answer", "clarify", "escalate", "out_of_scope", RECORDED, "file"))
    has_ticket = action == "escalate" or rng.random() < 0.3
    who = rng.choice(("core:a", "core:b", "terminal:示例甲", "somebody else"))
    return Consultation(
        id=key,
        number=f"ZX-{key}",
        contact_id=rng.randrange(1, 21),
        received_id=key,
        ticket_id=rng.randrange(1, n_tickets) if has_ticket else None,
        channel=rng.choice(CHANNELS),
        question=rng.choice(("商标续展多少钱", "商标怎么转让", "专利年费什么时候交")),
        service_item=rng.choice(ITEMS),
        card_id=rng.choice(("renew", "fee", "")),
        action=action,
        label=rng.choice(("question", "question", "greeting")),
        trace={"entry": {"key": who}} if action == RECORDED else rng.choice((None, {}, {"entry": {}})),
        edit_of=key - 1 if key > 1 and rng.random() < 0.1 else None,
        created_at=START + timedelta(minutes=rng.randrange(720 * 60)),
    )


def rate(session: Session, rng: random.Random, ticket: Ticket) -> None:
    """Some are asked, some of them answer, some answer only half."""
    if rng.random() < 0.3:
        return
    occasion = f"ticket:{ticket.id}"
    sent = ticket.created_at if rng.random() < 0.8 else None
    asked: dict[str, Any] = {"survey": SATISFACTION, "occasion": occasion, "contact_id": ticket.contact_id}
    session.add(SurveyAsking(**asked, ticket_id=ticket.id, due_at=ticket.created_at, sent_at=sent))
    if sent is None or rng.random() < 0.4:
        return
    response = SurveyResponse(
        **asked, respondent=f"contact:{ticket.contact_id}", channel="web", started_at=ticket.created_at
    )
    session.add(response)
    session.flush()
    for question, options in (("score", ("非常满意", "满意", "很不满意")), ("solved", ("解决了", "没解决"))):
        if rng.random() < 0.8:
            session.add(SurveyAnswer(response_id=response.key, question=question, chosen=[rng.choice(options)]))
    if rng.random() < 0.3:
        item: dict[str, Any] = {"ticket_id": ticket.id, "source": "survey", "cause": "示例"}
        session.add(ImprovementItem(**item, opened_at=ticket.created_at, due_at=ticket.created_at))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as opened:
        fill(opened, seed=20261126, n=160)
        opened.flush()
        yield opened


chosen = st.fixed_dictionaries(
    {
        "outlets": st.lists(st.sampled_from(CHOSEN), unique=True).map(tuple),
        "channels": st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple),
        "items": st.lists(st.sampled_from(("B01", "B08", NO_ITEM)), unique=True).map(tuple),
    }
)
at_ease = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@at_ease
@given(chosen=chosen, first=st.integers(0, 29), days=st.integers(1, 31))
def test_every_number_of_the_board_is_the_length_of_its_list(
    session: Session, chosen: dict[str, tuple[str, ...]], first: int, days: int
) -> None:
    scope = scope_of(everything(**chosen), first=first, days=days)
    board = make_board(session, scope, ZONE, BOOK)
    for key, figure in FIGURES.items():
        ids = figure.ids(session, scope)
        assert len(ids) == len(set(ids)) == board.values[key], key
        told = records(session, key, ids)
        assert len(told) == len(ids)
        if figure.kind in {"follow_up", "improvement"}:
            assert all(words.startswith("工单 GD-") for _, words in told), key
    for bar in board.cards:
        assert len(consultations_of(session, scope, ZONE, card=bar.key)) == bar.n
    for bar in board.hours:
        assert len(consultations_of(session, scope, ZONE, hour=int(bar.key))) == bar.n
    for dimension, bars in (("channels", board.channels), ("items", board.items)):
        for bar in bars:
            narrower = scope_of(everything(**(chosen | {dimension: (bar.key,)})), first=first, days=days)
            assert len(FIGURES["consultations"].ids(session, narrower)) == bar.n, bar
    for line in board.outlets:
        narrower = scope_of(everything(**(chosen | {"outlets": (line.key,)})), first=first, days=days)
        for key, n in line.values.items():
            assert len(FIGURES[key].ids(session, narrower)) == n, (line.key, key)
    whole = board.values["consultations"]
    assert sum(each.n for each in board.channels) == sum(each.n for each in board.items) == whole
    assert sum(each.n for each in board.hours) == whole


@at_ease
@given(channels=st.lists(st.sampled_from(CHANNELS), unique=True).map(tuple))
def test_what_the_outlets_count_adds_up_to_the_city(session: Session, channels: tuple[str, ...]) -> None:
    city = values(session, scope_of(everything(channels=channels)))
    of_outlets = [values(session, scope_of(everything(outlets=(each,), channels=channels))) for each in CHOSEN]
    for key in FIGURES:
        if key != "people":  # who asked at two outlets is one person of the city
            assert sum(each[key] for each in of_outlets) == city[key], key
    assert max(each["people"] for each in of_outlets) <= city["people"] <= sum(each["people"] for each in of_outlets)
    lines = by_outlet(session, scope_of(everything(channels=channels)), BOOK)
    for key in ("consultations", *BY_OUTLET):
        assert sum(each.values[key] for each in lines) == city[key]


def test_a_rate_tells_who_is_not_in_its_denominator(session: Session) -> None:
    found = values(session, scope_of(everything()))
    silent = RATES["satisfied_rate"].silent_of(found)
    assert silent == found["polled"] - found["rated"]
    assert RATES["automatic_rate"].silent_of(found) is None
    assert RATES["solved_rate"].silent_of(dict.fromkeys(found, 0)) is None
    told = left_out_text(dict.fromkeys(found, 0) | {"polled": 4, "rated": 3}, "satisfied_rate")
    assert told == "未评价 1 件（共 4 件）"
    all_due = dict.fromkeys(found, 0) | {"tickets": 2, "due_tickets": 2}
    assert left_out_text(all_due, "response_rate") == "没有未到时限的"


def test_an_hour_is_one_of_the_outlets_own_clock(session: Session) -> None:
    for each in consultations_of(session, scope_of(everything()), ZONE, hour=9):
        found = session.get_one(Consultation, each)
        assert found.created_at.astimezone(ZONE).hour == 9


def test_groups_of_unanswered_questions_are_of_the_scope_and_leave_out_secret_askers(session: Session) -> None:
    scope = scope_of(everything(channels=("web",)))
    groups = unanswered_groups(session, scope, Likeness(()))
    members = [session.get_one(Consultation, each.key) for group in groups for each in group.members]
    assert members
    assert {each.channel for each in members} == {"web"}
    assert all(each.action in {"clarify", "escalate", "out_of_scope"} for each in members)
    for each in members:
        session.get_one(Contact, each.contact_id).is_secret = True
    session.flush()
    assert unanswered_groups(session, scope, Likeness(())) == []


def test_what_is_chosen_is_named_as_people_see_it_or_refused_with_what_there_is() -> None:
    selection = choose(BOOK, outlets=("东网点", "east", "不属于网点"), channels=("电话",), items=("B08", "未归类"))
    assert selection.outlets == ("east", NO_OUTLET)
    assert (selection.channels, selection.items) == (("phone",), ("B08", NO_ITEM))
    with pytest.raises(UnknownChoiceError, match="没有名为 南网点 的网点：可用 东网点、西网点、不属于网点"):
        choose(BOOK, outlets=("南网点",))


def test_a_figure_of_nothing_is_nothing(session: Session) -> None:
    later = date(2027, 1, 1) - date(2026, 11, 1)
    assert set(values(session, scope_of(everything(), first=later.days)).values()) == {0}
