"""What several wordings of one message lead to, taken together."""

from __future__ import annotations

from knowledge.passages import Answer
from knowledge.several import answerable_first, joined, likely_cards


def read_as(**likely: float) -> Answer:
    return Answer("clarify", "question", "", likely=tuple(likely.items()))


def test_two_wordings_that_lead_faintly_to_a_card_outweigh_one_that_leads_to_another() -> None:
    wordings = [read_as(fee=0.3, term=0.1), read_as(term=0.1), read_as(law=0.05)]
    assert likely_cards([read_as(), *wordings]) == ["term", "fee", "law"]


def test_the_order_found_for_the_whole_story_counts_although_it_finds_each_card_only_faintly() -> None:
    shorter = read_as(fee=0.05, term=0.04)
    assert likely_cards([read_as(), shorter])[0] == "fee"
    assert likely_cards([read_as(term=0.01, fee=0.001), shorter])[0] == "term"


def test_one_wording_that_leads_surely_to_a_card_goes_first() -> None:
    assert likely_cards([read_as(fee=0.9, term=0.1), read_as(term=0.1)])[0] == "fee"


def test_where_no_card_was_weighed_none_is_likely() -> None:
    assert likely_cards([]) == likely_cards([read_as(), read_as()]) == []


def test_of_two_answers_each_names_its_question_or_none_does() -> None:
    fee = Answer("answer", "question", "", lead="九百元。", card_id="fee", confidence=0.9)
    term = Answer("answer", "question", "", lead="十年。", card_id="term", understood_as="灯保护几年？", confidence=0.8)
    assert joined([("灯多少钱?", fee), ("灯 几年", term)], fee).understood_as == "灯多少钱？”“灯保护几年？"
    plain = Answer("answer", "question", "", lead="十年。", card_id="term", confidence=0.98)
    assert joined([("灯多少钱?", fee), ("灯 几年", plain)], fee).understood_as == ""


def test_what_staff_have_yet_to_fill_in_stands_behind_what_can_be_answered() -> None:
    waits = Answer("escalate", "question", "退费吗？", lead="由工作人员答复。", card_id="refund")
    told = Answer("answer", "question", "几天内？", lead="十五日内。", card_id="review")
    article = Answer("answer", "article", "第三条怎么说？", lead="三日。")
    options = (("refund", "退费吗？"), ("review", "几天内？"), ("time", "多久？"))
    back = Answer("clarify", "question", "", options=options, offers=(waits, told, article))
    ranked = answerable_first(back)
    assert [each[0] for each in ranked.options] == ["review", "refund", "time"]
    assert ranked.offers == (told, waits, article)
    assert answerable_first(Answer("answer", "question", "", offers=(waits, told))).offers == (waits, told)
