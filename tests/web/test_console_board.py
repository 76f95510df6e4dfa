"""The board in the console: its numbers open their records, filters, one's own outlet only."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from consultations import audit
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance

BOARD = "/console/board"


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    made.ask_for_person("示例：<script>alert(1)</script>商标被抢注了，电话13800000000", "visitor-1")
    made.ask_for_person("专利池怎么申请加入？", "visitor-2")
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def city(instance: Instance) -> Browser:
    return instance.set_up("city_admin")


def number(page: str, name: str) -> tuple[int, str]:
    """What the board says of a figure, and where that leads."""
    found = re.search(rf'<th scope="row">\d+ {name}</th><td class="n"><a href="([^"]+)">([\d,]+)</a>', page)
    assert found is not None
    return int(found[2].replace(",", "")), found[1].replace("&amp;", "&")


def test_every_number_opens_as_many_records(city: Browser) -> None:
    page = city.get(BOARD).text
    for name in ("服务对象", "咨询", "转人工", "受理工单", "办结工单"):
        n, link = number(page, name)
        opened = city.get(link).text
        assert f'<span class="count">{n}</span>' in opened
        assert opened.count('<th scope="row">') == n
        assert "13800000000" not in opened
        assert "<script>alert" not in opened
    assert number(page, "受理工单")[0] == 2


def test_bars_open_their_records_and_are_a_table_for_whoever_does_not_see_them(city: Browser) -> None:
    page = city.get(BOARD).text
    assert '<caption class="sr">咨询渠道，各有多少咨询</caption>' in page
    links = [each.replace("&amp;", "&") for each in re.findall(r'<a href="([^"]+channel=web)">', page)]
    assert links
    n, _ = number(page, "咨询")
    assert f'<span class="count">{n}</span>' in city.get(links[0]).text


def test_filters_narrow_and_stay_chosen(city: Browser) -> None:
    page = city.get(f"{BOARD}?channel=phone&channel=visit").text
    assert number(page, "咨询")[0] == 0
    assert page.count(" checked") == 2
    page = city.get(f"{BOARD}?channel=phone&channel=web&period=2026-11").text
    assert number(page, "咨询")[0] > 0
    page = city.get(f"{BOARD}?period=2025").text
    assert number(page, "咨询")[0] == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("period=sometime", "看不懂报告期"),
        ("outlet=nowhere", "没有名为 nowhere 的网点"),
        ("channel=%3Cscript%3E", "没有名为 &lt;script&gt; 的渠道"),
    ],
)
def test_what_nobody_knows_is_refused_with_what_there_is(city: Browser, query: str, told: str) -> None:
    page = city.get(f"{BOARD}?{query}")
    assert page.status_code == 422
    assert told in page.text


def test_unknown_figures_and_pages_are_told(city: Browser) -> None:
    assert city.get(f"{BOARD}/records?figure=secrets").status_code == 404
    assert city.get(f"{BOARD}/records?hour=25").status_code == 422
    assert "没有记录" in city.get(f"{BOARD}/records?page=99").text


def test_staff_of_an_outlet_see_theirs_and_what_belongs_to_none(instance: Instance) -> None:
    north = instance.set_up("north")
    page = north.get(BOARD).text
    assert "本部" not in page
    for outlet in ("here", "nowhere"):
        wanted = north.get(f"{BOARD}?outlet={outlet}")
        assert wanted.status_code == 422 or "本部" not in wanted.text


def test_looking_at_records_stands_in_the_audit_trail(instance: Instance, city: Browser) -> None:
    with instance.office.reading() as session:
        before = len([each for each in audit.newest(session) if each.verb == "records"])
    city.get(f"{BOARD}/records?figure=tickets")
    with instance.office.reading() as session:
        assert len([each for each in audit.newest(session) if each.verb == "records"]) == before + 1


def test_unanswered_questions_are_grouped_with_their_numbers(city: Browser) -> None:
    page = city.get(f"{BOARD}/unanswered").text
    assert "专利池怎么申请加入" in page
    assert re.search(r"ZX-\d{8}-\d{4}", page)
    assert "13800000000" not in page
