"""Every route of the console, every role, one's own outlet and another's: what is expected stands in one table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from consultations import audit, tickets
from consultations.tickets import Staff
from handlers import opinions, wording
from handlers.follow_up_tasks import note_improvement
from tests.web.console_client import NAMES, Browser, Instance, open_instance

ROLES = {"咨": "adviser", "审": "reviewer", "专": "expert", "网": "outlet_admin", "市": "city_admin", "计": "auditor"}
# Page → who may see it. Other routes are the door's and those whose gate is the table of commands (`handlers.gate`).
PAGES: Mapping[str, str] = {
    "/console": "咨审专网市计",
    "/console/tickets/{number}": "咨审专网市",
    "/console/checks": "审",
    "/console/entry": "咨网市",
    "/console/visits": "咨审网市计",
    "/console/opinions": "咨审网市计",
    "/console/opinions/{number}": "咨审网市计",
    "/console/archive": "咨审网市计",
    "/console/archive/{number}": "咨审网市计",
    "/console/archive/{number}/docx": "咨审网市计",
    "/console/archive/{number}/xlsx": "咨审网市计",
    "/console/improvements": "咨审网市计",
    "/console/audit": "市计",
    "/console/board": "咨审网市计",
    "/console/board/records": "咨审网市计",
    "/console/board/unanswered": "咨审网市计",
}
# Forms with a route of their own → who may send them.
FORMS: Mapping[str, str] = {
    "/console/entry": "咨网市",
    "/console/opinions/{number}/reply": "咨网市",
    "/console/opinions/{number}/close": "咨网市",
    "/console/improvements/{item}/close": "咨网市",
}
SAMPLES = {
    "/tickets/{number}": "/tickets/GD-20261123-0001",
    "/opinions/{number}": "/opinions/YJ-20261123-0001",
    "/archive/{number}": "/archive/ZX-20261123-0001",
    "{item}": "1",
}

OPEN = {"/console/sign-in", "/console/chat-link", "/console/link/{token}"}
EVERYBODY_SIGNED_IN = {"/console/sign-out", "/console/do", "/console/stream", "/console/{path}"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(tmp_path_factory.mktemp("instance"))
    made.ask_for_person("示例：<script>alert(1)</script>商标被抢注了怎么办？", "visitor-1")
    with made.office.writing() as session:
        ticket = tickets.assign(session, 1, Staff("telegram:73", "示例专家"), "duty", made.clock.now())
        ticket.outlet = "here"
        opinions.enter(session, made.office.desk, "示例<script>alert(2)</script>意见", Staff("telegram:71", "示例咨询"))
        note_improvement(session, made.office.desk, 1, "survey", "示例<script>alert(3)</script>", now=made.clock.now())
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def browsers(instance: Instance) -> Mapping[str, Browser]:
    return {role: instance.set_up(role) for role in (*NAMES, "north")}


def routes(instance: Instance) -> set[str]:
    return {each for each in instance.app.openapi()["paths"] if each.startswith("/console")}


def filled(path: str) -> str:
    """The page of something that is there."""
    for name, value in SAMPLES.items():
        path = path.replace(name, value)
    return path


def test_every_route_has_a_line_here(instance: Instance) -> None:
    assert routes(instance) == {*PAGES, *FORMS, *OPEN, *EVERYBODY_SIGNED_IN}


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("path", PAGES)
def test_each_role_sees_its_pages_and_no_other(browsers: Mapping[str, Browser], path: str, role: str) -> None:
    mark = next(each for each, name in ROLES.items() if name == role)
    page = browsers[role].get(filled(path))
    assert page.status_code == (200 if mark in PAGES[path] else 403)
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("path", FORMS)
def test_each_role_sends_its_forms_and_no_other(browsers: Mapping[str, Browser], path: str, role: str) -> None:
    mark, browser = next(each for each, name in ROLES.items() if name == role), browsers[role]
    browser.get("/console")
    status = browser.post(filled(path)).status_code  # without words nothing comes of it
    assert status == 422 if mark in FORMS[path] else status == 403


@pytest.mark.parametrize("path", [each for each in [*PAGES, *FORMS] if "{" in each])
def test_what_belongs_to_another_outlet_reads_as_not_there(browsers: Mapping[str, Browser], path: str) -> None:
    browser = browsers["north"]
    browser.get("/console")
    theirs = browser.post(filled(path)) if path in FORMS else browser.get(filled(path))
    assert theirs.status_code == 404
    assert "抢注" not in theirs.text
    assert "alert(" not in theirs.text


@pytest.mark.parametrize("path", [*PAGES, "/console/do", "/console/stream", "/console/nosuch"])
def test_nobody_gets_anything_without_signing_in(instance: Instance, path: str) -> None:
    stranger = Browser(instance.app)
    page = stranger.get(filled(path))
    assert page.url.path == "/console/sign-in" or page.status_code == 401
    assert "抢注" not in page.text
    assert stranger.fetch("POST", "/console/do", data={"verb": "duty"}).url.path == "/console/sign-in"


def test_navigation_shows_what_the_role_may(browsers: Mapping[str, Browser]) -> None:
    for role, browser in browsers.items():
        page = browser.get("/console").text
        for path, marks in PAGES.items():
            if "{" in path or path.count("/") > len(("/console", "/page")):
                continue
            may = any(ROLES[mark] == role for mark in marks) or (role == "north" and "咨" in marks)
            assert (f'<a href="{path}"' in page) is may


def test_a_page_nobody_made_is_a_page_of_the_console(browsers: Mapping[str, Browser]) -> None:
    page = browsers["adviser"].get("/console/nosuch")
    assert page.status_code == 404
    assert "没有这个页面" in page.text


def test_what_is_done_twice_is_done_once_and_answered_twice(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console")
    first = browser.do("note", "GD-20261123-0001", "示例备注一次", once="the-same-id-1")
    again = browser.do("note", "GD-20261123-0001", "示例备注一次", once="the-same-id-1")
    assert first.text.count(wording.NOTE_KEPT) == again.text.count(wording.NOTE_KEPT) == 1
    assert browser.do("ticket", "GD-20261123-0001").text.count("示例备注一次") == 1


@pytest.mark.parametrize("once", ["", "short", "示例" * 5, "x" * 65])
def test_a_form_without_an_id_is_not_taken(browsers: Mapping[str, Browser], once: str) -> None:
    browser = browsers["adviser"]
    browser.get("/console")
    assert browser.do("duty", once=once).status_code == 422


def test_what_a_role_may_not_do_is_refused_in_its_own_words(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["auditor"]
    browser.get("/console")
    assert "您的角色是审计员" in browser.do("claim", "GD-20261123-0001").text
    assert "您的角色是审计员" in browser.do("press", words="claim:1").text


def test_a_sheet_leaves_as_a_file_and_stands_in_the_audit_trail(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    for kind in ("docx", "xlsx"):
        file = browsers["adviser"].get(f"/console/archive/ZX-20261123-0001/{kind}")
        assert file.content.startswith(b"PK")
        assert f"ZX-20261123-0001.{kind}" in file.headers["content-disposition"]
    with instance.office.reading() as session:
        lines = audit.newest(session, 2)
        assert [(each.verb, each.actor) for each in lines] == [("sheets", "telegram:71")] * 2


def test_an_entry_is_made_once_undone_and_nothing_typed_is_lost(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console/entry")
    wrong = browser.post("/console/entry", question="示例<i>问题</i>", at="昨天什么时候", reply="写了很久的答复")
    assert wrong.status_code == 422
    assert "写了很久的答复" in wrong.text
    assert "<i>" not in wrong.text
    fields = {"channel": "visit", "who": "示例公司", "question": "电话：示例问题怎么办", "reply": "示例答复"}
    made = browser.post("/console/entry", **fields)
    assert "到访" in made.text
    again = browser.post("/console/entry", **fields)
    assert "撤销" in made.text
    assert "撤销" not in again.text
    undo = re.search(r'value="(unrecord:\d+)"', made.text)
    assert undo is not None
    assert "作废" in browser.do("press", words=undo[1]).text


def test_an_opinion_is_entered_replied_to_and_closed(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["adviser"]
    browser.get("/console/opinions")
    told = browser.do("opinion", which="投诉", words="示例：等太久", back="/console/opinions").text
    number = re.search(r"YJ-\d{8}-\d{4}", told)
    assert number is not None
    path = f"/console/opinions/{number[0]}"
    browser.get(path)
    assert browser.post(f"{path}/close").status_code == 422  # not without a reply or a reason
    browser.get(path)
    assert browser.post(f"{path}/reply", words="示例：已经改进").status_code == 200
    browser.get(path)
    assert browser.post(f"{path}/close").status_code == 200
    assert "已办结" in browser.get(path).text


def test_an_improvement_is_closed_with_what_was_done(browsers: Mapping[str, Browser]) -> None:
    browser = browsers["outlet_admin"]
    browser.get("/console/improvements")
    browser.post("/console/improvements/1/close", words="示例：补充了办事指南")
    assert "补充了办事指南" in browser.get("/console/improvements").text
