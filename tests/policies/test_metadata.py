from __future__ import annotations

from datetime import date

import pytest

from policies import metadata
from policies.parse import parse


@pytest.mark.parametrize(
    ("printed", "short"),
    [
        ("中华人民共和国示例法", "示例法"),
        ("示例办法（示例局令第85号，摘录）", "示例办法"),
        ("示例收费办法（财税〔2016〕78号，摘录）", "示例收费办法"),
        ("示例收费标准（示例网“收费标准”页，自2019年7月1日起；摘录）", "示例收费标准"),
        ("最高人民法院 最高人民检察院关于示例的解释（三）", "最高人民法院、最高人民检察院关于示例的解释（三）"),
        ("关于适用《中华人民共和国示例法》的解释", "关于适用《示例法》的解释"),
        ("示例规范（征求意见稿）", "示例规范(征求意见稿)"),
    ],
)
def test_titles_are_shortened_as_people_say_them(printed: str, short: str) -> None:
    assert metadata.short_title(printed) == short


@pytest.mark.parametrize(
    ("stem", "title", "version", "start"),
    [
        ("示例法(2020-10-17)", "示例法", "2020-10-17", None),
        ("示例办法(2024-12)[2025施行]", "示例办法", "2024-12", (date(2025, 1, 1), date(2025, 12, 31))),
        ("收费标准(示例网,2019-07-01)", "收费标准", "2019-07-01", None),
        ("通知（2026-10-08）【2026-11-01施行】", "通知", "2026-10-08", (date(2026, 11, 1), date(2026, 11, 1))),
        ("刑法示例", "刑法示例", "", None),
    ],
)
def test_file_names_are_a_source(stem: str, title: str, version: str, start: tuple[date, date] | None) -> None:
    found_title, found_version, found_start = metadata.name_parts(stem)
    assert (found_title, found_version) == (title, version)
    assert (found_start.first, found_start.last) == start if found_start else start is None


def test_a_status_about_another_version_is_no_start() -> None:
    said = metadata.header(
        "<!-- version: 2014-07-29 ; status: SUPERSEDED: a 2025 revision is in force from 2025-06-01 -->"
    )
    assert said.effective is None
    assert said.superseded


def test_the_title_of_implementing_rules_is_no_start() -> None:
    line = "2023年12月11日 《国务院关于修改〈示例法实施细则〉的决定》第三次修订"
    assert metadata.history(line) == {"adopted": date(2023, 12, 11)}


@pytest.mark.parametrize(
    ("clause", "day"),
    [
        ("本法自2027年1月1日起施行。", date(2027, 1, 1)),
        ("本解释自二零零七年二月一日起施行。", date(2007, 2, 1)),
        ("本规定自一九九二年九月三十日起施行。", date(1992, 9, 30)),
        ("本办法自公布之日起施行。", date(2026, 1, 2)),
        ("修改决定自2001年12月1日起施行。", None),
        ("本法自2027年13月40日起施行。", None),
    ],
)
def test_closing_clauses_are_read(clause: str, day: date | None) -> None:
    assert metadata.clause_start(clause, date(2026, 1, 2)) == day


def test_a_number_of_an_earlier_version_is_not_this_ones() -> None:
    history = "1991年3月4日 国务院令第76号发布\n2018年11月6日 国务院令第706号公布"
    assert metadata.doc_number("示例条例", history, "", "2018-11-06") == "国务院令第706号"
    assert metadata.doc_number("示例条例", history, "", "2023-12-11") == ""


def test_a_number_of_another_paper_in_the_text_is_not_this_ones() -> None:
    preamble = "你院《关于示例的请示》（沪高法〔2021〕215号）收悉。\n法释〔2021〕11号"
    assert metadata.doc_number("关于示例的批复", "", preamble, "2021-05-31") == "法释〔2021〕11号"


def test_history_at_the_end_of_a_file_is_no_part_of_the_last_article() -> None:
    draft, _ = parse("第一条 甲。\n第二条 乙。\n# 中华人民共和国示例法典\n2020年5月28日第一届示例大会第三次会议通过")
    assert draft.title == "示例法典"
    assert draft.articles[-1].text == "乙。"
    assert draft.version == "2020-05-28"


def test_nested_titles_are_repealed_whole() -> None:
    text = "《关于适用〈示例法〉的解释》（法释〔2004〕19号）及《示例办法》同时废止。"
    assert metadata.repealed_titles(text, "新解释") == ("关于适用〈示例法〉的解释", "示例办法")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("第一条 为了示例，根据《中华人民共和国示例法》，制定本办法。", ("示例法",)),
        ("依照《示例法》《示例条例》等规定，结合实际，制定本解释。", ("示例法", "示例条例")),
        ("依照《示例法》第二条处理。根据《示例条例》，制订以下规定：", ("示例条例",)),
        ("根据《示例办法》制定本办法。", ()),
        ("根据有关法律，制定本办法。依照《示例法》处理。", ()),
    ],
)
def test_what_a_text_rests_on_is_read_from_where_it_says_so(text: str, titles: tuple[str, ...]) -> None:
    assert metadata.basis_titles(text, "示例办法") == titles
