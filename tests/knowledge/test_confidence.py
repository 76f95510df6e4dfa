"""When a card is given, offered, or kept back: a clear lead is not enough to be right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from knowledge.article_evidence import article_answers, article_is_near
from knowledge.cards import SHIPPED_FOLDER, Card, load_cards
from knowledge.confidence import Candidate, certainty_features, decide, model, rated, said_of_us
from knowledge.evidence import Question, Wordings
from knowledge.named import subject_of_definition
from knowledge.passages import Passage
from knowledge.routing import is_our_field, is_surely_ours

DAY = date(2026, 11, 23)


def lamp_card(card_id: str, title: str, *variants: str, answer: str) -> Card:
    return Card(
        card_id, title, variants, (), answer, (), ("B08",), "national", DAY, DAY, "live", "", (), (), "", None, None
    )


FAST = lamp_card("fast", "样灯专利优先审查要多久？", "样灯专利优先审查几个月", answer="四十五日内首次处理。")
PRICE = lamp_card("price", "样灯登记要多少钱？", "样灯登记收费", answer="每件一千元。")
LOANS = lamp_card("loans", "样灯专利能贷款吗？", "拿样灯专利去贷款", answer="可以质押。")
PLEDGE = lamp_card("pledge", "样灯专利质押要什么条件？", "样灯专利怎么质押", answer="要有效。")
WORDINGS = Wordings([FAST, PRICE, LOANS, PLEDGE])


SHIPPED = Wordings(load_cards(SHIPPED_FOLDER).by_id.values())
OURS = {"ours": 1.0, "field": 0.8, "short": 0.0}
NOT_OURS = {"ours": 0.0, "field": 0.1, "short": 0.0}


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
        ("样灯登记要什么条件", PLEDGE, "unasked_act"),
        ("样灯专利被抄了", FAST, "unsaid_act"),
        ("样灯登记要多久", PRICE, "unasked_aspect"),
    ],
)
def test_what_a_card_does_not_answer_is_seen(question: str, card: Card, name: str) -> None:
    assert evidence(question, card)[name] > 0
    assert evidence(card.title, card)[name] == 0


def test_a_sure_card_is_given() -> None:
    assert decide([sure(FAST)], OURS).action == "answer"


def test_a_card_without_the_sum_asked_for_is_only_offered() -> None:
    assert decide([sure(FAST, unfigured=1.0, mute=1.0)], OURS).action == "clarify"
    assert decide([sure(FAST, unfigured=1.0, mute=1.0, exact=1.0)], OURS).action == "answer"


def test_a_card_that_says_it_is_not_for_this_is_only_offered() -> None:
    assert decide([sure(FAST, negative=0.1)], OURS).action == "clarify"


def test_a_card_that_leads_by_far_is_given_though_it_is_a_little_like_what_it_is_not_for() -> None:
    assert decide([replace(sure(FAST, negative=0.05), lead=3.5)], OURS).action == "answer"
    assert decide([replace(sure(FAST, negative=0.05), lead=2.0)], OURS).action == "clarify"
    assert decide([replace(sure(FAST, negative=0.2), lead=3.5)], OURS).action == "clarify"


@pytest.mark.parametrize("about", ["unasked_act", "unsaid_act", "unasked_aspect", "condition"])
def test_a_doubtful_card_about_something_else_to_be_done_is_only_offered(about: str) -> None:
    doubtful = replace(sure(FAST), probability=model().plain_at - 0.05)
    assert decide([doubtful], OURS).action == "answer"
    assert decide([replace(doubtful, evidence={**doubtful.evidence, about: 1.0})], OURS).action == "clarify"
    assert decide([sure(FAST, **{about: 1.0})], OURS).action == "answer"


@pytest.mark.parametrize("beside", [{"other_realm": 1.0}, {"unsaid_act": 1.0}, {"condition": 1.0}, {"precision": 0.2}])
def test_a_fairly_sure_card_beside_the_question_is_only_offered(beside: dict[str, float]) -> None:
    fairly = replace(sure(FAST), probability=model().beside_at - 0.05)
    assert decide([fairly], OURS).action == "answer"
    assert decide([replace(fairly, evidence={**fairly.evidence, **beside})], OURS).action == "clarify"
    assert decide([sure(FAST, **beside)], OURS).action == "answer"


def test_of_two_doubtful_cards_as_likely_none_is_given() -> None:
    doubtful = replace(sure(FAST), probability=model().plain_at - 0.05, lead=model().close_within - 0.1)
    decision = decide([doubtful, replace(sure(LOANS), logit=19.1, probability=0.3, lead=-0.9)], OURS)
    assert (decision.action, len(decision.candidates)) == ("clarify", 2)
    assert decide([replace(doubtful, lead=model().close_within)], OURS).action == "answer"


def test_what_is_surely_ours_is_never_declined() -> None:
    assert decide([], {**NOT_OURS, "surely": 1.0}).action == "escalate"
    assert said_of_us(Question.of("专利证书丢了怎么补"), SHIPPED, is_ours=True)["surely"] == 1.0
    assert said_of_us(Question.of("商标设计师工资多少"), SHIPPED, is_ours=True)["surely"] == 0.0


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("话剧抄袭怎么维权", True),
        ("签保密协议有用吗", True),
        ("自己培育的样灯果品种想保护", True),
        ("把课本扫描放网上可以吗", True),
        ("卖假包被抓要判几年", True),
        ("公证取证大概多少", True),
        ("我的照片被公众号用了要他赔多少", True),
        ("公证遗嘱怎么写", False),
        ("课本多少钱一本", False),
        ("专利药多少钱一盒", False),
        ("给宠物拍照片去哪", False),
    ],
)
def test_what_is_ours_beyond_doubt(text: str, is_ours: bool) -> None:
    assert is_surely_ours(text) is is_ours


def test_everyday_words_ask_for_the_deed_of_a_card() -> None:
    assert evidence("拿样灯专利贷款要什么条件", PLEDGE)["unasked_act"] == 0
    assert "转让" in Question.of("样灯专利卖给别人").deeds


def test_a_doubtful_card_of_our_field_is_offered() -> None:
    decision = decide([replace(sure(FAST), probability=model().answer_at - 0.05)], OURS)
    assert (decision.action, [each.card.card_id for each in decision.candidates]) == ("clarify", ["fast"])


def test_what_is_not_ours_is_declined_however_near_the_nearest_card() -> None:
    assert decide([replace(sure(FAST, coverage=0.2), probability=0.2)], NOT_OURS).action == "out_of_scope"


def test_without_candidates_our_field_goes_to_a_person_and_others_are_declined() -> None:
    assert [decide([], of_us).action for of_us in (OURS, NOT_OURS)] == ["escalate", "out_of_scope"]


@pytest.mark.parametrize("against", ["strange", "other_act", "condition", "other_realm", "unfigured"])
def test_evidence_against_a_card_lowers_its_probability(against: str) -> None:
    found = evidence("样灯专利优先审查几个月啊", FAST)
    clean, marred = (
        rated([Candidate(FAST, {**found, "exact": 0.0, against: value})], model(), OURS)[0] for value in (0.0, 1.0)
    )
    assert marred.probability < clean.probability


def test_a_close_second_lowers_certainty() -> None:
    strong, weak = evidence(FAST.title, FAST), evidence(FAST.title, LOANS)
    alone = rated([Candidate(FAST, strong), Candidate(LOANS, weak)], model(), OURS)[0]
    contested = rated([Candidate(FAST, strong), Candidate(LOANS, strong)], model(), OURS)[0]
    assert alone.probability > contested.probability
    assert certainty_features(0, [alone], OURS)["lead"] == 4.0


def test_evidence_against_a_card_never_speaks_for_it() -> None:
    against = (
        *("strange", "unasked", "other_aspect", "title_aspect", "unknown", "beside", "mute", "undefined", "negative"),
        *("condition", "unconditioned", "other_realm", "unknown_unsaid", "unasked_unsaid"),
    )
    assert all(model().certainty[name] <= 0 for name in against)
    assert all(model().certainty[name] >= 0 for name in ("logit", "lead", "asked", "said", "title", "exact", "field"))
    assert all(model().scope[name] >= 0 for name in ("field", "coverage", "top"))


@pytest.mark.parametrize("text", ["专利能贷款吗", "版权登记收费", "专利年费忘交了怎么办"])
def test_our_own_words_sound_like_ours(text: str) -> None:
    assert SHIPPED.field(Question.of(text), names_it=True) > 0.4


@pytest.mark.parametrize("text", ["商标掉色怎么洗干净", "红烧肉怎么做", "信用卡怎么提额", "离婚财产怎么分割", "😀", ""])
def test_a_word_of_the_field_in_everyday_life_does_not(text: str) -> None:
    assert SHIPPED.field(Question.of(text), names_it=True) < 0.4


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


def test_a_question_that_says_next_to_nothing_is_not_answered_by_an_article() -> None:
    article = lamp_article("灯具可以延期交付。")
    assert not article_answers(Question.of("可以延期吗"), article)
    assert article_answers(Question.of("灯具可以延期交付吗"), article)


def test_damages_are_not_answered_by_an_article_that_only_names_them() -> None:
    question = Question.of("样灯布图侵权怎么赔")
    assert not article_answers(question, lamp_article("样灯布图侵权的，由委员会就赔偿数额调解。"))
    assert article_answers(question, lamp_article("样灯布图侵权的，赔偿数额按损失确定。"))


def test_an_article_with_scattered_words_of_the_question_is_not_offered() -> None:
    article = lamp_article("新药有限期，给予补偿。")
    assert not article_is_near(Question.of("竞业限制要给补偿吗"), article)
    assert article_is_near(Question.of("新药给补偿吗"), article)


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
