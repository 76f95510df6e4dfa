"""Whatever staff, askers or the clock get wrong: a sentence that names the cure, and the history stays whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from consultations import surveys, ticket_messages, tickets
from consultations.duty_reading import Duty, parse_book
from consultations.follow_ups import FollowUpEvent
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Ticket, TicketEvent
from consultations.timers import TicketTimer
from handlers import deadlines, faulty_files, follow_up, survey, take_back
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

COMMANDS = (
    *("claim", "reply", "note", "close", "ticket", "release", "assign", "transfer", "merge", "reopen", "kind", "card"),
)
NUMBER, NOBODYS = "GD-20261123-0001", "GD-20991231-0001"


def records(desk: Desk) -> list[dict[str, Any]]:
    """Everything tickets consist of, row by row."""
    with desk.reading() as session:
        kinds = (Ticket, TicketEvent, TicketMessage, TicketTimer, FollowUpEvent)
        return [each.model_dump() for kind in kinds for each in session.exec(select(kind))]


def read(shown: list[Any]) -> str:
    return "\n".join(each.text for each in shown)


@pytest.fixture
def closed(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    """The room with one ticket, answered and closed."""
    asker.say("没有人知道的事")
    room.press("接单")
    room.say("示例答复")
    room.press("办结")
    asker.received()
    return room


@pytest.mark.parametrize("number", [NOBODYS, NOBODYS.lower(), "GD-00000000-0000", f"{NOBODYS}9999999999"])
def test_a_number_that_is_not_there_is_told_and_changes_nothing(number: str, closed: StaffRoom, desk: Desk) -> None:
    before = records(desk)
    for command in COMMANDS:
        for thread in ("", "ticket:1"):
            told = read(closed.say(f"/{command} {number} 示例", thread=thread))
            assert f"没有找到工单 {number.upper()}" in told, (command, thread, told)
    assert records(desk) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("迟到的答复", "已经办结，不能再办理"),
        (f"/reply {NUMBER} 迟到的答复", "已经办结，不能再办理"),
        ("/claim", "已经办结，不能再办理"),
        ("/close", "已经办结，不能再办理"),
        ("/release", "已经办结"),
        ("/assign 示例乙", "名单"),
        ("/kind 检索", "已经办结"),
        (f"/merge {NUMBER} {NUMBER}", "同一张"),
    ],
)
def test_a_closed_ticket_refuses_and_keeps_its_history(
    words: str, told: str, closed: StaffRoom, asker: CoreDriver, desk: Desk
) -> None:
    before = records(desk)
    assert told in read(closed.say(words))
    assert records(desk) == before
    assert asker.received() == []


def test_a_late_reply_goes_out_once_the_ticket_is_reopened(closed: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    assert "/reopen" in read(closed.say("迟到的答复"))
    closed.say("/reopen")
    closed.press("接单")
    closed.say("迟到的答复")
    assert "迟到的答复" in asker.received()[-1].text
    with desk.reading() as session:
        moves = [each.to_state for each in tickets.history_of(session, 1)]
        said = [each.text for each in ticket_messages.of_ticket(session, 1) if each.author == "staff"]
    assert moves == ["open", "claimed", "replied", "closed", "open", "claimed", "replied"]
    assert said == ["示例答复", "迟到的答复"]


def test_a_poll_answered_again_keeps_what_was_said_before(closed: StaffRoom, asker: CoreDriver, desk: Desk) -> None:
    del closed
    survey.send_due(desk)
    asker.press("满意")
    asker.press("一般")
    with desk.reading() as session:
        response = surveys.response_of(session, "satisfaction", "ticket:1", "contact:1")
        assert response is not None
        assert surveys.score_of(session, 1) == 3
        assert [(each.old, each.new) for each in surveys.changes_of(session, response)] == [(["满意"], ["一般"])]


def test_a_poll_answered_after_the_ticket_was_filed_away_still_counts(
    closed: StaffRoom, asker: CoreDriver, desk: Desk, clock: Clock
) -> None:
    del closed
    survey.send_due(desk)
    clock.advance(days=31)
    deadlines.Watch().send_due(desk)
    asker.press("满意")
    assert "谢谢" in asker.received()[-1].text
    with desk.reading() as session:
        assert surveys.score_of(session, 1) == 4
        assert [each.to_state for each in tickets.history_of(session, 1)][-2:] == ["closed", "archived"]


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_an_hour_asks_for_a_score_once_and_reminds_once(
    hours: int, closed: StaffRoom, asker: CoreDriver, desk: Desk, clock: Clock
) -> None:
    del closed
    polls = []
    for step in (0, hours, -hours, 24, hours, -hours, 1):
        clock.advance(hours=step)
        survey.send_due(desk)
        follow_up.send_due(desk)
        polls += [each.text for each in asker.received() if "非常满意" in each.buttons]
    assert len(polls) == 2


def test_somebody_taken_off_the_list_in_the_middle_leaves_everything_said_to_the_next(
    asker: CoreDriver, desk: Desk, clock: Clock
) -> None:
    """What they said, noted and held back stays on the ticket; what they write afterwards reaches nobody."""
    both = '[[staff]]\nid = "a"\nname = "示例甲"\naccounts = ["staff:示例甲"]\n'
    both += '[[staff]]\nid = "b"\nname = "示例乙"\naccounts = ["staff:示例乙"]\n'
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": both}), version=1))
    asker.desk = staffed
    room = StaffRoom(staffed)
    asker.say("没有人知道的事")
    room.press("接单", who="示例甲")
    room.say("示例答复", who="示例甲")
    room.say("/note 示例备注", who="示例甲")
    asker.say("再问一句")
    asker.received()
    before = [each for each in records(staffed) if "to_state" in each or "author" in each]
    staffed.duty.book = parse_book({"staff.toml": both.replace('"a"', '"c"').replace("示例甲", "示例丙")})
    staffed.duty.version += 1
    clock.advance(minutes=1)
    assert take_back.Leavers().send_due(staffed) == 1
    assert "不在工作人员名单里" in read(room.say("迟到的答复", who="示例甲"))
    assert asker.received() == []
    after = records(staffed)
    assert [each for each in before if each not in after] == []
    shown = read(room.say("/ticket", who="示例乙"))
    assert "示例甲 已不在工作人员名单或已离岗" in shown


def test_the_room_hears_of_files_others_look_after_too(desk: Desk) -> None:
    room, faults = StaffRoom(desk), faulty_files.Faults(lambda: ["config.toml 第 3 行：示例"])
    assert [faults.send_due(desk) for _ in range(3)] == [0, 1, 0]
    assert [each for each in room.read() if "config.toml 第 3 行：示例" in each.text]


def test_the_room_hears_once_of_who_vanished_from_the_list(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "duty").mkdir()
    path = tmp_path / "duty" / "staff.toml"
    first, second = (f'[[staff]]\nid = "{n}"\nname = "示例{n}"\naccounts = ["staff:{n}"]\n' for n in "ab")
    path.write_text(first + second, encoding="utf-8")
    staffed = replace(desk, duty=Duty(tmp_path / "duty"))
    room, faults = StaffRoom(staffed), faulty_files.Faults()
    assert [faults.send_due(staffed) for _ in range(3)] == [0, 0, 0]
    path.write_text(first, encoding="utf-8")  # a right file, cut off between two entries
    staffed.duty.refresh()
    assert [faults.send_due(staffed) for _ in range(4)] == [0, 1, 0, 0]
    assert [each for each in room.read() if "少了下面这些" in each.text and "示例b" in each.text]
    assert "示例b" in read(room.say("/duty", who="a"))
    path.write_text(first + second, encoding="utf-8")
    staffed.duty.refresh()
    assert [faults.send_due(staffed) for _ in range(3)] == [0, 0, 0]
    assert "少了下面这些" not in read(room.say("/duty", who="a"))


def test_the_room_hears_once_a_day_of_a_file_that_stays_faulty(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "duty").mkdir()
    path = tmp_path / "duty" / "staff.toml"
    good = '[[staff]]\nid = "a"\nname = "示例甲"\naccounts = ["staff:示例甲"]\n'
    path.write_text(good, encoding="utf-8")
    staffed = replace(desk, duty=Duty(tmp_path / "duty"))
    room, faults = StaffRoom(staffed), faulty_files.Faults()
    path.write_text(f"{good}[[staff", encoding="utf-8")
    assert staffed.duty.refresh()
    assert faults.send_due(staffed) == 0  # perhaps it is still being saved
    assert [faults.send_due(staffed) for _ in range(3)] == [1, 0, 0]
    assert [each for each in room.read() if "staff.toml 第 5 行不符合 TOML 格式" in each.text]
    clock.advance(days=1)
    assert faults.send_due(staffed) == 1
    path.write_text(good, encoding="utf-8")
    assert staffed.duty.refresh()
    assert faults.send_due(staffed) == 0
    assert "示例甲" in read(room.say("/duty", who="示例甲"))
