"""Deadlines: each notice once, silent tickets taken back, the morning queue, days of darkness, a clock that jumps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from consultations import tickets
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from consultations.timers import TicketTimer
from handlers import deadlines
from handlers.deadlines import Watch, adopt
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBER = "GD-20261123-0001"
BOOK = """
[[staff]]
id = "a"
name = "示例甲"
accounts = ["staff:示例甲"]
[[staff]]
id = "b"
name = "示例乙"
accounts = ["staff:示例乙"]
[[staff]]
id = "lead"
name = "示例组长"
accounts = ["staff:示例组长"]
kinds = ["complaint"]
leader = true
"""


@dataclass
class House:
    """One outlet at work: askers, the room, and the watch that ticks."""

    desk: Desk
    clock: Clock
    watch: Watch
    room: StaffRoom
    asker: CoreDriver

    def leap(self, **parts: float) -> str:
        """Nothing ticks in between: the house is dark, or the clock jumps."""
        self.clock.advance(**parts)
        return self.tick()

    def wait(self, **parts: float) -> str:
        """Let time pass, with a tick every few minutes; what the room reads."""
        return self.until(self.clock.moment + timedelta(**parts))

    def until(self, moment: datetime | str) -> str:
        """The same, up to a moment in Shanghai."""
        end = datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI) if isinstance(moment, str) else moment
        read = []
        while self.clock.moment < end:
            self.clock.moment = min(self.clock.moment + timedelta(minutes=8), end)
            read.append(self.tick())
        return "\n".join(filter(None, read))

    def tick(self) -> str:
        self.watch.send_due(self.desk)
        return "\n".join(each.text for each in self.room.read())

    def ask(self, words: str = "没有人知道的事") -> str:
        self.asker.send(text=words, message_id=words)
        self.room.read()
        return "\n".join(each.text for each in self.asker.received())

    def hears(self) -> str:
        return "\n".join(each.text for each in self.asker.received())

    def state(self, number: str = NUMBER) -> tuple[str, str]:
        with self.desk.reading() as session:
            found = tickets.by_number(session, number)
            assert found is not None
            return found.state, found.holder_name or found.assignee_name


def house_of(desk: Desk, clock: Clock, book: str = BOOK) -> House:
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": book} if book else {}), version=1))
    made = House(staffed, clock, Watch(), StaffRoom(staffed), CoreDriver(staffed))
    made.tick()
    return made


@pytest.fixture
def house(desk_on_both: Desk, clock: Clock) -> House:
    """With staff, on SQLite and PostgreSQL; Monday 10:00."""
    return house_of(desk_on_both, clock)


@pytest.fixture
def alone(desk_on_both: Desk, clock: Clock) -> House:
    """Without a list of staff."""
    return house_of(desk_on_both, clock, "")


def at(clock: Clock, text: str) -> None:
    clock.moment = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_notices_at_half_four_fifths_and_the_whole_each_once(alone: House) -> None:
    alone.ask()  # promised Tuesday 09:30: 480 working minutes
    assert alone.wait(minutes=239) == ""
    half = alone.wait(minutes=1)
    assert half == f"{NUMBER} 答复时限已过一半（50%），请在 11月24日（星期二）09:30 前答复，还没有人接单。"
    assert alone.tick() == ""
    soon = alone.wait(minutes=144)  # 16:24
    assert soon.startswith(f"{NUMBER} 快到时限（80%）")
    alone.until("2026-11-24T09:29")
    over = alone.until("2026-11-24T09:30")
    assert over.count("已超过答应服务对象的时间（11月24日（星期二）09:30），还没有人接单") == 2  # thread and room
    assert "抱歉，工单 GD-20261123-0001 没有在答应您的时间答复" in alone.hears()
    assert alone.wait(hours=3) == ""
    assert alone.hears() == ""


def test_the_leader_is_told_by_name_from_four_fifths_on(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.until("2026-11-23T13:59")
    house.room.say("/note 在查", who="示例甲")
    half = house.until("2026-11-23T14:00")
    assert "50%" in half
    assert "示例组长" not in half
    assert "由 示例甲 办理。\n\n请值班负责人 示例组长 关注。" in house.until("2026-11-23T16:24")


def test_a_reply_ends_the_notices(alone: House) -> None:
    alone.ask()
    alone.room.press("接单")
    alone.room.say("示例答复")
    alone.hears()
    assert alone.wait(hours=30) == ""
    assert alone.hears() == ""


@pytest.mark.parametrize(
    ("kind", "half", "soon", "over"),
    [("live", 90, 144, 180), ("urgent", 450, 720, 900), ("quick", 900, 1440, 1800)],
)
def test_every_class_of_deadline_has_its_notices(alone: House, kind: str, half: int, soon: int, over: int) -> None:
    own = f'[[kind]]\nid = "own"\nname = "自有"\nwords = ["没有人知道"]\ndeadline = "{kind}"\n'
    made = house_of(alone.desk, alone.clock, own)
    made.ask()
    start = made.clock.moment
    for seconds, words in ((half, "已过一半"), (soon, "快到时限"), (over, "已超过")):
        made.clock.moment = start + timedelta(seconds=seconds - 1)
        assert words not in made.tick()
        made.clock.moment = start + timedelta(seconds=seconds)
        assert words in made.tick()


def test_what_nobody_takes_goes_to_a_colleague_and_the_leader_is_told(house: House) -> None:
    house.ask()
    assert house.state() == ("assigned", "示例甲")
    told = house.wait(minutes=60)
    assert f"{NUMBER} 已收回重新派单：派给 示例甲 后一直没有接单" in told
    assert "派给：示例乙" in told
    assert "请值班负责人 示例组长 关注" in told
    assert house.state() == ("assigned", "示例乙")
    house.wait(minutes=60)
    assert house.state() == ("assigned", "示例甲")
    house.room.press("接单", who="示例甲")
    assert "没有接单" not in house.wait(minutes=61)


def test_a_silent_ticket_is_taken_back_and_given_to_somebody_else(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    assert "已收回" not in house.wait(minutes=239)
    told = house.wait(minutes=1)
    assert f"{NUMBER} 已收回重新派单：示例甲 接单后一直没有答复" in told
    assert house.state() == ("assigned", "示例乙")
    assert "没有发给服务对象" in "\n".join(each.text for each in house.room.say("迟到的话", who="示例甲"))


def test_a_note_shows_that_somebody_is_at_work(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.wait(minutes=200)
    house.room.say("/note 在查", who="示例甲")
    assert "已收回" not in house.wait(minutes=200)
    assert house.state()[0] == "claimed"
    assert "已收回" in house.until("2026-11-23T17:20")


def test_a_question_after_the_reply_is_not_forgotten(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.room.say("示例答复", who="示例甲")
    assert house.wait(hours=5) == ""
    house.hears()
    house.asker.say("那要多久呢")
    house.room.read()
    told = house.until("2026-11-24T10:30")
    assert "示例甲 接单后一直没有答复" in told
    assert house.state() == ("assigned", "示例乙")
    # There is a new promise, with its own notices.
    assert "已超过答应服务对象的时间" in house.leap(days=2)


def test_nobody_there_the_ticket_waits_and_the_morning_begins_with_it(house: House) -> None:
    at(house.clock, "2026-11-23T21:00")
    assert "11月24日（星期二）09:00 上班" in house.ask()
    assert house.state() == ("open", "")
    at(house.clock, "2026-11-24T08:59")
    assert house.tick() == ""
    at(house.clock, "2026-11-24T09:00")
    told = house.tick()
    assert told.startswith("上班了，有 1 张工单在排队，请先办这些。今天当班：示例甲、示例乙、示例组长。")
    assert f"· {NUMBER} 咨询 受理，11月24日（星期二）17:00 前：没有人知道的事" in told
    assert f"{NUMBER} 排队的工单现在派出" in told
    assert house.state() == ("assigned", "示例甲")
    assert Watch().send_due(house.desk) == 0  # another process, or the same after a restart
    assert "上班了" not in "\n".join(each.text for each in house.room.read())


def test_the_queue_is_given_out_in_the_order_in_which_people_asked(house: House) -> None:
    at(house.clock, "2026-11-23T21:00")
    for n in range(4):
        CoreDriver(house.desk, Address("core", f"asker{n}")).say("没有人知道的事")
        house.clock.advance(minutes=1)
    at(house.clock, "2026-11-24T09:00")
    house.tick()
    whose = [house.state(f"GD-20261123-000{n}")[1] for n in range(1, 5)]
    assert whose == ["示例甲", "示例乙", "示例甲", "示例乙"]


def test_no_morning_message_without_a_queue(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.room.say("示例答复", who="示例甲")
    at(house.clock, "2026-11-24T09:00")
    assert house.tick() == ""


def test_after_days_of_darkness_one_notice_a_ticket_and_nobody_is_robbed(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    told = house.leap(days=4)  # Friday 10:00; nobody could answer in between
    assert told.count("已超过") == 2
    assert "已过一半" not in told
    assert "快到时限" not in told
    assert "已收回" not in told
    assert house.state() == ("claimed", "示例甲")
    assert "已收回" in house.wait(minutes=240)  # the time anew, from Friday 10:00


def test_a_start_alone_gives_nobody_more_time(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    told = ""
    for _ in range(5):  # started anew every 47 minutes, with five of them dark
        told += house.wait(minutes=42)
        house.clock.advance(minutes=5)
        house.watch = Watch()
        deadlines.adopt(house.desk)
    assert "已收回" not in told
    assert "已收回" in house.wait(minutes=10)  # 240 working minutes after the claim


def test_a_downtime_gives_back_what_it_took_and_no_more(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.wait(minutes=200)
    house.watch = Watch()
    assert "已收回" not in house.leap(hours=70)  # Thursday morning; 40 working minutes were left
    assert "已收回" not in house.wait(minutes=38)
    assert "已收回" in house.wait(minutes=10)


def test_who_takes_a_ticket_before_the_first_look_gets_no_time_they_did_not_lose(house: House) -> None:
    house.ask()
    house.clock.advance(minutes=50)
    house.room.press("接单", who="示例甲")  # a laptop woke up, and somebody was quicker than the tick
    assert house.leap(minutes=2) == ""  # two minutes of darkness were theirs, the fifty before were not
    assert "已收回" not in house.wait(minutes=238)
    assert "已收回" in house.wait(minutes=8)


def test_time_is_given_back_once_though_two_processes_look_and_one_starts_anew(house: House) -> None:
    house.ask()
    house.clock.advance(minutes=30)
    deadlines.adopt(house.desk)
    for _ in range(3):
        Watch().send_due(house.desk)
    assert house.state() == ("assigned", "示例甲")
    assert "一直没有接单" not in house.wait(minutes=58)  # sixty minutes to claim it
    assert "一直没有接单" in house.wait(minutes=4)


def test_a_clock_that_jumps_ahead_an_hour_and_back_doubles_and_loses_nothing(house: House) -> None:
    house.ask()
    house.clock.advance(minutes=5)
    assert house.tick() == ""
    assert house.leap(hours=1) == ""  # the one it was given to had no hour
    assert house.state() == ("assigned", "示例甲")
    assert house.leap(hours=-1) == ""
    house.room.press("接单", who="示例甲")
    house.room.say("/note 在查", who="示例甲")
    assert house.until("2026-11-23T14:00").count("已过一半") == 1
    assert house.leap(hours=-1) == ""
    assert "已过一半" not in house.wait(hours=1)


def test_two_processes_that_tick_at_once_tell_once(house: House) -> None:
    for n in range(6):
        CoreDriver(house.desk, Address("core", f"asker{n}")).say("没有人知道的事")
    house.room.read()
    house.wait(minutes=59)
    house.clock.advance(minutes=1)
    watches = [Watch() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda watch: watch.send_due(house.desk), watches))
    told = "\n".join(each.text for each in house.room.read())
    assert told.count("一直没有接单") == 6


def failing_once(writing: Callable[[], AbstractContextManager[Session]], at_call: int) -> Callable[[], Any]:
    """The database's door, which fails at one opening."""
    calls = itertools.count(1)

    @contextmanager
    def opened() -> Iterator[Session]:
        if next(calls) == at_call:
            raise OSError(at_call)
        with writing() as session:
            yield session

    return opened


def test_what_fails_for_one_ticket_stops_no_other_and_is_tried_again(house: House) -> None:
    for n in range(2):
        CoreDriver(house.desk, Address("core", f"asker{n}")).say("没有人知道的事")
    house.wait(minutes=59)
    house.room.read()
    house.clock.advance(minutes=1)
    broken = replace(house.desk, writing=failing_once(house.desk.writing, 2))  # the first notes that somebody looks
    with pytest.raises(OSError, match="2"):
        house.watch.send_due(broken)
    told = "\n".join(each.text for each in house.room.read())
    assert "GD-20261123-0002 已收回" in told
    assert NUMBER not in told
    assert f"{NUMBER} 已收回" in house.tick()


def test_closed_tickets_are_filed_away_after_thirty_days(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.room.press("办结", who="示例甲")
    house.leap(days=29)
    assert house.state()[0] == "closed"
    house.leap(days=1)
    assert house.state()[0] == "archived"
    told = "\n".join(each.text for each in house.room.say(f"/reopen {NUMBER}", who="示例甲", thread=""))
    assert "已经归档，不能再办理" in told


def test_a_reopened_ticket_is_not_filed_away(house: House) -> None:
    house.ask()
    house.room.press("接单", who="示例甲")
    house.room.press("办结", who="示例甲")
    house.leap(days=20)
    house.room.say(f"/reopen {NUMBER}", who="示例甲", thread="")
    house.leap(days=11)
    assert house.state()[0] == "assigned"


def test_an_erased_asker_gets_no_apology(alone: House) -> None:
    alone.ask()
    alone.asker.send("choice", action="erase:sure")
    alone.hears()
    alone.leap(days=3)
    assert alone.hears() == ""


def test_tickets_of_an_older_release_are_watched_from_now_on(house: House) -> None:
    house.ask()
    with house.desk.writing() as session:
        for each in session.exec(select(TicketTimer)):
            session.delete(each)
    assert adopt(house.desk) == 1
    assert adopt(house.desk) == 0
    assert "一直没有接单" in house.wait(minutes=60)


def test_merged_tickets_are_taken_back_once(house: House) -> None:
    house.ask()
    CoreDriver(house.desk, Address("core", "second")).say("没有人知道的另一件事")
    house.room.say(f"/merge GD-20261123-0002 {NUMBER}", who="示例组长", thread="")
    told = house.wait(minutes=60)
    assert told.count("一直没有接单") == 1
    assert house.state()[1] == house.state("GD-20261123-0002")[1] == "示例乙"
