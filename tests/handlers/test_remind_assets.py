"""The ledger of assets in chat, and its reminders: in time, once, only to who wants them, whatever the house does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from consultations import assets, contacts, outbox
from consultations.asset_table import read_lines
from consultations.assets import Asset, AssetImport, AssetLedger
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.reminders import Reminder
from consultations.tickets import Ticket
from handlers import asset_wording, remind_assets, wording
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

LAMP = "商标 77 示例标 注册日 2017-03-15"  # ends on 2027-03-14, a Sunday; may be renewed since 2026-03-15
FEE = "实用新型 ZL201020507767.0 示例灯 申请日 2019-12-25 授权日 2020-05-01"  # due on Friday 2026-12-25


@pytest.fixture
def asker(desk_on_both: Desk) -> CoreDriver:
    return CoreDriver(desk_on_both)


def at(clock: Clock, day: str, hour: int = 10) -> None:
    """That hour of that day in Shanghai."""
    clock.moment = datetime.fromisoformat(f"{day}T{hour - 8:02d}:00").replace(tzinfo=UTC)


def register(asker: CoreDriver, lines: str, button: str = asset_wording.SAVE) -> None:
    asker.say("知识产权台账")
    asker.say(lines)
    asker.press(button)
    asker.received()


def reminded(asker: CoreDriver) -> list[str]:
    return [each.text for each in asker.received() if "【期限提醒】" in each.text]


def test_lines_are_shown_first_and_stored_when_a_button_says_so(asker: CoreDriver) -> None:
    asker.say("知识产权台账")
    assert "一件一行" in asker.received()[-1].text
    asker.say(FEE)
    shown = asker.received()[-1]
    assert "新增 1 件" in shown.text
    assert "ZL201020507767.0（示例灯） 申请日 2019-12-25，授权或注册日 2020-05-01" in shown.text
    with asker.desk.reading() as session:
        assert session.exec(select(Asset)).all() == []
    asker.press(asset_wording.SAVE_ONLY)
    with asker.desk.reading() as session:
        assert session.exec(select(Asset)).one().filed_on == date(2019, 12, 25)
    asker.say("我的台账")
    told = asker.received()[-1].text
    assert "缴纳第 8 年度年费，最后一天 2026年12月25日" in told
    assert "《专利法实施细则》（2023年12月11日版）第115条" in told
    assert asset_wording.OFFICIAL in told


def test_faults_are_told_and_the_lines_may_be_sent_again(asker: CoreDriver) -> None:
    asker.say("知识产权台账")
    asker.say("实用新型 ZL201020507767.1 示例灯 2019-12-25")
    assert "校验位不对" in asker.received()[-1].text
    asker.say(FEE)
    assert "新增 1 件" in asker.received()[-1].text


def test_a_question_asked_where_lines_were_asked_for_is_answered(asker: CoreDriver) -> None:
    asker.say("知识产权台账")
    asker.say("商标续展多少钱？")
    assert "五百元" in asker.received()[-1].text


def test_nobody_saves_the_lines_of_somebody_else(asker: CoreDriver) -> None:
    asker.say("知识产权台账")
    asker.say(FEE)
    other = CoreDriver(asker.desk, Address("core", "other"))
    other.say("你好")
    other.received()
    for action in ("asset:save:2", "asset:remind:2", "asset:undo:1", "asset:done:1", "asset:lamp", "asset:save:x"):
        other.send("choice", action=action)
    assert {each.text for each in other.received()} == {wording.STALE_PRESS}
    with asker.desk.reading() as session:
        assert session.exec(select(Asset)).all() == []


def test_reminders_come_thirty_seven_and_one_days_ahead_once_each(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    told: dict[str, str] = {}
    for day in range(24, 60):  # from 2026-11-24 to 12-29
        month, of = (11, day) if day <= 30 else (12, day - 30)
        at(clock, f"2026-{month}-{of:02d}")
        for _ in range(3):
            remind_assets.run_due(asker.desk)
        for text in reminded(asker):
            told[f"{month}-{of}"] = text
    assert list(told) == ["11-25", "12-18", "12-24", "12-26"]
    assert "还有 30 天" in told["11-25"]
    assert "逾期的，2027年6月25日前还能补办" in told["11-25"]
    assert "还有 1 天" in told["12-24"]
    assert "现在是补办期" in told["12-26"]
    assert all(asset_wording.OFFICIAL in each and "第115条" in each for each in told.values())


def test_after_a_long_outage_only_what_counts_now_is_told(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    at(clock, "2026-12-23")
    assert remind_assets.run_due(asker.desk) == 1
    (text,) = reminded(asker)
    assert "还有 2 天" in text
    at(clock, "2027-07-01")  # even the grace period is over
    remind_assets.run_due(asker.desk)
    assert reminded(asker) == []


def test_in_the_quiet_hours_nothing_leaves(asker: CoreDriver, clock: Clock) -> None:
    register(asker, LAMP)
    at(clock, "2026-12-01", 22)
    assert remind_assets.run_due(asker.desk) == 0
    at(clock, "2026-12-02", 10)
    assert remind_assets.run_due(asker.desk) == 1
    assert "办理续展注册，最后一天 2027年3月14日" in reminded(asker)[0]


def test_two_processes_tell_it_once(desk_on_both: Desk, clock: Clock) -> None:
    asker = CoreDriver(desk_on_both)
    register(asker, f"{LAMP}\n{FEE}")
    at(clock, "2026-12-01")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: remind_assets.run_due(desk_on_both), range(4)))
    assert len(reminded(asker)) == 1
    with desk_on_both.reading() as session:
        assert len(session.exec(select(Reminder)).all()) == 2


def test_what_is_done_is_told_no_more_and_a_person_is_one_tap_away(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    at(clock, "2026-11-26")
    remind_assets.run_due(asker.desk)
    shown = asker.received()[-1]
    assert shown.buttons == ("已办理", "转人工", "不再提醒")
    asker.press("已办理")
    assert asset_wording.MARKED in asker.received()[-1].text
    asker.press("已办理")
    assert asset_wording.MARKED_BEFORE in asker.received()[-1].text
    for day in ("2026-12-18", "2026-12-24", "2026-12-28"):
        at(clock, day)
        remind_assets.run_due(asker.desk)
    assert reminded(asker) == []
    asker.press("转人工")
    with asker.desk.reading() as session:
        assert session.exec(select(Ticket)).one().reason == "asked"


@pytest.mark.parametrize("how", ["只登记，不提醒", "不再提醒", "退订", "删除"])
def test_who_does_not_want_it_is_not_reminded(asker: CoreDriver, clock: Clock, how: str) -> None:
    register(asker, FEE, how if how == asset_wording.SAVE_ONLY else asset_wording.SAVE)
    if how == "不再提醒":
        asker.say("我的台账")
        asker.press(how)
    if how == "退订":
        asker.say(how)
    if how == "删除":
        asker.send("choice", action="erase:sure")
    asker.received()
    at(clock, "2026-12-18")
    assert remind_assets.run_due(asker.desk) == 0
    assert asker.received() == []


def test_a_reminder_that_waits_is_called_off_when_somebody_unsubscribes(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    at(clock, "2026-12-18")
    remind_assets.run_due(asker.desk)
    asker.send(text="退订")
    with asker.desk.reading() as session:
        states = session.exec(select(OutboxMessage.state).where(OutboxMessage.kind == "follow_up")).all()
    assert list(states) == ["cancelled"]


def test_turned_on_later_what_is_due_is_told(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE, asset_wording.SAVE_ONLY)
    at(clock, "2026-12-18")
    remind_assets.run_due(asker.desk)
    asker.say("我的台账")
    asker.press(asset_wording.ON)
    remind_assets.run_due(asker.desk)
    assert len(reminded(asker)) == 1


def test_staff_are_told_where_nobody_can_be_reached_in_chat(desk_on_both: Desk, clock: Clock) -> None:
    room, now = StaffRoom(desk_on_both), clock.now()
    with desk_on_both.writing() as session:
        ledger = assets.open_ledger(session, enterprise="示例企业", contact_id=None, actor="示例甲", now=now)
        assets.take_up(session, ledger, read_lines(FEE).rows, "示例甲", now)
    at(clock, "2026-12-18")
    assert remind_assets.run_due(desk_on_both) == 1
    assert remind_assets.run_due(desk_on_both) == 0
    (told,) = (each.text for each in room.read())
    assert "请打电话提醒" in told
    assert "示例企业：" in told
    assert "第115条" in told


def test_of_somebody_who_blocked_the_bot_staff_are_told(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    with asker.desk.writing() as session:
        contacts.mark_blocked(session, asker.address)
    at(clock, "2026-12-18")
    remind_assets.run_due(asker.desk)
    assert any("请打电话提醒" in each.text for each in StaffRoom(asker.desk).read())


def test_an_import_is_undone_as_one_and_changes_come_back(asker: CoreDriver) -> None:
    register(asker, f"{FEE}\n{LAMP}")
    register(asker, LAMP.replace("2017-03-15", "2018-03-15") + "\n其他 88 示例")
    with asker.desk.reading() as session:
        first, second = session.exec(select(AssetImport.id)).all()
    asker.send("choice", action=f"asset:undo:{first}")
    assert asset_wording.NOT_UNDONE in asker.received()[-1].text
    asker.send("choice", action=f"asset:undo:{second}")
    assert asset_wording.UNDONE in asker.received()[-1].text
    with asker.desk.reading() as session:
        held = {each.number: each.granted_on for each in session.exec(select(Asset))}
    assert held == {"77": date(2017, 3, 15), "ZL201020507767.0": date(2020, 5, 1)}


def test_the_same_lines_again_change_nothing_and_tell_nothing_again(asker: CoreDriver, clock: Clock) -> None:
    register(asker, FEE)
    at(clock, "2026-12-18")
    remind_assets.run_due(asker.desk)
    asker.received()
    with asker.desk.reading() as session:
        done = session.exec(select(AssetImport.id)).one()
    asker.send("choice", action=f"asset:undo:{done}")
    register(asker, FEE)
    remind_assets.run_due(asker.desk)
    assert reminded(asker) == []
    asker.say("知识产权台账")
    asker.press("登记")
    asker.say(FEE)
    assert asset_wording.NOTHING_NEW in asker.received()[-1].text


def test_many_things_due_on_one_day_come_five_a_message(asker: CoreDriver, clock: Clock) -> None:
    lines = "\n".join(f"商标 {n} 示例标 有效期至 2026-12-20" for n in range(12))
    register(asker, lines)
    at(clock, "2026-12-18")
    assert remind_assets.run_due(asker.desk) == 12
    messages = [each for each in asker.received() if "【期限提醒】" in each.text]
    assert [len([b for b in each.buttons if b.startswith("已办理")]) for each in messages] == [5, 5, 2]


def test_an_import_that_dies_before_it_is_committed_leaves_nothing(desk_on_both: Desk, clock: Clock) -> None:
    class DiedError(Exception):
        pass

    def die() -> None:
        with desk_on_both.writing() as session:
            ledger = assets.open_ledger(session, enterprise="示例", contact_id=None, actor="甲", now=clock.now())
            assets.take_up(session, ledger, read_lines(FEE).rows, "甲", clock.now())
            raise DiedError

    with pytest.raises(DiedError):
        die()
    with desk_on_both.reading() as session:
        assert session.exec(select(AssetLedger)).all() == []


def test_a_reminder_and_its_message_are_one_transaction(
    desk_on_both: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = CoreDriver(desk_on_both)
    register(asker, FEE)
    at(clock, "2026-12-18")
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "enqueue", _fail)  # the disk is full in this very moment
        with pytest.raises(OSError, match="full"):
            remind_assets.run_due(desk_on_both)
    assert remind_assets.run_due(desk_on_both) == 1
    assert len(reminded(asker)) == 1


def _fail(*_: object, **__: object) -> None:
    msg = "full"
    raise OSError(msg)
