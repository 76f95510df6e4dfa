"""Every route of the console, every role, one's own outlet and another's: what is expected stands in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from consultations import tickets
from consultations.tickets import Staff
from handlers import wording
from tests.web.console_client import NAMES, Browser, Instance, open_instance

ROLES = {"咨": "adviser", "审": "reviewer", "专": "expert", "网": "outlet_admin", "市": "city_admin", "计": "auditor"}
# Page → who may see it. Other routes are the door's and those whose gate is the table of commands (`handlers.gate`).
PAGES: Mapping[str, str] = {
    "/console": "咨审专网市计",
    "/console/tickets/{number}": "咨审专网市",
}
SAMPLES = {"{number}": "GD-20261123-0001"}

OPEN = {"/console/sign-in", "/console/chat-link", "/console/link/{token}"}
EVERYBODY_SIGNED_IN = {"/console/sign-out", "/console/do", "/console/stream", "/console/{path}"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(tmp_path_factory.mktemp("instance"))
    made.ask_for_person("示例：<script>alert(1)</script>商标被抢注了怎么办？", "visitor-1")
    with made.office.writing() as session:
        tickets.assign(session, 1, Staff("telegram:73", "示例专家"), "duty", made.clock.now())
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
    assert routes(instance) == {*PAGES, *OPEN, *EVERYBODY_SIGNED_IN}


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("path", PAGES)
def test_each_role_sees_its_pages_and_no_other(browsers: Mapping[str, Browser], path: str, role: str) -> None:
    mark = next(each for each, name in ROLES.items() if name == role)
    page = browsers[role].get(filled(path))
    assert page.status_code == (200 if mark in PAGES[path] else 403)
    assert "<script>alert" not in page.text


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
            if "{" in path:
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
