"""Facts: one row changes every answer, on both sides of midnight; a faulty one is refused with file, id and cure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import Answerer
from knowledge.authored import FaultError
from knowledge.cards import SHIPPED_FOLDER, Cards, load_cards
from knowledge.check import check_cards
from knowledge.facts import SHIPPED_FACTS, Facts, load_facts
from knowledge.index import Index
from knowledge.passages import Passage
from knowledge.search import open_search

TODAY = date(2026, 11, 26)
LAST_DAY, FIRST_DAY = date(2026, 12, 31), date(2027, 1, 1)

FEE = """
[[fact]]
id = "lamp_fee"
name = "样灯申请费"
value = 900
unit = "元"
effective_from = 2026-01-01
last_reviewed = 2026-11-23
review_due = 2027-02-23
source = { law = "样灯收费标准", version = "2026-01-01", article = "", proof = ["申请费900"] }
"""
NEW_FEE = FEE.replace("900", "950").replace("2026-01-01\nlast", "2027-01-01\nlast")
WAIT = """
[[fact]]
id = "lamp_wait"
name = "样灯异议期"
value = 3
unit = "个月"
effective_from = 2019-11-01
last_reviewed = 2026-11-20
review_due = 2026-12-01
source = { law = "样灯商标法", version = "2019-04-23", article = "33", proof = ["三个月"] }

[[fact]]
id = "lamp_wait"
value = 2
effective_from = 2027-01-01
last_reviewed = 2026-11-23
review_due = 2027-11-23
source = { law = "样灯商标法", version = "2026-06-26", article = "36", proof = ["二个月"] }
"""


def card(card_id: str, title: str, answer: str, more: str = "") -> str:
    return f"""
[[card]]
id = "{card_id}"
title = "{title}"
answer = "{answer}"
service_items = ["B08"]
last_reviewed = 2026-11-25
review_due = 2027-11-25
{more}
"""


FEE_CARD = card("fee", "样灯申请费多少钱？", "申请费{lamp_fee}。", 'details = ["三件就是{lamp_fee*3}。"]')
FILE_CARD = card("file", "怎样申请样灯专利？", "交申请书，再交{lamp_fee}。")
WAIT_CARD = card("wait", "样灯异议期几个月？", "{lamp_wait}内提异议。")


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def facts_of(tmp_path: Path, *texts: str) -> Facts:
    return load_facts(*(written(tmp_path / f"facts{n}", text) for n, text in enumerate(texts)))


def cards_of(tmp_path: Path, cards: str, *facts: str) -> Cards:
    return load_cards(written(tmp_path / "faq", cards), facts=facts_of(tmp_path, *facts))


def answerer_of(tmp_path: Path, cards: Cards) -> Answerer:
    index = Index.open(tmp_path / "index")
    index.replace({"cards": cards.passages()})
    return Answerer(open_search(index), cards)


def test_a_text_shows_the_figure_of_the_day(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, WAIT)
    assert facts.render("{lamp_wait}内（{lamp_wait.value}）", LAST_DAY) == "3个月内（3）"
    assert facts.render("{lamp_wait}内", FIRST_DAY) == "2个月内"
    row = facts.on("lamp_wait", FIRST_DAY)
    assert row is not None
    assert (row.name, row.unit, row.source.article) == ("样灯异议期", "个月", "36")


def test_products_and_sums_follow_the_figure(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, FEE + FEE.replace("lamp_fee", "lamp_extra").replace("900", "27"))
    assert facts.render("{lamp_fee*3}，{lamp_fee+lamp_extra*2}，{lamp_fee+lamp_extra.value}", TODAY) == (
        "2700元，954元，927"
    )


def test_a_reduced_fee_follows_fee_and_reduction(tmp_path: Path) -> None:
    less = FEE.replace("lamp_fee", "lamp_cut").replace("900", "85").replace('"元"', '"%"')
    facts = facts_of(tmp_path, FEE + less)
    assert facts.render("{lamp_fee-lamp_cut}，{lamp_fee-lamp_cut.value}", TODAY) == "135元，135"
    cut_by_half = load_facts(written(tmp_path / "half", FEE + less.replace("85", "50")))
    assert cut_by_half.render("{lamp_fee-lamp_cut}", TODAY) == "450元"


def test_braces_that_are_no_placeholder_stay_as_they_are(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, FEE)
    assert facts.render("集合{1,2}和{甲、乙}", TODAY) == "集合{1,2}和{甲、乙}"


def test_changing_one_row_in_the_instance_changes_every_answer(tmp_path: Path) -> None:
    before = cards_of(tmp_path, FEE_CARD + FILE_CARD, FEE)
    after = cards_of(tmp_path, FEE_CARD + FILE_CARD, FEE, FEE.replace("900", "950"))
    assert [each.answer for each in before.by_id.values()] == ["申请费900元。", "交申请书，再交900元。"]
    assert [each.answer for each in after.by_id.values()] == ["申请费950元。", "交申请书，再交950元。"]
    assert after.by_id["fee"].details == ("三件就是2850元。",)
    assert after.by_id["fee"].version != before.by_id["fee"].version
    assert "950元" in next(each.text for each in after.passages() if each.passage_id == "card:fee")


def test_the_version_of_a_card_changes_with_the_source_of_its_figure(tmp_path: Path) -> None:
    before = cards_of(tmp_path, FEE_CARD, FEE).by_id["fee"]
    after = cards_of(tmp_path, FEE_CARD, FEE.replace('version = "2026-01-01"', 'version = "2026-02-02"')).by_id["fee"]
    assert before.answer == after.answer
    assert before.version != after.version


def test_a_card_cites_the_source_of_its_figure(tmp_path: Path) -> None:
    own = '[[card.citations]]\nlaw = "样灯收费标准"\nversion = "2026-01-01"\narticle = ""\nproof = ["不减缴"]'
    (cited,) = cards_of(tmp_path, FEE_CARD + own, FEE).by_id["fee"].citations
    assert cited.proof == ("申请费900", "不减缴")


def test_a_changing_figure_answers_right_on_both_sides_of_midnight(tmp_path: Path) -> None:
    cards = cards_of(tmp_path, WAIT_CARD, WAIT)
    answerer = answerer_of(tmp_path, cards)
    before, after = answerer.answer("样灯异议期几个月？", LAST_DAY), answerer.answer("样灯异议期几个月？", FIRST_DAY)
    assert (before.lead, after.lead) == ("3个月内提异议。", "2个月内提异议。")
    assert (before.card_id, after.card_id) == ("wait", "wait")
    assert before.card_version != after.card_version
    assert (before.citations[0].version, after.citations[0].version) == ("2019-04-23", "2026-06-26")
    pressed = answerer.card("wait", FIRST_DAY)
    assert pressed is not None
    assert pressed.lead == after.lead


def test_each_day_finds_the_passage_with_its_own_figure(tmp_path: Path) -> None:
    first, second = cards_of(tmp_path, WAIT_CARD, WAIT).passages()
    assert (first.text, first.effective_to) == ("3个月内提异议。", LAST_DAY)
    assert (second.text, second.effective_from) == ("2个月内提异议。", FIRST_DAY)


def test_a_coming_change_of_a_row_is_told(tmp_path: Path) -> None:
    told = answerer_of(tmp_path, cards_of(tmp_path, WAIT_CARD, WAIT)).answer("样灯异议期几个月？", TODAY)
    assert told.notice == "自2027年1月1日起：2个月内提异议。"


def test_a_coming_change_in_the_details_alone_tells_these_details(tmp_path: Path) -> None:
    text = card("wait", "样灯异议期几个月？", "有期限。", 'details = ["期限{lamp_wait}。", "写明理由。"]')
    told = answerer_of(tmp_path, cards_of(tmp_path, text, WAIT)).answer("样灯异议期几个月？", TODAY)
    assert told.notice == "自2027年1月1日起：期限2个月。"


def test_a_successor_follows_after_the_last_period(tmp_path: Path) -> None:
    successor = card(
        "wait_2028", "样灯异议期几个月？", "不再有异议期。", 'supersedes = "wait"\neffective_from = 2028-01-01'
    )
    successor += '[[card.citations]]\nlaw = "样灯商标法"\nversion = "2027-09-01"\narticle = "1"\nproof = ["取消"]'
    cards = cards_of(tmp_path, WAIT_CARD + successor, WAIT)
    days = (LAST_DAY, FIRST_DAY, date(2027, 12, 31), date(2028, 1, 1))
    found = [cards.version_on("wait", day) for day in days]
    assert [each.card_id for each in found if each] == ["wait", "wait@2027-01-01", "wait@2027-01-01", "wait_2028"]


def test_a_stale_fee_goes_to_staff_and_another_stale_figure_is_told_with_a_warning(tmp_path: Path) -> None:
    answerer = answerer_of(tmp_path, cards_of(tmp_path, FEE_CARD + WAIT_CARD, FEE + WAIT))
    due = date(2027, 2, 23)
    assert answerer.answer("样灯申请费多少钱？", due).action == "answer"
    stale = answerer.answer("样灯申请费多少钱？", date(2027, 2, 24))
    assert stale.action == "escalate"
    assert stale.lead == "收费标准可能已经调整（资料核对到2026年11月23日），请工作人员核实后答复您。"
    warned = answerer.answer("样灯异议期几个月？", date(2026, 12, 2))
    assert warned.action == "answer"
    assert "应于2026年12月1日前复核" in warned.notice


def test_an_outlet_may_leave_out_what_the_shipped_row_says(tmp_path: Path) -> None:
    own = FEE.replace('name = "样灯申请费"\n', "").replace('unit = "元"\n', "").replace("900", "950")
    facts = facts_of(tmp_path, FEE, own)
    assert facts.problems == ()
    assert facts.render("{lamp_fee}", TODAY) == "950元"


def test_check_looks_up_the_proof_of_every_fact(tmp_path: Path) -> None:
    cards = cards_of(tmp_path, FEE_CARD, FEE + WAIT)
    law = Passage(
        "art:1:33", "r", "article", "样灯商标法", "三十日内", law="样灯商标法", article="33", version="2019-04-23"
    )
    later = replace(law, passage_id="art:2:36", text="自公告之日起二个月", article="36", version="2026-06-26")
    report = check_cards(cards, [law, later], TODAY)
    found = next(each for each in report.needs_attention if each.finding == "proof missing")
    assert str(found) == "事实 lamp_wait：条款里找不到出处关键词，请核对答复（《样灯商标法》2019-04-23 第33条：三个月）"


# --- faults --------------------------------------------------------------------------------------------------------

GAP = WAIT.replace("effective_from = 2019-11-01", "effective_from = 2019-11-01\neffective_to = 2026-11-30")
FACT_FAULTS = {
    "no source": (FEE[: FEE.index("source")], "没有出处 source"),
    "two sources": (FEE.replace("source = {", "source = [{}, {").replace("}\n", "}]\n"), "一个数只认一个出处"),
    "source without law": (FEE.replace("样灯收费标准", ""), "出处不完整"),
    "source without the figure": (FEE.replace("申请费900", "申请费"), "proof 里没有 900 这个数"),
    "bad unit": (FEE.replace('"元"', '"两"'), "单位 unit = '两' 不可用"),
    "value in quotes": (FEE.replace("= 900", '= "900"'), "value = '900' 不是数"),
    "no number": (FEE.replace("= 900", "= nan"), "不是数"),
    "no name": (FEE.replace("样灯申请费", ""), "缺少 name"),
    "unknown field": (FEE + "colour = 1\n", "不认识的字段 colour"),
    "ends before it begins": (FEE + "effective_to = 2025-12-31\n", "effective_to 早于"),
    "due before reviewed": (FEE.replace("2027-02-23", "2026-02-23"), "review_due 早于"),
    "twice from one day": (FEE + FEE, "同一天起生效"),
    "overlap": (FEE + "effective_to = 2027-01-01\n" + NEW_FEE, "有效期重叠"),
    "id that begins with a digit": (FEE.replace("lamp_fee", "1lamp"), "小写字母开头"),
}


@pytest.mark.parametrize("fault", FACT_FAULTS)
def test_a_faulty_fact_is_refused_with_file_id_and_cure(tmp_path: Path, fault: str) -> None:
    text, expected = FACT_FAULTS[fault]
    facts = facts_of(tmp_path, text)
    assert facts.by_id == {}
    (problem,) = facts.problems
    assert problem.startswith(("a.toml：事实 lamp_fee：", "a.toml：事实 1lamp："))
    assert expected in problem
    assert problem.endswith("。")


CARD_FAULTS = {
    "unknown fact": ("{lamp_tax}", FEE, "没有 {lamp_tax} 这个事实"),
    "refused fact": ("{lamp_fee}", FEE.replace('"元"', '"两"'), "事实 lamp_fee 有误"),
    "gap": ("{lamp_wait}", GAP, "事实 lamp_wait 在 2026-12-01 没有数值"),
    "less by what is no percentage": ("{lamp_fee-lamp_wait}", FEE + WAIT, "只能减去以 % 为单位的事实"),
    "less by nothing known": ("{lamp_fee-lamp_cut}", FEE, "没有 {lamp_cut} 这个事实"),
    "sum of different units": ("{lamp_fee+lamp_wait}", FEE + WAIT, "不同单位"),
}


@pytest.mark.parametrize("fault", CARD_FAULTS)
def test_a_card_that_cannot_be_filled_in_is_refused_and_its_question_goes_to_staff(tmp_path: Path, fault: str) -> None:
    answer, facts, expected = CARD_FAULTS[fault]
    cards = cards_of(tmp_path, card("fee", "样灯申请费多少钱？", answer), facts)
    problem = cards.problems[-1]
    assert problem.startswith("a.toml：卡片 fee：")
    assert expected in problem
    assert problem.endswith("。")
    told = answerer_of(tmp_path, cards).answer("样灯申请费多少钱？", TODAY)
    assert (told.action, told.citations) == ("escalate", ())
    assert "{" not in told.lead


@pytest.mark.parametrize("wrong", ["{Lamp_fee}", "{ lamp_fee }", "{lamp_fee-}", "{lamp_fee-85}", "{lamp_fee.unit}"])
def test_a_misspelt_placeholder_never_reaches_the_public(tmp_path: Path, wrong: str) -> None:
    own = '[[card.citations]]\nlaw = "样灯法"\nversion = "2020-01-01"\narticle = "1"\nproof = ["费"]'
    cards = cards_of(tmp_path, card("fee", "样灯申请费多少钱？", wrong) + own, FEE)
    assert f"占位符 {wrong} 的写法不对" in cards.problems[-1]
    assert all(wrong not in each.answer for each in cards.by_id.values())


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("effective_from = 2025-06-01", "在 2025-06-01 没有数值"),
        ("effective_from = 2026-06-01\neffective_to = 2028-01-01", "在 2027-07-01 没有数值"),
    ],
)
def test_a_card_may_not_hold_on_days_without_a_figure(tmp_path: Path, dates: str, expected: str) -> None:
    ended = FEE + "effective_to = 2027-06-30\n"
    cards = cards_of(tmp_path, card("fee", "样灯申请费多少钱？", "{lamp_fee}", dates), ended)
    assert expected in cards.problems[0]


def test_a_card_with_open_ends_holds_as_long_as_its_figures(tmp_path: Path) -> None:
    cards = cards_of(tmp_path, FEE_CARD, FEE + "effective_to = 2027-06-30\n")
    found = cards.by_id["fee"]
    assert (found.effective_from, found.effective_to) == (date(2026, 1, 1), date(2027, 6, 30))


def test_a_figure_without_a_row_on_the_day_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(FaultError, match="没有数值"):
        facts_of(tmp_path, FEE).render("{lamp_fee}", date(2025, 1, 1))


def test_a_broken_row_of_the_outlet_does_not_bring_the_shipped_figure_back(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, FEE, FEE.replace("value = 900", 'value = "九百五"'))
    assert facts.by_id == {}
    assert len(facts.problems) == 1


def test_shipped_facts_are_all_usable() -> None:
    facts = load_facts(SHIPPED_FACTS)
    assert facts.problems == ()
    assert len(facts.by_id) > 190


def test_the_shipped_cards_tell_the_opposition_period_of_each_side_of_midnight() -> None:
    cards = load_cards(SHIPPED_FOLDER)
    told = {day: cards.version_on("tm_oppose_now", day) for day in (LAST_DAY, FIRST_DAY)}
    assert [each.answer for each in told.values() if each] == [
        "自初步审定公告之日起3个月内。",
        "自初步审定公告之日起2个月内。",
    ]


def test_one_row_of_an_outlet_changes_all_shipped_answers_that_name_it(tmp_path: Path) -> None:
    own = FEE.replace("lamp_fee", "patent_invention_filing_fee").replace("2026-01-01\nlast", "2026-07-31\nlast")
    own = own.replace('name = "样灯申请费"\nvalue = 900\nunit = "元"\n', "value = 950\n").replace(
        "申请费900", "申请费950"
    )
    facts = load_facts(SHIPPED_FACTS, written(tmp_path, own))
    cards = load_cards(SHIPPED_FOLDER, facts=facts)
    assert cards.problems == ()
    naming = [each for each in cards.by_id.values() if "{patent_invention_filing_fee}" in each.written]
    assert len(naming) > 1
    for each in naming:
        told = "".join((each.answer, *each.details))
        assert "申请费950元" in told
        assert "申请费900元" not in told
    assert any("减85%后142.5元" in detail for each in naming for detail in each.details)
