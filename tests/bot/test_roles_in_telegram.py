"""Who may do what, in Telegram: a stranger in the staff group, another outlet, forged buttons; the real channel."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import Engine

from bot.database import sessions
from bot.pace import Rate
from consultations import audit, tickets
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from tests.bot.service import ROOM, Running, settings_for
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram, Message, text_of
from tests.handlers.conftest import MiniatureAnswerer

ASKER, OURS, THEIRS, AUDITOR, STRANGER = 71, 91, 92, 93, 94
NUMBER, NOWHERE = "GD-20261123-0001", "GD-20261123-0777"
BOOK = """
[[outlet]]
id = "south"
name = "南站"
areas = ["南区"]
[[outlet]]
id = "north"
name = "北站"
[[staff]]
id = "ours"
name = "示例甲"
outlet = "south"
accounts = ["telegram:91"]
[[staff]]
id = "theirs"
name = "示例乙"
outlet = "north"
accounts = ["telegram:92"]
[[staff]]
id = "auditor"
name = "示例丙"
accounts = ["telegram:93"]
roles = ["auditor"]
"""


def test_only_who_may_takes_a_ticket_however_they_press(
    sqlite_engine: Engine, fake: FakeTelegram, clock: Clock
) -> None:
    settings = OfficeSettings(staff_rooms=(Address("telegram", str(ROOM)),))
    duty = Duty(book=parse_book({"staff.toml": BOOK}), version=1)
    desk = Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now, settings, duty=duty)
    fast = replace(settings_for(fake), messages_per_second=1000.0, chat_rate=Rate(1000.0, 1000))
    service = Running(sqlite_engine, fake, partial(take_turn, desk=desk), fast, clock.now)
    service.start()
    try:
        fake.ask("forum", room=ROOM)
        walk(desk, fake)
    finally:
        service.stop()


def walk(desk: Desk, fake: FakeTelegram) -> None:
    fake.say(ASKER, "没有人知道的南区的事")
    promise = fake.wait_for(lambda message: NUMBER in text_of(message), chat=ASKER)
    notice = fake.wait_for(lambda message: NUMBER in text_of(message), chat=ROOM)

    forge(fake, ASKER, promise, "claim:1")
    fake.wait_for(lambda message: "按钮已经失效" in text_of(message), chat=ASKER)
    for who, told in (
        (STRANGER, "您（telegram:94）不在工作人员名单里，不能接单"),
        (AUDITOR, "接单由咨询员、专家、调解员来做，您的角色是审计员"),
        (THEIRS, "没有找到这个工单，或者归别的网点"),
    ):
        fake.press(who, notice, "接单")
        shows(fake, told)
    for number in (NUMBER, NOWHERE):
        fake.say(THEIRS, f"/ticket {number}", chat=ROOM)
        shows(fake, f"没有找到工单 {number}，或者归别的网点")
    forge(fake, THEIRS, notice, "close:1")
    fake.say(STRANGER, "答复：不用管", chat=ROOM, topic=notice["message_thread_id"])
    shows(fake, "您（telegram:94）不在工作人员名单里，不能在工单里留言")
    with desk.reading() as session:
        ticket = tickets.by_number(session, NUMBER)
        assert ticket is not None
        assert (ticket.state, ticket.holder) == ("assigned", "")
        assert len(audit.newest(session, is_refused=True)) == 7

    fake.press(OURS, notice, "接单")
    shows(fake, f"{NUMBER} 已由 示例甲 接单")


def shows(fake: FakeTelegram, text: str) -> Message:
    return fake.wait_for(lambda message: text in text_of(message), chat=ROOM, seconds=30)


def forge(fake: FakeTelegram, who: int, under: Message, action: str) -> None:
    """A press with data of one's own, as a modified client can send it."""
    fake.ask("press", person=who, message_id=under["message_id"], action=action, chat=under["chat"]["id"])
