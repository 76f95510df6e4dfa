"""Files both ways between asker and staff: what passes, what does not and why, and nothing to the wrong person."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from consultations import checks, tickets
from consultations.messages import Address, Attachment, Inbound, Outbound, outbound_from_json, outbound_to_json
from handlers import files
from handlers.desk import Desk
from handlers.turn import take_turn
from tests.drivers import STAFF_ROOM, CoreDriver, StaffRoom

NUMBER = "GD-20261123-0001"
IDS = itertools.count()


def file(name: str = "示例.pdf", size: int = 9) -> tuple[Attachment, ...]:
    return (Attachment("f", name, "application/octet-stream", size),)


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    """Somebody on the same channel as the staff room."""
    return CoreDriver(desk, Address("staff", "person"))


@pytest.fixture
def opened(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    asker.say("没有人知道的事")
    asker.received()
    room.say("/claim", thread="ticket:1")
    return room


def send_from_room(
    desk: Desk, *, who: str = "示例甲", thread: str = "ticket:1", words: str = "", name: str = "示例.pdf"
) -> str:
    key, sent = f"file/{next(IDS)}", file(name)
    inbound = Inbound(STAFF_ROOM, key, who, desk.now(), "file", who, text=words, thread_key=thread, attachments=sent)
    return "\n".join(each.plain_text for each in take_turn(inbound, desk).replies)


# --- from the asker


def test_a_file_of_the_asker_stands_in_the_ticket_s_thread(asker: CoreDriver, opened: StaffRoom) -> None:
    asker.send("file", attachments=file("证书.pdf"), text="这是证书", message_id="m/7")
    (message,) = [each for each in _messages(opened, asker) if each.file_of]
    assert (message.file_of, message.thread_key) == ("m/7", "ticket:1")
    assert "服务对象发来文件：证书.pdf 这是证书" in message.plain_text


def _messages(room: StaffRoom, asker: CoreDriver) -> list[Outbound]:
    """Both sides are on one channel here: the room's look takes everything that is due."""
    room.read()
    return [*room._seen, *asker._seen]  # noqa: SLF001


@pytest.mark.parametrize(
    ("name", "size", "why"),
    [
        ("工具.exe", 9, "不收 .exe 文件"),
        ("无后缀", 9, "文件名没有后缀"),
        ("证书.pdf.js", 9, "不收 .js 文件"),
        ("大.pdf", files.LARGEST_BYTES + 1, "文件超过 20 MB"),
    ],
)
def test_what_does_not_pass_is_told_to_both(
    asker: CoreDriver, opened: StaffRoom, name: str, size: int, why: str
) -> None:
    turn = asker.send("file", attachments=file(name, size))
    assert f"这个文件没有转给工作人员：{why}" in turn.replies[0].plain_text
    told = _messages(opened, asker)
    assert all(not each.file_of for each in told)
    assert any(f"服务对象发来文件：{name}" in each.plain_text for each in told)
    assert any(f"文件没有转来：{why}" in each.plain_text for each in told)


def test_too_many_files_a_day_are_told(asker: CoreDriver, opened: StaffRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_A_DAY", 2)
    told = [asker.send("file", attachments=file()).replies[0].plain_text for _ in range(3)]
    assert ["没有转给工作人员：一天最多发 2 个文件" in each for each in told] == [False, False, True]
    assert sum(bool(each.file_of) for each in _messages(opened, asker)) == 2


def test_a_file_from_another_channel_stays_there_and_staff_know(desk: Desk, room: StaffRoom) -> None:
    elsewhere = CoreDriver(desk)
    elsewhere.say("没有人知道的事")
    room.press("接单")
    elsewhere.send("file", attachments=file())
    assert "文件留在对方的渠道里，这里看不到" in "".join(each.text for each in room.read())


def test_staff_read_the_number_of_a_visitor_s_file_and_get_no_copy_in_the_chat(desk: Desk, room: StaffRoom) -> None:
    visitor = CoreDriver(desk, Address("web", "visitor"))
    visitor.say("没有人知道的事")
    room.press("接单")
    stored = (Attachment("ab12", "证书 13812345678.pdf", "pdf", 2 * 2**20, sha256="ab12" * 16),)
    visitor.send("file", attachments=stored)
    (told,) = [each for each in room.read() if "发来文件" in each.text]
    assert "证书 138****5678.pdf" in told.text
    assert "python3 run.py files save 1" in told.text
    assert "ab12ab12ab12ab12" in told.text
    assert all(not each.file_of for each in room._seen)  # noqa: SLF001


# --- from staff


def test_a_file_of_the_holder_reaches_the_asker_with_its_words(
    desk: Desk, asker: CoreDriver, opened: StaffRoom
) -> None:
    assert f"文件已发给 {NUMBER} 的服务对象" in send_from_room(desk, name="范本.docx", words="照这个填。")
    (message,) = [each for each in asker.received_messages() if each.file_of]
    assert "文件：范本.docx\n照这个填。" in message.plain_text
    with desk.reading() as session:
        ticket = tickets.get(session, 1)
        assert ticket is not None
        assert ticket.state == "replied"


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"who": "示例乙"}, "由 示例甲 办理，文件没有发给服务对象"),
        ({"name": "工具.exe"}, "文件没有发给服务对象：不收 .exe 文件"),
        ({"words": "依据《样灯法》第九条"}, "没有第九条"),
        ({"thread": "ticket:9"}, "没认出是哪张工单"),
    ],
)
def test_what_is_not_sent_says_why(
    desk: Desk, asker: CoreDriver, opened: StaffRoom, parts: dict[str, str], why: str
) -> None:
    assert why in send_from_room(desk, **parts)
    assert all(not each.file_of for each in _messages(opened, asker))


def test_before_claiming_and_after_closing_no_file_leaves(desk: Desk, asker: CoreDriver, room: StaffRoom) -> None:
    asker.say("没有人知道的事")
    asker.received()
    assert "请先点“接单”" in send_from_room(desk)
    room.say("/claim", thread="ticket:1")
    room.say("/close", thread="ticket:1")
    assert "已经办结" in send_from_room(desk)
    assert all(not each.file_of for each in _messages(room, asker))


# --- the second check


@pytest.fixture
def disputed(asker: CoreDriver, room: StaffRoom) -> StaffRoom:
    """A ticket whose replies need a second person."""
    asker.say("有人仿冒我的牌子，要维权")
    asker.received()
    room.say("/claim", thread="ticket:1")
    return room


def test_a_file_waits_for_the_second_person_who_gets_a_copy_and_that_copy_leaves(
    desk: Desk, asker: CoreDriver, disputed: StaffRoom
) -> None:
    send_from_room(desk, name="范本.docx", words="照这个填。")
    told = _messages(disputed, asker)
    (copied,) = [each for each in told if each.file_of]
    assert (copied.kind, copied.file_of.partition("/")[0]) == ("staff", "file")
    assert "文件：范本.docx\n照这个填。" in "".join(each.plain_text for each in told)
    assert "自己写的答复不能自己复核" in disputed.press("通过并发送")[0].text
    disputed.press("通过并发送", who="示例乙")
    (sent,) = [each for each in _messages(disputed, asker) if each.file_of and each.kind == "reply"]
    assert sent.file_of == "x"  # what the room knows the copy by, not what its author may have edited since
    assert "文件：范本.docx\n照这个填。" in sent.plain_text


def test_nobody_passes_a_file_whose_copy_has_not_arrived(desk: Desk, disputed: StaffRoom) -> None:
    send_from_room(desk)
    pressed = Inbound(STAFF_ROOM, "early/1", "示例乙", desk.now(), "choice", "示例乙", action="check:1:1:pass")
    inbound = replace(pressed, thread_key="ticket:1")
    assert "还没有复制到工单话题里" in take_turn(inbound, desk).replies[0].plain_text
    with desk.reading() as session:
        assert checks.draft_waits(session, 1)


def test_a_file_given_back_or_overtaken_by_words_never_leaves(
    desk: Desk, asker: CoreDriver, disputed: StaffRoom
) -> None:
    send_from_room(desk)
    disputed.say("/check 退回 文件不对", who="示例乙", thread="ticket:1")
    send_from_room(desk)
    told = "".join(each.text for each in disputed.say("示例：改用文字说。", thread="ticket:1"))
    assert "第 2 稿和它附的文件还没有复核，不再发出" in told  # nobody believes that both are on their way
    disputed.press("通过并发送", who="示例乙")
    sent = [each for each in _messages(disputed, asker) if each.kind == "reply" and "示例" in each.plain_text]
    assert [(each.file_of, "改用文字说" in each.plain_text) for each in sent][-1] == ("", True)
    assert all(each.kind == "staff" for each in _messages(disputed, asker) if each.file_of)


def test_an_urgent_file_leaves_first_and_is_looked_at_afterwards(
    desk: Desk, asker: CoreDriver, room: StaffRoom
) -> None:
    asker.say("明早就开庭")
    asker.received()
    room.say("/claim", thread="ticket:1")
    assert f"文件已发给 {NUMBER} 的服务对象" in send_from_room(desk)
    told = [each for each in _messages(room, asker) if each.file_of]
    assert sorted(each.kind for each in told) == ["reply", "staff"]
    assert "复核无误" in "".join(each.text for each in room.press("复核无误", who="示例乙"))


def test_no_file_leaves_when_one_of_two_merged_askers_could_not_get_it(
    desk: Desk, asker: CoreDriver, opened: StaffRoom
) -> None:
    CoreDriver(desk, Address("elsewhere", "person")).say("没有人知道的事")
    opened.say("/merge GD-20261123-0002 GD-20261123-0001", thread="")
    assert "对方用的渠道不能收文件" in send_from_room(desk)
    assert all(not each.file_of for each in _messages(opened, asker))


def test_a_file_in_the_outbox_is_read_back() -> None:
    message = Outbound(STAFF_ROOM, (), file_of="7/9")
    assert outbound_from_json(outbound_to_json(message)) == message
    old = outbound_to_json(message)
    del old["file_of"]
    assert outbound_from_json(old).file_of == ""
