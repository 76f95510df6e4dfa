"""A file that needs a second check, in Telegram: the checker's copy in the topic is what reaches the asker."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import Engine

from bot.database import sessions
from bot.pace import Rate
from consultations import checks, outbox
from consultations.checks import ReplyCheck
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address, Outbound, stored_file, text_blocks
from handlers.checked_files import shown_as
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from tests.bot.service import ROOM, Running, settings_for
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram, Message, text_of
from tests.handlers.conftest import MiniatureAnswerer

ASKER, AUTHOR, CHECKER = 71, 91, 92
BOOK = """
[[staff]]
id = "author"
name = "示例甲"
accounts = ["telegram:91"]
[[staff]]
id = "checker"
name = "示例乙"
accounts = ["telegram:92"]
"""


def test_the_checker_gets_a_copy_and_that_copy_reaches_the_asker(
    sqlite_engine: Engine, fake: FakeTelegram, clock: Clock
) -> None:
    settings = OfficeSettings(staff_rooms=(Address("telegram", str(ROOM)),))
    duty = Duty(book=parse_book({"staff.toml": BOOK}), version=1)
    desk = Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now, settings, duty=duty)
    ours = {7: ("说明.pdf", b"%PDF-1.4")}
    fast = replace(settings_for(fake), messages_per_second=1000.0, chat_rate=Rate(1000.0, 1000), file_of=ours.get)
    service = Running(sqlite_engine, fake, partial(take_turn, desk=desk), fast, clock.now)
    service.start()
    try:
        fake.ask("forum", room=ROOM)
        walk(desk, fake)
        our_own(desk, fake)
    finally:
        service.stop()


def walk(desk: Desk, fake: FakeTelegram) -> None:
    fake.say(ASKER, "有人仿冒我的牌子，要维权")
    notice = shows(fake, "新工单")
    fake.press(AUTHOR, notice, "接单")
    shows(fake, "已由 示例甲 接单")
    fake.wait_until(lambda: {"chat_id": ASKER, "action": "typing"} in fake.state["actions"])

    topic = notice["message_thread_id"]
    fake.say(AUTHOR, "照这个填", chat=ROOM, topic=topic, document="FILE", file_name="范本.docx")
    preview = shows(fake, "照这个填")
    copy = fake.wait_for(lambda message: "document" in message, chat=ROOM, seconds=30)
    assert copy["message_thread_id"] == topic
    fake.wait_until(lambda: has_arrived(desk))
    fake.press(AUTHOR, preview, "通过并发送")
    shows(fake, "自己写的答复不能自己复核")
    assert not any("document" in each for each in fake.delivered(ASKER))
    with desk.reading() as session:
        assert checks.draft_waits(session, 1)

    fake.press(CHECKER, preview, "通过并发送")
    shows(fake, "由 示例乙 复核通过，已发给服务对象")
    got = fake.wait_for(lambda message: "document" in message, chat=ASKER, seconds=30)
    assert got["document"] == copy["document"]
    assert "文件：范本.docx\n照这个填" in "".join(fake.texts(ASKER))


def has_arrived(desk: Desk) -> bool:
    """The store hears of the copy a moment after the room shows it; until then nobody can pass it."""
    with desk.reading() as session:
        return bool(shown_as(session, session.get_one(ReplyCheck, 1)))


def shows(fake: FakeTelegram, text: str) -> Message:
    return fake.wait_for(lambda message: text in text_of(message), chat=ROOM, seconds=30)


def our_own(desk: Desk, fake: FakeTelegram) -> None:
    """A file sent in the console goes up from our folder; of one that is not there any more the words arrive."""
    with desk.writing() as session:
        for number in (7, 8):
            message = Outbound(
                Address("telegram", str(ASKER)), text_blocks(f"附件 {number}"), file_of=stored_file(number)
            )
            outbox.enqueue(session, message, now=desk.now())
    got = fake.wait_for(lambda message: message.get("document", {}).get("file_name") == "说明.pdf", chat=ASKER)
    assert got["document"]["file_size"] == 8
    fake.wait_until(lambda: "附件 8" in "".join(fake.texts(ASKER)))
    fake.wait_until(lambda: "文件" in fake.texts(ASKER)[-1])
