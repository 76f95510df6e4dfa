from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from bot.database import SessionMaker
from handlers import import_wording as wording
from handlers.import_policy import ReadFile, import_prepared, rehearse
from handlers.imported_files import ImportedFile
from handlers.preview_import import Preview, preview_of
from knowledge.index import Index
from policies.compilation import Policy, Revision
from policies.intake import prepare
from tests.conftest import ADMIN

Store = tuple[SessionMaker, SessionMaker]
LAW = """示例市专项资金管理办法
示知发〔2026〕12号
第一章 总则
第一条 为了规范H作，制定本办法。
第二条 甲。
第二章 附则
第四条 本办法自2026年11月1日起施行。"""
NAME = "示例市专项资金管理办法(2026-10-08)"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "index")


def _read(tmp_path: Path, files: Mapping[str, str]) -> list[ReadFile]:
    paths = [tmp_path / f"{name}.txt" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, "utf-8")
    return [(path, prepare(path)) for path in paths]


def _conflicts(file: ImportedFile) -> str:
    return "".join(each.message for each in file.conflicts)


def _look(tmp_path: Path, store: Store, name: str, text: str) -> tuple[Preview, ImportedFile]:
    read = _read(tmp_path, {name: text})
    (file,) = rehearse(read, reading=store[1], by=ADMIN)
    return preview_of(read[0], file), file


def test_a_preview_shows_metadata_articles_problems_and_repairs(tmp_path: Path, store: Store) -> None:
    shown, _ = _look(tmp_path, store, NAME, LAW)
    facts = dict(shown.facts)
    assert facts["名称"] == "示例市专项资金管理办法"
    assert (facts["发文字号"], facts["版本"]) == ("示知发〔2026〕12号", "2026-10-08")
    assert facts["引用期间"] == "2026-11-01 起"
    assert shown.tree == ("第一条 — 第四条，3 条", "  第一章 总则：第一条 — 第二条，2 条", "  第二章 附则：第四条")
    sections = dict(shown.sections)
    assert "缺少第三条" in sections[wording.PROBLEMS][0]
    assert "“H作” → “工作”" in sections[wording.REPAIRS][0]
    with store[1]() as session:
        assert session.exec(select(Policy)).all() == []


def test_a_refused_file_shows_its_cure(tmp_path: Path, store: Store) -> None:
    shown, _ = _look(tmp_path, store, "空", "")
    assert "未导入" in shown.head
    assert "请检查文件" in shown.head
    assert shown.facts == ()


def test_a_policy_without_a_date_is_told_before_it_is_written(tmp_path: Path, store: Store) -> None:
    shown, _ = _look(tmp_path, store, "示例办法", "示例办法\n第一条 甲。")
    assert dict(shown.facts)["引用期间"] == "没有日期，暂不用于回答"
    assert any("没有找到任何日期" in line for line in dict(shown.sections)[wording.PROBLEMS])


def test_the_same_version_with_other_words_says_what_changes(tmp_path: Path, store: Store, index: Index) -> None:
    import_prepared(_read(tmp_path, {NAME: LAW}), writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    changed = LAW.replace("第二条 甲。", "第二条 乙。\n第三条 丙。")
    _, file = _look(tmp_path, store, NAME, changed)
    assert file.outcome == "changed"
    assert "改动 1 条、新增 1 条、删去 0 条" in _conflicts(file)


def test_the_same_file_twice_in_one_import_is_a_duplicate(tmp_path: Path, store: Store) -> None:
    read = _read(tmp_path, {NAME: LAW, "复印件": LAW})
    outcomes = [each.outcome for each in rehearse(read, reading=store[1], by=ADMIN)]
    assert outcomes == ["new", "duplicate"]


@pytest.mark.parametrize(
    ("older", "is_told"),
    [
        ("(2010-03-01)[2010-05-01施行]", False),
        ("(2010-03-01)[2021-05-01施行]", True),
        ("(2010-03-01)[2020-05-01施行]", True),
    ],
)
def test_overlapping_dates_are_told(tmp_path: Path, store: Store, index: Index, older: str, is_told: bool) -> None:
    text = "# 示例法\n第一条 {}。".format
    first = _read(tmp_path, {f"示例法{older}": text("甲")})
    import_prepared(first, writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    _, file = _look(tmp_path, store, "示例法(2020-03-01)[2020-05-01施行]", text("乙"))
    assert ("日期重叠" in _conflicts(file)) is is_told


def test_an_end_of_its_own_that_reaches_into_the_next_version_is_told(
    tmp_path: Path, store: Store, index: Index
) -> None:
    old = "<!-- version: 2010-03-01, in force from 2010-05-01, in force until 2022-01-01 -->\n# 示例法\n第一条 甲。"
    import_prepared(_read(tmp_path, {"旧": old}), writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    _, file = _look(tmp_path, store, "示例法(2020-03-01)[2020-05-01施行]", "# 示例法\n第一条 乙。")
    assert "至 2022-01-01" in _conflicts(file)


def test_another_issuer_under_the_same_title_is_told(tmp_path: Path, store: Store, index: Index) -> None:
    text = "示例办法\n（{}令第3号）\n第一条 {}。".format
    first = _read(tmp_path, {"示例办法(2020-01-01)": text("示例市人民政府", "甲")})
    import_prepared(first, writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    _, file = _look(tmp_path, store, "示例办法(2021-01-01)", text("另一市人民政府", "乙"))
    assert "已有同名政策" in _conflicts(file)


def test_what_is_written_is_what_was_shown(tmp_path: Path, store: Store, index: Index) -> None:
    read = _read(tmp_path, {NAME: LAW})
    read[0][0].write_text(LAW.replace("甲", "偷换"), "utf-8")
    (file,) = import_prepared(read, writing=store[0], index=index, home=tmp_path / "home", by=ADMIN)
    assert (file.outcome, "又变了" in file.reason) == ("refused", True)
    assert index.sources() == {}


def test_long_lists_are_cut_and_counted(tmp_path: Path, store: Store) -> None:
    chapters = "\n".join(f"第{n}章 甲\n第{n}条 乙。" for n in "一二三四五六七八九十")
    more = "\n".join(f"第十{n}章 甲\n第十{n}条 乙。" for n in "一二三四五")
    shown, file = _look(tmp_path, store, "示例办法(2026-10-08)", f"示例办法\n{chapters}\n{more}")
    assert file.n_articles == 15
    assert shown.tree[-1].strip() == "另有 3 条"
    assert file.effective_from == date(2027, 10, 9)


def test_a_preview_proposes_topics_and_the_programme_with_their_source(tmp_path: Path, store: Store) -> None:
    title = "示例市知识产权局关于申报示例专利项目的通知"
    text = f"{title}\n申报条件：在示例市注册；无失信记录。\n申报时间：11月30日前\n示例市知识产权局\n2026年10月20日"
    shown, file = _look(tmp_path, store, "通知", text)
    assert dict(shown.sections)[wording.PROPOSED] == (
        "主题：专利（据标题）",
        "区域：示例市（据标题）",
        "申报项目：示例专利项目（据标题）",
        "申报时间：没有写清楚，先空着（原文“11月30日前”），请核对后补上",
        "申报条件：1. 在示例市注册；2. 无失信记录（据“申报条件：在示例市注册；无失信记录。”）",
    )
    assert not file.conflicts


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_programme_nobody_has_seen_is_not_written(
    tmp_path: Path, store: Store, index: Index, is_confirmed: bool
) -> None:
    read = _read(tmp_path, {"通知(2026-10-20)": "示例市关于申报专利项目的通知\n申报条件：在示例市注册。"})
    import_prepared(read, writing=store[0], index=index, home=tmp_path, by=ADMIN, is_confirmed=is_confirmed)
    with store[1]() as session:
        stored = session.exec(select(Revision)).one()
        assert (stored.topics, bool(stored.programme)) == (["专利"], is_confirmed)
