"""Which service item (服务事项) a question is filed under when no card is sure to answer it."""

from __future__ import annotations

import tomllib
from dataclasses import replace

from knowledge.cards import SERVICE_ITEMS, SHIPPED_FOLDER, load_cards
from knowledge.confidence import Candidate
from knowledge.service_themes import theme_shares
from knowledge.service_words import EXAMPLES_FILE, service_words
from knowledge.services import GENERAL_SERVICE, Says, likely_service, service_of_card, services_of

CARD = next(iter(load_cards(SHIPPED_FOLDER).by_id.values()))
NOTHING = Says({}, {})


def lamp(probability: float, *services: str) -> Candidate:
    return Candidate(replace(CARD, service_items=services), {}, probability=probability)


def test_the_item_most_likely_cards_share_beats_that_of_the_best_one_alone() -> None:
    assert likely_service([lamp(0.4, "B07"), lamp(0.35, "B13"), lamp(0.3, "B13")], NOTHING) == "B13"


def test_a_card_far_ahead_decides_alone() -> None:
    assert likely_service([lamp(0.6, "B07"), lamp(0.1, "B13"), lamp(0.1, "B13"), lamp(0.1, "B13")], NOTHING) == "B07"


def test_a_further_item_counts_less_than_a_main_one() -> None:
    assert likely_service([lamp(0.4, "B07", "B13"), lamp(0.4, "V02", "B13")], NOTHING) == "B07"


def test_the_words_of_a_question_decide_between_cards_equally_likely() -> None:
    assert likely_service([lamp(0.4, "B07"), lamp(0.4, "B13")], Says({"B13": 0.6, "B07": 0.2}, {})) == "B13"
    assert likely_service([lamp(0.4, "B07"), lamp(0.05, "B13")], Says({"B13": 0.6, "B07": 0.2}, {})) == "B07"


def test_the_words_of_a_follow_up_and_of_the_last_question_count_double() -> None:
    found, words = [lamp(0.5, "B07"), lamp(0.2, "B13")], Says({"B13": 0.9, "B07": 0.1}, {})
    assert likely_service(found, words) == "B07"
    assert likely_service(found, words, follows_up=True) == "B13"


def test_words_tell_the_item_whose_cards_use_them() -> None:
    lamps = replace(CARD, title="样灯能转让吗", variants=("样灯卖给别人",), service_items=("B13",))
    others = replace(CARD, title="样灯怎么申请", variants=("样灯申请材料",), service_items=("B07", "B08"))
    words = service_words([lamps, others])
    shares = words.shares("样灯转让给别人")
    assert max(shares, key=lambda code: shares[code]) == "B13"
    assert abs(sum(shares.values()) - 1.0) < 1e-9
    assert words.shares("申请材料")["B07"] > words.shares("申请材料")["B13"]


def test_words_nobody_used_and_no_cards_at_all_decide_nothing() -> None:
    assert service_words([]).shares("样灯怎么转让") == {}
    assert service_words([CARD]).shares("") == service_words([CARD]).shares("龘")


def test_an_article_no_card_cites_has_no_item_of_its_own_but_its_law_has() -> None:
    cited = CARD.citations[0]
    services = services_of([CARD])
    assert services.of_article(cited.law, cited.article) == CARD.service_items[0]
    assert services.of_article(cited.law, "一万") == ""
    assert services.of(cited.law, "一万") == CARD.service_items[0]
    assert services.of("样灯法") == GENERAL_SERVICE


def test_what_a_question_is_about_decides_between_cards_equally_likely() -> None:
    assert likely_service([lamp(0.4, "B07"), lamp(0.4, "B13")], Says({}, theme_shares("样灯转让要公证吗"))) == "B13"


def test_a_card_that_answers_is_filed_under_the_item_the_question_speaks_of() -> None:
    card = replace(CARD, service_items=("B10", "B08"))
    assert service_of_card(card, NOTHING) == "B10"
    assert service_of_card(card, Says({}, theme_shares("年费缴多少"))) == "B08"
    assert service_of_card(card, Says({}, theme_shares("专利质押贷款"))) == "B10"


def test_themes_name_real_items_and_share_one_between_them() -> None:
    shares = theme_shares("专利质押贷款要多少钱，能转让吗")
    assert set(shares) <= SERVICE_ITEMS
    assert {"B12", "B13"} <= set(shares)
    assert abs(sum(shares.values()) - 1.0) < 1e-9
    assert theme_shares("龘") == {}


def test_every_item_has_examples_of_its_own() -> None:
    examples: dict[str, list[str]] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))
    assert set(examples) == SERVICE_ITEMS
    assert {code: len(texts) for code, texts in examples.items() if len(texts) < 12} == {}
    written = [text for texts in examples.values() for text in texts]
    assert len(set(written)) == len(written)


def test_examples_speak_for_an_item_whatever_the_cards_are_filed_under() -> None:
    cards = [replace(CARD, card_id=f"lamp_{n}", service_items=("B07",)) for n in range(3)]
    cards.append(replace(CARD, card_id="lamp_b15", service_items=("B15",)))
    shares = service_words(cards).shares("手机拍的视频怎么存证")
    assert shares["B15"] > shares["B07"]
    assert service_words([]).shares("手机拍的视频怎么存证") == {}
