"""Card drafts: every move, legal or not; four eyes by the function and by the database; one draft for each source."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from bot.database import SessionMaker
from consultations import card_drafts
from consultations.archive import Consultation, file_consultation
from consultations.card_drafts import (
    LEGAL_ORIGINS,
    AskedBefore,
    CardDraft,
    CardDraftAsker,
    IllegalMoveError,
    SameEyesError,
    State,
)
from consultations.contacts import Contact, meet
from consultations.messages import Address, Inbound
from consultations.received import record
from consultations.tickets import Staff
from tests.conftest import Clock
from tests.consultations.test_tickets import new_ticket

Store = tuple[SessionMaker, SessionMaker]
AUTHOR, REVIEWER, THIRD = Staff("staff:1", "示例甲"), Staff("staff:2", "示例乙"), Staff("staff:3", "示例丙")
STATES: tuple[State, ...] = ("draft", "in_review", "published", "rejected", "withdrawn")
PATHS: dict[State, tuple[State, ...]] = {
    "draft": (),
    "in_review": ("in_review",),
    "published": ("in_review", "published"),
    "rejected": ("in_review", "rejected"),
    "withdrawn": ("withdrawn",),
}


def draft_of(clock: Clock, source: str = "ticket:1", **parts: Any) -> CardDraft:  # noqa: ANN401
    values: dict[str, Any] = {
        "title": "示例问题",
        "answer": "示例答复",
        "author": AUTHOR.key,
        "author_name": AUTHOR.name,
        "created_at": clock.now(),
        "changed_at": clock.now(),
    }
    return CardDraft(source=source, kind="card", **(values | parts))


def new_draft(session: Session, clock: Clock, source: str = "ticket:1", **parts: Any) -> CardDraft:  # noqa: ANN401
    draft, is_new = card_drafts.create(session, draft_of(clock, source, **parts), (), clock.now())
    assert is_new
    return draft


def asked(session: Session, clock: Clock, who: str, question: str = "示例问题") -> tuple[Contact, int]:
    contact = meet(session, Address("core", who), "", clock.now())
    number = len(session.exec(select(Consultation)).all()) + 1
    inbound = Inbound(contact.address, f"m{number}", who, clock.now(), text=question)
    letter = record(session, inbound, route="ask", contact_id=contact.key, now=clock.now())
    filed = Consultation(
        number=f"ZX-20261123-{number:04d}",
        contact_id=contact.key,
        received_id=letter.key,
        channel="core",
        question=question,
        action="escalate",
        created_at=clock.now(),
    )
    return contact, file_consultation(session, filed).key


@pytest.mark.parametrize(("origin", "target"), list(itertools.product(STATES, STATES)))
def test_only_legal_moves_happen_and_each_is_in_the_history(
    store: Store, clock: Clock, origin: State, target: State
) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        for step in PATHS[origin]:
            card_drafts.move(session, draft.key, step, REVIEWER, clock.now())
        n_before = len(card_drafts.history_of(session, draft.key))
        if origin in LEGAL_ORIGINS[target]:
            moved = card_drafts.move(session, draft.key, target, REVIEWER, clock.now(), reason="示例理由")
            assert moved.state == target
            last = card_drafts.history_of(session, draft.key)[-1]
            assert (last.from_state, last.to_state) == (origin, target)
            assert (last.actor, last.actor_name, last.reason) == (REVIEWER.key, REVIEWER.name, "示例理由")
        else:
            with pytest.raises(IllegalMoveError):
                card_drafts.move(session, draft.key, target, REVIEWER, clock.now())
            assert len(card_drafts.history_of(session, draft.key)) == n_before


@pytest.mark.parametrize("verdict", ["published", "rejected"])
@pytest.mark.parametrize("same", [AUTHOR, Staff("terminal:x", "示例甲"), Staff("staff:9", " 示例 甲 ")])
def test_nobody_reviews_their_own_words_under_another_key_either(
    store: Store, clock: Clock, verdict: State, same: Staff
) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        card_drafts.move(session, draft.key, "in_review", AUTHOR, clock.now())
        with pytest.raises(SameEyesError, match="示例甲"):
            card_drafts.move(session, draft.key, verdict, same, clock.now())
        assert card_drafts.move(session, draft.key, verdict, REVIEWER, clock.now()).reviewer_name == "示例乙"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "published"},
        {"state": "published", "reviewer": AUTHOR.key, "reviewer_name": "另一个名字"},
        {"state": "published", "reviewer": "staff:9", "reviewer_name": AUTHOR.name},
        {"reviewer": AUTHOR.key, "reviewer_name": AUTHOR.name},
    ],
)
def test_the_database_refuses_what_went_round_the_function(store: Store, clock: Clock, values: dict[str, str]) -> None:
    writing, _ = store
    with writing() as session:
        key = new_draft(session, clock).key
    with pytest.raises(IntegrityError), writing() as session:
        session.connection().execute(update(CardDraft).where(col(CardDraft.id) == key).values(**values))


def test_whoever_edits_last_is_the_author_and_the_first_may_review(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        card_drafts.edit(session, draft.key, REVIEWER, {"answer": "改过的"}, clock.now(), reason="修改了答复")
        card_drafts.move(session, draft.key, "in_review", REVIEWER, clock.now())
        with pytest.raises(SameEyesError):
            card_drafts.move(session, draft.key, "published", REVIEWER, clock.now())
        assert card_drafts.move(session, draft.key, "published", AUTHOR, clock.now()).answer == "改过的"


def test_what_somebody_else_changed_since_it_was_read_is_not_written_over(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        read = draft.revision
        card_drafts.edit(session, draft.key, REVIEWER, {"answer": "先改的"}, clock.now(), reason="", seen=read)
        with pytest.raises(IllegalMoveError):
            card_drafts.edit(session, draft.key, THIRD, {"answer": "后改的"}, clock.now(), reason="", seen=read)
        assert card_drafts.get(session, draft.key).answer == "先改的"  # type: ignore[union-attr]


def test_what_is_under_review_or_public_is_not_edited(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        card_drafts.move(session, draft.key, "in_review", AUTHOR, clock.now())
        with pytest.raises(IllegalMoveError, match="待审核"):
            card_drafts.edit(session, draft.key, THIRD, {"answer": "偷偷改"}, clock.now(), reason="")
        assert card_drafts.get(session, draft.key).answer == "示例答复"  # type: ignore[union-attr]


def test_two_reviewers_at_once_publish_once(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        card_drafts.move(session, draft.key, "in_review", AUTHOR, clock.now())
        key = draft.key

    def publish(n: int) -> bool:
        try:
            with writing() as session:
                card_drafts.move(session, key, "published", Staff(f"staff:{n}", f"示例{n}"), clock.now())
        except IllegalMoveError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(publish, range(10, 18))) == 1


def test_one_source_has_one_living_draft_however_many_try_at_once(store: Store, clock: Clock) -> None:
    writing, _ = store

    def make(n: int) -> tuple[int, bool]:
        with writing() as session:
            made = draft_of(clock, author=f"staff:{n}", author_name=f"示例{n}")
            draft, is_new = card_drafts.create(session, made, (), clock.now())
            return draft.key, is_new

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(16)))
    assert len({key for key, _ in made}) == 1
    assert sum(is_new for _, is_new in made) == 1


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_a_source_whose_draft_came_to_nothing_may_have_another(store: Store, clock: Clock, end: State) -> None:
    writing, _ = store
    with writing() as session:
        first = new_draft(session, clock)
        card_drafts.move(session, first.key, "in_review", AUTHOR, clock.now())
        card_drafts.move(session, first.key, end, REVIEWER, clock.now())
        second = new_draft(session, clock)
        assert second.key != first.key
        assert (first.card_id, second.card_id) == (f"own_{first.key:04d}", f"own_{second.key:04d}")


def test_a_question_is_linked_once_and_known_as_answered(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft = new_draft(session, clock)
        contact, consultation = asked(session, clock, "a")
        assert card_drafts.link(session, draft, [AskedBefore(contact.key, consultation, "示例问题")]) == 1
        assert card_drafts.link(session, draft, [AskedBefore(contact.key, consultation, "另一种")]) == 0
        assert card_drafts.linked(session) == {consultation}
        assert card_drafts.of_consultations(session, [consultation]) is draft
        card_drafts.move(session, draft.key, "withdrawn", AUTHOR, clock.now())
        assert card_drafts.linked(session) == set()


def test_the_last_event_grows_with_everything_that_happens(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        seen = [card_drafts.last_event(session)]
        draft = new_draft(session, clock)
        seen.append(card_drafts.last_event(session))
        card_drafts.edit(session, draft.key, AUTHOR, {"answer": "新"}, clock.now(), reason="")
        seen.append(card_drafts.last_event(session))
        card_drafts.move(session, draft.key, "withdrawn", AUTHOR, clock.now())
        seen.append(card_drafts.last_event(session))
    assert seen == sorted(set(seen))


def erased(session: Session, clock: Clock, state: State) -> tuple[CardDraft, Contact]:
    """A draft out of one person's ticket that another asked about too; the first person is erased."""
    ticket = new_ticket(session, clock, "first")
    first, one = asked(session, clock, "first", "第一人的问法")
    second, two = asked(session, clock, "second", "第二人的问法")
    draft = new_draft(session, clock, ticket_id=ticket.key, variants=["第一人的问法", "第二人的问法"])
    links = [AskedBefore(first.key, one, "第一人的问法"), AskedBefore(second.key, two, "第二人的问法")]
    card_drafts.link(session, draft, links)
    for step in PATHS[state]:
        card_drafts.move(session, draft.key, step, REVIEWER, clock.now(), reason="第一人的事")
    card_drafts.forget(session, first.key, clock.now() + timedelta(hours=1))
    found = card_drafts.get(session, draft.key)
    assert found is not None
    return found, first


@pytest.mark.parametrize("state", ["draft", "in_review", "rejected", "withdrawn"])
def test_erasing_empties_what_was_made_of_a_reply_to_that_person(store: Store, clock: Clock, state: State) -> None:
    writing, _ = store
    with writing() as session:
        draft, first = erased(session, clock, state)
        assert draft.state == ("rejected" if state == "rejected" else "withdrawn")
        assert (draft.title, draft.answer, draft.variants, draft.citations) == ("", "", [], [])
        assert {each.contact_id for each in card_drafts.askers_of(session, draft.key)}.isdisjoint({first.key})
        assert {each.reason for each in card_drafts.history_of(session, draft.key)} == {""}
        assert card_drafts.wordings_of(session, first.key) == set()


def test_erasing_leaves_a_published_card_and_takes_the_link(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        draft, first = erased(session, clock, "published")
        assert (draft.state, draft.answer) == ("published", "示例答复")
        assert first.key not in {each.contact_id for each in session.exec(select(CardDraftAsker))}


def test_erasing_takes_only_the_words_of_that_person_out_of_anothers_draft(store: Store, clock: Clock) -> None:
    writing, _ = store
    with writing() as session:
        links, people = [], []
        for who, text in (("a", "只有甲这样问"), ("b", "大家都这样问"), ("a", "大家都这样问")):
            contact, number = asked(session, clock, who, text)
            links.append(AskedBefore(contact.key, number, text))
            people.append(contact)
        draft = new_draft(session, clock, "gap:1", title="只有甲这样问", titled_by=links[0].consultation_id)
        card_drafts.link(session, draft, links)
        card_drafts.edit(
            session,
            draft.key,
            AUTHOR,
            {"variants": ["只有甲这样问", "大家都这样问", "工作人员写的"]},
            clock.now(),
            reason="",
        )
        card_drafts.forget(session, people[0].key, clock.now())
        found = card_drafts.get(session, draft.key)
        assert found is not None
        assert found.variants == ["大家都这样问", "工作人员写的"]
        assert (found.title, found.state) == ("大家都这样问", "draft")
