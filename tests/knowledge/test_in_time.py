"""Cards and days: what has ended or not begun is never told as the law of today, and a change is told once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import Answerer
from knowledge.cards import load_cards
from knowledge.lawbook import Edition
from knowledge.passages import Answer
from knowledge.search import Search
from tests.knowledge.test_answer import CARDS, FIRST_DAY, LAST_DAY, LAWS, TODAY, lamp_article

KNOWN = (
    Edition("样灯商标法", "2019-04-23", date(2019, 11, 1)),
    Edition("样灯商标法", "2026-06-26", FIRST_DAY),
    Edition("样灯专利法", "2020-10-17", date(2021, 6, 1)),
)
ANNOUNCED = """
[[card]]
id = "lamp_news"
title = "新样灯商标法改了哪几点？"
variants = ["样灯商标法修改要点有哪些"]
answer = "2027年1月1日起，异议期改为二个月。"
service_items = ["B08"]
effective_to = 2026-12-31
last_reviewed = 2026-11-23
review_due = 2026-12-31
[[card.citations]]
law = "样灯商标法"
version = "2026-06-26"
article = "36"
proof = ["二个月"]
"""


@pytest.fixture(scope="module", params=["texts imported", "no texts"])
def answerer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("cards")
    (folder / "B08.toml").write_text(CARDS + ANNOUNCED, encoding="utf-8")
    cards = load_cards(folder)
    texts = LAWS if request.param == "texts imported" else []
    return Answerer(Search.over([*cards.passages(), *texts], tmp_path_factory.mktemp("search")), cards, KNOWN)


def asked(answerer: Answerer, question: str, on: date = TODAY) -> Answer:
    return answerer.answer(question, on)


@pytest.mark.parametrize(
    ("question", "on", "card_id", "notice"),
    [
        ("样灯商标异议期几个月", TODAY, "lamp_oppose", "自2027年1月1日起：二个月"),
        ("2027年1月2日之后样灯商标异议期几个月", TODAY, "lamp_oppose_2027", "目前尚未施行；现行规定：三个月"),
        ("明年一月样灯商标异议期几个月", TODAY, "lamp_oppose_2027", "目前尚未施行；现行规定：三个月"),
        ("在2027年1月1日之前样灯商标异议期几个月", TODAY, "lamp_oppose", "自2027年1月1日起：二个月"),
        ("去年样灯商标异议期几个月", TODAY, "lamp_oppose", ""),
        ("去年样灯商标异议期几个月", FIRST_DAY, "lamp_oppose", "以上是当时的规定，自2027年1月1日起已改为：二个月"),
        ("2023年5月样灯商标异议期几个月", FIRST_DAY, "lamp_oppose", "以上是当时的规定，自2027年1月1日起已改为：二个月"),
        ("样灯商标异议期几个月", FIRST_DAY, "lamp_oppose_2027", "自2027年1月1日起已改为以上规定，此前为：三个月"),
        ("样灯商标异议期几个月", date(2027, 6, 29), "lamp_oppose_2027", "此前为：三个月"),
        ("样灯商标异议期几个月", date(2027, 6, 30), "lamp_oppose_2027", ""),
        ("明天样灯商标异议期几个月", LAST_DAY, "lamp_oppose_2027", "目前尚未施行"),
    ],
)
def test_the_version_of_the_day_with_one_line_on_its_neighbour(
    answerer: Answerer, question: str, on: date, card_id: str, notice: str
) -> None:
    answer = asked(answerer, question, on)
    assert (answer.action, answer.card_id) == ("answer", card_id)
    assert notice in answer.notice
    assert bool(answer.notice) == bool(notice)
    assert answer.notice.count("2027年1月1日") <= 1


def test_nothing_is_said_to_hold_on_a_day_that_is_to_come(answerer: Answerer) -> None:
    assert asked(answerer, "明年样灯商标异议期几个月").holds_on is None
    assert asked(answerer, "新商标法样灯商标异议期几个月").holds_on is None
    assert asked(answerer, "样灯商标异议期几个月").holds_on == TODAY
    assert asked(answerer, "2023年5月样灯商标异议期几个月").holds_on == date(2023, 5, 1)


@pytest.mark.parametrize("question", ["2018年5月样灯专利保护几年", "2020年样灯专利保护几年"])
def test_todays_rule_is_not_told_as_the_rule_of_an_earlier_day(answerer: Answerer, question: str) -> None:
    answer = asked(answerer, question)
    assert (answer.action, answer.citations) == ("escalate", ())
    assert "自2021年6月1日起施行" in answer.lead
    assert "适用当时的规定" in answer.lead
    assert "十年" not in answer.lead


def test_a_day_before_the_first_version_is_told_with_its_beginning(answerer: Answerer) -> None:
    answer = asked(answerer, "2015年5月样灯商标异议期几个月")
    assert (answer.action, answer.citations) == ("escalate", ())
    assert "自2019年11月1日起施行" in answer.lead


def test_a_card_beside_the_point_does_not_step_in_for_a_past_day(tmp_path: Path) -> None:
    changes = {
        "lamp_news": "lamp_beside",
        "新样灯商标法改了哪几点？": "样灯商标异议期间能用吗？",
        "样灯商标法修改要点有哪些": "样灯商标异议期几个月内能用",
        "effective_to = 2026-12-31\n": "",
        "2026-06-26": "2010-01-01",
        "2027年1月1日起，异议期改为二个月。": "可以。",
    }
    beside = ANNOUNCED
    for old, new in changes.items():
        beside = beside.replace(old, new)
    (tmp_path / "a.toml").write_text(CARDS + beside, encoding="utf-8")
    cards = load_cards(tmp_path)
    answerer = Answerer(Search.over(cards.passages(), tmp_path / "search"), cards, KNOWN)
    assert asked(answerer, "样灯商标异议期间能用吗").card_id == "lamp_beside"
    answer = asked(answerer, "2015年5月样灯商标异议期几个月")
    assert (answer.action, answer.card_id) == ("escalate", "")
    assert "自2019年11月1日起施行" in answer.lead


def test_a_past_day_within_the_rule_is_answered(answerer: Answerer) -> None:
    answer = asked(answerer, "2023年样灯专利保护几年")
    assert (answer.action, answer.holds_on) == ("answer", date(2023, 12, 31))


def test_a_card_that_announces_a_law_is_given_before_it_begins_and_not_after(answerer: Answerer) -> None:
    announced = answerer.card("lamp_news", TODAY)
    assert announced is not None
    assert announced.action == "answer"
    assert answerer.card("lamp_news", FIRST_DAY) is None


def test_an_announcement_that_does_not_say_when_goes_to_staff(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ANNOUNCED.replace("2027年1月1日起，", ""), encoding="utf-8")
    cards = load_cards(tmp_path)
    hasty = Answerer(Search.over(cards.passages(), tmp_path / "search"), cards, KNOWN).card("lamp_news", TODAY)
    assert hasty is not None
    assert hasty.action == "escalate"
    assert "自2027年1月1日起施行" in hasty.lead


def test_the_day_of_a_question_goes_on_with_its_follow_up(answerer: Answerer) -> None:
    answer = answerer.answer("那异议期呢", TODAY, previous="2027年2月样灯商标异议期几个月")
    assert answer.day == date(2027, 2, 1)


def test_an_article_found_for_a_past_day_says_that_it_ended(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(CARDS, encoding="utf-8")
    cards = load_cards(tmp_path)
    old = lamp_article(
        "样灯专利条例", "2010-01-01", "5", "样灯专利说明书用红纸书写。", date(2010, 1, 1), end=date(2019, 12, 31)
    )
    new = lamp_article("样灯专利条例", "2019-10-01", "6", "样灯专利说明书用白纸书写。", date(2020, 1, 1))
    answerer = Answerer(Search.over([*cards.passages(), old, new], tmp_path / "search"), cards)
    past, today = asked(answerer, "2015年样灯专利说明书用红纸书写"), asked(answerer, "样灯专利说明书用白纸书写")
    assert past.lead.startswith("《样灯专利条例》（2010年1月1日版，自2020年1月1日起不再施行）第五条规定")
    assert today.lead.startswith("《样灯专利条例》第六条规定")


FINE = """
[[card]]
id = "lamp_fine"
title = "冒充样灯罚多少钱？"
variants = ["冒充样灯会罚多少", "冒充样灯罚款是多少钱"]
answer = "十万元以下。"
service_items = ["B08"]
effective_from = 2025-10-15
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯竞争法"
version = "2025-06-27"
article = "26"
proof = ["十万元以下"]
"""
OLD_FINE = "冒充样灯的，由监督检查部门责令停止，处五万元以下的罚款。"
NEW_FINE = "冒充样灯的，由监督检查部门责令停止，处十万元以下的罚款。"
FINES = [
    lamp_article("样灯竞争法", "2019-04-23", "21", OLD_FINE, date(2019, 4, 23), end=date(2025, 10, 14)),
    lamp_article("样灯竞争法", "2025-06-27", "26", NEW_FINE, date(2025, 10, 15)),
]


@pytest.fixture(scope="module")
def fined(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("fines")
    (folder / "B08.toml").write_text(CARDS + FINE, encoding="utf-8")
    cards = load_cards(folder)
    return Answerer(Search.over([*cards.passages(), *FINES], tmp_path_factory.mktemp("search")), cards)


def test_a_past_day_gets_the_words_of_the_law_of_that_day(fined: Answerer) -> None:
    told = asked(fined, "2025年3月冒充样灯会罚多少")
    assert (told.action, told.citations[0].article, told.citations[0].version) == ("answer", "21", "2019-04-23")
    assert "五万元以下" in told.lead
    assert "十万元" not in told.lead
    assert "自2025年10月15日起不再施行" in told.lead


def test_a_day_before_every_edition_we_know_goes_to_a_person(fined: Answerer) -> None:
    told = asked(fined, "2018年冒充样灯会罚多少")
    assert (told.action, told.citations) == ("escalate", ())


def test_today_is_answered_with_the_card(fined: Answerer) -> None:
    assert asked(fined, "冒充样灯会罚多少").card_id == "lamp_fine"


def test_what_stands_beside_the_main_article_alone_is_not_told_for_a_past_day(tmp_path: Path) -> None:
    """The law with the fine is known of today only; that of the exemption beside it of both days."""
    beside = FINE.replace('"样灯竞争法"', '"样灯公平法"').replace('"26"', '"9"') + (
        '[[card.citations]]\nlaw = "样灯细则"\nversion = "2025-06-27"\narticle = "7"\nproof = ["免除罚款"]\n'
    )
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "B08.toml").write_text(CARDS + beside, encoding="utf-8")
    spared = "销售不知道是冒充样灯的，责令停止销售，但免除罚款。"
    texts = [
        lamp_article("样灯公平法", "2025-06-27", "9", NEW_FINE, date(2025, 10, 15)),
        lamp_article("样灯细则", "2019-04-23", "5", spared, date(2019, 4, 23), end=date(2025, 10, 14)),
        lamp_article("样灯细则", "2025-06-27", "7", spared, date(2025, 10, 15)),
    ]
    cards = load_cards(folder)
    answerer = Answerer(Search.over([*cards.passages(), *texts], tmp_path / "search"), cards)
    told = asked(answerer, "2025年3月冒充样灯会罚多少")
    assert "免除罚款" not in told.lead
    assert told.action == "escalate"


BY_FILING = """
[[card]]
id = "lamp_design"
by_filing_day = true
title = "样灯外观设计保护几年？"
variants = ["样灯外观设计专利有效期多久"]
answer = "十年，从申请日起算。"
service_items = ["B07"]
effective_from = 2009-10-01
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯专利法"
version = "2008-12-27"
article = "42"
proof = ["十年"]

[[card]]
id = "lamp_design_2021"
supersedes = "lamp_design"
answer = "十五年，从申请日起算。"
effective_from = 2021-06-01
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯专利法"
version = "2020-10-17"
article = "42"
proof = ["十五年"]
"""


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("filed")
    (folder / "B07.toml").write_text(CARDS + BY_FILING, encoding="utf-8")
    cards = load_cards(folder)
    known = (*KNOWN, Edition("样灯专利法", "2008-12-27", date(2009, 10, 1), date(2021, 5, 31)))
    return Answerer(Search.over(cards.passages(), tmp_path_factory.mktemp("search")), cards, known)


@pytest.mark.parametrize(
    ("question", "lead", "notice"),
    [
        ("2020年申请的样灯外观设计保护几年", "十年", "2021年6月1日起申请的：十五年"),
        ("样灯外观设计保护几年，申请日是2021年5月31日", "十年", "2021年6月1日起申请的：十五年"),
        ("2020年样灯外观设计保护几年", "十年", "2021年6月1日起申请的：十五年"),
        ("2019年授权的样灯外观设计保护几年", "十年", "2021年6月1日起申请的：十五年"),
        ("2021年7月申请的样灯外观设计保护几年", "十五年", "2021年6月1日以前申请的：十年"),
        ("2021年样灯外观设计保护几年", "十五年", "2021年6月1日以前申请的：十年"),
        ("2022年授权的样灯外观设计保护几年", "十五年", "2021年6月1日以前申请的：十年"),
        ("样灯外观设计保护几年", "十五年", "2021年6月1日以前申请的：十年"),
    ],
)
def test_the_rule_of_the_day_of_filing_comes_first_and_the_other_after_it(
    filed: Answerer, question: str, lead: str, notice: str
) -> None:
    found = asked(filed, question)
    answer = found if found.action == "answer" else found.offers[0]
    assert answer.lead == f"{lead}，从申请日起算。"
    assert answer.notice == f"{notice}，从申请日起算。"
    assert answer.holds_on == TODAY


def test_a_flag_is_true_or_false(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(BY_FILING.replace("= true", '= "是"'), encoding="utf-8")
    assert "请写 true 或 false" in "".join(load_cards(tmp_path).problems)
