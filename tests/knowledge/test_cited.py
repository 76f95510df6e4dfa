"""The sources of a reply become citations with the edition in force and the words that prove them."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.articles import articles_of
from knowledge.cited import articles_cited, proofs
from knowledge.lawbook import LawBook, law_book
from knowledge.passages import Passage

TODAY = date(2026, 11, 23)
OLD_TEXT = "示例人应当在收到通知之日起三个月内提出示例请求，逾期视为放弃。"
NEW_TEXT = "示例人应当在收到通知之日起两个月内提出示例请求，逾期视为放弃。"


def article(number: str, text: str, version: str, start: date, end: date | None = None) -> Passage:
    return Passage(
        f"art:{version}:{number}",
        f"revision:{version}",
        "article",
        "示例条例",
        text,
        law="示例条例",
        article=number,
        version=version,
        effective_from=start,
        effective_to=end,
    )


def book() -> LawBook:
    passages = [
        article("9", OLD_TEXT, "2020-01-31", date(2020, 3, 1), date(2026, 12, 31)),
        article("9", NEW_TEXT, "2026-06-26", date(2027, 1, 1)),
        article("10", "示例费为五百元。", "2020-01-31", date(2020, 3, 1), date(2026, 12, 31)),
    ]
    return law_book(articles_of(passages))


def test_a_source_is_cited_in_the_edition_in_force_with_its_proof_and_days() -> None:
    (found,) = articles_cited("要在3个月内提出示例请求，依据《示例条例》第九条。", book(), TODAY)
    assert (found.citation.law, found.citation.version, found.citation.article) == ("示例条例", "2020-01-31", "9")
    assert found.citation.proof[0] == "三个月"
    assert "提出示例请求" in "".join(found.citation.proof)
    assert (found.effective_from, found.effective_to) == (date(2020, 3, 1), date(2026, 12, 31))


def test_each_source_is_cited_once_and_several_are_found() -> None:
    found = articles_cited("依据《示例条例》第九条、第十条；示例条例第9条。", book(), TODAY)
    assert [each.citation.article for each in found] == ["9", "10"]


def test_after_the_change_the_new_edition_is_cited() -> None:
    (found,) = articles_cited("两个月内提出，见《示例条例》第九条。", book(), date(2027, 1, 2))
    assert found.citation.version == "2026-06-26"


def test_what_is_not_at_hand_comes_without_proof_or_version() -> None:
    unknown, missing = articles_cited("依据《没有的条例》第三条和《示例条例》第九十九条。", book(), TODAY)
    assert (unknown.citation.version, unknown.citation.proof) == ("", ())
    assert (missing.citation.version, missing.citation.proof) == ("2020-01-31", ())


def test_a_text_without_sources_cites_nothing() -> None:
    assert articles_cited("三个月内提出。", book(), TODAY) == ()


def test_a_proof_occurs_in_the_article_and_another_rule_proves_nothing() -> None:
    found = proofs(OLD_TEXT, "收到通知之日起3个月内提出")
    assert found
    assert all(each in OLD_TEXT for each in found)
    assert all(len(each) <= 14 for each in found)
    assert proofs(OLD_TEXT, "年费五百元") == ()


@pytest.mark.parametrize(
    ("article", "proof"),
    [
        ("地址：示例路 1 号二楼。", "示例路 1 号二楼"),
        ("服务时间：工作日 9:00–17:30。", "工作日 9:00–17:30"),
        ("电话：023-60000000。", "023-60000000"),
    ],
)
def test_what_a_notice_board_says_is_proven_by_its_figures(article: str, proof: str) -> None:
    assert proofs(article, "示例网点：工作日 9:00–17:30，示例路 1 号二楼，电话 023-60000000。") == (proof,)
    assert proofs(article, "示例网点：周末 9:00–12:00，示例路 2 号，电话 023-61111111。") == ()
    assert proofs("自 2026 年起每年公布。", "本网点 2026 开放。") == ()  # a year alone proves nothing


def test_long_texts_are_searched_in_no_time() -> None:
    assert len(proofs("示例人应当提出请求。" * 2000, "甲乙丙丁戊己庚辛" * 400)) <= 3
