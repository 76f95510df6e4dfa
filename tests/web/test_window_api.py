"""The window's interface: idempotent, bounded, closed to strangers."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from sqlmodel import select

from consultations import contacts, surveys
from consultations.messages import Address, Outbound, text_blocks
from consultations.outbox import OutboxMessage
from handlers import questionnaire
from tests.web.conftest import Site
from web.visitors import chat_id_of, new_token


def call(site: Site, path: str, *, token: str = "", body: bytes | None = None) -> tuple[int, Any, dict[str, str]]:
    request = urllib.request.Request(site.address + path, data=body, headers={"X-Visitor": token})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
            kind = answer.headers.get_content_type()
            return answer.status, json.loads(raw) if kind == "application/json" else raw, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace"), dict(error.headers)


def send(site: Site, token: str, message_id: str, text: str = "", action: str = "") -> int:
    body = json.dumps({"id": message_id, "text": text, "action": action, "label": ""}).encode()
    return call(site, "/api/messages", token=token, body=body)[0]


def lines(site: Site, token: str) -> list[dict[str, Any]]:
    status, found, _ = call(site, "/api/lines", token=token)
    assert status == 200
    assert isinstance(found, list)
    return found


def test_a_message_sent_five_times_is_asked_and_answered_once(site: Site) -> None:
    token = new_token()
    assert [send(site, token, "message-0001", "外观设计专利保护多少年？") for _ in range(5)] == [202] * 5
    shown = lines(site, token)
    assert [line["ours"] for line in shown].count(False) == 1
    leads = [b[1] for line in shown if line["ours"] for b in line["blocks"] if b[0] == "lead"]
    assert len(leads) == 1


def test_a_questionnaire_is_filled_in_at_the_window_and_an_anonymous_answer_leaves_no_trace(site: Site) -> None:
    token, survey = new_token(), site.office.desk.settings.surveys.by_id["after_training"]
    send(site, token, "message-0001", "你好")
    with site.office.writing() as session:
        contact = contacts.find(session, Address("web", chat_id_of(token) or ""))
        assert contact is not None
        assert contact.reachable_until is not None  # the page is open
        questionnaire.plan_for(session, site.office.desk, survey, [contact.key], "round:1")
        asking = surveys.newest(session, survey.survey_id, contact.key)
        assert asking is not None
        action = f"q:{asking.id}:0:{survey.questions[0].mark}:4"
    body = json.dumps({"id": "message-0002", "action": action, "label": "没有用"}).encode()
    assert call(site, "/api/messages", token=token, body=body)[0] == 202
    shown = lines(site, token)
    assert [line["text"] for line in shown if not line["ours"]] == ["你好", "（匿名作答）"]
    assert "老师讲得清楚吗？" in str(shown[-1])
    assert "没有用" not in str(shown)


def test_the_window_keeps_the_newest_question_of_an_anonymous_survey_only(site: Site) -> None:
    token, survey = new_token(), site.office.desk.settings.surveys.by_id["after_training"]
    send(site, token, "message-0001", "你好")
    chat_id = chat_id_of(token) or ""
    with site.office.writing() as session:
        contact = contacts.find(session, Address("web", chat_id))
        assert contact is not None
        questionnaire.plan_for(session, site.office.desk, survey, [contact.key], "round:1")
        asking = surveys.newest(session, survey.survey_id, contact.key)
        assert asking is not None
    for place in (0, 1):
        question = survey.questions[place]
        send(site, token, f"message-001{place}", action=f"q:{asking.id}:{place}:{question.mark}:0")
    told = lines(site, token)
    assert [line["blocks"] for line in told if line["ours"]][-2] == [["note", "（内容不保留）", ""]]
    assert survey.questions[3].text in str(told[-1])  # the third applies to other answers
    with site.office.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.chat_id == chat_id)).all()
        assert [survey.name in str(row.payload) for row in rows] == [False]  # the greeting; the others know nobody


def test_another_visitor_sees_nothing_of_it(site: Site) -> None:
    mine, other = new_token(), new_token()
    send(site, mine, "message-0001", "商标续展要多少钱？")
    assert lines(site, mine)
    assert lines(site, other) == []


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "a" * 44, "' OR 1=1 --"])
def test_a_stranger_without_a_token_of_ours_is_refused(site: Site, token: str) -> None:
    assert chat_id_of(token) is None
    assert call(site, "/api/lines", token=token)[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": 5}',
        b'{"id": "short"}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"id": "message-0001", "text": 1}',
    ],
)
def test_a_body_that_cannot_be_read_is_refused_in_chinese(site: Site, body: bytes) -> None:
    status, told, _ = call(site, "/api/messages", token=new_token(), body=body)
    assert status == 422
    assert "请重新输入" in json.loads(told)["detail"]


def test_a_huge_body_is_refused(site: Site) -> None:
    host, _, port = site.address.removeprefix("http://").partition(":")
    with contextlib.closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
        connection.putrequest("POST", "/api/messages")
        connection.putheader("X-Visitor", new_token())
        connection.putheader("Content-Length", "1100000")
        connection.endheaders()  # refused by what it promises; while it is being sent the answer could be lost
        answer = connection.getresponse()
        assert answer.status == 413
        assert "分几次" in json.loads(answer.read())["detail"]


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "\x00", "\u202e商标", "<b>", "../../x", "/nosuch", "问" * 100_000])
def test_odd_text_gets_a_sentence_and_is_kept(site: Site, text: str) -> None:
    token = new_token()
    assert send(site, token, "message-0001", text) == 202
    assert any(line["ours"] and line["blocks"] for line in lines(site, token))


@pytest.mark.parametrize(
    "action", ["card:nosuch", "claim:1", "score:1:9", "close:999999", "good:1", "erase:sure!", "💥"]
)
def test_forged_buttons_change_nothing_and_are_answered(site: Site, action: str) -> None:
    token = new_token()
    assert send(site, token, "message-0001", action=action) == 202
    assert any(line["ours"] for line in lines(site, token))


@pytest.mark.parametrize("after", ["9" * 25, "-" + "9" * 25, str(2**31), "x"])
def test_a_cursor_no_database_takes_is_refused(site: Site, after: str) -> None:
    assert call(site, f"/api/lines?after={after}", token=new_token())[0] == 422


def test_without_a_database_nothing_is_acknowledged_and_a_sentence_says_so(site: Site) -> None:
    token = new_token()
    with site.office.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE window_line RENAME TO aside")
        connection.commit()
    try:
        body = json.dumps({"id": "message-0001", "text": "商标续展要多少钱？"}).encode()
        status, told, _ = call(site, "/api/messages", token=token, body=body)
    finally:
        with site.office.engine.connect() as connection:
            connection.exec_driver_sql("ALTER TABLE aside RENAME TO window_line")
            connection.commit()
    assert (status, "还没有收到" in told) == (503, True)
    assert send(site, token, "message-0001", "商标续展要多少钱？") == 202
    assert [line["ours"] for line in lines(site, token)].count(False) == 1


def test_every_response_forbids_foreign_content(site: Site) -> None:
    for path in ("/", "/static/window.js", "/api/visitor", "/nosuch"):
        _, _, headers = call(site, path, body=b"" if path == "/api/visitor" else None)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'self' https://www.example.com" in policy


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2f..%2fconfig.example.toml"]
)
def test_files_outside_the_static_folder_stay_inside(site: Site, path: str) -> None:
    assert call(site, path)[0] == 404


def test_the_pages_weigh_little(site: Site) -> None:
    weight = sum(
        len(call(site, path)[1]) for path in ("/", "/static/window.js", "/static/window.css", "/static/icon.svg")
    )
    assert weight < 200_000


def test_the_whole_walk_works_when_a_stream_is_open(site: Site) -> None:
    token = new_token()
    request = urllib.request.Request(site.address + "/api/stream?after=0", headers={"X-Visitor": token})
    with urllib.request.urlopen(request, timeout=20) as stream:
        send(site, token, "message-0001", "外观设计专利保护多少年？")
        seen = b""
        while b"event: done" not in seen:
            seen += stream.readline()
    assert b"event: start" in seen
    assert b"event: block" in seen


def test_an_open_page_shows_that_somebody_is_writing_until_the_words_are_there(site: Site) -> None:
    token = new_token()
    address = Address("web", chat_id_of(token) or "")
    site.window.show_work(address)  # nobody looks yet: nothing is kept for later
    request = urllib.request.Request(site.address + "/api/stream?after=0", headers={"X-Visitor": token})
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert b"event: beat" in read_to(stream, b"event: beat")
        site.loop.call_soon_threadsafe(site.window.show_work, address)
        seen = read_to(stream, b'"seconds": 30')
        assert seen.count(b"event: work") == 1
        message = Outbound(address, text_blocks("示例：答复。"))
        asyncio.run_coroutine_threadsafe(site.window.deliver(message), site.loop).result(10)
        read_to(stream, b"event: done")
        assert b"event: work" not in read_to(stream, b"event: beat")


def read_to(stream: http.client.HTTPResponse, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        seen += stream.readline()
    return seen


def test_a_guide_is_walked_in_the_window(site: Site) -> None:
    token = new_token()
    send(site, token, "message-0001", "帮我判断")
    for number in range(3):
        first = next(choice for row in lines(site, token)[-1]["choices"] for choice in row)
        assert send(site, token, f"message-1{number:03}", action=first[1]) == 202
    assert send(site, token, "message-2000", "没有公开过") == 202
    last = lines(site, token)[-1]
    assert "它属于哪一类？" in [block[1] for block in last["blocks"]]
    assert {"上一步", "重新开始", "退出", "转人工"} <= {choice[0] for row in last["choices"] for choice in row}


@pytest.mark.parametrize(
    ("path", "body", "shown"),
    [("/law?title=%00", None, "\ufffd"), ("/api/files?id=file-001&name=%00.pdf", b"x", "“.pdf”")],
)
def test_what_no_database_takes_in_an_address_is_replaced(
    site: Site, path: str, body: bytes | None, shown: str
) -> None:
    status, told, _ = call(site, path, token=new_token(), body=body)
    assert status in {404, 409}
    assert shown in str(told)
    assert "\0" not in str(told)
