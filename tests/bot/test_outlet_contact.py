"""A question that names an outlet or its area is answered with that outlet's own card, over all shipped cards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.application import Office, open_office
from bot.settings import load_settings
from handlers.outlet_of_asker import answer_at, outlet_of_asker, without_name
from handlers.talk import office_time
from tests.conftest import Begin, Clock

DUTY = """
[[outlet]]
id = "north"
name = "示例北区网点"
areas = ["北区"]
[[outlet]]
id = "south"
name = "示例南区网点"
areas = ["南区"]
"""
# No law says where an outlet is; the source stands for a notice of its own.
CARD = """
[[card]]
id = "north_contact"
outlet = "north"
overrides = "outlet_contact"
override_reason = "示例：本网点的地址"
title = "网点地址、电话和上班时间是什么？"
answer = "示例：在示例路，工作日开门。"
service_items = ["B08"]
jurisdiction = "outlet"
last_reviewed = 2026-11-23
review_due = 2027-02-21
[[card.citations]]
law = "商标业务收费标准"
version = "2019-07-01"
article = ""
proof = ["每超过1个商品"]
"""


@pytest.fixture(scope="module")
def office(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = begin(tmp_path_factory.mktemp("instance"))
    for name, text in (("duty", DUTY), ("cards", CARD)):
        (home / name).mkdir(exist_ok=True)
        (home / name / "a.toml").write_text(text, encoding="utf-8")
    opened = open_office(load_settings(home, environment={}), Clock().now)
    yield opened
    opened.close()


def told(office: Office, question: str) -> tuple[str, str]:
    """Which card answers whoever asks that, and whose it is."""
    with office.reading() as session:
        outlet = outlet_of_asker(session, office.desk, None, question, None)
    on = office_time(office.desk.settings).day(office.desk.now())
    found = answer_at(office.desk, question, on, outlet=outlet)
    assert found.question == question
    return (found.card_id, found.layer) if found.action == "answer" else ("", "")


@pytest.mark.parametrize(
    "question",
    [
        *("北区的网点地址在哪里", "北区网点在哪", "北区网点的电话是多少", "北区的网点几点上班"),
        *("网点电话多少 北区", "示例北区网点的地址", "我在北区，去哪里现场咨询", "北区知识产权服务网点联系方式"),
    ],
)
def test_a_question_that_names_the_outlet_gets_its_own_card(office: Office, question: str) -> None:
    assert told(office, question) == ("north_contact", "north")


@pytest.mark.parametrize("question", ["南区的网点地址在哪里", "网点地址在哪里", "北区法庭在哪里", "北区专利补贴多少钱"])
def test_nothing_else_is_answered_with_it(office: Office, question: str) -> None:
    assert told(office, question) == ("", "")


def test_what_a_question_says_beside_the_name(office: Office) -> None:
    book = office.desk.duty.book
    said = {
        "我们公司在北区，专利年费怎么交": "专利年费怎么交",
        "示例北区网点的电话": "网点的电话",
        "南区的网点": "南区的网点",
    }
    assert {question: without_name(book, question, "north") for question in said} == said
    assert without_name(book, "北区的网点", "nowhere") == "北区的网点"
