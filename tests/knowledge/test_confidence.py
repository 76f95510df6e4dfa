"""When a card is given, offered, or kept back: a clear lead is not enough to be right."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.cards import Card
from knowledge.confidence import Candidate, certainty_features, decide, model, rated
from knowledge.evidence import Question, Wordings, article_answers
from knowledge.named import subject_of_definition
from knowledge.passages import Passage
from knowledge.routing import is_our_field

DAY = date(2026, 11, 23)


def lamp_card(card_id: str, title: str, *variants: str, answer: str) -> Card:
    return Card(
        card_id, title, variants, (), answer, (), ("B08",), "national", DAY, DAY, "live", "", (), (), "", None, None
    )


FAST = lamp_card("fast", "样灯专利优先审查要多久？", "样灯专利优先审查几个月", answer="四十五日内首次处理。")
PRICE = lamp_card("price", "样灯登记要多少钱？", "样灯登记收费", answer="每件一千元。")
LOANS = lamp_card("loans", "样灯专利能贷款吗？", "拿样灯专利去贷款", answer="可以质押。")
WORDINGS = Wordings([FAST, PRICE, LOANS])


def evidence(question: str, card: Card) -> dict[str, float]:
    return {"coverage": 0.9, "rank": 1.0, **WORDINGS.evidence(Question.of(question), card.card_id)}


def sure(card: Card, **changed: float) -> Candidate:
    """A candidate the model is sure of."""
    return Candidate(card, {**evidence(card.title, card), "exact": 0.0, **changed}, 20.0, 0.95)


@pytest.mark.parametrize(
    ("question", "card", "name"),
    [
        ("样灯登记要多久", PRICE, "unfigured"),
        ("样灯登记要多久", PRICE, "figure"),
        ("样灯专利怎么转让", LOANS, "other_act"),
        ("样灯专利怎么授权", FAST, "unasked"),
        ("样灯驰名商标登记", PRICE, "strange"),
        ("什么是样灯淡化", PRICE, "undefined"),
        ("样灯登记要多久", PRICE, "mute"),
    ],
)
def test_what_a_card_does_not_answer_is_seen(question: str, card: Card, name: str) -> None:
    assert evidence(question, card)[name] > 0
    assert evidence(card.title, card)[name] == 0


def test_a_sure_card_is_given() -> None:
    assert decide([sure(FAST)], is_ours=True).action == "answer"


@pytest.mark.parametrize("against", ["strange", "other_act", "unfigured"])
def test_a_leading_card_about_something_else_is_only_offered(against: str) -> None:
    decision = decide([sure(FAST, **{against: 1.0})], is_ours=True)
    assert (decision.action, [each.card.card_id for each in decision.candidates]) == ("clarify", ["fast"])


def test_a_narrower_card_must_say_most_of_the_question() -> None:
    said = model().said_at
    assert decide([sure(FAST, unasked=1.0, said=said - 0.01)], is_ours=True).action == "clarify"
    assert decide([sure(FAST, unasked=1.0, said=said)], is_ours=True).action == "answer"


def test_a_wording_of_the_card_itself_is_always_good_enough() -> None:
    assert decide([sure(FAST, exact=1.0, unfigured=1.0)], is_ours=True).action == "answer"


def test_without_candidates_our_field_goes_to_a_person_and_others_are_declined() -> None:
    assert [decide([], is_ours=ours).action for ours in (True, False)] == ["escalate", "out_of_scope"]


def test_a_close_second_lowers_certainty() -> None:
    strong, weak = evidence(FAST.title, FAST), evidence(FAST.title, LOANS)
    alone = rated([Candidate(FAST, strong), Candidate(LOANS, weak)], model(), is_ours=True)[0]
    contested = rated([Candidate(FAST, strong), Candidate(LOANS, strong)], model(), is_ours=True)[0]
    assert alone.probability > contested.probability
    assert certainty_features(0, [alone], is_ours=True)["lead"] == 4.0


def test_evidence_against_a_card_never_speaks_for_it() -> None:
    against = (
        "strange",
        "unasked",
        "other_aspect",
        "title_aspect",
        "unknown",
        "beside",
        "mute",
        "undefined",
        "negative",
    )
    assert all(model().certainty[name] <= 0 for name in against)
    assert all(model().certainty[name] >= 0 for name in ("logit", "lead", "asked", "said", "title", "exact"))


def lamp_article(text: str) -> Passage:
    return Passage("art:1:1", "revision:1", "article", "样灯专利法第1条", text, law="样灯专利法", article="1")


@pytest.mark.parametrize(
    ("question", "text", "quoted"),
    [
        ("样灯专利保护期限多久", "样灯专利保护期限为十年。", True),
        ("样灯专利保护期限多久", "样灯专利的保护期限另行规定。", False),
        ("什么是样灯淡化", "样灯淡化，是指灯光变弱。", True),
        ("什么是样灯淡化", "样灯由保护中心登记。", False),
        ("样灯专利怎么转让", "样灯专利可以登记。", False),
        ("样灯专利登记在哪里", "样灯专利登记由保护中心办理。", False),
    ],
)
def test_an_article_is_quoted_only_when_it_answers(question: str, text: str, quoted: bool) -> None:
    assert article_answers(Question.of(question), lamp_article(text)) is quoted


def test_what_is_to_be_defined() -> None:
    assert subject_of_definition("什么是驰名商标?") == "驰名商标"
    assert subject_of_definition("驰名商标是什么意思") == "驰名商标"
    assert subject_of_definition("商标续展怎么办") == ""


@pytest.mark.parametrize(
    "text", ["表演者权保护多久", "什么是避风港规则", "无障碍格式版本", "三维标志可以吗", "广播组织有什么权利"]
)
def test_the_terms_of_the_field_route_to_us(text: str) -> None:
    assert is_our_field(text)


@pytest.mark.parametrize("text", ["离婚的诉讼时效几年", "遗产和解协议怎么写", "小说推荐一本"])
def test_words_shared_with_other_fields_do_not(text: str) -> None:
    assert not is_our_field(text)
