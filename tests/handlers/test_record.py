"""Telephone and walk-in entries: eight fields, one archive, undone by a correcting record; bad input is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from consultations.archive import Consultation
from consultations.audit import AuditEntry
from consultations.contacts import Contact
from consultations.entries import Entry
from consultations.received import ReceivedMessage
from consultations.tickets import Staff
from handlers import archive, record
from handlers.desk import Desk
from handlers.record import EntryRefusedError, read_entry, read_lines
from handlers.why import why
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom
from tests.handlers.conftest import RENEW

STAFF = Staff("terminal:示例甲", "示例甲")
NUMBER = "ZX-20261123-0001"
FULL = {
    "channel": "到访",
    "question": RENEW,
    "reply": "示例：五百元，请打 13800138000 回访",
    "who": "示例公司",
    "phone": "138 0013 8000",
    "service_item": "b08",
    "at": "09:30",
}


def entry(desk: Desk, **given: str) -> Entry:
    return read_entry(desk, {"question": RENEW} | given, desk.now())


def consultations(desk: Desk) -> list[Consultation]:
    with desk.reading() as session:
        found = list(session.exec(select(Consultation).order_by("id")))
        session.expunge_all()
        return found


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("/record 时间：0001-01-01 00:00\n问：示例", "时间"),
        ("/unrecord ²", "²"),
        ("/unrecord 99999999999999999999", "9999"),
    ],
)
def test_times_and_numbers_no_calendar_or_database_knows_are_told(desk: Desk, words: str, told: str) -> None:
    (shown,) = StaffRoom(desk).say(words, thread="")
    assert told in shown.text
    assert "已登记" not in shown.text


def test_eight_fields_go_into_the_archive_and_are_found_masked(desk_on_both: Desk) -> None:
    desk = desk_on_both
    done = record.record(desk, read_entry(desk, FULL, desk.now()), STAFF)
    (filed,) = consultations(desk)
    assert (done.number, filed.number, filed.action, filed.channel) == (NUMBER, NUMBER, "recorded", "visit")
    assert (filed.service_item, str(filed.created_at)[:16]) == ("B08", "2026-11-23 01:30")  # 09:30 in Shanghai
    assert filed.trace is not None
    assert filed.trace["entry"]["staff"] == "示例甲"
    with desk.reading() as session:
        (line,) = archive.search(session, "五百元")
        assert archive.search(session, NUMBER) == [line]
        assert "138****8000" in line.reply
        contact = session.get_one(Contact, filed.contact_id)
        assert (contact.name, contact.chat_id, contact.is_welcome_to_unasked) == ("示例公司", "tel:13800138000", False)
        assert [each.verb for each in session.exec(select(AuditEntry))] == ["record"]


def test_only_the_question_is_required(desk: Desk) -> None:
    made = entry(desk)
    assert (made.channel, made.at, made.service_item, made.who) == ("phone", desk.now(), "B08", "")
    with pytest.raises(EntryRefusedError, match="还缺问题"):
        read_entry(desk, {"question": " 😀 ", "reply": "好"}, desk.now())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"channel": "传真"}, "不认识渠道“传真”"),
        ({"service_item": "B99"}, "没有 B99 这个服务事项"),
        ({"at": "25:61"}, "看不懂时间“25:61”"),
        ({"at": "23:59"}, "还没有到"),
        ({"at": "2024-11-23 10:00"}, "一年以前"),
        ({"reply": "长" * 4001}, "答复太长"),
    ],
)
def test_bad_values_are_told_with_their_cure(desk: Desk, given: dict[str, str], sentence: str) -> None:
    with pytest.raises(EntryRefusedError, match=sentence):
        entry(desk, **given)


def test_the_same_number_is_the_same_person(desk: Desk) -> None:
    for phone, question in (("13800138000", "示例一"), ("+86 138-0013-8000", "示例二"), ("13900139000", "示例三")):
        record.record(desk, entry(desk, phone=phone, question=question), STAFF)
    first, second, third = (each.contact_id for each in consultations(desk))
    assert first == second != third


def test_entered_twice_within_ten_minutes_is_one_record(desk_on_both: Desk, clock: Clock) -> None:
    desk = desk_on_both
    first = record.record(desk, entry(desk), STAFF)
    clock.advance(minutes=9)
    assert record.record(desk, entry(desk), STAFF).is_double
    assert not record.record(desk, entry(desk), Staff("terminal:示例乙", "示例乙")).is_double
    assert not record.record(desk, entry(desk), STAFF, again=True).is_double
    clock.advance(minutes=11)
    assert not record.record(desk, entry(desk), STAFF).is_double
    assert [each.number for each in consultations(desk)] == [first.number[:-1] + str(n) for n in (1, 2, 3, 4)]


def test_ten_entering_the_same_at_once_make_one_record(desk_on_both: Desk) -> None:
    made = entry(desk_on_both)
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(lambda _: record.record(desk_on_both, made, STAFF), range(10)))
    assert {each.number for each in done} == {NUMBER}
    assert sum(not each.is_double for each in done) == 1


def test_an_entry_is_undone_by_a_record_that_names_it(desk_on_both: Desk) -> None:
    desk = desk_on_both
    record.record(desk, entry(desk), STAFF)
    with desk.writing() as session:
        assert record.undo(session, desk, NUMBER.lower(), STAFF, "打错了") == (NUMBER, "ZX-20261123-0002")
    entered, voiding = consultations(desk)
    assert (entered.question, entered.action) == (RENEW, "recorded")  # as it was
    assert (voiding.action, voiding.edit_of, voiding.reply) == ("void", entered.id, "打错了")
    with pytest.raises(EntryRefusedError, match="已经由 ZX-20261123-0002 更正过"), desk.writing() as session:
        record.undo(session, desk, NUMBER, STAFF, "")
    assert not record.record(desk, entry(desk), STAFF).is_double  # entered anew after it was undone


def test_an_entry_is_corrected_by_the_right_one(desk: Desk) -> None:
    record.record(desk, entry(desk, reply="四百元"), STAFF)
    record.record(desk, entry(desk, reply="五百元"), STAFF, corrects=NUMBER)
    wrong, right = consultations(desk)
    assert (wrong.reply, right.reply, right.edit_of) == ("四百元", "五百元", wrong.id)
    with pytest.raises(EntryRefusedError, match="更正过"):
        record.record(desk, entry(desk, reply="六百元"), STAFF, corrects=NUMBER)


def test_what_was_not_entered_by_hand_cannot_be_undone(desk: Desk, asker: CoreDriver) -> None:
    asker.say(RENEW)
    for name, sentence in ((NUMBER, "不是电话或到访登记"), ("ZX-20260101-0009", "没有找到登记"), ("", "没有找到登记")):
        with pytest.raises(EntryRefusedError, match=sentence), desk.writing() as session:
            record.undo(session, desk, name, STAFF, "")


def test_a_caller_is_forgotten_on_request_and_the_number_stays(desk_on_both: Desk) -> None:
    desk = desk_on_both
    record.record(desk, read_entry(desk, FULL, desk.now()), STAFF)
    with desk.writing() as session:
        record.erase_caller(session, desk, NUMBER, STAFF)
    with desk.reading() as session:
        stored = [session.exec(select(each)).all() for each in (Consultation, Contact, ReceivedMessage)]
        kept = str([each.model_dump() for rows in stored for each in rows])
        assert NUMBER in kept
        assert not [words for words in (RENEW, "五百元", "示例公司", "13800138000") if words in kept]
        assert [(each.verb, each.actor) for each in session.exec(select(AuditEntry))][-1] == ("erase", STAFF.key)


def test_staff_enter_and_undo_in_their_chat(desk: Desk, room: StaffRoom) -> None:
    (told,) = room.say("/record 到访 商标续展多少钱？\n谁：示例公司\n联系：13800138000\n答：五百元\n当场讲清楚了")
    assert NUMBER in told.text
    assert "渠道：到访" in told.text
    assert "138****8000" in told.text
    assert "13800138000" not in told.text
    assert consultations(desk)[0].reply == "五百元\n当场讲清楚了"
    assert "原因太长，最多 200 个字" in room.say(f"/unrecord {NUMBER} {'长' * 201}")[0].text  # nothing is cut unseen
    (undone,) = room.press("撤销登记")
    assert f"{NUMBER} 的登记已作废" in undone.text
    assert "更正过" in room.press("撤销登记")[0].text
    assert "在命令后写问题" in room.say("/record")[0].text
    assert "还缺问题" in room.say("/record 谁：示例公司")[0].text
    assert "没有找到登记 ZX-20260101-0009" in room.say("/unrecord ZX-20260101-0009")[0].text
    assert "请写明登记的编号" in room.say("/unrecord")[0].text


def test_what_staff_typed_is_kept_only_where_erasing_reaches_it(desk: Desk, room: StaffRoom) -> None:
    room.say("/record 示例问题\n谁：示例公司")
    with desk.reading() as session:
        assert [each.text for each in session.exec(select(ReceivedMessage)) if each.contact_id is None] == [""]


def test_an_asker_cannot_enter_or_undo(desk: Desk, asker: CoreDriver) -> None:
    record.record(desk, entry(desk), STAFF)
    assert "失效" in asker.send("choice", action="unrecord:1").replies[0].plain_text
    asker.say("/record 示例")
    assert [each.action for each in consultations(desk)] == ["recorded"]


def test_hostile_words_are_kept_as_words(desk: Desk, room: StaffRoom) -> None:
    room.say("/record [red]x[/red] \u202e \x00 '; DROP TABLE consultation;-- <script>")
    (filed,) = consultations(desk)
    assert "DROP TABLE" in filed.question
    assert not {"\x00", "\u202e"} & set(filed.question)


def test_lines_are_read_by_their_names() -> None:
    assert read_lines("到访 甲\n乙\n渠道：电话\n时间: 14:30") == {
        "question": "甲\n乙",
        "channel": "电话",
        "at": "14:30",
    }
    assert read_lines("电话") == {"question": "电话"}


def test_why_says_that_it_was_entered_by_hand(desk: Desk) -> None:
    record.record(desk, entry(desk), STAFF)
    assert "由工作人员 示例甲 登记，没有检索" in why(desk, NUMBER)
