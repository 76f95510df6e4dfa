"""Getting into the console and out of it: once, by whoever is staff, and nobody by guessing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from consultations import audit, console_sessions
from consultations.console_accounts import ConsoleAccount, ConsoleLink
from consultations.console_sessions import ConsoleSession
from consultations.outbox import OutboxMessage
from handlers import console_wording as words
from handlers.enter_console import make_link
from tests.conftest import Begin
from tests.web.console_client import BOOK, PASSWORD, Browser, Instance, open_instance
from web.console.entrance import MOST_FOR_NAME
from web.console.links import first_link, set_up_link


@pytest.fixture(scope="module")
def shared(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = open_instance(begin(tmp_path_factory.mktemp("instance")))
    yield instance
    instance.office.close()


@pytest.fixture
def instance(shared: Instance) -> Instance:
    """The instance, an hour later: codes and attempts of the test before are over."""
    shared.clock.advance(hours=1)
    return shared


def verbs(instance: Instance) -> list[str]:
    with instance.office.reading() as session:
        return [each.verb for each in audit.newest(session, 5)]


def test_the_first_start_shows_a_link_for_whoever_administers_until_somebody_is_set_up(instance: Instance) -> None:
    desk = instance.office.desk
    first = first_link(desk, "http://x")
    assert first is not None
    assert first[0] == "示例市级"  # the name, as whoever reads the screen knows them
    assert instance.set_up("city_admin").is_in
    assert first_link(desk, "http://x") is None


def test_whoever_set_up_signs_in_with_password_and_code_and_out_again(instance: Instance) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    browser = instance.sign_in("示例咨询", code=instance.code("adviser"))
    assert browser.is_in
    assert verbs(instance)[0] == "sign_in"
    browser.get("/console")
    cookie = browser.cookie
    assert words.SIGNED_OUT in browser.post("/console/sign-out").text
    assert verbs(instance)[0] == "sign_out"
    browser.cookie = cookie
    assert not browser.is_in  # the session is over at the server, too


@pytest.mark.parametrize(
    ("password", "code"),
    [("falsch falsch falsch", None), (PASSWORD, "000000"), ("", ""), (PASSWORD, "x" * 40), (PASSWORD, "一二三四五六")],
)
def test_a_wrong_password_and_a_wrong_code_read_the_same(instance: Instance, password: str, code: str | None) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    browser = instance.sign_in("adviser", password=password, code=code)
    assert not browser.is_in
    nobody = Browser(instance.app)
    nobody.get("/console/sign-in")
    page = nobody.post("/console/sign-in", name="没有这个人", password=PASSWORD, code="123456")
    assert words.WRONG in page.text
    assert browser.page.status_code == page.status_code
    assert verbs(instance)[:2] == ["not_signed_in"] * 2
    with instance.office.reading() as session:
        assert "没有这个人" not in {each.actor for each in audit.newest(session, 5)}


def test_a_code_opens_once(instance: Instance) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    code = instance.code("adviser")
    assert instance.sign_in("adviser", code=code).is_in
    assert not instance.sign_in("adviser", code=code).is_in


def test_a_code_typed_in_full_width_digits_opens(instance: Instance) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    wide = instance.code("adviser").translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert instance.sign_in("adviser", code=wide).is_in


def test_a_recovery_code_stands_in_for_the_phone_once(instance: Instance) -> None:
    instance.set_up("adviser")
    spare = instance.codes["adviser"][3]
    assert len(set(instance.codes["adviser"])) == 10
    assert instance.sign_in("adviser", code=spare.upper().replace("-", " ")).is_in
    assert not instance.sign_in("adviser", code=spare).is_in


def test_whoever_guesses_is_locked_out_for_a_while_and_the_right_password_is_too(instance: Instance) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    for _ in range(MOST_FOR_NAME):
        assert words.WRONG in instance.sign_in("adviser", password="falsch falsch").page.text
    browser = instance.sign_in("adviser")
    assert browser.page.status_code == 429
    assert words.LOCKED in browser.page.text
    assert not browser.is_in
    assert "locked" in verbs(instance)
    instance.clock.advance(minutes=16)
    assert instance.sign_in("adviser").is_in


def test_one_address_is_shut_when_it_tries_many_names_and_an_office_is_not(instance: Instance) -> None:
    instance.set_up("adviser")
    for _ in range(40):
        instance.clock.advance(seconds=15)  # forty people of one office: each gets in
        assert instance.sign_in("adviser").page.status_code in (200, 403)
    instance.clock.advance(hours=1)
    shown = [instance.sign_in(f"name-{n}", code="1").page.status_code for n in range(31)]
    assert shown == [403] * 30 + [429]


def test_a_cookie_planted_before_signing_in_opens_nothing(instance: Instance) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    victim = Browser(instance.app)
    victim.cookie = "planted"
    victim.get("/console/sign-in")
    victim.post("/console/sign-in", name="adviser", password=PASSWORD, code=instance.code("adviser"))
    thief = Browser(instance.app)
    thief.cookie = "planted"
    assert not thief.is_in
    assert victim.cookie != "planted"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(instance: Instance) -> None:
    page = Browser(instance.app, scheme="https").get("/console/sign-in")
    cookie = page.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" in cookie
    assert "path=/console" in cookie


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/chat-link", "/console/do", "/console/sign-out"])
@pytest.mark.parametrize("token", ["", "0" * 64, "示例"])
def test_a_forged_form_changes_nothing(instance: Instance, path: str, token: str) -> None:
    browser = instance.set_up("adviser")
    browser.get("/console")
    page = browser.post(path, csrf=token, verb="duty", name="adviser")
    assert page.status_code == 403
    assert words.FORMS[403] in page.text
    assert browser.is_in


def test_a_form_sent_by_another_site_is_refused_even_with_the_token(instance: Instance) -> None:
    browser = instance.set_up("adviser")
    browser.get("/console")
    browser.headers["sec-fetch-site"] = "cross-site"
    page = browser.post("/console/sign-out")
    assert page.status_code == 403
    assert browser.is_in


def test_a_form_without_end_is_refused_unread(instance: Instance) -> None:
    browser = instance.set_up("adviser")
    browser.get("/console")
    assert browser.do("note", words="灯" * 400_000).status_code == 413
    browser.get("/console")
    assert browser.do("note", words="灯" * 30_000).status_code == 422


def test_a_session_ends_when_nobody_is_there_and_after_a_day(instance: Instance) -> None:
    browser = instance.set_up("adviser")
    instance.clock.advance(minutes=119)
    assert browser.is_in
    instance.clock.advance(minutes=119)
    assert browser.is_in
    instance.clock.advance(minutes=121)
    assert not browser.is_in
    instance.clock.advance(minutes=1)
    busy = instance.sign_in("adviser")
    for _ in range(7):
        assert busy.is_in
        instance.clock.advance(minutes=110)
    assert not busy.is_in


def test_somebody_taken_from_the_duty_book_is_out_at_once(instance: Instance) -> None:
    browser, path = instance.set_up("expert"), instance.office.settings.home / "duty" / "staff.toml"
    assert browser.is_in
    path.write_text(BOOK.replace('id = "expert"', 'id = "gone"'), encoding="utf-8")
    instance.office.desk.duty.refresh()
    try:
        assert not browser.is_in
        with instance.office.reading() as session:
            assert session.exec(select(ConsoleSession).where(ConsoleSession.staff == "expert")).all() == []
        assert set_up_link(instance.office.desk, "expert", "") is None
    finally:
        path.write_text(BOOK, encoding="utf-8")
        instance.office.desk.duty.refresh()
    assert not browser.is_in  # what was ended does not come back


def test_a_link_opens_once_and_not_after_its_time(instance: Instance) -> None:
    desk = instance.office.desk
    with instance.office.writing() as session:
        link = make_link(session, "adviser", "enter", desk.now(), address="")
    preview = Browser(instance.app)
    assert "示例咨询" in preview.get(link).text  # a chat that looks what is behind the link uses nothing up
    first, second = Browser(instance.app), Browser(instance.app)
    for each in (first, second):
        each.get(link)
    first.post(link)
    assert first.is_in
    assert second.post(link).status_code == 410
    assert not second.is_in
    with instance.office.writing() as session:
        late = make_link(session, "adviser", "enter", desk.now(), address="")
    instance.clock.advance(minutes=11)
    assert words.USED in Browser(instance.app).get(late).text
    assert words.USED in Browser(instance.app).get("/console/link/" + "x" * 43).text


def test_a_new_set_up_ends_every_other_session_the_old_password_and_links_on_their_way(instance: Instance) -> None:
    before = instance.set_up("adviser")
    with instance.office.writing() as session:
        on_its_way = make_link(session, "adviser", "enter", instance.clock.now(), address="")
    old = instance.secrets["adviser"]
    instance.clock.advance(minutes=1)
    after = instance.set_up("adviser")
    assert after.is_in
    assert not before.is_in
    assert instance.secrets["adviser"] != old
    assert words.USED in Browser(instance.app).get(on_its_way).text


@pytest.mark.parametrize(
    ("password", "again"), [("kurz", "kurz"), (PASSWORD, PASSWORD + "x"), ("a" * 20, "a" * 20), ("adviser-1234",) * 2]
)
def test_a_password_easily_guessed_is_refused_and_the_link_still_opens(
    instance: Instance, password: str, again: str
) -> None:
    link = set_up_link(instance.office.desk, "adviser", "") or ""
    browser = Browser(instance.app)
    shown = browser.get(link)
    secret = re.search(r'class="secret">(\w+)<', shown.text)
    assert secret is not None
    instance.secrets["adviser"] = secret[1]
    assert browser.post(link, password=password, again=again, code=instance.code("adviser")).status_code == 422
    assert browser.post(link, password=PASSWORD, again=PASSWORD, code="000000").status_code == 422
    browser.post(link, password=PASSWORD, again=PASSWORD, code=instance.code("adviser"))
    assert browser.is_in


def test_nothing_that_opens_a_door_stands_in_the_database(instance: Instance) -> None:
    browser = instance.set_up("adviser")
    link = set_up_link(instance.office.desk, "adviser", "") or ""
    browser.get("/console")
    with instance.office.reading() as session:
        kept = "".join(
            str(each.model_dump())
            for table in (ConsoleAccount, ConsoleSession, ConsoleLink)
            for each in session.exec(select(table)).all()
        )
    for secret in (PASSWORD, link.rpartition("/")[2], *instance.codes["adviser"], browser.cookie):
        assert secret not in kept


def test_the_page_sends_a_link_to_ones_own_chat_and_tells_strangers_nothing(instance: Instance) -> None:
    known, stranger = Browser(instance.app), Browser(instance.app)
    for each in (known, stranger):
        each.get("/console/sign-in")
    told = known.post("/console/chat-link", name="示例咨询")
    assert words.SENT_IF_KNOWN in told.text
    assert stranger.post("/console/chat-link", name="没有这个人").text.count(words.SENT_IF_KNOWN) == 1
    with instance.office.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.chat_id == "71")).all()
    assert rows == []  # without outlet.public_url a link would lead nowhere


def test_no_page_lets_foreign_content_in_or_itself_be_framed(instance: Instance) -> None:
    browser = instance.set_up("adviser")
    for path in ("/console", "/console/sign-in", "/console/nosuch"):
        headers = browser.fetch("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("back", ["https://example.com", "//example.com", "/console/../x", "javascript:1", "/api/x"])
def test_signing_in_leads_nowhere_but_into_the_console(instance: Instance, back: str) -> None:
    instance.set_up("adviser")
    instance.clock.advance(minutes=1)
    browser = Browser(instance.app)
    browser.get("/console/sign-in")
    page = browser.post("/console/sign-in", name="adviser", password=PASSWORD, code=instance.code("adviser"), back=back)
    assert page.url.path == "/console"


def test_a_page_left_open_hears_that_its_session_is_over(instance: Instance) -> None:
    browser = instance.set_up("reviewer")
    with instance.office.writing() as session:
        console_sessions.end_all(session, "reviewer")
    browser.headers["accept"] = "text/event-stream"
    assert browser.fetch("GET", "/console/stream", headers=browser.headers).status_code == 401
