"""Comparing two versions: which are meant, what staff read in chat and on paper, which cards must be reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from handlers.compare_policies import Compared, CompareRefusedError, citing_cards, compare_editions, lines_of
from handlers.comparison_table import write_comparison
from handlers.desk import Desk
from handlers.import_policy import import_paths
from knowledge.cards import CardCitation, Cards
from knowledge.index import Index
from policies.readers.docx import read_docx
from tests.conftest import ADMIN
from tests.drivers import StaffRoom
from tests.knowledge.test_check import lamp_card

OLD = """# 样灯条例
2020年3月1日公布
第一条 灯要亮，夜里每小时巡检一次，由街道管护站负责。
第二条 灯泡应当使用节能产品，功率不超过六十瓦。
第三条 损坏路灯的，照价赔偿；盗窃灯杆电缆的，移送公安机关。
第四条 本条例自2020年5月1日起施行。"""
NEW = """# 样灯条例
2026年3月1日修订
第一条 灯要亮，夜里每两小时巡检一次，由街道管护站负责。
第二条 居民可以扫描灯杆上的二维码报修，管护站三日内修复。
第三条 灯泡应当使用节能产品，功率不超过六十瓦。
第四条 本条例自2027年1月1日起施行。"""


@pytest.fixture
def imported(desk: Desk, tmp_path: Path) -> Desk:
    folder = tmp_path / "incoming"
    folder.mkdir()
    for name, text in {"样灯条例(2020-03-01)": OLD, "样灯条例(2026-03-01)": NEW, "样灯通则(2020-01-01)": OLD}.items():
        (folder / f"{name}.md").write_text(text.replace("样灯条例", name.partition("(")[0]), "utf-8")
    import_paths([folder], writing=desk.writing, index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN)
    return desk


def compared(desk: Desk, *words: str) -> Compared:
    with desk.reading() as session:
        return compare_editions(session, *words)


@pytest.mark.parametrize(
    "words",
    [
        ("样灯条例",),
        ("《样灯条例》".strip("《》"), "2020"),
        ("样灯条例", "2020", "2026"),
        ("样灯条例", "2026-03-01", "2020-03-01"),
        ("灯条", "2020"),
    ],
)
def test_the_older_version_comes_first_however_the_versions_are_named(imported: Desk, words: tuple[str, ...]) -> None:
    found = compared(imported, *words)
    assert (found.title, found.old.version, found.new.version) == ("样灯条例", "2020-03-01", "2026-03-01")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("没有这部法",), "资料里没有《没有这部法》"),
        (("样灯",), "《样灯条例》、《样灯通则》。请写全名称"),
        (("样灯通则",), "没有两个可以对照的版本"),
        (("样灯条例", "1999"), "没有这个版本。资料里的版本：2026-03-01、2020-03-01"),
        (("样灯条例", "20"), "不止一个版本"),
        (("样灯条例", "2026", "2026"), "同一个版本"),
        (("",), "资料里没有"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_cure(
    imported: Desk, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CompareRefusedError, match=sentence.replace("(", r"\(")):
        compared(imported, *words)


def test_changes_are_told_in_words(imported: Desk) -> None:
    assert lines_of(compared(imported, "样灯条例").comparison) == [
        "第一条 修改：“灯要亮，夜里每”后增加“两”",
        "第二条 新增：居民可以扫描灯杆上的二维码报修，管护站三日内修复。",
        "第三条 删除：损坏路灯的，照价赔偿；盗窃灯杆电缆的，移送公安机关。",
        "第四条 修改：“2020年5月1日”改为“2027年1月1日”",
        "只有条号变了：第二条 → 第三条",
    ]


def test_staff_read_it_page_by_page(imported: Desk, room: StaffRoom) -> None:
    (shown,) = room.say("/compare 样灯条例 2020 2026")
    assert shown.text.startswith("《样灯条例》2020-03-01版 → 2026-03-01版")
    assert "新增 1" in shown.text
    assert "第三条 删除" in shown.text
    assert "二维码" in shown.text
    assert shown.buttons == ()


def test_a_long_comparison_has_pages_and_no_page_is_beyond_the_last(imported: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    for year, word in (("2020", "台灯"), ("2026", "吊灯")):
        articles = "\n".join(f"第{number}条 {word}第{number}号由甲站保管。" for number in "一二三四五六七八九")
        (folder / f"长条例({year}-03-01)[{year}-05-01施行].md").write_text(f"# 长条例\n{articles}", "utf-8")
    import_paths([folder], writing=imported.writing, index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN)
    room = StaffRoom(imported)
    (first,) = room.say("/compare 长条例")
    assert "第 1 页，共 2 页" in first.text
    assert first.buttons == ("下一页",)
    (second,) = room.press("下一页")
    assert "第九条" in second.text
    assert second.buttons == ()


@pytest.mark.parametrize("words", ["/compare", "/compare 没有的条例 2020", "/compare 样灯条例 二零二零 甲 乙 丙"])
def test_wrong_commands_get_a_sentence_not_an_error(imported: Desk, words: str) -> None:
    (shown,) = StaffRoom(imported).say(words)
    assert "资料里没有" in shown.text or "例如 /compare" in shown.text


def test_the_table_on_paper_holds_both_texts(imported: Desk, tmp_path: Path) -> None:
    file = tmp_path / "对照.docx"
    write_comparison(file, compared(imported, "样灯条例"))
    text = read_docx(file.read_bytes()).text
    for words in (
        "版本对照表",
        "2020-03-01版",
        "夜里每小时巡检一次",
        "夜里每两小时巡检一次",
        "损坏路灯的",
        "二维码",
        "条号变动",
    ):
        assert words in text


def test_cards_that_cite_what_changed_are_listed_with_both_numbers(imported: Desk) -> None:
    cited = {
        "changed": ("1", None), "moved": ("2", None), "gone": ("3", None), "done": ("1", date(2026, 12, 31)),
    }  # fmt: skip
    cards = {
        name: lamp_card(
            card_id=name, citations=(CardCitation("样灯条例", "2020-03-01", article, ()),), effective_to=end
        )
        for name, (article, end) in cited.items()
    }
    cards["next"] = replace(
        cards["done"], card_id="next", supersedes="done", citations=(), effective_from=date(2027, 1, 1)
    )
    found = citing_cards(Cards(cards), compared(imported, "样灯条例"))
    assert [(each.card_id, each.cited, each.kind, each.became, each.state) for each in found] == [
        ("changed", "1", "changed", ("1",), "needs review"),
        ("moved", "2", "moved", ("3",), "needs review"),
        ("gone", "3", "removed", (), "needs review"),
        ("done", "1", "changed", ("1",), "succeeded"),
    ]
