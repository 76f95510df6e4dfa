"""One turn: recorded once, in one commit, whatever is thrown at it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from consultations import outbox, ticket_messages
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.messages import Address, Attachment, Block, Inbound
from consultations.outbox import OutboxMessage
from consultations.received import ReceivedMessage
from consultations.tickets import Ticket
from handlers.archive import search
from handlers.desk import Desk
from handlers.turn import take_turn
from knowledge.passages import Answer
from knowledge.proofread import Flaw
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

RENEW = "商标续展多少钱？"


def text_message(desk: Desk, text: str, message_id: str = "1", who: str = "asker") -> Inbound:
    return Inbound(Address("core", who), message_id, who, desk.now(), text=text)


def count(session: Session, table: type[ReceivedMessage | Consultation | OutboxMessage | Contact | Ticket]) -> int:
    return len(session.exec(select(table)).all())


def test_a_question_is_archived_with_everything_found(desk_on_both: Desk) -> None:
    desk = desk_on_both
    take_turn(text_message(desk, RENEW), desk)
    with desk.reading() as session:
        (filed,) = session.exec(select(Consultation)).all()
        assert (filed.number, filed.question, filed.action) == ("ZX-20261123-0001", RENEW, "answer")
        assert filed.hits == [["card:renew", 7.5, 0.8]]
        assert filed.citations == [["示例商标条例", "20-2", "2020-01-31", "art:1:20-2"]]
        assert (filed.card_id, filed.card_version, filed.terms) == ("renew", "2026-11-23", ["商标"])
        assert (filed.service_item, filed.label, filed.confidence, filed.channel) == ("B08", "question", 0.9, "core")
        assert filed.latency_ms >= 0
        assert "示例：五百元。" in filed.reply


def test_the_same_message_five_times_is_one_message(desk_on_both: Desk) -> None:
    desk = desk_on_both
    turns = [take_turn(text_message(desk, RENEW), desk) for _ in range(5)]
    assert [each.repeated for each in turns] == [False, True, True, True, True]
    assert len({tuple(turn.replies) for turn in turns}) == 1  # the recorded answer, equal to the last button
    with desk.reading() as session:
        assert [count(session, each) for each in (ReceivedMessage, Consultation, OutboxMessage)] == [1, 1, 1]


def test_the_same_message_in_eight_threads_is_one_message(desk_on_both: Desk) -> None:
    desk = desk_on_both
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: take_turn(text_message(desk, RENEW), desk), range(8)))
    assert sum(not turn.repeated for turn in turns) == 1
    with desk.reading() as session:
        assert count(session, Consultation) == 1


def test_the_same_id_on_another_channel_is_another_message(desk: Desk) -> None:
    take_turn(text_message(desk, RENEW), desk)
    other = replace(text_message(desk, RENEW), address=Address("other", "asker"))
    assert not take_turn(other, desk).repeated


def test_many_people_at_once_lose_nothing(desk_on_both: Desk) -> None:
    desk = desk_on_both
    questions = [text_message(desk, RENEW, str(n), f"asker{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: take_turn(each, desk), questions))
    with desk.reading() as session:
        numbers = {each.number for each in session.exec(select(Consultation))}
        assert numbers == {f"ZX-20261123-{n:04d}" for n in range(1, 41)}


def test_replies_are_leased_to_the_door_and_fall_to_delivery(desk: Desk, clock: Clock) -> None:
    (reply,) = take_turn(text_message(desk, RENEW), desk).replies
    with desk.writing() as session:
        assert outbox.claim_due(session, now=desk.now(), channels=["core"], limit=9, lease_seconds=60) == []
    clock.advance(seconds=91)
    with desk.writing() as session:
        outbox.recover(session, desk.now())
        due = outbox.claim_due(session, now=desk.now(), channels=["core"], limit=9, lease_seconds=60)
    assert [each.outbox_id for each in due] == [reply.outbox_id]


def test_an_error_in_the_middle_records_nothing(desk: Desk, asker: CoreDriver) -> None:
    with desk.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE outbox_message")
    with pytest.raises(Exception, match="outbox_message"):
        asker.send(text=RENEW)
    with desk.reading() as session:
        assert [count(session, each) for each in (ReceivedMessage, Consultation, Contact)] == [0, 0, 0]


HOSTILE = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "😀🎉❤️",
    "NUL": "商标\x00续展",
    "lone surrogate": "商标\ud800",
    "right to left": "\u202eأبجد\u202c",
    "markup": "<script>alert(1)</script><b>*_[x](y)",
    "path": "../../etc/passwd",
    "very long": "长" * 100_000,
    "unknown command": "/drop_tables now",
    "command of staff": "/claim GD-20261123-0001",
    "sql": "'; DROP TABLE ticket; --",
    "template": "{settings} %s {{7*7}}",
    "bidi digits": "\u2066123\u2069",
    "only controls": "\x01\x02\u200b\ufeff",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_a_clear_sentence_and_is_kept(name: str, desk_on_both: Desk) -> None:
    desk = desk_on_both
    text = HOSTILE[name]
    turn = take_turn(text_message(desk, text), desk)
    assert turn.replies
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in each.plain_text) for each in turn.replies)
    with desk.reading() as session:
        (kept,) = session.exec(select(ReceivedMessage)).all()
        assert len(kept.text) == len(text)
        assert kept.route


def test_nothing_typed_can_be_read_as_markup(desk: Desk, asker: CoreDriver) -> None:
    asker.send(text="/ask <b>x</b>")
    assert {type(block) for message in asker.received_messages() for block in message.blocks} == {Block}


FORGED = [
    *("", ":", "nonsense", "drop:1", "card:../../x", "card:", "pick:none", "good:", "good:x", "good:999", "bad:-1"),
    *("good:99999999999999999999", "score:1:9", "score:1:5", "score::", "solved:1:maybe", "solved:1:yes", "words:1"),
    *(
        "follow:1:ok",
        "follow:x:more",
        "done:1",
        "claim:1",
        "close:1",
        "service:Z99",
        "broadcast:1:approve:1",
        "broadcast:x",
    ),
    *("consent:", "erase:yes", "x" * 500, "good:１", "good:\x00", "human:\ud800"),
]


@pytest.mark.parametrize("action", FORGED)
def test_forged_buttons_get_a_sentence_and_change_nothing(action: str, desk: Desk, asker: CoreDriver) -> None:
    turn = asker.send("choice", action=action)
    assert turn.replies
    with desk.reading() as session:
        assert count(session, Consultation) == 0
        (kept,) = session.exec(select(ReceivedMessage)).all()
        assert len(kept.action) <= 64
        if not action.startswith("human"):
            assert count(session, Ticket) == 0


def test_other_peoples_ids_open_nothing(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    other = CoreDriver(desk, Address("core", "other"))
    other.say("没有人知道的事")
    room.press("接单")
    room.press("办结")
    for action in ("good:1", "bad:1", "done:1", "score:1:5", "solved:1:yes", "words:1", "follow:1:ok"):
        (reply,) = asker.send("choice", action=action).replies
        assert "失效" in reply.plain_text, action
        assert "GD-" not in reply.plain_text
    with desk.reading() as session:
        assert [each.outcome for each in session.exec(select(Consultation))] == [""]


def test_feedback_is_kept_with_the_consultation(desk: Desk, asker: CoreDriver) -> None:
    asker.say(RENEW)
    asker.press("没帮助")
    asker.press("有帮助")
    with desk.reading() as session:
        assert [each.outcome for each in session.exec(select(Consultation))] == ["good"]


def test_the_eleventh_message_in_a_minute_is_kept_and_told_once(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    for _ in range(13):
        asker.say(RENEW)
    said = [each.text for each in asker.received()]
    assert len(said) == 11
    assert "一分钟最多看 10 条" in said[-1]
    with desk.reading() as session:
        actions = [each.action for each in session.exec(select(Consultation))]
    assert actions == ["answer"] * 10 + ["throttled"] * 3
    asker.say("转人工")  # a person is there all the same
    assert "GD-20261123-0001" in asker.received()[0].text
    clock.advance(seconds=61)
    asker.say(RENEW)
    assert "示例：五百元。" in asker.received()[0].text


def test_a_clock_set_back_an_hour_throttles_nobody_for_what_came_before(asker: CoreDriver, clock: Clock) -> None:
    for _ in range(10):
        asker.say(RENEW)
        clock.advance(minutes=5)
    asker.received()
    clock.advance(hours=-1)
    asker.say(RENEW)
    assert "示例：五百元。" in asker.received()[-1].text


def test_a_throttled_word_to_staff_stands_on_the_ticket(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    room.press("接单")
    for number in range(12):
        asker.say(f"补充 {number}")
    shown = "\n".join(each.text for each in room.read())
    assert "补充 8" in shown
    assert "补充 11" not in shown
    with desk.reading() as session:
        assert [each.text for each in ticket_messages.of_ticket(session, 1)][-1] == "补充 11"


def test_every_message_in_is_a_message_archived(desk: Desk, asker: CoreDriver) -> None:
    for text in HOSTILE.values():
        asker.say(text)
    for action in FORGED:
        asker.send("choice", action=action)
    asker.send("file", attachments=(Attachment("f", "示例.pdf", "application/pdf", 9),))
    with desk.reading() as session:
        rows = session.exec(select(ReceivedMessage)).all()
        assert len(rows) == len(HOSTILE) + len(FORGED) + 1
        assert all(each.route for each in rows)


def test_a_file_is_registered_and_its_caption_answered(desk: Desk, asker: CoreDriver) -> None:
    attachment = Attachment("f", "示例.pdf", "application/pdf", 9)
    (bare,) = asker.send("file", attachments=(attachment,)).replies
    assert "文件已收到并登记" in bare.plain_text
    (captioned,) = asker.send("file", text=RENEW, attachments=(attachment,)).replies
    assert "示例：五百元。" in captioned.plain_text
    assert "文件已登记" in captioned.plain_text
    with desk.reading() as session:
        assert [each.attachments[0]["name"] for each in session.exec(select(ReceivedMessage))] == ["示例.pdf"] * 2


def test_an_edit_keeps_both_wordings_and_is_answered(desk: Desk, asker: CoreDriver) -> None:
    asker.send(text="商标", message_id="m1")
    asker.received()
    (reply,) = asker.send("edit", text=RENEW, foreign_message_id="m1").replies
    assert "示例：五百元。" in reply.plain_text
    with desk.reading() as session:
        first, second = session.exec(select(Consultation).order_by("id")).all()
        assert (first.question, first.edited_text) == ("商标", RENEW)
        assert (second.question, second.edit_of) == (RENEW, first.id)


def test_an_edit_without_a_changed_word_says_nothing(asker: CoreDriver) -> None:
    asker.send(text=RENEW, message_id="m1")
    assert asker.send("edit", text=RENEW, foreign_message_id="m1").replies == ()


def test_staff_see_an_edit_old_and_new(asker: CoreDriver, room: StaffRoom) -> None:
    asker.send(text="没有人知道的事", message_id="m1")
    room.press("接单")
    asker.send("edit", text="手机13800138000", foreign_message_id="m1")
    (shown,) = room.read()
    assert "原文：没有人知道的事" in shown.text
    assert "改为：手机138****8000" in shown.text


def test_an_edit_of_somebody_elses_message_shows_nothing_of_it(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    CoreDriver(desk, Address("core", "other")).send(text="别人的秘密", message_id="m1")
    room.read()
    asker.say("没有人知道的事")
    room.press("接单")
    asker.send("edit", text="改了", foreign_message_id="m1")
    assert "别人的秘密" not in room.read()[0].text


def test_who_blocks_us_is_marked_and_who_writes_again_is_not(desk: Desk, asker: CoreDriver) -> None:
    asker.say(RENEW)
    assert asker.send("blocked").replies == ()
    with desk.reading() as session:
        assert session.exec(select(Contact)).one().is_blocked
    asker.say(RENEW)
    with desk.reading() as session:
        assert not session.exec(select(Contact)).one().is_blocked


def test_a_follow_up_question_carries_the_last_one_for_half_an_hour(
    asker: CoreDriver, clock: Clock, desk: Desk
) -> None:
    asker.say(RENEW)
    asker.say("那费用呢")
    clock.advance(minutes=31)
    asker.say("那费用呢")
    assert desk.answerer.asked[1:] == [("那费用呢", RENEW), ("那费用呢", "")]  # type: ignore[attr-defined]


def test_a_follow_up_leans_on_the_last_one_as_it_was_completed(asker: CoreDriver, desk: Desk) -> None:
    asker.say(RENEW)
    asker.say("那外观呢")
    asker.say("那费用呢")
    assert desk.answerer.asked[-1] == ("那费用呢", "外观续展多少钱？")  # type: ignore[attr-defined]


def test_a_person_asked_for_after_a_follow_up_gets_the_whole_question(
    asker: CoreDriver, desk: Desk, room: StaffRoom
) -> None:
    asker.say(RENEW)
    asker.say("那外观呢")
    asker.say("转人工")
    assert any("外观续展多少钱？" in each.text for each in room.read())
    with desk.reading() as session:
        (*_, follow_up) = session.exec(select(Consultation)).all()
        assert follow_up.ticket_id == session.exec(select(Ticket)).one().id


@pytest.mark.parametrize(
    "word", ["转人工", "人工", "转人工！", " 人工客服 ", "找真人", "联系工作人员", "/human", "/HUMAN@bot"]
)
def test_a_person_by_many_words(word: str, asker: CoreDriver) -> None:
    asker.say(word)
    assert "GD-20261123-0001" in asker.received()[0].text


def test_a_question_that_is_heard_as_a_wish_for_a_person_opens_a_ticket(asker: CoreDriver, desk: Desk) -> None:
    asker.say("这件事我想让你们的人来跟我讲")  # the answering path decides; ours calls it weak evidence
    assert "GD-20261123-0001" in asker.received()[0].text


def test_a_card_that_is_gone_says_so(asker: CoreDriver) -> None:
    (reply,) = asker.send("choice", action="card:gone").replies
    assert "刚刚更新过" in reply.plain_text


def test_a_new_notice_version_is_shown_again(desk: Desk, asker: CoreDriver) -> None:
    asker.say(RENEW)
    asker.say(RENEW)
    renewed = CoreDriver(replace(desk, settings=replace(desk.settings, consent_version="2")), asker.address)
    renewed.send(text=RENEW, message_id="n1")
    assert "个人信息告知" in renewed.received()[0].text


def test_the_talk_is_looked_at_again_when_staff_moved_the_ticket(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    """Between our reading and our writing staff claim the ticket: the words must go to them, not to the assistant."""
    asker.say("没有人知道的事")
    room.read()

    class ClaimingAnswerer:
        def answer(self, question: str, on: object, *, previous: str = "", outlet: str = "") -> Answer:
            room.press("接单")
            return Answer("answer", "question", question, "机器人答复")

        def card(self, card_id: str, on: object, *, day: object = None, outlet: str = "") -> None:
            return None

        def flaws(self, text: str, on: object) -> tuple[Flaw, ...]:
            return ()

    moved = CoreDriver(replace(desk, answerer=ClaimingAnswerer()), asker.address)
    moved.send(text=RENEW, message_id="race")
    assert moved.received() == []
    assert RENEW in room.read()[0].text


def test_what_only_staff_were_asked_is_a_consultation_too(desk: Desk) -> None:
    """转人工 first, the question to whoever took the ticket: archived, found by its number, shown with cards."""
    asker, room = CoreDriver(desk), StaffRoom(desk)
    asker.say("转人工")
    room.press("接单")
    asker.say("你好")
    asker.say(RENEW)
    shown = room.read()[-1]
    asker.say("我在外地")
    with desk.reading() as session:
        filed = session.exec(select(Consultation)).all()
        ticket = session.exec(select(Ticket)).one()
        found = [each.ticket_number for each in search(session, ticket.number)]
        assert [(each.question, each.action, each.label, each.ticket_id) for each in filed] == [
            (RENEW, "escalate", "to_person", ticket.id)
        ]
        assert (ticket.consultation_id, ticket.service_item, found) == (filed[0].id, "B08", [ticket.number])
        assert ticket.question == RENEW
    assert len(asker.received()) == 1  # nobody talks in between
    assert (RENEW in shown.text, "插入 1" in shown.buttons) == (True, True)
