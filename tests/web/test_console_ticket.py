"""Working on a ticket in the console: the same handlers, the same history, nobody else's ticket, nothing executed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Response
from sqlmodel import col, select

from consultations import tickets, window_lines
from consultations.messages import Address, Inbound
from consultations.outbox import OutboxMessage
from consultations.tickets import Ticket
from handlers import check_wording, console_wording, quick_wording, wording
from handlers.console_wording import DONE
from handlers.turn import take_turn
from tests.conftest import Begin
from tests.web.console_client import Browser, Instance, open_instance
from web.console.live import stamp
from web.visitors import chat_id_of, new_token

HOSTILE = "示例：<script>alert(1)</script><img src=x onerror=alert(1)>商标被抢注了怎么办，电话13800138000"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
VISITORS = itertools.count(1)


@pytest.fixture(scope="module")
def instance(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    made = open_instance(begin(tmp_path_factory.mktemp("instance")))
    yield made
    made.office.close()


@pytest.fixture(scope="module")
def browsers(instance: Instance) -> Mapping[str, Browser]:
    return {role: instance.set_up(role) for role in ("adviser", "colleague", "reviewer", "outlet_admin", "north")}


@pytest.fixture
def ticket(instance: Instance) -> Ticket:
    """A new ticket of a visitor of the window, at the outlet of everybody but one."""
    instance.ask_for_person(HOSTILE, f"visitor-{next(VISITORS)}")
    return newest(instance, outlet="here")


def newest(instance: Instance, outlet: str) -> Ticket:
    with instance.office.writing() as session:
        found = session.exec(select(Ticket).order_by(Ticket.id.desc())).first()  # type: ignore[union-attr]
        assert found is not None
        found.outlet, found.state, found.assignee, found.assignee_name = outlet, "open", "", ""
        found.kind, found.service_item = "consult", "B07"  # of no class that everybody of it is checked
        session.flush()
        session.expunge(found)
    return found


def state_of(instance: Instance, ticket: Ticket) -> Ticket:
    with instance.office.reading() as session:
        found = tickets.get(session, ticket.id)
        assert found is not None
        session.expunge(found)
        return found


def told(instance: Instance, ticket: Ticket) -> str:
    """Everything on its way to the asker."""
    with instance.office.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.channel == "web")).all()
        return "\n".join(str(each.payload) for each in rows)


def path(ticket: Ticket) -> str:
    return f"/console/tickets/{ticket.number}"


def test_a_ticket_goes_its_way_from_claim_to_close_and_opens_again(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    browser = browsers["adviser"]
    browser.get("/console")
    assert DONE["claim"] in browser.do("press", words=f"claim:{ticket.id}", back=path(ticket)).text
    assert state_of(instance, ticket).holder == "telegram:71"  # the same person as in the chat
    page = browser.do("reply", ticket.number, "请先保留使用证据。\n第二行", back=path(ticket))
    assert wording.staff_sent(ticket.number) in page.text
    assert "请先保留使用证据。" in told(instance, ticket)
    assert state_of(instance, ticket).state == "replied"
    assert DONE["close"] in browser.do("close", ticket.number, back=path(ticket)).text
    assert state_of(instance, ticket).state == "closed"
    assert "转为知识卡片草稿" in browser.get(path(ticket)).text
    made = browser.do("press", words=f"make_card:{ticket.id}:new", back=path(ticket))
    assert re.fullmatch(r"/console/drafts/\d+", made.url.path)  # where one goes on writing
    assert 'name="answer"' in made.text
    browser.do("reopen", ticket.number, back=path(ticket))
    assert state_of(instance, ticket).is_alive
    page = browser.get(path(ticket))
    for step in ("受理", "办理中", "已回复", "已办结"):
        assert step in page.text


def test_the_service_item_has_its_name_and_a_code_nobody_knows_stays(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    for code, shown in (("B08", "<dd>B08 知识产权业务办理咨询服务</dd>"), ("X99", "<dd>X99</dd>")):
        with instance.office.writing() as session:
            session.get_one(Ticket, ticket.id).service_item = code
        assert shown in browsers["adviser"].get(path(ticket)).text


def test_hostile_words_are_shown_as_words_and_numbers_of_people_masked(
    browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    for where in ("/console", path(ticket)):
        page = browsers["adviser"].get(where).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "13800138000" not in page


def test_another_outlets_ticket_reads_like_one_that_is_not_there(
    browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    there = browsers["north"].get(path(ticket))
    nowhere = browsers["north"].get("/console/tickets/GD-20261123-9999")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    strip = re.compile(r"GD-\d{8}-\d{4}|value=\"[\w-]+\"")
    assert strip.sub("", there.text) == strip.sub("", nowhere.text)
    assert "抢注" not in there.text
    stream = browsers["north"].fetch("GET", f"/console/stream?ticket={ticket.id}")
    assert stream.status_code == 404
    browsers["north"].get("/console")
    for verb in ("claim", "note", "close", "release", "assign", "merge", "kind", "reply"):
        page = browsers["north"].do(verb, ticket.number, "示例")
        assert "没有找到工单" in page.text


@pytest.mark.parametrize("number", ["x", "GD-20261123-0001'--", "%00", "灯" * 50, "../../etc"])
def test_a_number_nobody_gave_out_is_told(browsers: Mapping[str, Browser], number: str) -> None:
    assert browsers["adviser"].get(f"/console/tickets/{number}").status_code == 404


def test_of_two_who_claim_at_once_one_gets_it_and_the_other_reads_who(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    both = (browsers["adviser"], browsers["colleague"])
    for each in both:
        each.get("/console")
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda each: each.do("press", words=f"claim:{ticket.id}"), both))
    winner = state_of(instance, ticket).holder_name
    assert sorted(winner in each.text.partition("<h1>")[0].partition("said")[2] for each in pages) == [False, True]
    with instance.office.reading() as session:
        moves = [each.to_state for each in tickets.history_of(session, ticket.key)]
    assert moves.count("claimed") == 1


def test_an_answer_is_inserted_edited_and_sent_and_stands_in_the_history(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    instance.ask_for_person("外观设计专利保护多少年？", f"visitor-{next(VISITORS)}")
    ticket, browser = newest(instance, "here"), browsers["adviser"]
    browser.get("/console")
    browser.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    page = browser.get(path(ticket))
    inserted = re.search(rf'value="(insert:{ticket.id}:\w+)"', page.text)
    if inserted is None:  # a person was asked for at once: nothing came close
        quick = next(iter(instance.office.desk.duty.book.quick_replies))
        inserted = re.search(rf'value="(quick:{ticket.id}:{quick})"', page.text)
    assert inserted is not None
    page = browser.do("press", words=inserted[1], back=path(ticket))
    assert console_wording.IN_FIELD in page.text
    field = re.search(r'id="reply-words"[^>]*>([^<]+)</textarea>', page.text)
    assert field is not None
    page = browser.do("reply", ticket.number, "改过的答复", back=path(ticket))
    assert field[1] not in re.findall(r"<textarea[^>]*>([^<]*)<", page.text)
    assert "改过的答复" in told(instance, ticket)
    assert quick_wording.card_event("", "")[:2] in page.text or "快捷回复" in page.text


def test_a_reply_that_needs_a_second_person_is_decided_in_the_console(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    with instance.office.writing() as session:
        session.get_one(Ticket, ticket.id).kind = "rights"
    author, checker = browsers["adviser"], browsers["reviewer"]
    author.get("/console")
    author.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    author.do("reply", ticket.number, "请拨13912345678。", back=path(ticket))
    assert "13912345678" not in told(instance, ticket)
    own = author.get(path(ticket)).text
    assert check_wording.TAKE_BACK in own
    assert check_wording.APPROVE not in own
    page = checker.get(path(ticket)).text
    assert "请拨13912345678。" in page  # word for word, as the asker will read it
    passing = re.search(rf'value="(check:{ticket.id}:\d+:pass)"', page)
    assert passing is not None
    checker.do("press", words=passing[1], back=path(ticket))
    assert "请拨13912345678。" in told(instance, ticket)


def attach(browser: Browser, ticket: Ticket, name: str = "说明.pdf", content: bytes = PDF) -> Response:
    """What comes back when a file is sent from the page of a ticket."""
    browser.get(path(ticket))
    fields = {"csrf": browser.token, "once": f"file-{next(VISITORS):08}", "about": ticket.number, "words": "请看第二页"}
    return browser.fetch("POST", "/console/files", data=fields, files={"file": (name, content)})


def delivered(instance: Instance, asker: str) -> str:
    """Show this visitor what is on its way to them; which file the last of it brings."""
    with instance.office.writing() as session:
        mine = select(OutboxMessage).where(OutboxMessage.chat_id == asker)
        messages = [each.message for each in session.exec(mine.order_by(col(OutboxMessage.id)))]
        window_lines.add_replies(session, messages, instance.clock.now())
    return messages[-1].file_of


def take(instance: Instance, token: str, file_of: str) -> Response:
    headers = {"X-Visitor": token}
    return Browser(instance.app).fetch("GET", f"/api/files/{file_of.removeprefix('stored:')}", headers=headers)


def test_a_file_reaches_its_asker_and_nobody_else(instance: Instance, browsers: Mapping[str, Browser]) -> None:
    token, stranger = new_token(), new_token()
    asker = chat_id_of(token) or ""
    instance.ask_for_person(HOSTILE, asker)
    ticket, adviser = newest(instance, outlet="here"), browsers["adviser"]
    assert "请先点“接单”" in attach(adviser, ticket).text
    adviser.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    assert f"文件已发给 {ticket.number}" in attach(adviser, ticket, "说\u202e明.pdf").text
    page = adviser.get(path(ticket)).text
    assert ">说明.pdf</a>" in page
    assert "我们的，已发出" in page
    number = re.findall(r"/console/files/(\d+)", page)[-1]
    assert take(instance, token, f"stored:{number}").status_code == 404  # not shown to them yet
    assert delivered(instance, asker) == f"stored:{number}"
    file = take(instance, token, f"stored:{number}")
    assert (file.content, file.headers["content-type"]) == (PDF, "application/octet-stream")
    assert take(instance, stranger, f"stored:{number}").status_code == 404
    assert take(instance, "nobody", f"stored:{number}").status_code == 401
    assert "请看第二页" in told(instance, ticket)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("工具.exe", b"MZ", (422, "不收 .exe 文件")),
        ("说明.pdf", b"MZ", (415, "内容却不是这种文件")),
        ("空.pdf", b"", (422, "文件是空的")),
    ],
)
def test_a_file_that_may_not_pass_is_refused_with_its_reason(
    browsers: Mapping[str, Browser], ticket: Ticket, name: str, content: bytes, why: tuple[int, str]
) -> None:
    browser = browsers["adviser"]
    answer = attach(browser, ticket, name, content)
    assert (answer.status_code, why[1] in answer.text) == (why[0], True)
    assert attach(browsers["north"], ticket).status_code == 404


def test_a_file_waits_for_the_second_person_like_words(instance: Instance, browsers: Mapping[str, Browser]) -> None:
    token = new_token()
    asker = chat_id_of(token) or ""
    instance.ask_for_person(HOSTILE, asker)
    ticket, author, checker = newest(instance, outlet="here"), browsers["adviser"], browsers["reviewer"]
    with instance.office.writing() as session:
        session.get_one(Ticket, ticket.id).kind = "rights"
    author.get("/console")
    author.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    attach(author, ticket)
    own = author.get(path(ticket)).text
    number = re.findall(r"/console/files/(\d+)", own)[-1]
    assert "我们的，等二次复核，还没有发出" in own
    assert not delivered(instance, asker)
    assert take(instance, token, f"stored:{number}").status_code == 404
    page = checker.get(path(ticket)).text
    assert f"随答复发出文件 {number}" in page
    assert f"/console/files/{number}" in page
    passing = re.search(rf'value="(check:{ticket.id}:\d+:pass)"', page)
    assert passing is not None
    checker.do("press", words=passing[1], back=path(ticket))
    assert "我们的，已发出" in author.get(path(ticket)).text
    assert delivered(instance, asker) == f"stored:{number}"
    assert take(instance, token, f"stored:{number}").content == PDF


def test_the_asker_sees_typing_of_the_holder_alone(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    shown: list[Address] = []
    instance.console.show_work = shown.extend
    adviser, colleague = browsers["adviser"], browsers["colleague"]
    adviser.get("/console")
    assert adviser.post("/console/typing", about=ticket.number).status_code == 204
    assert shown == []  # nobody has taken it
    adviser.get("/console")
    adviser.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    colleague.get("/console")
    colleague.post("/console/typing", about=ticket.number)
    assert shown == []
    assert browsers["north"].get("/console").status_code == 200
    assert browsers["north"].post("/console/typing", about=ticket.number).status_code == 404
    adviser.get("/console")
    adviser.post("/console/typing", about=ticket.number)
    assert [each.channel for each in shown] == ["web"]


def test_moves_are_for_the_holder_and_those_who_lead(
    instance: Instance, browsers: Mapping[str, Browser], ticket: Ticket
) -> None:
    holder, admin = browsers["adviser"], browsers["outlet_admin"]
    holder.get("/console")
    holder.do("press", words=f"claim:{ticket.id}", back=path(ticket))
    assert "派给同事" in admin.get(path(ticket)).text
    admin.do("assign", ticket.number, which="", words="expert", back=path(ticket))
    assert state_of(instance, ticket).assignee == "telegram:73"
    admin.do("transfer", ticket.number, which="north", words="归北站", back="/console")
    assert state_of(instance, ticket).outlet == "north"
    assert admin.get(path(ticket)).status_code == 404  # no longer theirs
    assert browsers["north"].get(path(ticket)).status_code == 200


def test_a_stamp_changes_when_the_asker_writes(instance: Instance, ticket: Ticket) -> None:
    with instance.office.reading() as session:
        before = stamp(session)
        chat = session.exec(select(OutboxMessage).where(OutboxMessage.channel == "web")).all()[-1].chat_id
    inbound = Inbound(Address("web", chat), f"{chat}:later", chat, instance.clock.now(), text="还有一件事")
    take_turn(inbound, instance.office.desk)
    with instance.office.reading() as session:
        assert stamp(session) != before


def test_secret_askers_are_not_told_by_what_they_asked_before(
    instance: Instance, browsers: Mapping[str, Browser]
) -> None:
    chat = f"visitor-{next(VISITORS)}"
    instance.ask_for_person("外观设计专利保护多少年？", chat)
    done = newest(instance, "here")
    for n, text in enumerate(("撤回", "保密咨询")):
        inbound = Inbound(Address("web", chat), f"{chat}:s{n}", chat, instance.clock.now(), text=text)
        take_turn(inbound, instance.office.desk)
    page = browsers["adviser"].get(path(done)).text
    assert "保密" in page
    assert "此前的咨询" not in page


def test_the_script_and_the_pages_weigh_little(browsers: Mapping[str, Browser], ticket: Ticket) -> None:
    browser = browsers["adviser"]
    parts = ("/static/console.css", "/static/console.js", "/static/icon.svg", "/console", path(ticket))
    assert sum(len(browser.fetch("GET", each).content) for each in parts) < 60_000


def test_a_form_keeps_json_out(browsers: Mapping[str, Browser]) -> None:
    answer = browsers["adviser"].fetch("POST", "/console/do", content=json.dumps({"verb": "duty"}))
    assert answer.status_code == 403
