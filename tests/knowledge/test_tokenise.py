"""One spelling, ranking tokens, terms: what people type becomes what the law writes, whatever they type."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.dictionary import load_dictionary, load_synonyms
from knowledge.tokenise import normalise, positioned_tokens, ranking_text, terms, tokens


@pytest.mark.parametrize(
    ("typed", "spelling"),
    [
        ("ＰＣＴ　申请", "pct 申请"),
        ("專利優先審查", "专利优先审查"),
        ("商標註冊", "商标注册"),
        ("專利法第四十二條第二款", "专利法第42条第2款"),
        ("26条3款", "第26条第3款"),
        ("四十二条（三）项", "第42条第3项"),
        ("一条短信", "一条短信"),
        ("商\u200b标\u202e异\x00议", "商标异议"),
        ("商标😀异议", "商标 异议"),
        ("caf\u0301e", "cafe"),
        ("\ud800商标", "商标"),
        ("😀🎉", ""),
        ("", ""),
    ],
)
def test_one_spelling(typed: str, spelling: str) -> None:
    assert normalise(typed) == spelling


def test_characters_and_pairs_are_ranked_and_an_article_is_one_token() -> None:
    assert tokens("专利法第42条，PCT") == ["专", "专利", "利", "利法", "法", "第42条", "pct"]


def test_counts_are_found_in_either_spelling() -> None:
    assert ranking_text("三个月") == "3个月"
    assert tokens("期限为三个月") == tokens("期限为3个月")
    assert ranking_text("五百万元以下") == "500万元以下"


@given(st.text())
def test_any_text_has_tokens_and_a_stable_spelling(text: str) -> None:
    spelling = normalise(text)
    assert normalise(spelling) == spelling
    assert all(token.strip() for token in tokens(text))


@given(st.text(alphabet="第条款专利0123一十百 a，（）", max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    spelled = ranking_text(text)
    assert all(spelled.startswith(token, start) for token, start in positioned_tokens(spelled))


@pytest.mark.parametrize("piece", ["a\u0301", "\u0301", "一", "第", "十", "第1条", "1", "专利", "😀", "\x00"])
def test_a_hundred_thousand_characters_take_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.perf_counter()
    tokens(text)
    terms(text)
    assert time.perf_counter() - started < 10  # Measured below half a second; quadratic code takes minutes.


@pytest.mark.parametrize(
    ("question", "official"),
    [
        ("年费没交怎么办", "专利年费"),
        ("优审要多久", "优先审查"),
        ("軟著怎么登记", "软件著作权"),
        ("做个FTO多少钱", "自由实施分析"),
        ("撤三怎么答辩", "连续三年不使用撤销"),
        ("集体商标", "集体商标"),
    ],
)
def test_lay_words_name_their_official_term(question: str, official: str) -> None:
    assert official in [term.official for term in terms(question)]


def test_terms_kept_apart_share_no_word() -> None:
    entries = {entry.official: entry for entry in load_dictionary()}
    for entry in entries.values():
        mine = {entry.official, *entry.lay_words, *entry.abbreviations}
        for other in entry.keep_apart:
            found = entries.get(other)
            theirs = {other, *found.lay_words, *found.abbreviations} if found else {other}
            assert not mine & theirs, f"{entry.official} / {other}"


def test_no_synonym_leads_across_a_pair_kept_apart() -> None:
    for rule in load_synonyms():
        for entry in load_dictionary():
            if entry.official in rule.says or set(entry.lay_words) & set(rule.says):
                assert not set(rule.means) & set(entry.keep_apart), rule


@pytest.mark.parametrize("word", ["许可", "检索", "授权", "复审", "无效", "宽限期", "续费"])
def test_a_word_with_two_meanings_names_no_term(word: str) -> None:
    assert terms(word) == []
