"""The text of a push about two versions: what staff say, what changed, where the original stands."""

from __future__ import annotations

import pytest

from handlers.compare_policies import Compared, CompareRefusedError
from handlers.push_changes import LONGEST_SUMMARY, compose_push
from policies.compilation import Revision
from policies.differences import compare
from tests.policies.test_differences import NEW, OLD, text_of


def compared(new: dict[str, str] | None = None) -> Compared:
    old, newer = (Revision(policy_id=1, version=f"{year}-03-01") for year in (2020, 2026))
    return Compared("样灯条例", old, newer, compare(text_of(OLD), text_of(NEW if new is None else new)))


def test_a_push_says_what_it_means_and_what_changed() -> None:
    text = compose_push(compared(), " 巡检更勤了。 ", "https://example.org/lamp")
    assert text.splitlines() == [
        "《样灯条例》有了新版本（2026年3月1日版）。",
        "巡检更勤了。",
        "· 第2条（新增）：路灯亮灭时间由市政部门按季节公布，冬季提前一小时开启。",
        "· 第2条 → 第3条：“两”改为“四”",
        "· 第3条 → 第4条（拆分）：安装路灯应当避开树冠，灯杆间距不超过三十米。",
        "· 第3条 → 第5条（拆分）：拆除路灯应当提前十日张贴告示，并说明替代照明的办法。",
        (
            "· 第5条、第6条 → 第6条（合并）："
            "居民发现路灯损坏的，可以向街道管护站报修；管护站应当在三日内修复。损坏路灯的，照价赔偿。"
        ),
        "· 第8条（删除）：盗窃灯杆电缆的，移送公安机关处理。",
        "原文：https://example.org/lamp",
    ]


def test_only_the_articles_asked_for_are_told_and_the_rest_is_counted() -> None:
    text = compose_push(compared(), "巡检更勤了。", "", ["3"])
    assert text.splitlines()[2:] == ["· 第2条 → 第3条：“两”改为“四”", "另有 5 处变化。"]


@pytest.mark.parametrize(
    ("summary", "articles", "sentence"),
    [
        ("", [], "大白话"),
        ("很" * (LONGEST_SUMMARY + 1), [], "不超过"),
        ("说明", ["7"], "第 7 条没有变化"),
        ("说明", ["99"], "第 99 条没有变化"),
    ],
)
def test_what_cannot_be_pushed_is_refused(summary: str, articles: list[str], sentence: str) -> None:
    with pytest.raises(CompareRefusedError, match=sentence):
        compose_push(compared(), summary, "", articles)


def test_without_a_change_there_is_no_push() -> None:
    with pytest.raises(CompareRefusedError, match="没有不同"):
        compose_push(compared(OLD), "说明", "")


def test_an_article_changed_all_over_is_told_by_its_new_words() -> None:
    old, new = Revision(policy_id=1, version="2020-03-01"), Revision(policy_id=1, version="2026-03-01")
    before = {"1": "为了加强路灯的管理，保护市民的夜间出行，维护街道的安全和秩序，制定本条例。"}
    after = {"1": "为加强路灯管理，保障市民夜间安全出行，维护街道安全与秩序，制定本条例。"}
    made = Compared("样灯条例", old, new, compare(text_of(before), text_of(after)))
    assert f"· 第1条：改了几处，现在是：{after['1']}" in compose_push(made, "示例说明。", "").splitlines()
