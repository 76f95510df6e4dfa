"""Articles asked for by number: the right part of the right edition, and what is said where there is none."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.answer import Answerer
from knowledge.cards import Cards
from knowledge.lawbook import Edition
from knowledge.passages import Answer
from knowledge.search import Search
from tests.knowledge.test_citations import FIRST_DAY, KNOWN, LAST_DAY, TEXTS, TODAY, article

LONG = "\n".join(["灯的权利有：", *(f"（{n}）{'亮' * 40}权；" for n in "一二三四五六七八九")])
MORE = [article("样灯权利法", "2020-01-01", str(n), LONG, start=date(2020, 6, 1)) for n in range(1, 4)]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    search = Search.over([*TEXTS, *MORE], tmp_path_factory.mktemp("search"))
    return Answerer(search, Cards({}), (*KNOWN, Edition("没导入的条例", "2025", date(2025, 6, 1))))


def asked(answerer: Answerer, question: str, on: date = TODAY, previous: str = "") -> Answer:
    return answerer.answer(question, on, previous=previous)


def test_a_paragraph_and_an_item_are_opened(answerer: Answerer) -> None:
    assert asked(answerer, "样灯法第一条第一款").lead == "《样灯法》第一条第一款规定：灯要亮。"
    assert asked(answerer, "样灯法1条2款2项讲什么").lead == "《样灯法》第一条第二款第（二）项规定：灯应当：\n（二）小。"
    assert asked(answerer, "样灯权利法第三条第八项").lead.endswith(f"（八）{'亮' * 40}权；")


def test_a_whole_article_is_not_cut_short(answerer: Answerer) -> None:
    assert asked(answerer, "样灯权利法第三条").citations[0].quote == LONG


def test_the_edition_of_the_day_is_opened(answerer: Answerer) -> None:
    today, tomorrow = asked(answerer, "样灯法第2条"), asked(answerer, "样灯法第2条", FIRST_DAY)
    assert (today.citations[0].version, today.holds_on) == ("2025-06-27", TODAY)
    assert "自2027年1月1日起适用2026年6月26日版" in today.notice
    assert today.notice.count("\n") == 0
    assert (tomorrow.citations[0].version, tomorrow.holds_on) == ("2026-06-26", FIRST_DAY)
    assert "此前为2025年6月27日版" in tomorrow.notice
    assert asked(answerer, "样灯法第2条", LAST_DAY).citations[0].version == "2025-06-27"


def test_an_ended_edition_is_opened_when_named_and_says_that_it_ended(answerer: Answerer) -> None:
    for question in ("样灯法2019第2条", "2019年样灯法第二条", "2020年5月样灯法第二条怎么规定"):
        answer = asked(answerer, question)
        assert answer.citations[0].version == "2019-04-23", question
        assert "（2019年4月23日版，自2025年10月15日起不再施行）" in answer.lead
        assert "现行的是2025年6月27日版" in answer.notice
    assert asked(answerer, "样灯法2019第2条").holds_on is None
    assert asked(answerer, "2020年5月样灯法第二条怎么规定").holds_on == date(2020, 5, 1)


def test_the_old_law_is_the_one_in_force_while_the_new_one_waits(answerer: Answerer) -> None:
    assert asked(answerer, "旧样灯法第3条").citations[0].version == "2025-06-27"
    assert "不再施行" not in asked(answerer, "旧样灯法第3条").lead
    later = asked(answerer, "旧样灯法第3条", FIRST_DAY)
    assert later.citations[0].version == "2025-06-27"
    assert "自2027年1月1日起不再施行" in later.lead


def test_a_coming_edition_is_never_shown_as_the_law_of_today(answerer: Answerer) -> None:
    answer = asked(answerer, "新样灯法第6条")
    assert "自2027年1月1日起施行，目前尚未施行" in answer.lead
    assert answer.notice == "目前适用的是2025年6月27日版，条号和内容可能不同。"
    assert answer.holds_on is None
    assert "尚未施行" not in asked(answerer, "新样灯法第6条", FIRST_DAY).lead


def test_several_articles_are_opened_in_their_order(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法第4条和样灯权利法第1条分别讲什么")
    assert [(each.law, each.article) for each in answer.citations] == [("样灯法", "4"), ("样灯权利法", "1")]
    assert answer.lead.index("样灯法》第四条") < answer.lead.index("样灯权利法》第一条")


def test_two_questions_for_articles_are_one_answer(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法第4条讲什么？样灯权利法第1条第2项呢？")
    assert [(each.law, each.article) for each in answer.citations] == [("样灯法", "4"), ("样灯权利法", "1")]
    assert answer.lead.count("规定：") == 2


def test_an_article_that_does_not_exist_is_told_with_the_number_there_are(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法第200条")
    assert answer.action == "answer"
    assert answer.lead == "《样灯法》（2025年6月27日版）共4条，没有第二百条。请核对条号。"
    assert [(each.law, each.version) for each in answer.citations] == [("样灯法", "2025-06-27")]
    assert "自2027年1月1日起施行的2026年6月26日版才有这一条" in asked(answerer, "样灯法第5条").lead
    assert "只有两款，没有第三款，全条如下" in asked(answerer, "样灯法第1条第3款").lead


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("没导入的条例第3条", "原文还没有导入"),
        ("样灯节录第8条", "只有一部分条款"),
        ("2017年的样灯法第2条", "没有《样灯法》"),
        ("1998年样灯法第2条", "没有《样灯法》1998年版"),
    ],
)
def test_what_is_not_imported_goes_to_a_person(answerer: Answerer, question: str, part: str) -> None:
    answer = asked(answerer, question)
    assert (answer.action, answer.label, answer.citations) == ("escalate", "article", ())
    assert part in answer.lead
    assert "工作人员" in answer.lead


def test_the_next_paragraph_leans_on_the_article_asked_for_before(answerer: Answerer) -> None:
    assert "（一）圆" in asked(answerer, "那第二款呢", previous="样灯法第一条第一款").lead
    assert "虚假宣传" in asked(answerer, "第2条呢", previous="样灯法第一条第一款").lead


def test_an_old_number_is_answered_with_where_its_matter_stands_now(answerer: Answerer) -> None:
    answer = asked(answerer, "侵犯商业秘密，样灯法第二条怎么规定")
    assert answer.citations[0].version == "2025-06-27"
    assert "“商业秘密”现在在第三条" in answer.notice


def test_old_numbers_in_a_quoted_text_are_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    words = "样灯法第二条规定的商业秘密，包括图纸。\n样灯法第一条规定的灯，包括台灯。"
    old = article("样灯案件规定", "2020-01-01", "1", words, start=date(2020, 6, 1))
    quoting = Answerer(Search.over([*TEXTS, old], tmp_path_factory.mktemp("search")), Cards({}), KNOWN)
    assert asked(quoting, "样灯案件规定第1条第1款").notice == "引文里的《样灯法》第二条是它写成时的条号，与现行法不同。"
    assert asked(quoting, "样灯案件规定第1条第2款").notice == ""


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("样灯法第-1条", "第-1条"),
        ("样灯法第－1条说什么", "第-1条"),
        ("样灯法第负一条", "第负一条"),
        ("样灯法第1.5条", "第1.5条"),
        ("样灯法第10000条", "第10000条"),
    ],
)
def test_a_number_no_article_has_is_not_read_as_another(answerer: Answerer, question: str, place: str) -> None:
    assert asked(answerer, question).lead == f"《样灯法》（2025年6月27日版）共4条，没有{place}。请核对条号。"


@pytest.mark.parametrize(
    ("question", "versions"),
    [
        ("样灯法第二条2019和2026有什么不同", ["2019-04-23", "2026-06-26"]),
        ("样灯法第二条2019版和2025版差别", ["2019-04-23", "2025-06-27"]),
        ("样灯法第二条新旧对比", ["2025-06-27", "2026-06-26"]),
        ("2019年的样灯法第二条和现在有什么区别", ["2019-04-23", "2025-06-27"]),
        ("样灯法第二条2019年改了什么", ["2019-04-23"]),
    ],
)
def test_an_article_compared_is_shown_in_each_edition(answerer: Answerer, question: str, versions: list[str]) -> None:
    answer = asked(answerer, question)
    assert [each.version for each in answer.citations] == versions
    assert answer.lead.count("第二条规定：") == len(versions)
    assert all(f"（{Edition('', each, None).name}，" in answer.lead for each in versions)
    assert ("条号可能变动" in answer.notice) == (len(versions) > 1)
    assert ("没有可以同它对照的另一个版本" in answer.notice) == (len(versions) == 1)


@pytest.mark.parametrize("question", ["样灯法第二条和第三条有什么区别", "样灯法第二条和台灯比较", "新样灯法第6条"])
def test_what_compares_no_editions_is_shown_once(answerer: Answerer, question: str) -> None:
    assert "对照" not in asked(answerer, question).notice


def test_an_edition_compared_that_is_not_there_is_said_to_be_missing(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法第二条1998年版和2025年版比较")
    assert "没有《样灯法》1998年版" in answer.lead
    assert [each.version for each in answer.citations] == ["2025-06-27"]


def test_articles_beyond_those_shown_are_named(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法第1条、第2条、第3条、第4条")
    assert answer.lead.count("规定：") == 3
    assert "一次最多列出三条；《样灯法》第四条请再问一次。" in answer.notice


def test_every_item_named_is_shown(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯权利法第三条第一项和第三项")
    assert [f"（{each}）" in answer.lead for each in "一二三"] == [True, False, True]


def test_who_speaks_of_days_before_the_edition_reads_that_another_was_law_then(answerer: Answerer) -> None:
    earlier = asked(answerer, "2018年申请的灯，样灯法第二条怎么规定").notice
    assert "这一版自2025年10月15日起施行，您提到的时间在这之前，当时施行的是" in earlier
    assert "请向工作人员核实" in earlier
    assert "您提到的时间" not in asked(answerer, "样灯法第二条怎么规定").notice
    assert "您提到的时间" not in asked(answerer, "2026年1月申请的灯，样灯法第二条怎么规定").notice


@pytest.mark.parametrize(("name", "is_told"), [("台灯促进法", True), ("我们公司灯具管理办法", False)])
def test_a_law_nobody_knows_is_never_answered_in_silence(answerer: Answerer, name: str, *, is_told: bool) -> None:
    answer = asked(answerer, f"{name}第五条怎么规定")
    said = answer.lead + answer.notice
    assert (f"《{name}》" in said) == is_told or answer.action in {"escalate", "out_of_scope"}


def test_each_article_is_opened_in_the_edition_of_its_own_year(answerer: Answerer) -> None:
    answer = asked(answerer, "样灯法（2019）第二条和2025年的第三条比较")
    assert [(each.article, each.version) for each in answer.citations] == [("2", "2019-04-23"), ("3", "2025-06-27")]


def test_of_a_range_it_is_said_that_what_lies_between_is_not_shown(answerer: Answerer) -> None:
    assert "中间和后面的各条没有列出" in asked(answerer, "样灯法第一条到第四条").notice
    assert "没有列出" not in asked(answerer, "样灯法第一条和第四条").notice


def test_beside_an_article_of_a_law_nobody_knows_the_known_one_is_shown(answerer: Answerer) -> None:
    answer = asked(answerer, "公司法第五条、样灯法第四条怎么说")
    assert [(each.law, each.article) for each in answer.citations] == [("样灯法", "4")]
    assert "资料里没有叫《公司法》的文件" in answer.notice
