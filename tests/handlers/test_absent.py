"""Staff tell that they are away (请假) in their chat: for themselves, by who leads for others; taken back; kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from consultations import absences, tickets
from consultations.absences import StaffAbsence
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from handlers import absent, give_out
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, Shown, StaffRoom

BOOK = """
[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
[[staff]]
id = "a"
name = "示例甲"
outlet = "here"
accounts = ["staff:示例甲"]
[[staff]]
id = "b"
name = "示例乙"
outlet = "here"
accounts = ["staff:示例乙"]
[[staff]]
id = "lead"
name = "示例组长"
outlet = "here"
accounts = ["staff:示例组长"]
leader = true
kinds = ["complaint"]
[[staff]]
id = "far"
name = "示例远"
outlet = "north"
accounts = ["staff:示例远"]
[[absence]]
staff = "b"
from = 2026-12-24
reason = "文件里写的"
"""
Days = tuple[date, date]


@pytest.fixture
def staffed(desk_on_both: Desk) -> Desk:
    return replace(desk_on_both, duty=Duty(book=parse_book({"staff.toml": BOOK})))


@pytest.fixture
def room(staffed: Desk) -> StaffRoom:
    return StaffRoom(staffed)


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def away(desk: Desk) -> dict[str, list[Days]]:
    """Who is away when, as the duty book in use has it; without what the files say."""
    found: dict[str, list[Days]] = {}
    for each in desk.duty.book.absences:
        if each.number:
            found.setdefault(each.member, []).append((each.first, each.last))
    return found


def december(first: int, last: int) -> list[Days]:
    return [(date(2026, 12, first), date(2026, 12, last))]


def test_who_is_away_gets_no_new_tickets_and_everybody_sees_it(room: StaffRoom, staffed: Desk, clock: Clock) -> None:
    told = text_of(room.say("/absent 11-23..11-25 培训"))
    assert told == "已登记：示例甲 2026年11月23日至2026年11月25日请假（编号 1），这几天不派新单给他。销假发送 /back 1。"
    CoreDriver(staffed).say("没有人知道的事")
    with staffed.reading() as session:
        ticket = tickets.alive_of(session, 1)
        assert ticket is not None
        assert ticket.assignee_name == "示例乙"
    told = text_of(room.say("/duty", thread=""))
    assert "○ 示例甲 本部：请假到 2026-11-25（培训）" in told
    assert "1. 示例甲 2026年11月23日至2026年11月25日请假（培训）" in told
    assert "· 示例乙 2026年12月24日请假（文件里写的）" in told
    clock.advance(days=3)
    assert "示例甲" in text_of(room.say("/duty", thread="")).splitlines()[0]
    assert "11月23日" not in text_of(room.say("/duty", thread=""))


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("/absent 12-01..12-03", "2026-12-01", "2026-12-03"),
        ("/absent 2026-12-01..2026-12-03", "2026-12-01", "2026-12-03"),
        ("/absent 12-01", "2026-12-01", "2026-12-01"),
        ("/absent 12.1~12.3 培训", "2026-12-01", "2026-12-03"),
        ("/absent 12/1 到 12/3", "2026-12-01", "2026-12-03"),
        ("/absent 12月1日至12月3日，看病", "2026-12-01", "2026-12-03"),
        ("/absent 2026年12月1日—12月3日", "2026-12-01", "2026-12-03"),
        ("/absent 明天", "2026-11-24", "2026-11-24"),
        ("/absent 今天到后天", "2026-11-23", "2026-11-25"),
        ("/absent 12-30..01-02", "2026-12-30", "2027-01-02"),
        ("/absent 01-04..01-05", "2027-01-04", "2027-01-05"),
        ("/absent 11-20..11-24", "2026-11-20", "2026-11-24"),  # already away
        ("请假 12月1日到12月3日 培训", "2026-12-01", "2026-12-03"),
        ("请假：明天", "2026-11-24", "2026-11-24"),
    ],
)
def test_days_are_read_as_people_write_them(desk: Desk, typed: str, first: str, last: str) -> None:
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": BOOK})))
    StaffRoom(staffed).say(typed, thread="")
    assert away(staffed) == {"a": [(date.fromisoformat(first), date.fromisoformat(last))]}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/absent 下个月", "没看懂日期，没有登记。请写成 12-01..12-03"),
        ("/absent 12-32", "没看懂日期"),
        ("/absent 12-01..13-01", "没看懂日期"),
        ("/absent 2027-02-29", "没看懂日期"),
        ("/absent 2026-12-03..2026-12-01", "早于第一天"),
        ("/absent 11-01..11-20", "2026年11月20日已经过去，没有登记"),
        ("/absent 2026-12-01..2028-01-01", "一次请假最多一年"),
        ("/absent 示例无 12-01", "名单里没有“示例无”，没有登记。名单上有：示例甲、示例乙"),
        ("/absent " + "9" * 3000, "没看懂日期"),
        ("/back 9", "没有可以销的假"),
        ("/back 示例无", "名单里没有“示例无”"),
        ("/back", "没有可以销的假"),
        ("/absent", "· 示例乙 2026年12月24日请假"),
    ],
)
def test_what_cannot_be_entered_is_told_with_its_cure(desk: Desk, typed: str, told: str) -> None:
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": BOOK})))
    assert told in text_of(StaffRoom(staffed).say(typed, thread=""))
    assert away(staffed) == {}


def test_talk_about_leave_is_no_leave_and_in_a_ticket_words_go_to_the_asker(room: StaffRoom, staffed: Desk) -> None:
    for words in ("请假的人多吗", "请假 怎么写", "他请假 12-01"):
        assert text_of(room.say(words, thread="")) == ""
    asker = CoreDriver(staffed)
    asker.say("没有人知道的事")
    room.press("接单")
    room.say("请假 12-01 的材料可以晚交")
    assert "请假 12-01 的材料可以晚交" in text_of(asker.received())
    assert away(staffed) == {}


def test_who_leads_tells_it_for_others_and_nobody_else_does(room: StaffRoom, staffed: Desk) -> None:
    assert "给同事登记请假由网点管理员、市级管理员来做" in text_of(room.say("/absent 示例乙 12-01..12-03", thread=""))
    assert away(staffed) == {}
    assert "示例乙" in text_of(room.say("/absent 示例乙 12-01..12-03", who="示例组长", thread=""))
    assert away(staffed) == {"b": december(1, 3)}
    told = text_of(room.say("/absent 示例远 12-01", who="示例组长", thread=""))
    assert "没有找到工作人员 示例远，或者归别的网点" in told
    assert "给同事登记请假" in text_of(room.say("/back 1", thread=""))
    assert "给同事登记请假" in text_of(room.say("/back 示例乙", thread=""))
    assert away(staffed) == {"b": december(1, 3)}
    assert "已销假：示例乙" in text_of(room.say("/back 示例乙", who="示例组长", thread=""))
    assert away(staffed) == {}


def test_an_absence_is_taken_back_once_and_stays_on_record(room: StaffRoom, staffed: Desk) -> None:
    room.say("/absent 12-01..12-03", thread="")
    room.say("/absent 12-10 培训", thread="")
    told = text_of(room.say("/back", thread=""))
    assert "1. 示例甲 2026年12月1日至2026年12月3日请假" in told
    assert "不止一次请假，请写编号" in told
    assert "已销假" in text_of(room.say("/back 1", thread=""))
    assert "没有可以销的假" in text_of(room.say("/back 1", thread=""))
    assert "已销假" in text_of(room.say("销假", thread=""))
    assert away(staffed) == {}
    with staffed.reading() as session:
        rows = session.exec(select(StaffAbsence)).all()
        assert [(each.entered_by, each.taken_back_by) for each in rows] == [("staff:示例甲", "staff:示例甲")] * 2


def test_the_same_days_again_are_one_absence(room: StaffRoom, staffed: Desk) -> None:
    room.say("/absent 12-01..12-03", thread="")
    assert "已经登记过（编号 1）" in text_of(room.say("/absent 12-01..12-03 培训", thread=""))
    assert away(staffed) == {"a": december(1, 3)}


def test_it_survives_a_restart_a_changed_file_and_reaches_other_processes(
    room: StaffRoom, staffed: Desk, tmp_path: Path
) -> None:
    (tmp_path / "staff.toml").write_text(BOOK, encoding="utf-8")
    other = replace(staffed, duty=Duty(tmp_path))
    room.say("/absent 12-01..12-03", thread="")
    with other.reading() as session:
        assert absent.refresh(other, session)
        assert not absent.refresh(other, session)
    assert away(other) == {"a": december(1, 3)}
    (tmp_path / "staff.toml").write_text(BOOK.replace("北站", "新北站"), encoding="utf-8")
    assert other.duty.refresh()
    assert away(other) == {"a": december(1, 3)}
    (tmp_path / "staff.toml").write_text(BOOK.replace('id = "a"', 'id = "z"'), encoding="utf-8")
    assert other.duty.refresh()
    assert "12月1日" not in give_out.duty_now(other, other.now())  # whoever it was has left the list


def test_who_goes_is_reminded_of_the_tickets_they_hold(room: StaffRoom, staffed: Desk) -> None:
    CoreDriver(staffed, Address("core", "asker")).say("没有人知道的事")
    room.press("接单", who="示例甲")
    told = text_of(room.say("/absent 明天", thread=""))
    assert "手上还有 1 张工单：GD-20261123-0001。请 /release 退回" in told


def test_reasons_are_masked_and_short(room: StaffRoom, staffed: Desk) -> None:
    room.say("/absent 12-01 有事打13812345678 " + "长" * 500, thread="")
    with staffed.reading() as session:
        (found,) = absences.current(session, date(2026, 11, 23))
    assert found.reason.startswith("有事打138****5678")
    assert len(found.reason) == absent.LONGEST_REASON


def test_without_a_staff_list_there_is_nothing_to_enter(desk: Desk) -> None:
    assert "还没有工作人员名单" in text_of(StaffRoom(desk).say("/absent 12-01", thread=""))
