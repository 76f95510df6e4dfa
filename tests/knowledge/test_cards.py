"""Cards: reading, layers, versions, and every fault told with file, card and cure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.check import check_cards

TODAY = date(2026, 11, 23)

CARD = """
[[card]]
id = "{id}"
title = "样灯保护多少年？"
variants = ["样灯 保护期"]
negatives = ["样灯多少钱"]
answer = "十年。"
service_items = ["B10"]
last_reviewed = 2026-11-23
review_due = 2027-11-23
{more}
[[card.citations]]
law = "样灯法"
version = "2020-01-01"
article = "3"
proof = ["十年"]
"""


def card_text(card_id: str = "lamp_term", more: str = "", **changes: str) -> str:
    text = CARD.format(id=card_id, more=more)
    for old, new in changes.items():
        line = next(line for line in text.splitlines() if line.startswith(old))
        text = text.replace(line, new)
    return text


def folder_with(path: Path, *cards: str, name: str = "B10.toml") -> Path:
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_text("\n".join(cards), encoding="utf-8")
    return path


def test_shipped_cards_are_all_usable() -> None:
    cards = load_cards(SHIPPED_FOLDER)
    assert cards.problems == ()
    assert len(cards.by_id) > 300


def test_every_service_item_has_shipped_cards() -> None:
    main_items = {card.service_items[0] for card in load_cards(SHIPPED_FOLDER).by_id.values()}
    assert main_items == {f"B{n:02}" for n in range(1, 16)} | {f"V{n:02}" for n in range(1, 5)}


def test_no_shipped_fact_rests_on_two_cards_on_one_day() -> None:
    cards = load_cards(SHIPPED_FOLDER)
    for day in (TODAY, date(2026, 12, 31), date(2027, 1, 1)):
        for card_id in cards.by_id:
            assert sum(each.is_live(day) for each in cards.versions(card_id)) <= 1, (card_id, day)


def test_a_card_is_read_whole(tmp_path: Path) -> None:
    cards = load_cards(folder_with(tmp_path / "faq", card_text()))
    card = cards.by_id["lamp_term"]
    assert (card.title, card.answer, card.service_items) == ("样灯保护多少年？", "十年。", ("B10",))
    assert card.citations[0].proof == ("十年",)
    assert cards.problems == ()


def test_passages_carry_title_wordings_and_negatives(tmp_path: Path) -> None:
    (passage,) = load_cards(folder_with(tmp_path / "faq", card_text())).passages()
    assert (passage.passage_id, passage.source_id, passage.kind) == ("card:lamp_term", "card:lamp_term", "card")
    assert (passage.title, passage.wordings, passage.negatives) == (
        "样灯保护多少年？",
        ("样灯 保护期",),
        ("样灯多少钱",),
    )


def test_version_changes_with_the_content_alone(tmp_path: Path) -> None:
    first = load_cards(folder_with(tmp_path / "a", card_text())).by_id["lamp_term"]
    same = load_cards(folder_with(tmp_path / "b", card_text(), name="other.toml")).by_id["lamp_term"]
    other = load_cards(folder_with(tmp_path / "c", card_text(answer='answer = "二十年。"'))).by_id["lamp_term"]
    assert first.version == same.version
    assert first.version != other.version


SUCCESSOR = """
[[card]]
id = "lamp_term_2027"
supersedes = "lamp_term"
answer = "二十年。"
effective_from = 2027-01-01
last_reviewed = 2026-11-23
review_due = 2027-11-23
[[card.citations]]
law = "样灯法"
version = "2026-06-01"
article = "4"
proof = ["二十年"]
"""


def test_a_successor_inherits_the_question_and_takes_over_on_its_day(tmp_path: Path) -> None:
    cards = load_cards(folder_with(tmp_path / "faq", card_text(), SUCCESSOR))
    assert cards.by_id["lamp_term_2027"].title == "样灯保护多少年？"
    assert [card.card_id for card in cards.live_on(date(2026, 12, 31))] == ["lamp_term"]
    assert [card.card_id for card in cards.live_on(date(2027, 1, 1))] == ["lamp_term_2027"]
    found = cards.version_on("lamp_term", date(2027, 1, 1))
    assert found is not None
    assert found.card_id == "lamp_term_2027"
    following = cards.next_version("lamp_term")
    assert following is found


def test_an_outlet_replaces_a_shipped_card_and_may_leave_the_question_out(tmp_path: Path) -> None:
    own = card_text(answer='answer = "本地另有规定。"', title="", variants="", negatives="", service_items="")
    cards = load_cards(folder_with(tmp_path / "faq", card_text()), folder_with(tmp_path / "own", own))
    card = cards.by_id["lamp_term"]
    assert (card.answer, card.title) == ("本地另有规定。", "样灯保护多少年？")


def test_a_broken_outlet_card_leaves_the_shipped_one_in_place(tmp_path: Path) -> None:
    shipped = folder_with(tmp_path / "faq", card_text())
    cards = load_cards(shipped, folder_with(tmp_path / "own", card_text(last_reviewed='last_reviewed = "去年"')))
    assert cards.by_id["lamp_term"].answer == "十年。"
    assert len(cards.problems) == 1


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert load_cards(tmp_path / "none").by_id == {}


FAULTS = {
    "no source": (CARD.split("[[card.citations]]", maxsplit=1)[0].format(id="lamp_term", more=""), "没有出处"),
    "no proof": (card_text(proof="proof = []"), "出处不完整"),
    "unknown service item": (card_text(service_items='service_items = ["B99"]'), "没有 B99 这个服务事项"),
    "bad date": (card_text(last_reviewed='last_reviewed = "2026年"'), "不是日期"),
    "no review date": (card_text(review_due=""), "缺少 review_due"),
    "review before review": (card_text(review_due="review_due = 2020-01-01"), "review_due 早于"),
    "empty range": (card_text(more="effective_from = 2026-01-02\neffective_to = 2026-01-01"), "effective_to 早于"),
    "no answer": (card_text(answer='answer = ""'), "缺少 answer"),
    "empty without a wish": (card_text(more='status = "empty"'), "缺少 missing"),
    "unknown status": (card_text(more='status = "draft"'), "status"),
    "unknown field": (card_text(more='colour = "red"'), "不认识的字段 colour"),
    "wrong kind": (card_text(variants='variants = "样灯"'), "variants 应是一列文字"),
    "unknown jurisdiction": (card_text(more='jurisdiction = "moon"'), "jurisdiction"),
    "supersedes nothing": (card_text(more='supersedes = "nobody"'), "指向的卡片不存在"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_card_is_skipped_and_reported_with_file_card_and_cure(tmp_path: Path, fault: str) -> None:
    text, expected = FAULTS[fault]
    good = card_text("lamp_fee")
    cards = load_cards(folder_with(tmp_path / "faq", text, good))
    assert list(cards.by_id) == ["lamp_fee"]
    (problem,) = cards.problems
    assert problem.startswith("B10.toml：卡片 lamp_term：")
    assert expected in problem
    assert problem.endswith("。")


def test_a_cycle_is_reported_for_each_card_in_it(tmp_path: Path) -> None:
    first = card_text("lamp_a", 'supersedes = "lamp_b"\neffective_from = 2026-01-01')
    second = card_text("lamp_b", 'supersedes = "lamp_a"\neffective_from = 2027-01-01')
    cards = load_cards(folder_with(tmp_path / "faq", first, second))
    assert cards.by_id == {}
    assert all("连成了一个圈" in problem for problem in cards.problems)


def test_overlapping_versions_keep_the_earlier_one(tmp_path: Path) -> None:
    first = card_text(more="effective_to = 2027-03-01")
    cards = load_cards(folder_with(tmp_path / "faq", first, SUCCESSOR))
    assert list(cards.by_id) == ["lamp_term"]
    assert "有效期重叠" in cards.problems[0]
    assert "2027-03-01" in cards.problems[0]


@pytest.mark.parametrize(
    ("date_of_successor", "expected"),
    [
        ("effective_from = 2020-06-01", "接替了 lamp_term，生效日 2020-06-01 却不晚于它的 2021-01-01"),
        ("effective_from = 2021-01-01", "却不晚于它的 2021-01-01"),
        ("", "接替了 lamp_term，却没有自己的 effective_from"),
    ],
)
def test_a_successor_that_does_not_begin_later_is_refused(
    tmp_path: Path, date_of_successor: str, expected: str
) -> None:
    first = card_text(more="effective_from = 2021-01-01")
    wrong = SUCCESSOR.replace("effective_from = 2027-01-01", date_of_successor)
    cards = load_cards(folder_with(tmp_path / "faq", first, wrong))
    assert [(each.card_id, each.effective_to) for each in cards.by_id.values()] == [("lamp_term", None)]
    (problem,) = cards.problems
    assert problem.startswith("B10.toml：卡片 lamp_term_2027：")
    assert expected in problem


def test_two_successors_from_one_day_are_refused_but_the_first(tmp_path: Path) -> None:
    second = SUCCESSOR.replace('id = "lamp_term_2027"', 'id = "lamp_term_new"')
    cards = load_cards(folder_with(tmp_path / "faq", card_text(), SUCCESSOR, second))
    assert list(cards.by_id) == ["lamp_term", "lamp_term_2027"]
    assert "卡片 lamp_term_new：与 lamp_term_2027 从同一天起生效" in cards.problems[0]


def test_what_an_outlet_answers_in_its_own_way_is_listed_with_the_reason(tmp_path: Path) -> None:
    common = folder_with(tmp_path / "faq", card_text(), card_text("lamp_fee"), card_text("lamp_oil"))
    own = folder_with(
        tmp_path / "own",
        card_text(more='override_reason = "本区另有规定"', answer='answer = "九年。"'),
        card_text("lamp_fee"),
        card_text("lamp_own"),
    )
    cards = load_cards(common, own)
    assert cards.problems == ()
    assert [(each.card_id, each.reason) for each in cards.overrides] == [
        ("lamp_term", "本区另有规定"),
        ("lamp_fee", ""),
    ]
    assert cards.by_id["lamp_term"].answer == "九年。"  # one answer, not two
    report = check_cards(cards, [], TODAY)
    assert [each.card_id for each in report.findings if each.finding == "no reason"] == ["lamp_fee"]


def test_filling_in_an_empty_card_overrides_nothing(tmp_path: Path) -> None:
    empty = card_text(more='status = "empty"\nmissing = "地址"', answer='answer = ""')
    cards = load_cards(folder_with(tmp_path / "faq", empty), folder_with(tmp_path / "own", card_text()))
    assert cards.overrides == ()


def test_a_card_that_replaces_itself_is_a_cycle(tmp_path: Path) -> None:
    cards = load_cards(folder_with(tmp_path / "faq", card_text(more='supersedes = "lamp_term"')))
    assert cards.by_id == {}
    assert "连成了一个圈" in cards.problems[0]


def test_the_second_card_with_one_id_is_skipped(tmp_path: Path) -> None:
    cards = load_cards(folder_with(tmp_path / "faq", card_text(), card_text(answer='answer = "另一个。"')))
    assert cards.by_id["lamp_term"].answer == "十年。"
    assert "编号重复" in cards.problems[0]


def test_an_unusable_id_and_an_unreadable_file_stop_nothing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "faq", card_text())
    folder_with(folder, card_text("样灯"), name="a.toml")
    folder_with(folder, "[[card]\nid = ", name="b.toml")
    (folder / "c.toml").write_bytes("标题".encode("gb18030"))
    cards = load_cards(folder)
    assert list(cards.by_id) == ["lamp_term"]
    assert len(cards.problems) == 3


def test_a_dangling_related_card_is_reported_but_the_card_stays(tmp_path: Path) -> None:
    cards = load_cards(folder_with(tmp_path / "faq", card_text(more='related = ["nobody"]')))
    assert "nobody" in cards.problems[0]
    assert "lamp_term" in cards.by_id


def test_a_related_card_that_is_the_card_itself_is_reported(tmp_path: Path) -> None:
    itself = card_text(more='related = ["lamp_term_2027"]')
    cards = load_cards(folder_with(tmp_path / "faq", itself, SUCCESSOR))
    assert all("就是这张卡片自己" in problem for problem in cards.problems)
    assert len(cards.problems) == 2
    assert list(cards.by_id) == ["lamp_term", "lamp_term_2027"]


def test_another_name_for_the_same_office_is_no_change_but_another_period_is() -> None:
    transfer, opposition = (load_cards(SHIPPED_FOLDER).by_id[each] for each in ("tm_transfer", "tm_oppose_now"))
    renamed = replace(transfer, answer=transfer.answer.replace("商标局", "国务院商标管理部门"))
    assert renamed.answer != transfer.answer
    assert renamed.change_since(transfer) == ""
    shorter = replace(opposition, answer=opposition.answer.replace("3个月", "2个月"))
    assert shorter.change_since(opposition) == shorter.answer
