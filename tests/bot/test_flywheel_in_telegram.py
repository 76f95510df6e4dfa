"""The way round in Telegram: two people of staff in their group, two askers, the real channel over the fake Bot API."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from bot.database import sessions
from bot.pace import Rate
from consultations.messages import Address
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from tests.bot.service import ROOM, Running, settings_for
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram, Message, text_of
from tests.handlers.conftest import MiniatureAnswerer
from tests.handlers.test_flywheel import QUESTION, Office

ASKER, OTHER, AUTHOR, REVIEWER = 71, 72, 91, 92
REPLY = "示例：年费不能分期付款，应当在期满前两个月内一次缴清，依据《示例缴费条例》第九条。"


class Group:
    """The staff group, as its members see it."""

    def __init__(self, fake: FakeTelegram) -> None:
        self.fake = fake

    def shows(self, text: str) -> Message:
        return self.fake.wait_for(lambda message: text in text_of(message), chat=ROOM, seconds=30)

    def press(self, who: int, text: str, label: str) -> None:
        self.fake.press(who, self.shows(text), label)


def test_a_reply_becomes_a_card_between_two_people_of_staff(
    sqlite_engine: Engine, fake: FakeTelegram, clock: Clock, tmp_path: Path
) -> None:
    settings = OfficeSettings(staff_rooms=(Address("telegram", str(ROOM)),))
    office = Office(Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now, settings), tmp_path)
    fast = replace(settings_for(fake), messages_per_second=1000.0, chat_rate=Rate(1000.0, 1000))
    service = Running(sqlite_engine, fake, partial(take_turn, desk=office.desk), fast, clock.now)
    service.start()
    try:
        fake.ask("forum", room=ROOM)
        walk(office, fake, Group(fake))
    finally:
        service.stop()


def walk(office: Office, fake: FakeTelegram, group: Group) -> None:
    for who, words in ((OTHER, f"请问{QUESTION}"), (ASKER, QUESTION)):
        fake.say(who, words)
        fake.wait_for(lambda message: bool(text_of(message)), chat=who)
    fake.say(ASKER, "转人工")
    fake.wait_for(lambda message: "工单号 GD-20261123-000" in text_of(message), chat=ASKER)
    notice = fake.wait_for(lambda message: f"服务对象 2：{QUESTION}" in text_of(message), chat=ROOM)
    fake.press(AUTHOR, notice, "接单")
    group.shows("已由")
    topic = notice["message_thread_id"]
    fake.say(AUTHOR, REPLY, chat=ROOM, topic=topic)
    fake.wait_for(lambda message: REPLY in text_of(message), chat=ASKER)
    fake.say(AUTHOR, "/close", chat=ROOM, topic=topic)
    group.press(AUTHOR, "办结", "转为知识卡片草稿")
    draft = group.shows("已生成草稿 1")
    assert draft["message_thread_id"] == topic
    fake.press(AUTHOR, draft, "提交审核")
    group.press(AUTHOR, "草稿 1 · 待审核", "发布")
    group.shows("须由另一位工作人员审核")
    group.press(REVIEWER, "草稿 1 · 待审核", "发布")
    group.shows("草稿 1 已发布")
    office.tick()
    group.press(REVIEWER, "草稿 1 已发布", "通知提问人")
    group.press(REVIEWER, "有 1 位提问人", "通知这 1 位")
    told = fake.wait_for(lambda message: "您之前问过" in text_of(message), chat=OTHER)
    assert "依据：《示例缴费条例》第九条" in text_of(told)
    buttons = [button["text"] for row in told["reply_markup"]["inline_keyboard"] for button in row]
    assert buttons == ["转人工", "退订"]
    fake.say(73, "年费分期付款行吗，专利的")
    answer = fake.wait_for(lambda message: "示例：年费不能分期付款" in text_of(message), chat=73)
    assert "依据：《示例缴费条例》第九条" in text_of(answer)
    assert not any("您之前问过" in each for each in fake.texts(ASKER))
