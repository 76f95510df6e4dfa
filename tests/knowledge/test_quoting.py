"""What is quoted of an article: the sentences that answer, cut only where …… says so."""

from __future__ import annotations

import pytest

from knowledge.quoting import LONGEST_QUOTE, quote_of

FILLER = "与本条无关的样灯程序由主管部门另行规定并公布，申请人应当按照公布的样式逐项填写"
FIRST = f"样灯的申请人应当提交申请书。{FILLER}；{FILLER}。{FILLER}。"
SECOND = "申请日以前已经公开的样灯，六个月内提出申请的，不丧失新颖性。"
ITEMS = ("样灯有毒的", FILLER, f"{FILLER}，{FILLER}", "样灯漏电的", f"{FILLER}，{FILLER}", FILLER)
LIST = "有下列情形之一的，不予登记：\n" + "；\n".join(
    f"（{number}）{item}" for number, item in zip("一二三四五六", ITEMS, strict=True)
)


def test_a_short_article_is_quoted_whole() -> None:
    assert quote_of(SECOND, "提交申请书") == SECOND


def test_the_clause_that_answers_is_quoted_although_it_stands_last() -> None:
    assert quote_of(f"{FIRST}\n{FIRST}\n{SECOND}", "公开以后六个月还有没有新颖性") == f"……{SECOND}"


def test_what_proves_the_answer_is_quoted_before_what_sounds_like_the_question() -> None:
    text = f"{FIRST}\n{FIRST}\n{SECOND}"
    assert "六个月内" in quote_of(text, "样灯的申请人应当提交申请书", ("六个月内",))


def test_an_item_is_quoted_with_the_words_that_lead_to_it_and_without_the_others() -> None:
    quote = quote_of(LIST, "样灯漏电了能登记吗", ("漏电",))
    assert quote == "有下列情形之一的，不予登记：……\n（四）样灯漏电的；……"


def test_sentences_that_stay_together_are_not_marked_as_cut() -> None:
    quote = quote_of(f"{SECOND}{SECOND}\n{FIRST}\n{FIRST}", "六个月 新颖性")
    assert quote == f"{SECOND}{SECOND}……"


@pytest.mark.parametrize("asked", ["样灯", "新颖性六个月", "漏电", "毫不相干", ""])
def test_a_quote_is_short_and_says_nothing_but_the_articles_words(asked: str) -> None:
    text = f"{FIRST}\n{LIST}\n{SECOND}"
    quote = quote_of(text, asked)
    pieces = [each.strip() for each in quote.split("……") if each.strip()]
    assert 0 < sum(map(len, pieces)) <= LONGEST_QUOTE + 4
    places = [text.find(each) for each in pieces]
    assert -1 not in places
    assert places == sorted(places)


def test_a_sentence_too_long_by_itself_is_cut_between_its_phrases() -> None:
    sentence = "，".join([FILLER.replace("，", "")] * 8) + "，罚款五万元以下，" + FILLER.replace("，", "") + "。"
    quote = quote_of(sentence, "罚款多少", ("五万元以下",))
    assert "罚款五万元以下，" in quote
    assert len(quote) <= LONGEST_QUOTE + 4
