"""Tickets are given out as they come in: to whom, the promise when nobody is there, leavers, strangers, the preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from consultations import enterprise_changes, tickets
from consultations.contacts import Contact
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from consultations.tickets import Staff
from handlers import give_out
from handlers.desk import Desk
from handlers.take_back import Leavers
from tests.conftest import Clock
from tests.drivers import CoreDriver, Shown, StaffRoom
from tests.handlers.conftest import MiniatureAnswerer

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
leader = true
kinds = ["complaint"]
"""


def with_book(desk: Desk, text: str) -> Desk:
    return replace(desk, duty=Duty(book=parse_book({"staff.toml": text}), version=1))


@pytest.fixture
def staffed(desk_on_both: Desk) -> Desk:
    return with_book(desk_on_both, BOOK)


def ask(desk: Desk, words: str = "没有人知道的事", name: str = "asker") -> str:
    asker = CoreDriver(desk, Address("core", name))
    asker.send(text=words, message_id=f"{name}/{words}")
    return "\n".join(each.text for each in asker.received())


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def assignee(desk: Desk, number: str = NUMBER) -> str:
    with desk.reading() as session:
        found = tickets.by_number(session, number)
        assert found is not None
        return found.assignee_name


def test_new_tickets_go_round_by_load_and_back_to_the_last_adviser(staffed: Desk) -> None:
    room = StaffRoom(staffed)
    ask(staffed, name="first")
    assert "派给：示例甲（手上 0 张、专职）" in text_of(room.read())
    ask(staffed, name="second")
    assert "派给：示例乙（手上 0 张、专职）" in text_of(room.read())
    for line in ("/claim GD-20261123-0002", "/reply GD-20261123-0002 示例", "/close GD-20261123-0002"):
        room.say(line, who="示例乙", thread="")
    ask(staffed, "没有人知道的新事", name="second")
    assert "派给：示例乙（上次接待过、手上 0 张、专职）" in text_of(room.read())
    assert "办理中" not in text_of(room.say("/tickets", thread=""))


def test_who_asks_in_secret_is_not_given_back_to_the_last_adviser(staffed: Desk) -> None:
    room = StaffRoom(staffed)
    ask(staffed)
    for line in ("/claim", "/reply", "/close"):
        room.say(f"{line} {NUMBER} 示例", thread="")
    ask(staffed, "保密咨询")
    ask(staffed, "没有人知道的新事")
    shown = text_of(room.read())
    assert "派给：示例甲（手上 0 张" in shown
    assert "上次接待过" not in shown


def test_who_speaks_for_an_enterprise_is_given_to_its_own_adviser_and_reads_who_that_is(staffed: Desk) -> None:
    room, by, now = StaffRoom(staffed), Staff("staff:示例甲", "示例甲"), staffed.now()
    ask(staffed, "你好")
    with staffed.writing() as session:
        asker = session.exec(select(Contact)).one()
        values = {"name": "示例丙公司", "adviser": "示例乙"}
        row = enterprise_changes.add(session, values, "", by, now)
        enterprise_changes.tie(session, row, asker.key, by, now)
    assert "示例丙公司 · 示例乙" in ask(staffed, "我的咨询")
    ask(staffed, "没有人知道的新事")
    assert "派给：示例乙（这家企业的服务专员、" in text_of(room.read())
    for line in ("/claim", "/reply", "/close"):
        room.say(f"{line} {NUMBER} 示例", who="示例乙", thread="")
    ask(staffed, "保密咨询")
    ask(staffed, "没有人知道的另一件事")
    assert "服务专员" not in text_of(room.read())
    gone = with_book(staffed, BOOK.replace('name = "示例乙"', 'name = "示例丁"'))
    assert "示例乙" not in ask(gone, "我的咨询")


def test_a_complaint_goes_to_who_handles_complaints(staffed: Desk) -> None:
    rule = '[[rule]]\nid = "c"\nname = "投诉归组长"\nkinds = ["complaint"]\nstaff = ["lead"]\n'
    ruled = with_book(staffed, BOOK + rule)
    ask(ruled, "你们态度太差")
    assert assignee(ruled) == "示例组长"
    with ruled.reading() as session:
        assert "投诉归组长" in tickets.history_of(session, 1)[-1].note


def test_duty_in_chat_says_which_file_is_wrong_and_that_the_last_good_one_is_in_use(staffed: Desk) -> None:
    wrong = replace(staffed.duty, problems=("staff.toml 第 1 行：有误。",))
    told = "".join(each.text for each in StaffRoom(replace(staffed, duty=wrong)).say("/duty", thread=""))
    assert "有误：staff.toml 第 1 行：有误。改好之前沿用上一次正确的内容，请管理员修改。" in told


def test_nobody_on_duty_promises_from_the_next_shift(staffed: Desk, clock: Clock) -> None:
    away = "".join(
        f'[[absence]]\nstaff = "{each}"\nfrom = 2026-11-23\nto = 2026-11-24\n' for each in ("a", "b", "lead")
    )
    told = ask(with_book(staffed, BOOK + away))
    assert "11月25日（星期三）17:00 前答复" in told
    assert "现在没有工作人员值班，11月25日（星期三）09:00 起按顺序办理" in told
    assert "现在没有合适的人当班，排队到 11月25日（星期三）09:00 再派" in text_of(StaffRoom(staffed).read())
    assert assignee(staffed) == ""


def test_who_answers_nobody_does_not_count_as_being_there(staffed: Desk) -> None:
    away = '[[absence]]\nstaff = "a"\nfrom = 2026-11-23\n[[absence]]\nstaff = "b"\nfrom = 2026-11-23\n'
    told = ask(with_book(staffed, BOOK.replace("leader = true", 'roles = ["auditor"]') + away))
    assert "现在没有工作人员值班，11月24日（星期二）09:00 起按顺序办理" in told


def test_at_night_the_promise_counts_from_the_morning(staffed: Desk, clock: Clock) -> None:
    clock.advance(hours=10)  # Monday 20:00
    told = ask(staffed)
    assert "11月24日（星期二）17:00 前答复" in told
    assert "11月24日（星期二）09:00 上班" in told


def test_before_the_holiday_the_promise_knows_the_make_up_saturday(staffed: Desk, clock: Clock) -> None:
    clock.moment = datetime(2026, 2, 13, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert "2月14日（星期六）16:30 前答复" in ask(staffed)


def test_strangers_and_leavers_cannot_take_tickets(staffed: Desk) -> None:
    room = StaffRoom(staffed)
    ask(staffed)
    assert "您（staff:示例外人）不在工作人员名单里" in text_of(room.press("接单", who="示例外人"))
    room.desk = with_book(staffed, BOOK.replace('name = "示例乙"', 'name = "示例乙"\nuntil = 2026-11-22'))
    assert "示例乙 已离岗，不能接单" in text_of(room.say(f"/claim {NUMBER}", who="示例乙", thread=""))
    room.desk = staffed
    assert "已由 示例乙 接单" in text_of(room.say(f"/claim {NUMBER}", who="示例乙", thread=""))


def test_a_ticket_of_somebody_taken_off_the_list_goes_to_a_colleague(staffed: Desk, clock: Clock) -> None:
    room, leavers = StaffRoom(staffed), Leavers()
    ask(staffed)
    room.press("接单", who="示例甲")
    assert leavers.send_due(staffed) == 0
    new_book = parse_book({"s.toml": BOOK.replace('"a"', '"z"').replace("示例甲", "示例新")})
    without = replace(staffed, duty=Duty(book=new_book, version=2))
    assert leavers.send_due(without) == 1
    room.desk = without
    told = text_of(room.read())
    assert f"{NUMBER} 已收回重新派单：示例甲 已不在工作人员名单或已离岗" in told
    assert "请值班负责人 示例组长 关注" in told
    assert assignee(without) in ("示例新", "示例乙")
    assert leavers.send_due(without) == 0
    assert Leavers().send_due(without) == 0
    assert "示例甲）不在工作人员名单里，不能在工单里留言" in text_of(room.say("迟到的答复", who="示例甲"))


def test_a_ticket_of_somebody_whose_role_answers_nobody_goes_to_a_colleague(staffed: Desk) -> None:
    ask(staffed)
    StaffRoom(staffed).press("接单", who="示例甲")
    changed = with_book(
        staffed, BOOK.replace('accounts = ["staff:示例甲"]', 'accounts = ["staff:示例甲"]\nroles = ["auditor"]')
    )
    assert Leavers().send_due(changed) == 1
    assert assignee(changed) == "示例乙"
    assert "示例甲 的角色不再办理工单" in text_of(StaffRoom(changed).read())


def test_a_leavers_last_day_is_the_day_after_which_tickets_move(staffed: Desk, clock: Clock) -> None:
    ask(staffed)
    until = with_book(staffed, BOOK.replace('id = "a"', 'id = "a"\nuntil = 2026-11-23'))
    leavers = Leavers()
    assert leavers.send_due(until) == 0
    clock.advance(hours=14)  # midnight in Shanghai
    assert leavers.send_due(until) == 1
    assert assignee(until) == ""  # nobody is there at night; the morning gives it out


def test_the_list_tells_who_is_there_and_why_not(staffed: Desk, clock: Clock) -> None:
    absent = BOOK + '[[absence]]\nstaff = "b"\nfrom = 2026-11-23\nreason = "体检"\n'
    told = text_of(StaffRoom(with_book(staffed, absent)).say("/duty", thread=""))
    there = "● 示例甲：当班\n○ 示例乙：请假到 2026-11-23（体检）\n● 示例组长 值班负责人：当班"
    assert told == f"{there}\n· 示例乙 2026年11月23日请假（体检）"


def test_the_preview_says_who_and_why_and_stores_nothing(staffed: Desk, answerer: MiniatureAnswerer) -> None:
    ask(staffed)
    question = "我能打赢吗，被侵权了"
    answer = answerer.answer(question, datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Shanghai")).date())
    with staffed.reading() as session:
        told = give_out.preview(session, staffed, question, answer, staffed.now())
    assert "工单类型：维权（一个工作日），服务事项 B01 知识产权政策宣贯服务；" in told
    assert "；现在受理，承诺 11月24日（星期二）09:30 前答复。" in told
    assert (
        "✓ 示例乙：手上 0 张、专职\n✓ 示例甲：手上 1 张、专职\n✗ 示例组长：不办理“维权”类工单\n派给：示例乙。" in told
    )
    with staffed.reading() as session:
        assert len(tickets.list_alive(session)) == 1


def test_without_a_list_everything_is_as_before(desk: Desk) -> None:
    ask(desk)
    room = StaffRoom(desk)
    assert "派给" not in text_of(room.read())
    assert "还没有工作人员名单" in text_of(room.say("/duty", thread=""))
    assert f"{NUMBER} 已由 示例外人 接单" in text_of(room.say(f"/claim {NUMBER}", who="示例外人", thread=""))
