"""What changed between two versions, on a miniature law of our own."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.differences import Change, Comparison, compare, mark_change, mark_words, old_side
from policies.draft import DraftArticle

OLD = {
    "1": "为了管好路灯，方便居民夜间出行，制定本条例。",
    "2": "路灯由街道管护站负责巡检，每月不少于两次。",
    "3": "安装路灯应当避开树冠，灯杆间距不超过三十米。\n拆除路灯应当提前十日张贴告示，并说明替代照明的办法。",
    "4": "灯泡应当使用节能产品，功率不超过六十瓦。",
    "5": "居民发现路灯损坏的，可以向街道管护站报修；管护站应当在三日内修复。",
    "6": "损坏路灯的，照价赔偿。",
    "7": "违反第四条规定的，由街道管护站责令更换。",
    "8": "盗窃灯杆电缆的，移送公安机关处理。",
}
NEW = {
    "1": "为了管好路灯，方便居民夜间出行，制定本条例。",
    "2": "路灯亮灭时间由市政部门按季节公布，冬季提前一小时开启。",
    "3": "路灯由街道管护站负责巡检，每月不少于四次。",
    "4": "安装路灯应当避开树冠，灯杆间距不超过三十米。",
    "5": "拆除路灯应当提前十日张贴告示，并说明替代照明的办法。",
    "6": "居民发现路灯损坏的，可以向街道管护站报修；管护站应当在三日内修复。\n损坏路灯的，照价赔偿。",
    "7": "灯泡应当使用节能产品，功率不超过六十瓦。",
    "8": "违反第七条规定的，由街道管护站责令更换。",
}


def text_of(articles: dict[str, str]) -> list[DraftArticle]:
    return [DraftArticle(key, f"第{key}条", (), text) for key, text in articles.items()]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(text_of(OLD), text_of(NEW))


def test_every_kind_of_change_is_recognised(comparison: Comparison) -> None:
    found = [
        ("/".join(each.key for each in change.old), change.new.key if change.new else "", change.kind)
        for change in comparison.changes
    ]
    assert found == [
        ("1", "1", "same"),
        ("", "2", "added"),
        ("2", "3", "moved_changed"),
        ("3", "4", "split"),
        ("3", "5", "split"),
        ("5/6", "6", "merged"),
        ("4", "7", "moved"),
        ("7", "8", "moved_changed"),
        ("8", "", "removed"),
    ]


@pytest.mark.parametrize(
    ("key", "fate", "became"),
    [
        ("3", "split", ["4", "5"]),
        ("6", "merged", ["6"]),
        ("8", "removed", []),
        ("1", "same", ["1"]),
        ("99", None, []),
    ],
)
def test_what_became_of_an_old_article(comparison: Comparison, key: str, fate: str | None, became: list[str]) -> None:
    assert comparison.fate(key) == fate
    assert [each.new.key for each in comparison.became(key) if each.new] == became


def test_a_number_that_follows_the_renumbering_is_told_from_a_change_of_content(comparison: Comparison) -> None:
    by_new = {each.new.key: each for each in comparison.changes if each.new}
    assert by_new["8"].is_only_references
    assert not by_new["3"].is_only_references


def test_counts_leave_out_what_did_not_happen(comparison: Comparison) -> None:
    assert comparison.counts == {
        "same": 1, "moved": 1, "moved_changed": 2, "split": 2, "merged": 1, "added": 1, "removed": 1,
    }  # fmt: skip


def test_an_article_that_jumped_over_others_is_found_again() -> None:
    new = dict(zip("12345678", [*list(OLD.values())[1:], OLD["1"]], strict=True))
    changes = compare(text_of(OLD), text_of(new)).changes
    assert {each.old[0].key: each.new.key for each in changes if each.new} == {
        "1": "8", **{str(n): str(n - 1) for n in range(2, 9)},
    }  # fmt: skip


def test_white_space_is_no_change() -> None:
    changes = compare(text_of({"1": "灯 要亮。\n\n夜里也亮。"}), text_of({"1": "灯要亮。 夜里也亮。"})).changes
    assert [each.kind for each in changes] == ["same"]


@pytest.mark.parametrize(
    ("old", "new"), [({}, {}), (OLD, {}), ({}, NEW), ({"1": ""}, {"1": "。"}), ({"": "亮"}, {"": "灯"})]
)
def test_empty_and_tiny_texts_are_compared_without_a_fuss(old: dict[str, str], new: dict[str, str]) -> None:
    found = compare(text_of(old), text_of(new))
    assert {each.key for change in found.changes for each in change.old} == set(old)
    assert [change.new.key for change in found.changes if change.new] == list(new)


def test_no_article_is_ever_lost_whatever_is_shuffled() -> None:
    chance = random.Random(7)
    for _ in range(30):
        texts = [chance.choice([*OLD.values(), *NEW.values()]) for _ in range(chance.randrange(9))]
        new = {str(number): text for number, text in enumerate(texts)}
        found = compare(text_of(OLD), text_of(new))
        assert {each.key for change in found.changes for each in change.old} == set(OLD)
        assert [change.new.key for change in found.changes if change.new] == list(new)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("每月两次。", "每月四次。", "每月[-两-]{+四+}次。"),
        ("公告三个月内。", "公告二个月内。", "公告[-三个月-]{+二个月+}内。"),
        ("照第四条办。", "照第七条办。", "照[-第四条-]{+第七条+}办。"),
        ("灯要亮。", "灯要常亮。", "灯要{+常+}亮。"),
        ("灯要亮，夜里也亮。", "灯要亮。", "灯要亮[-，夜里也亮-]。"),
        ("罚款100元。", "罚款1000元。", "罚款[-100元-]{+1000元+}。"),
        ("", "灯。", "{+灯。+}"),
        ("灯。", "灯。", "灯。"),
    ],
)
def test_words_that_changed_are_marked(before: str, after: str, shown: str) -> None:
    marks = {"kept": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    runs = mark_words(before, after)
    assert "".join(marks[run.kind].format(run.text) for run in runs) == shown


def test_the_marks_hold_both_texts_whole() -> None:
    for before in OLD.values():
        for after in NEW.values():
            runs = mark_words(before, after)
            assert "".join(run.text for run in runs if run.kind != "added") == before
            assert "".join(run.text for run in runs if run.kind != "removed") == after


def test_the_words_of_a_merged_article_are_marked_against_all_it_comes_from() -> None:
    old = text_of({"1": "灯要亮，每月巡检两次。", "2": "灯要擦干净。"})
    (new,) = text_of({"1": "灯要亮，每月巡检四次。\n灯要擦干净。"})
    change = Change("merged", tuple(old), new)
    marked = "".join({"kept": "", "removed": "-", "added": "+"}[each.kind] + each.text for each in mark_change(change))
    assert marked == "灯要亮，每月巡检-两+四次。\n灯要擦干净。"
    assert [[(each.kind, each.text) for each in runs] for runs in old_side(change)] == [
        [("kept", "灯要亮，每月巡检"), ("removed", "两"), ("kept", "次。")],
        [("kept", "灯要擦干净。")],
    ]


@given(st.lists(st.text("灯亮擦。\n", max_size=12), min_size=1, max_size=4), st.text("灯亮擦。\n", max_size=30))
def test_the_old_side_holds_every_old_article_whole(texts: list[str], after: str) -> None:
    old = text_of({str(n): text for n, text in enumerate(texts)})
    (new,) = text_of({"1": after})
    sides = old_side(Change("merged", tuple(old), new))
    assert ["".join(run.text for run in runs) for runs in sides] == texts


def test_a_short_article_made_of_a_piece_of_another_is_no_new_one() -> None:
    old = {
        "1": "申请安装的路灯，凡不符合本条例规定或者同他人在同一条街道上已经安装的路灯外形相同的，由管护站退回申请。",
        "2": "灯泡应当使用节能产品，功率不超过六十瓦。",
    }
    new = {
        "1": "安装的路灯，不得同他人在同一条街道上已经安装的路灯相同。",
        "2": "申请安装的路灯，凡不符合本条例规定的，由管护站退回申请。",
        "3": "灯泡应当使用节能产品，功率不超过六十瓦。",
        "4": "路灯亮灭时间由市政部门按季节公布，冬季提前一小时开启。",
    }
    found = compare(text_of(old), text_of(new))
    assert [change.new.key for change in found.became("1") if change.new] == ["1", "2"]
    assert [change.new.key for change in found.changes if change.kind == "added" and change.new] == ["4"]


@pytest.mark.parametrize(
    ("clause", "sources"),
    [("不以照明为用途", ["4"]), ("可以处二十五元以下的罚款", []), ("由街道管护站负责", [])],
    ids=["a clause of its own", "a figure", "found elsewhere too"],
)
def test_a_new_article_comes_from_whoever_has_its_whole_clause_and_nobody_else(clause: str, sources: list[str]) -> None:
    kept = "灯泡应当使用节能产品，功率不超过六十瓦。"
    gone = f"{clause}的恶意占用灯杆请求，应当予以驳回。"
    old = OLD | {"4": f"{kept}\n{gone}"}
    new = NEW | {"7": kept, "9": f"{clause}，且明显多于一户所需悬挂彩带的，不予准许。"}
    found = compare(text_of(old), text_of(new)).changes
    line = next(each for each in found if each.new is not None and each.new.key == "9")
    assert [each.key for each in line.old] == sources
