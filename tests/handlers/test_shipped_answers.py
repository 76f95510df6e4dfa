"""Every answer of the shipped cards as the public reads it: what it cites exists, and is law on the day."""

from __future__ import annotations

from datetime import date

import pytest

from bot.application import cards_of
from handlers.ask import compose_text
from handlers.laws import known_editions
from knowledge.answer import Answerer
from knowledge.cards import Cards
from knowledge.citations import references
from knowledge.lawbook import law_book
from knowledge.search import Search

DAYS = [date(2026, 11, 23), date(2026, 12, 31), date(2027, 1, 1)]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Cards:
    return cards_of(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("day", DAYS)
def test_every_citation_of_every_answer_resolves(
    cards: Cards, day: date, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answerer = Answerer(Search.over(cards.passages()[:1], tmp_path_factory.mktemp("search")), cards, known_editions())
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
