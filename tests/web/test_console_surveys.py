"""Surveys in the console: nobody is asked before somebody saw how many, nobody twice in a round; xlsx."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from consultations import audit, contacts, surveys
from consultations.messages import Address
from consultations.surveys import SurveyAsking
from handlers import survey_rounds
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance
from web.console.surveys import DAYS_WRONG, ROUND_MISSING

NEEDS = "/console/surveys/needs"


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def admin(instance: Instance) -> Browser:
    return instance.set_up("outlet_admin")


def join(instance: Instance, *chats: str) -> None:
    """Subscribers of the window."""
    with instance.office.writing() as session:
        for chat in chats:
            person = contacts.meet(session, Address("web", chat), "", instance.clock.now())
            contacts.agree(person, "1", instance.clock.now())


def n_asked(instance: Instance) -> int:
    with instance.office.reading() as session:
        return len(session.exec(select(SurveyAsking)).all())


def test_how_many_is_seen_and_confirmed_before_anybody_is_asked(instance: Instance, admin: Browser) -> None:
    admin.get(NEEDS)
    nobody = admin.post(NEEDS, name="1")
    assert (nobody.status_code, survey_rounds.NOBODY in nobody.text) == (422, True)
    join(instance, "p1", "p2")
    seen = admin.post(NEEDS, name="1")
    assert "将发给 <strong>2</strong> 位" in seen.text
    assert n_asked(instance) == 0
    join(instance, "p3")
    more = admin.post(NEEDS, name="1", seen="2")  # a third came meanwhile
    assert "将发给 <strong>3</strong> 位" in more.text
    assert n_asked(instance) == 0
    assert survey_rounds.planned(3, 3) in admin.post(NEEDS, name="1", seen="3").text
    assert survey_rounds.planned(0, 3) in admin.post(NEEDS, name="1", seen="3").text
    assert n_asked(instance) == 3
    with instance.office.reading() as session:
        assert [(each.verb, each.actor) for each in audit.newest(session, 1)] == [("survey", "telegram:74")]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, ROUND_MISSING),
        ({"days": "0"}, DAYS_WRONG),
        ({"days": "-3"}, DAYS_WRONG),
        ({"days": "9" * 30}, DAYS_WRONG),
        ({"days": "三十"}, DAYS_WRONG),
        ({"item": "<script>alert(1)</script>"}, survey_rounds.NOBODY),
    ],
)
def test_what_cannot_be_sent_is_told_and_nobody_is_asked(
    instance: Instance, admin: Browser, fields: dict[str, str], told: str
) -> None:
    before = n_asked(instance)
    admin.get(NEEDS)
    page = admin.post(NEEDS, **{"name": "2", "seen": "3"} | fields)
    assert page.status_code == 422
    assert told in page.text
    assert "<script>alert" not in page.text
    assert n_asked(instance) == before


def test_the_satisfaction_survey_goes_out_by_itself(admin: Browser) -> None:
    page = admin.get("/console/surveys/satisfaction").text
    assert "看看会发给多少人" not in page
    refused = admin.post("/console/surveys/satisfaction", name="1")
    assert (refused.status_code, "自动发出" in refused.text) == (422, True)


def test_results_are_tables_by_channel_masked_and_leave_as_a_file(instance: Instance, admin: Browser) -> None:
    join(instance, "q1")
    with instance.office.writing() as session:
        person = contacts.find(session, Address("web", "q1"))
        assert person is not None
        surveys.plan(session, "needs", "round:9", person.key, instance.clock.now())
        asking = surveys.newest(session, "needs", person.key)
        assert asking is not None
        surveys.mark_sent(session, asking, "web", now=instance.clock.now(), remind_at=None)
        who = surveys.respondent_of(person.key, "needs:round:9", key=None)
        response = surveys.begin(session, asking, who, "web", instance.clock.now())
        words = ["<script>alert(9)</script>电话13800138000"]
        surveys.put(session, response, "topics", ["商标注册"], now=instance.clock.now())
        surveys.put(session, response, "topic_words", words, now=instance.clock.now())
        surveys.finish(response, instance.clock.now())
    page = admin.get(NEEDS).text
    assert re.search(r"网站咨询窗口</td><td class=\"n\">\d+</td><td class=\"n\">1</td><td class=\"n\">1</td>", page)
    assert '商标注册</td><td class="n">1</td><td class="n">100%</td>' in page
    assert "&lt;script&gt;alert(9)" in page
    assert "13800138000" not in page
    assert "已答 1" in admin.get("/console/surveys").text
    file = admin.get(f"{NEEDS}/xlsx")
    assert file.content.startswith(b"PK")
    assert 'filename="needs.xlsx"' in file.headers["content-disposition"]
    with instance.office.reading() as session:
        assert audit.newest(session, 1)[0].verb == "survey_results"


@pytest.mark.parametrize("survey", ["nosuch", "%3Cscript%3E"])
def test_one_that_is_not_there_is_told(admin: Browser, survey: str) -> None:
    assert admin.get(f"/console/surveys/{survey}/xlsx").status_code == 404
    assert admin.get(f"/console/surveys/{survey}").status_code == 404
    assert "<script>" not in admin.page.text
