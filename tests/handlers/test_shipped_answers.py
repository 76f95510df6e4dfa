"""Every answer of the shipped cards as the public reads it: what it cites exists, and is law on the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.application import cards_of
from handlers.ask import compose_text
from handlers.laws import known_editions
from knowledge.answer import Answerer
from knowledge.card import Card
from knowledge.cards import Cards
from knowledge.citations import references
from knowledge.lawbook import law_book
from knowledge.proofread import chinese_day
from knowledge.search import Search

DAYS = [date(2026, 11, 23), date(2026, 12, 31), date(2027, 1, 1)]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return cards_of(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def answerer(cards: Cards, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return Answerer(Search.over(cards.passages()[:1], tmp_path_factory.mktemp("search")), cards, known_editions())


def changes(cards: Cards) -> list[tuple[Card, Card]]:
    """Every version with the one that replaces it; what goes by the day of filing is no rule of the past."""
    by_day = (each for each in cards.by_id.values() if not each.by_filing_day)
    pairs = ((each, cards.next_version(each.card_id)) for each in by_day)
    return [(each, after) for each, after in pairs if after]


@pytest.mark.parametrize(("days", "n_lines"), [(-181, 0), (-180, 1), (-1, 1), (0, 1), (179, 1), (180, 0)])
def test_a_change_is_told_once_half_a_year_before_and_after(
    cards: Cards, answerer: Answerer, days: int, n_lines: int
) -> None:
    n_seen = 0
    for old, new in changes(cards):
        since = new.effective_from
        assert since is not None
        answer = answerer.card(old.base_id, since + timedelta(days=days))
        if len(cards.versions(old.card_id)) > 2 or answer is None or answer.action != "answer":
            continue  # staff answer, or another change of the same card is as near
        n_seen += 1
        expected = 0 if days >= 0 and old.is_empty else n_lines
        assert answer.notice.count(f"自{chinese_day(since)}起") == expected, old.card_id
    assert n_seen > 20


def test_every_version_is_given_on_its_own_days_only(cards: Cards, answerer: Answerer) -> None:
    for old, new in changes(cards):
        since = new.effective_from
        assert since is not None
        before, after = (answerer.card(old.base_id, day) for day in (since - timedelta(days=1), since))
        for version, answer in ((old, before), (new, after)):
            assert answer is not None
            assert answer.card_version == version.version
            if answer.action == "answer":
                assert answer.lead == version.answer
                assert answer.holds_on == (since if version is new else since - timedelta(days=1))


def test_a_version_of_another_day_says_so(cards: Cards, answerer: Answerer) -> None:
    for old, new in changes(cards):
        since = new.effective_from
        assert since is not None
        yesterday = since - timedelta(days=1)
        late = answerer.card(old.base_id, since + timedelta(days=30), day=yesterday)
        early = answerer.card(old.base_id, yesterday, day=since)
        assert late is not None
        assert early is not None
        assert late.action != "answer" or late.notice.startswith(f"以上是当时的规定，自{chinese_day(since)}起"), (
            old.card_id
        )
        assert early.action != "answer" or "目前尚未施行" in early.notice, old.card_id
        assert early.holds_on is None


@pytest.mark.parametrize("day", DAYS)
def test_every_citation_of_every_answer_resolves(cards: Cards, answerer: Answerer, day: date) -> None:
    book = law_book(known=known_editions(), cards=cards)
    n_cited = 0
    for card in cards.live_on(day):
        answer = answerer.card(card.card_id, day)
        assert answer is not None
        is_for_staff = card.is_empty or (card.is_about_fees and day > card.review_due)
        assert answer.action == ("escalate" if is_for_staff else "answer")
        text = compose_text(answer)
        wrong = [str(each) for each in answerer.flaws(text, day) if each.holds_back]
        assert not wrong, card.card_id
        for each in references(text, book.titles):
            n_cited += 1
            assert each.is_known, (card.card_id, each.address)
            edition = book.meant(each.address.law, each.address.edition, day)
            assert edition is not None, (card.card_id, each.address)
            assert edition.is_in_force(day) or "施行" in text, (card.card_id, each.address)
    assert n_cited > 500
