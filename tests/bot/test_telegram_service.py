"""The Telegram channel end to end: real library, real inbox and delivery, the fake Bot API in its own process."""

from __future__ import annotations

import contextlib
import http.client
import logging
import time
from dataclasses import replace
from typing import Literal

import pytest
from sqlalchemy import Engine

from bot import inbox
from bot.channels import telegram_typing
from bot.channels.telegram import SORRY
from bot.channels.telegram_api import ANSWER_SECONDS
from bot.channels.telegram_sending import TOPIC_ANEW
from bot.delivery import DOOR_LEASE_SECONDS, LEASE_RESERVE_SECONDS, LEASE_SECONDS
from consultations import outbox
from consultations.messages import Address, Block, Choice, Inbound, Outbound, text_blocks
from tests.bot.service import ROOM, SECRET, Echo, Running, full, locked, running
from tests.fakes.telegram import TOKEN, FakeTelegram, text_of

STAFF = Address("telegram", str(ROOM))


def person(number: int) -> Address:
    return Address("telegram", str(number))


def ticket_message(text: str, title: str = "Z-1 专利 待接单", key: str = "ticket:1") -> Outbound:
    return Outbound(STAFF, text_blocks(text), kind="staff", thread_key=key, thread_title=title)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_a_question_is_answered_and_a_button_pressed(
    engine: Engine, fake: FakeTelegram, mode: Literal["polling", "webhook"]
) -> None:
    echo = Echo(engine)
    echo.answer = lambda inbound: Outbound(
        inbound.address, (Block("lead", f"<{inbound.text}>"),), choices=((Choice("转人工", "human"),),)
    )
    with running(engine, fake, echo, mode=mode):
        fake.say(7, "年费 & <b>怎么交")
        shown = fake.wait_for(lambda m: text_of(m) == "<年费 & <b>怎么交>", chat=7)
        assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 13}]
        fake.press(7, shown, "转人工")
        fake.wait_until(lambda: len(echo.seen) == 2)
        fake.wait_until(lambda: fake.state["open_presses"] == 0)
    pressed = echo.seen[1]
    assert (pressed.kind, pressed.action) == ("choice", "human")
    assert pressed.foreign_message_id == f"7/{shown['message_id']}"


def test_the_command_menu_is_chinese(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)):
        fake.wait_until(lambda: str(ROOM) in fake.state["commands"])
    menus = fake.state["commands"]
    everybody = [
        "start",
        "ask",
        "services",
        "guides",
        "human",
        "surveys",
        "trainings",
        "assets",
        "match",
        "my",
        "opinion",
        "subscribe",
        "privacy",
    ]
    assert [each["command"] for each in menus[""]] == [*everybody, "secret", "help"]
    tickets = ["tickets", "ticket", "release", "assign", "transfer", "merge", "reopen", "kind"]
    pushes = ["broadcast", "broadcasts", "segments"]
    ledgers = [
        "duty",
        "absent",
        "back",
        *pushes,
        "visits",
        "unvisited",
        "record",
        "opinions",
        "opinion",
        "refer",
        "referral",
    ]
    knowledge = ["gaps", "archive", "why", "card", "drafts", "draft"]
    knowledge += ["cases", "case", "training", "policies", "policy", "import", "correct", "compare"]
    staff = ["claim", "note", "reply", "close", "quick", "check", *tickets, *ledgers, *knowledge]
    assert [each["command"] for each in menus[str(ROOM)]] == staff


def test_a_file_goes_along_into_the_topic_and_one_that_is_gone_is_told(
    sqlite_engine: Engine, fake: FakeTelegram
) -> None:
    fake.ask("forum", room=ROOM)
    sent = fake.say(7, "请看材料", document="内容")
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as up:
        up.enqueue(replace(ticket_message("服务对象发来文件"), file_of=f"7/{sent}"))
        copied = fake.wait_for(lambda m: "document" in m, chat=ROOM)
        up.enqueue(replace(ticket_message("又一个"), file_of="7/999999"))
        fake.wait_for(lambda m: "已经没有了" in text_of(m), chat=ROOM)
    assert copied["document"]["file_name"] == "申请材料.pdf"
    assert copied["is_topic_message"]
    assert "caption" not in copied


def test_why_a_message_was_refused_is_kept_in_chinese(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    fake.ask("block", person=7, blocked=True)
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as up:
        row = up.enqueue(Outbound(person(7), text_blocks("示例答复")))
        fake.wait_until(lambda: up.state_of(row) == ("failed", f"{outbox.UNREACHABLE}：对方停用了机器人"))


def test_edits_files_and_blocking_reach_the_core(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo):
        first = fake.say(7, "商标")
        fake.ask("edit", person=7, message_id=first, text="商标续展")
        fake.say(7, "请看材料", document="内容")
        fake.wait_until(lambda: len(echo.seen) == 3)
        fake.ask("block", person=7, blocked=True)
        fake.wait_until(lambda: len(echo.seen) == 4)
    text, edit, file, blocked = echo.seen
    assert (edit.kind, edit.text, edit.foreign_message_id) == ("edit", "商标续展", text.message_id)
    assert (file.kind, file.text, file.attachments[0].name) == ("file", "请看材料", "申请材料.pdf")
    assert (blocked.kind, blocked.address) == ("blocked", person(7))


def test_typing_is_shown_until_the_words_arrive(
    sqlite_engine: Engine, fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_typing, "EVERY_SECONDS", 0.05)
    with running(sqlite_engine, fake, Echo(sqlite_engine, at_work=(person(8), Address("web", "x")))) as service:
        fake.say(7, "接单")
        fake.wait_until(lambda: len(fake.state["actions"]) >= 3)
        service.enqueue(Outbound(person(8), text_blocks("答复")))
        fake.wait_for(lambda m: text_of(m) == "答复", chat=8)
        so_far = fake.state["actions"]
        time.sleep(0.3)
        assert len(fake.state["actions"]) <= len(so_far) + 1  # one may have been on its way
    assert {(each["chat_id"], each["action"]) for each in so_far} == {(8, "typing")}


def test_typing_to_somebody_who_blocked_us_stops_by_itself(
    sqlite_engine: Engine, fake: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_typing, "EVERY_SECONDS", 0.05)
    echo = Echo(sqlite_engine, answer=lambda inbound: None)  # a reply would end the typing
    with running(sqlite_engine, fake, echo):
        fake.ask("block", person=8, blocked=True)
        fake.wait_until(lambda: bool(echo.seen))
        echo.at_work = (person(8),)
        fake.say(7, "接单")
        fake.wait_until(lambda: "sendChatAction" in fake.state["calls"])
        time.sleep(0.3)
        assert fake.state["calls"]["sendChatAction"] == 1


def test_a_poll_comes_back_as_a_vote(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo) as service:
        poll = Outbound(person(7), text_blocks("满意吗？"), poll_options=("满意", "不满意"), poll_key="score:3")
        service.enqueue(poll)
        shown = fake.wait_for(lambda m: "poll" in m, chat=7)
        fake.ask("vote", person=7, poll_id=shown["poll"]["id"], options=[1])
        fake.ask("vote", person=8, poll_id="P-unknown", options=[0])
        fake.wait_until(lambda: len(echo.seen) == 1)
    assert (echo.seen[0].kind, echo.seen[0].votes, echo.seen[0].action) == ("vote", (1,), "score:3")


def test_each_ticket_has_its_topic(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    fake.ask("forum", room=ROOM)
    echo = Echo(sqlite_engine, answer=lambda _inbound: None)
    with running(sqlite_engine, fake, echo) as service:
        service.enqueue(ticket_message("新工单"))
        service.enqueue(ticket_message("又一条", "Z-1 专利 已接单"))
        service.enqueue(ticket_message("别的工单", "Z-2", "ticket:2"))
        second = fake.wait_for(lambda m: text_of(m) == "又一条", chat=ROOM)
        fake.wait_for(lambda m: text_of(m) == "别的工单", chat=ROOM)
        assert sorted(fake.state["topics"][str(ROOM)].values()) == ["Z-1 专利 已接单", "Z-2"]
        fake.say(9, "/close@zhixun_test_bot", chat=ROOM, topic=second["message_thread_id"])
        fake.wait_until(lambda: len(echo.seen) == 1)
        assert (echo.seen[0].thread_key, echo.seen[0].text, echo.seen[0].address) == ("ticket:1", "/close", STAFF)
        fake.ask("delete_topic", room=ROOM, topic=second["message_thread_id"])
        service.enqueue(ticket_message("话题被删了"))
        again = fake.wait_for(lambda m: text_of(m) == "话题被删了", chat=ROOM)
        assert again["message_thread_id"] != second["message_thread_id"]
        anew = [m for m in fake.delivered(ROOM) if m.get("message_thread_id") == again["message_thread_id"]]
        assert [text_of(m) for m in anew] == [TOPIC_ANEW, "话题被删了"]
        fake.fault("sendMessage", code=400, text="Bad Request: TOPIC_CLOSED")
        service.enqueue(ticket_message("话题被关了"))
        shut = fake.wait_for(lambda m: text_of(m) == "话题被关了", chat=ROOM)
        assert shut["message_thread_id"] == again["message_thread_id"]
        assert fake.state["calls"]["reopenForumTopic"] == 1


def test_a_group_without_topics_gets_titles_and_replies_find_their_ticket(
    sqlite_engine: Engine, fake: FakeTelegram
) -> None:
    echo = Echo(sqlite_engine, answer=lambda _inbound: None)
    with running(sqlite_engine, fake, echo) as service:
        service.enqueue(ticket_message("新工单"))
        shown = fake.wait_for(lambda m: "新工单" in text_of(m), chat=ROOM)
        assert text_of(shown) == "【Z-1 专利 待接单】\n\n新工单"
        fake.say(9, "已经处理", chat=ROOM, reply_to=shown["message_id"])
        fake.wait_until(lambda: len(echo.seen) == 1)
    assert (echo.seen[0].thread_key, echo.seen[0].sender_id) == ("ticket:1", "9")


def test_a_group_that_moved_keeps_its_old_name_for_the_core(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine, answer=lambda _inbound: None)
    with running(sqlite_engine, fake, echo) as service:
        fake.ask("move", room=ROOM, new_room=-1002)
        service.enqueue(ticket_message("搬家以后"))
        shown = fake.wait_for(lambda m: "搬家以后" in text_of(m), chat=-1002)
        fake.say(9, "收到", chat=-1002, reply_to=shown["message_id"])
        fake.wait_until(lambda: len(echo.seen) == 1)
    assert (echo.seen[0].address, echo.seen[0].thread_key) == (STAFF, "ticket:1")


def test_other_groups_are_left_alone(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo):
        fake.say(7, "大家好", chat=-555)
        fake.say(7, "私聊")
        fake.wait_for(lambda m: text_of(m) == "收到：私聊")
    assert [each.text for each in echo.seen] == ["私聊"]


def test_a_long_answer_arrives_in_parts_with_its_buttons_below(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as service:
        long = tuple(Block("quote", "𠀀专利法条文。" * 300) for _ in range(4))
        row = service.enqueue(Outbound(person(7), long, choices=((Choice("有帮助", "good:1"),),)))
        fake.wait_until(lambda: service.state_of(row)[0] == "sent")
        parts = fake.delivered(7)
    assert "".join(text_of(part) for part in parts).replace("\n", "") == "𠀀专利法条文。" * 1200
    assert ["reply_markup" in part for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_retry_goes_on_with_the_part_that_failed(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as service:
        service.enqueue(Outbound(person(7), text_blocks("热身")))
        fake.wait_for(lambda m: text_of(m) == "热身", chat=7)
        long = Outbound(person(7), text_blocks("一" * 4000, "二" * 4000, "三" * 10))
        fake.fault("sendMessage", chat_id=7, times=1, delay=0.2)
        row = service.enqueue(long)
        time.sleep(0.3)
        fake.fault("sendMessage", chat_id=7, code=500, text="Internal Server Error")
        fake.wait_until(lambda: service.state_of(row)[0] == "sent")
        assert [text_of(m)[0] for m in fake.delivered(7)] == ["热", "一", "二"]


def test_blocked_people_are_told_to_the_caller_and_never_tried_again(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine, answer=lambda _inbound: None)) as service:
        fake.ask("block", person=7, blocked=True)
        row = service.enqueue(Outbound(person(7), text_blocks("回访"), kind="follow_up"))
        fake.wait_until(lambda: service.state_of(row)[0] == "failed")
        assert "停用了机器人" in service.state_of(row)[1]
        assert service.unreachable == [person(7)]
        calls = fake.state["calls"]["sendMessage"]
        time.sleep(0.5)
        assert fake.state["calls"]["sendMessage"] == calls


def test_a_429_holds_one_chat_and_not_the_others(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as service:
        wait = {"retry_after": 2}
        fake.fault("sendMessage", chat_id=7, code=429, text="Too Many Requests: retry after 2", parameters=wait)
        started = time.monotonic()
        service.enqueue(Outbound(person(7), text_blocks("慢")))
        service.enqueue(Outbound(person(8), text_blocks("快")))
        fake.wait_for(lambda m: text_of(m) == "快")
        assert time.monotonic() - started < 2
        fake.wait_for(lambda m: text_of(m) == "慢")
        assert time.monotonic() - started >= 2


def test_a_server_that_hangs_is_waited_for_so_that_nothing_arrives_twice(
    sqlite_engine: Engine, fake: FakeTelegram
) -> None:
    assert ANSWER_SECONDS < LEASE_RESERVE_SECONDS < DOOR_LEASE_SECONDS <= LEASE_SECONDS
    with running(sqlite_engine, fake, Echo(sqlite_engine)):
        fake.fault("sendMessage", chat_id=7, delay=17)  # we once gave up after 15 seconds, and sent it again
        fake.say(7, "样灯")
        fake.wait_until(lambda: len(fake.delivered(7)) > 0, seconds=40)
        fake.say(7, "再问")
        fake.wait_until(lambda: "收到：再问" in fake.texts(7), seconds=40)
        assert fake.texts(7) == ["收到：样灯", "收到：再问"]


def test_polling_waits_as_long_as_telegram_asks(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    fake.fault("getUpdates", code=429, text="Too Many Requests: retry after 3", parameters={"retry_after": 3})
    started = time.monotonic()
    with running(sqlite_engine, fake, Echo(sqlite_engine)):
        fake.say(7, "一")
        fake.wait_for(lambda m: text_of(m) == "收到：一")
        assert time.monotonic() - started >= 3
        assert fake.state["calls"]["getUpdates"] >= 2


def test_server_errors_are_retried_and_lost_answers_are_in_doubt(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as service:
        fake.fault("sendMessage", chat_id=7, code=502, text="Bad Gateway")
        fake.fault("sendMessage", chat_id=8, drop="after")
        first = service.enqueue(Outbound(person(7), text_blocks("重试")))
        held = service.enqueue(Outbound(person(8), text_blocks("推送"), kind="broadcast"), on_doubt="hold", priority=9)
        fake.wait_until(lambda: service.state_of(held)[0] == "unsure")
        fake.wait_until(lambda: service.state_of(first)[0] == "sent")
        assert fake.texts(8) == ["推送"]
        assert fake.texts(7) == ["重试"]


def test_a_reply_that_fails_goes_out_later(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    fake.fault("sendMessage", chat_id=7, drop="before")
    with running(sqlite_engine, fake, Echo(sqlite_engine)):
        fake.say(7, "一")
        fake.wait_for(lambda m: text_of(m) == "收到：一", seconds=20)


def test_refused_markup_is_sent_as_plain_text(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    with running(sqlite_engine, fake, Echo(sqlite_engine)) as service:
        fake.fault("sendMessage", chat_id=7, code=400, text="Bad Request: can't parse entities: Unsupported start tag")
        service.enqueue(Outbound(person(7), (Block("lead", "加粗 <x>"),)))
        shown = fake.wait_for(lambda m: text_of(m) == "加粗 <x>", chat=7)
        assert "entities" not in shown


def test_a_second_process_stays_quiet_until_the_first_ends(engine: Engine, fake: FakeTelegram) -> None:
    first, second = Echo(engine), Echo(engine)
    with running(engine, fake, first):
        fake.say(7, "一")
        fake.wait_for(lambda m: text_of(m) == "收到：一")
        with running(engine, fake, second):
            for number in range(5):
                fake.say(7, f"第{number}")
            fake.wait_until(lambda: len(fake.texts(7)) >= 6)
            assert second.seen == []
    assert len(fake.texts(7)) == 6


def test_a_malformed_update_is_put_aside_and_the_next_one_answered(engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(engine)
    with running(engine, fake, echo) as service:
        fake.ask("push", update={"message": {"message_id": 1, "chat": {"id": "七"}, "text": "坏"}})
        fake.ask("push", update={"message": 5})
        fake.ask("push", update={"unheard_of": {}})
        fake.say(7, "好")
        fake.wait_for(lambda m: text_of(m) == "收到：好")

        def counts() -> dict[str, int]:
            with service.reading() as session:
                return inbox.count_by_state(session)

        fake.wait_until(lambda: counts() == {"quarantined": 2, "done": 2})


def test_a_poisonous_message_gives_way_after_three_tries(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    tries = []

    def take(inbound: Inbound) -> object:
        if inbound.text == "毒":
            tries.append(inbound)
            raise ZeroDivisionError
        return echo(inbound)

    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, take):
        fake.say(7, "毒")
        fake.say(7, "好")
        fake.wait_for(lambda m: text_of(m) == "收到：好")
        fake.wait_for(lambda m: text_of(m) == SORRY)
    assert len(tries) == 3


def test_a_locked_database_delays_and_loses_nothing(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo):
        fake.say(7, "之前")
        fake.wait_for(lambda m: text_of(m) == "收到：之前")
        with locked(sqlite_engine):
            fake.say(7, "期间")
            time.sleep(1.5)
            assert fake.state["waiting"] == 1, "acknowledged without a commit"
        fake.wait_for(lambda m: text_of(m) == "收到：期间", seconds=20)
    assert [each.text for each in echo.seen] == ["之前", "期间"]


def test_a_full_disk_delays_and_loses_nothing(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    long = "长" * 3000
    with running(sqlite_engine, fake, echo):
        fake.say(7, "之前")
        fake.wait_for(lambda m: text_of(m) == "收到：之前")
        with full(sqlite_engine):
            for number in range(20):
                fake.say(10 + number, long)
            time.sleep(1.5)
            assert fake.state["waiting"] > 0, "acknowledged without a commit"
        fake.wait_until(lambda: len(fake.delivered()) == 21, seconds=40)
    assert len({each.address for each in echo.seen}) == 21


def test_the_token_is_never_logged(
    sqlite_engine: Engine, fake: FakeTelegram, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    fake.fault("getMe", code=401, text="Unauthorized")
    fake.fault("sendMessage", chat_id=7, drop="before")
    with running(sqlite_engine, fake, Echo(sqlite_engine)):
        fake.say(7, "一")
        fake.wait_for(lambda m: text_of(m) == "收到：一", seconds=20)
    captured = capsys.readouterr()
    assert "delivery.failed" in captured.out + captured.err + caplog.text
    assert TOKEN.split(":")[1] not in captured.out + captured.err + caplog.text


def post(service: Running, body: bytes, secret: str = SECRET, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", service.webhook_port, timeout=10)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/hook")
        connection.putheader("X-Telegram-Bot-Api-Secret-Token", secret)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        with contextlib.suppress(OSError):  # refused before the body was read
            connection.send(body)
        return connection.getresponse().status


def test_the_webhook_wants_its_secret_and_a_small_body(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo, mode="webhook") as service:
        good = b'{"update_id": 5, "message": {"message_id": 1, "chat": {"id": 7}, "text": "once"}}'
        assert post(service, good, secret="wrong") == 403
        assert post(service, good, secret="") == 403
        assert post(service, good, **{"Content-Length": str(90 * 2**20)}) == 413
        assert post(service, b"[" * 100_000) == 400
        assert post(service, b"[]") == 400
        for _ in range(5):
            assert post(service, good) == 200
        fake.wait_for(lambda m: text_of(m) == "收到：once")
        time.sleep(0.3)
    assert len(echo.seen) == 1
    assert fake.texts(7) == ["收到：once"]


def test_the_webhook_does_not_acknowledge_what_it_could_not_commit(sqlite_engine: Engine, fake: FakeTelegram) -> None:
    echo = Echo(sqlite_engine)
    with running(sqlite_engine, fake, echo, mode="webhook"):
        fake.wait_until(lambda: fake.state["webhook"] is not None)
        with locked(sqlite_engine):
            fake.say(7, "期间")
            fake.wait_until(lambda: any(status == 503 for _, status in fake.state["webhook_answers"]))
        fake.wait_for(lambda m: text_of(m) == "收到：期间", seconds=20)
    assert len(echo.seen) == 1
