"""A policy sent to the staff group in Telegram: the real channel fetches the file over the fake Bot API."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot.database import sessions
from consultations.messages import Address
from handlers import read_scans
from handlers.desk import Desk, OfficeSettings
from handlers.staged_imports import StagedImports
from handlers.turn import take_turn
from policies.compilation import Policy
from tests.bot.service import ROOM, Running, settings_for
from tests.conftest import Clock
from tests.fakes.telegram import FakeTelegram, text_of
from tests.handlers.conftest import MiniatureAnswerer
from tests.policies.scanner import row, stand_in

LAW = "示例办法\n第一条 甲。\n第二条 本办法自2026年11月1日起施行。"
NAME = "示例办法(2026-10-08).txt"


def test_the_progress_of_a_scan_is_one_message_written_anew(
    sqlite_engine: Engine, fake: FakeTelegram, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "\n".join(row(at, 95, line) for at, line in enumerate(LAW.splitlines(), start=1)))
    writing, reading = sessions(sqlite_engine)
    settings = OfficeSettings(staff_rooms=(Address("telegram", str(ROOM)),))
    imports = StagedImports(tmp_path / "home", writing, reading)
    desk = Desk(writing, reading, MiniatureAnswerer(), clock.now, settings, imports=imports)
    service = Running(sqlite_engine, fake, partial(take_turn, desk=desk), settings_for(fake), clock.now)
    service.start()
    try:
        fake.ask("forum", room=ROOM)
        fake.say(91, "", chat=ROOM, document="GIF89a, a scan", file_name="通知.png")
        begun = fake.wait_for(lambda message: "共 1 页，正在识别" in text_of(message), chat=ROOM)
        assert read_scans.run_due(desk) == 1
        shown = fake.wait_for(lambda message: "名称：示例办法" in text_of(message), chat=ROOM)
        anew = fake.wait_for(lambda message: "1 页已读完" in text_of(message), chat=ROOM)
    finally:
        service.stop()
    assert anew["message_id"] == begun["message_id"] != shown["message_id"]
    assert not anew["reply_markup"], "nothing can be stopped any more"
    assert not fake.state["violations"]


def test_staff_send_a_policy_to_their_group(
    sqlite_engine: Engine, fake: FakeTelegram, clock: Clock, tmp_path: Path
) -> None:
    writing, reading = sessions(sqlite_engine)
    settings = OfficeSettings(staff_rooms=(Address("telegram", str(ROOM)),))
    imports = StagedImports(tmp_path, writing, reading)
    desk = Desk(writing, reading, MiniatureAnswerer(), clock.now, settings, imports=imports)
    service = Running(sqlite_engine, fake, partial(take_turn, desk=desk), settings_for(fake), clock.now)
    service.start()
    try:
        fake.ask("forum", room=ROOM)
        fake.say(7, "", document=LAW, file_name=NAME)  # an asker's file is not fetched
        fake.wait_for(lambda message: bool(text_of(message)), chat=7)
        fake.say(91, "", chat=ROOM, document=LAW, file_name=NAME)
        shown = fake.wait_for(lambda message: "名称：示例办法" in text_of(message), chat=ROOM)
        fake.press(91, shown, "提交审核")
        fake.wait_for(lambda message: "2 条，已作为版本 1 提交审核" in text_of(message), chat=ROOM)
    finally:
        service.stop()
    with reading() as session:
        assert [each.title for each in session.exec(select(Policy)).all()] == ["示例办法"]
