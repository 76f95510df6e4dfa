"""What the chain of seals shows, told in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from consultations.seal_check import Fault
from handlers.desk import Desk
from handlers.vouch import in_words, lines, vouch
from tests.drivers import CoreDriver, StaffRoom

ZONE = ZoneInfo("Asia/Shanghai")


def test_a_sound_archive_says_what_it_covers(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("示例公司的秘密")
    room.press("接单")
    asker.say("请快些")
    asker.send("choice", action="export")
    (told,) = lines(vouch(desk), ZONE)
    assert told == (
        "档案完好：6 号封存首尾相接，咨询 1 条，工单 1 条，工单经过 2 条，工单留言 1 条，操作留痕 1 条，"
        "都和封存时一致。"
    )


def test_erased_words_are_counted(desk: Desk, asker: CoreDriver) -> None:
    asker.say("商标续展多少钱？")
    asker.send("choice", action="erase:sure")
    assert "其中 1 条的文字已按规定清除，有封存为证" in lines(vouch(desk), ZONE)[0]


def test_the_first_fault_leads_and_the_others_follow(
    sqlite_engine: Engine, make_desk: object, answerer: object
) -> None:
    desk = make_desk(sqlite_engine)  # type: ignore[operator]
    asker = CoreDriver(desk)
    for _ in range(3):
        asker.say("商标续展多少钱？")
    with Session(sqlite_engine) as session:
        session.connection().execute(text("UPDATE consultation SET reply = '别的' WHERE id > 1"))
        session.commit()
    lead, other = lines(vouch(desk), ZONE)
    assert lead.startswith("档案和封存对不上。第一处：第 2 号封存，咨询 ZX-20261123-0002（2026-11-23 10:00）：文字")
    assert "一共 2 处" in lead
    assert other.startswith("· 第 3 号封存，咨询 ZX-20261123-0003")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("missing", 4, "ticket", 9), "第 4 号封存，工单（内部编号 9）：这条记录不见了。"),
        (Fault("gap", 7), "第 7 号封存：这一号封存不见了。"),
        (Fault("unsealed", 8, "consultation", 2, "ZX-2"), "咨询 ZX-2：没有封存，不是由本程序写入的。"),
        (Fault("code", 5), "第 5 号封存：和先前记下的封存码不符，封存链被重写或截短过。"),
    ],
)
def test_every_fault_has_its_sentence(fault: Fault, told: str) -> None:
    assert in_words(fault, ZONE) == told
