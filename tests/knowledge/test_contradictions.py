"""Cards that disagree are listed with places, figures and cure; what only looks like it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.articles import NO_ARTICLES, Articles, articles_of
from knowledge.authored import CardCitation
from knowledge.card import Card
from knowledge.cards import SHIPPED_FOLDER, Cards, load_cards
from knowledge.contradictions import Contradiction, find_contradictions
from knowledge.facts import Fact, Facts
from knowledge.passages import Passage
from knowledge.reviewed import SHIPPED_REVIEWED, Reviewed, load_reviewed

TODAY = date(2026, 11, 26)
SOURCE = CardCitation("样灯商标法", "2019-04-23", "33", ("异议",))


def lamp(card_id: str, title: str, answer: str, **changes: object) -> Card:
    made = Card(
        card_id=card_id,
        title=title,
        variants=(),
        negatives=(),
        answer=answer,
        details=(),
        service_items=("B08",),
        jurisdiction="national",
        last_reviewed=TODAY,
        review_due=date(2027, 11, 26),
        status="live",
        missing="",
        related=(),
        citations=(SOURCE,),
        supersedes="",
        effective_from=date(2019, 11, 1),
        effective_to=None,
        written=answer,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


OPPOSE = lamp("oppose", "样灯商标怎么提异议？", "自公告之日起三个月内提出异议。")
GRAB = lamp("grab", "样灯商标被抢注怎么办？", "可以拦：自公告之日起二个月内提出异议，还要准备证据。")


def found_in(*cards: Card, facts: Facts | None = None, articles: Articles = NO_ARTICLES) -> list[Contradiction]:
    known = Cards({each.card_id: each for each in cards}, (), facts or Facts({}, {}))
    return find_contradictions(known, articles, on=TODAY)


def test_two_cards_on_one_article_that_say_different_periods_are_listed() -> None:
    (found,) = found_in(OPPOSE, GRAB)
    assert (found.kind, found.places, found.figures) == ("cards", ("grab", "oppose"), ("二个月", "三个月"))
    assert "都依据《样灯商标法》第33条" in found.reason
    assert found.reason.endswith("请核对原文，改正其中一张。")


def test_two_cards_with_one_question_that_say_different_amounts_are_listed() -> None:
    other = CardCitation("样灯收费办法", "2020-01-01", "2", ("费",))
    cheap = lamp("fee", "样灯商标注册要多少钱？", "每件三百元。")
    dear = lamp("price", "注册样灯商标要多少钱？", "每件500元。", citations=(other,))
    (found,) = found_in(cheap, dear)
    assert "问的几乎是同一个问题" in found.reason
    assert found.figures == ("三百元", "500元")


AGREEING = {
    "the same number in other signs": (replace(GRAB, written="自公告之日起3个月内提出异议。"),),
    "another unit": (replace(GRAB, written="自公告之日起90日内提出异议。"),),
    "another bound": (
        lamp("a", "样灯罚多少？", "处违法所得一倍以上五倍以下罚款。"),
        lamp("b", "没有样灯牌照罚多少？", "处违法所得一倍以上五倍以下罚款。"),
    ),
    "another article": (replace(GRAB, citations=(replace(SOURCE, article="49"),)),),
    "other words": (replace(GRAB, written="商标局收到申请后九个月内审完。"),),
    "another time": (replace(GRAB, effective_from=date(2027, 1, 1)), replace(OPPOSE, effective_to=date(2026, 12, 31))),
    "a version that has ended": (replace(GRAB, effective_to=date(2026, 1, 1)),),
    "a worked example": (replace(GRAB, written="例如自公告之日起二个月内提出异议。"),),
    "both numbers in both cards": (
        replace(GRAB, written="自公告之日起二个月内，老案件自公告之日起三个月内提出异议。"),
    ),
    "both numbers, the other way round": (
        replace(GRAB, written="自公告之日起三个月内提出异议。自公告之日起二个月内提出异议。"),
    ),
    "both numbers in the same words": (
        replace(GRAB, written="自公告之日起二个月内提出异议。自公告之日起三个月内提出异议。"),
    ),
    "no figure for staff to tell": (replace(GRAB, status="empty", missing="期限"),),
}


@pytest.mark.parametrize("case", AGREEING)
def test_what_only_looks_like_a_contradiction_is_not_listed(case: str) -> None:
    cards = {each.card_id: each for each in (OPPOSE, *AGREEING[case])}
    assert found_in(*cards.values()) == []


def wait_row(value: int = 2, **changes: object) -> Fact:
    made = Fact("lamp_wait", "异议期限", Decimal(value), "个月", SOURCE, TODAY, date(2027, 11, 26), date(2019, 11, 1))
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_typed_figure_that_a_fact_of_the_same_article_names_otherwise_is_listed() -> None:
    card = lamp("oppose", "样灯异议期限几个月？", "三个月。")
    (found,) = found_in(card, facts=Facts({"lamp_wait": (wait_row(),)}, {}))
    assert (found.kind, found.places, found.figures) == ("fact", ("oppose", "lamp_wait"), ("三个月", "2个月"))
    assert "请在卡片里改用 {lamp_wait}" in found.reason


@pytest.mark.parametrize(
    "row",
    [
        wait_row(3),
        wait_row(unit="年"),
        wait_row(name="宽展期"),
        wait_row(source=replace(SOURCE, article="40")),
        wait_row(effective_from=date(2027, 1, 1)),
    ],
    ids=["same value", "another unit", "another thing", "another article", "another time"],
)
def test_a_typed_figure_and_another_fact_do_not_disagree(row: Fact) -> None:
    card = lamp("oppose", "样灯异议期限几个月？", "三个月。", effective_to=date(2026, 12, 31))
    assert found_in(card, facts=Facts({"lamp_wait": (row,)}, {})) == []


def test_a_typed_figure_beside_a_filled_in_one_is_compared_with_it() -> None:
    filled = replace(OPPOSE, written="自公告之日起{lamp_wait}内提出异议。", facts=(wait_row(3),))
    (found,) = found_in(filled, GRAB)
    assert found.figures == ("二个月", "3个月")


def test_a_filled_in_figure_of_another_article_is_not_compared() -> None:
    elsewhere = replace(SOURCE, article="49")
    cited = (SOURCE, elsewhere)
    filled = replace(OPPOSE, written="自公告之日起{lamp_wait}内提出异议。", facts=(wait_row(3, source=elsewhere),))
    assert found_in(replace(filled, citations=cited), GRAB) == []
    assert len(found_in(replace(filled, citations=cited), replace(GRAB, citations=cited))) == 1


def article(text: str) -> Articles:
    return articles_of(
        [Passage("art:1:33", "r", "article", "第33条", text, law="样灯商标法", article="33", version="2019-04-23")]
    )


def test_a_figure_that_stands_in_no_cited_article_is_listed() -> None:
    (found,) = found_in(OPPOSE, articles=article("自公告之日起二个月内，可以提出异议。"))
    assert (found.kind, found.places, found.figures) == ("text", ("oppose",), ("三个月",))
    assert "所引条款里没有 三个月 这个数" in found.reason


@pytest.mark.parametrize("text", ["自公告之日起３ 个月内。".replace("３", "3"), "自公告之日起三个月内。"])
def test_a_figure_of_the_article_is_borne_out_however_it_is_written(text: str) -> None:
    assert found_in(OPPOSE, articles=article(text)) == []


def test_fee_tables_without_units_bear_amounts_out() -> None:
    card = lamp("fee", "样灯多少钱？", "每件900元。")
    assert found_in(card, articles=article("申请费（元） 900")) == []


def test_everyday_words_are_no_figures() -> None:
    card = lamp("day", "哪天起算？", "看是哪一天，从这一天起，同一天提出的协商。")
    assert found_in(card, articles=article("没有数字。")) == []


def test_a_text_that_is_not_imported_contradicts_nothing() -> None:
    assert found_in(OPPOSE) == []


def test_what_was_reviewed_is_not_listed_until_a_figure_changes() -> None:
    cards = Cards({"oppose": OPPOSE, "grab": GRAB})
    entry = Reviewed(frozenset({"oppose", "grab"}), frozenset({"三个月", "二个月"}), "示例：新旧案件。", TODAY)
    assert find_contradictions(cards, on=TODAY, reviewed=[entry]) == []
    changed = Cards({"oppose": OPPOSE, "grab": replace(GRAB, written=GRAB.written.replace("二个月", "一个月"))})
    assert len(find_contradictions(changed, on=TODAY, reviewed=[entry])) == 1


def test_the_same_contradiction_has_the_same_key_in_any_order() -> None:
    assert found_in(OPPOSE, GRAB)[0].key == found_in(GRAB, OPPOSE)[0].key


# --- the reviewed list ---------------------------------------------------------------------------------------------

ENTRY = '[[reviewed]]\nplaces = ["a"]\nfigures = ["三个月"]\nreason = "示例"\non = 2026-11-26\n'


def test_a_reviewed_list_is_read(tmp_path: Path) -> None:
    (tmp_path / "reviewed.toml").write_text(ENTRY, encoding="utf-8")
    entries, problems = load_reviewed(tmp_path / "reviewed.toml", tmp_path / "none.toml")
    assert (entries, problems) == ([Reviewed(frozenset("a"), frozenset({"三个月"}), "示例", TODAY)], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ENTRY.replace('reason = "示例"\n', ""), "第 1 条：缺少 reason"),
        (ENTRY.replace('places = ["a"]\n', ""), "第 1 条：缺少 places"),
        (ENTRY.replace("on = 2026-11-26\n", ""), "第 1 条：缺少 on"),
        ("[reviewed]\n", "[[reviewed]]"),
        ("[[reviewed", "文件无法读取"),
    ],
)
def test_a_faulty_reviewed_list_is_told_with_its_cure(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "reviewed.toml").write_text(text, encoding="utf-8")
    entries, (problem,) = load_reviewed(tmp_path / "reviewed.toml")
    assert entries == []
    assert problem.startswith("reviewed.toml：")
    assert expected in problem


def test_the_shipped_cards_do_not_disagree() -> None:
    reviewed, problems = load_reviewed(SHIPPED_REVIEWED)
    assert problems == []
    assert [str(each) for each in find_contradictions(load_cards(SHIPPED_FOLDER), on=TODAY, reviewed=reviewed)] == []
