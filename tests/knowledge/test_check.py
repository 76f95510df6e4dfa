"""`zhixun check` on miniature laws: what is proven, what lost its proof, what is no longer law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from knowledge.cards import Card, CardCitation, Cards
from knowledge.check import check_cards
from knowledge.lawbook import Edition
from knowledge.passages import Passage

TODAY = date(2026, 11, 23)


def miniature_article(text: str = "样灯权的期限为十年。", **changes: object) -> Passage:
    made = Passage(
        "art:1:3", "revision:1", "article", "样灯法第三条", text, law="样灯法", article="3", version="2020-01-01"
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def lamp_card(**changes: object) -> Card:
    made = Card(
        card_id="lamp_term",
        title="样灯保护多少年？",
        variants=(),
        negatives=(),
        answer="十年。",
        details=(),
        service_items=("B10",),
        jurisdiction="national",
        last_reviewed=TODAY,
        review_due=date(2027, 11, 23),
        status="live",
        missing="",
        related=(),
        citations=(CardCitation("样灯法", "2020-01-01", "3", ("十年",)),),
        supersedes="",
        effective_from=date(2020, 6, 1),
        effective_to=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def findings(card: Card, *articles: Passage) -> list[str]:
    return [each.finding for each in check_cards(Cards({card.card_id: card}), articles, TODAY).findings]


def test_a_proof_found_in_its_article_is_proven() -> None:
    assert findings(lamp_card(), miniature_article()) == ["proven"]


def test_blanks_in_the_text_do_not_hide_a_proof() -> None:
    assert findings(lamp_card(), miniature_article("期限为 十\n年。")) == ["proven"]


def test_a_proof_that_left_the_article_is_missing_and_named() -> None:
    report = check_cards(Cards({"lamp_term": lamp_card()}), [miniature_article("期限为二十日。")], TODAY)
    (found,) = report.needs_attention
    assert found.finding == "proof missing"
    assert str(found) == "lamp_term：条款里找不到出处关键词，请核对答复（《样灯法》2020-01-01 第3条：十年）"
    assert not report.is_sound


def test_an_article_that_does_not_exist_proves_nothing() -> None:
    assert findings(lamp_card(), miniature_article(article="4")) == ["proof missing"]


def test_a_text_that_is_not_imported_is_no_fault() -> None:
    report = check_cards(Cards({"lamp_term": lamp_card()}), [], TODAY)
    assert report.counts["not imported"] == 1
    assert report.is_sound


def test_a_version_that_is_known_to_exist_is_only_not_imported() -> None:
    cards, known = Cards({"lamp_term": lamp_card()}), [Edition("样灯法", "2020-01-01", date(2020, 6, 1))]
    report = check_cards(cards, [miniature_article(version="2019-01-01")], TODAY, known=known)
    assert report.counts["not imported"] == 1
    assert report.is_sound


def test_a_version_that_does_not_exist_is_a_citation_to_nothing() -> None:
    report = check_cards(Cards({"lamp_term": lamp_card()}), [miniature_article(version="2019-01-01")], TODAY)
    (found,) = report.needs_attention
    assert found.finding == "no such version"
    assert "请改正 version 或导入那个版本" in str(found)


@pytest.mark.parametrize(
    ("effective_to", "card_to", "expected"),
    [
        (None, None, "proven"),
        (date(2026, 12, 31), None, "not in force"),
        (date(2026, 12, 31), date(2026, 12, 31), "proven"),
        (date(2026, 12, 31), date(2027, 1, 1), "not in force"),
    ],
)
def test_a_card_may_not_outlive_its_article(effective_to: date | None, card_to: date | None, expected: str) -> None:
    assert findings(lamp_card(effective_to=card_to), miniature_article(effective_to=effective_to)) == [expected]


def test_a_card_may_not_begin_before_its_article() -> None:
    assert findings(lamp_card(), miniature_article(effective_from=date(2021, 1, 1))) == ["not in force"]


def test_a_card_past_its_review_date_is_due() -> None:
    assert findings(lamp_card(review_due=date(2026, 11, 22)), miniature_article()) == ["review due", "proven"]
    assert findings(lamp_card(review_due=TODAY), miniature_article()) == ["proven"]


def test_a_card_that_ended_without_a_successor_is_expired() -> None:
    ended = lamp_card(effective_to=date(2026, 1, 1))
    assert "expired" in findings(ended, miniature_article())


def test_an_empty_card_says_so_and_needs_nobody_today() -> None:
    report = check_cards(Cards({"x": lamp_card(status="empty", missing="电话", citations=())}), [], TODAY)
    assert [each.finding for each in report.findings] == ["empty"]
    assert report.is_sound


def test_a_text_without_articles_is_searched_whole_and_brackets_may_differ() -> None:
    card = lamp_card(citations=(CardCitation("样灯规范(草案)", "", "一、收费", ("300元",)),))
    text = miniature_article("每件300元。", law="样灯规范（草案）", article="", version="")
    assert findings(card, text) == ["proven"]


@pytest.mark.parametrize(
    ("answer", "on", "finding"),
    [
        ("十年，见样灯法第三条。", TODAY, None),
        ("十年，见样灯法第九条。", TODAY, "wrong citation"),
        ("十年，见《没有这部法》第三条。", TODAY, "wrong citation"),
        ("十年，见样灯废法第三条。", TODAY, "wrong citation"),
        ("十年，见《未导入法》第三条。", TODAY, None),
    ],
)
def test_the_citations_in_a_cards_own_words_are_checked(answer: str, on: date, finding: str | None) -> None:
    texts = [miniature_article(article=n) for n in "123"]
    known = (Edition("样灯废法", "", None, date(2020, 12, 31)), Edition("未导入法", "2020-01-01"))
    report = check_cards(Cards({"x": lamp_card(answer=answer)}), texts, on, known=known)
    assert [each.finding for each in report.needs_attention] == ([finding] if finding else [])


def test_a_coming_card_is_checked_on_its_first_day() -> None:
    old = [miniature_article(article=n, effective_to=date(2026, 12, 31)) for n in "123"]
    new = [miniature_article(article=n, version="2026-06-26", effective_from=date(2027, 1, 1)) for n in "1234"]
    coming = lamp_card(
        answer="十年，见样灯法第四条。",
        effective_from=date(2027, 1, 1),
        citations=(CardCitation("样灯法", "2026-06-26", "4", ("十年",)),),
    )
    assert check_cards(Cards({"x": coming}), [*old, *new], TODAY).is_sound
    today = replace(coming, effective_from=None, citations=(CardCitation("样灯法", "2020-01-01", "3", ("十年",)),))
    found = check_cards(Cards({"x": today}), [*old, *new], TODAY)
    assert "wrong citation" in {each.finding for each in found.findings}


def test_problems_of_loading_are_passed_on() -> None:
    report = check_cards(Cards({}, ("B10.toml：坏了。",)), [], TODAY)
    assert report.problems == ("B10.toml：坏了。",)
    assert not report.is_sound
