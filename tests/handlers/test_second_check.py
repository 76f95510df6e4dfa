"""Second checks (二次复核): who must see which reply, nobody passes their own, and none is lost or doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot.database import sessions
from consultations import checks, second_check, ticket_messages, tickets
from consultations.checks import ReplyCheck
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.second_check import NotWaitingError, OwnReplyError
from consultations.tickets import Staff
from handlers.deadlines import Watch
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

SHANGHAI = ZoneInfo("Asia/Shanghai")
NUMBER = "GD-20261123-0001"
DISPUTE = "有人仿冒我的牌子，要维权"
ANSWER = "示例：可以先请求调解。"
STAFF = """
[[staff]]
id = "a"
name = "示例甲"
accounts = ["staff:示例甲", "phone:1"]
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
class Office:
    """One asker, the staff room, and the watch that ticks."""

    desk: Desk
    clock: Clock
    asker: CoreDriver
    room: StaffRoom
    watch: Watch

    def tick(self, **parts: float) -> str:
        self.clock.advance(**parts)
        self.watch.send_due(self.desk)
        return self.reads()

    def reads(self) -> str:
        return "\n".join(each.text for each in self.room.read())

    def hears(self) -> list[str]:
        return [each.text for each in self.asker.received()]

    def says(self, words: str, who: str = "示例甲") -> str:
        return "\n".join(each.text for each in self.room.say(words, who=who))

    def presses(self, label: str, who: str = "示例乙") -> str:
        return "\n".join(each.text for each in self.room.press(label, who=who))

    def asks(self, words: str) -> None:
        self.asker.say(words)
        self.hears()
        self.tick()
        self.presses("接单", who="示例甲")

    def submits(self, words: str = ANSWER) -> str:
        """A dispute with a reply of 示例甲 that waits."""
        self.asks(DISPUTE)
        return self.says(words)

    def checks(self) -> list[ReplyCheck]:
        with self.desk.reading() as session:
            found = list(session.exec(select(ReplyCheck).order_by("id")))
            session.expunge_all()
            return found

    def history(self) -> list[str]:
        with self.desk.reading() as session:
            return [each.note or each.to_state for each in tickets.history_of(session, 1)]


def office_of(desk: Desk, clock: Clock, book: str = STAFF) -> Office:
    staffed = replace(desk, duty=Duty(book=parse_book({"staff.toml": book} if book else {}), version=1))
    return Office(staffed, clock, CoreDriver(staffed), StaffRoom(staffed), Watch())


@pytest.fixture
def office(desk: Desk, clock: Clock) -> Office:
    """With staff; Monday 10:00."""
    return office_of(desk, clock)


@pytest.fixture
def nobody_listed(desk: Desk, clock: Clock) -> Office:
    """Without a list of staff."""
    return office_of(desk, clock, "")


# --- which replies


@pytest.mark.parametrize(
    ("kind", "item", "risk", "share", "is_after"),
    [
        ("rights", "B08", "dispute", 100, False),
        ("consult", "B05", "dispute", 100, False),
        ("consult", "B09", "dispute", 100, False),
        ("consult", "V03", "dispute", 100, False),
        ("consult", "B11", "compliance", 100, False),
        ("risk_search", "", "compliance", 100, False),
        ("finance", "B12", "finance", 100, False),
        ("consult", "B13", "finance", 100, False),
        ("urgent", "B05", "urgent", 100, True),
        ("consult", "B01", "other", 5, False),
        ("taken_out", "", "other", 5, False),
    ],
)
def test_every_ticket_is_of_one_class_of_risk(kind: str, item: str, risk: str, share: int, *, is_after: bool) -> None:
    found = parse_book({}).risk_of(kind, item)
    assert (found.risk_id, found.share, found.is_after) == (risk, share, is_after)


@pytest.mark.parametrize("share", [0, 1, 5, 50, 99, 100])
def test_the_sample_has_the_share_that_was_set(share: int) -> None:
    drawn = sum(checks.is_drawn(share, f"GD-20261123-{n:04d}/0") for n in range(20_000))
    assert drawn / 200 == pytest.approx(share, abs=0.6 if 0 < share < 100 else 0)


def test_a_reply_is_drawn_always_or_never() -> None:
    names = [f"GD-20261123-{n:04d}/{place}" for n in range(300) for place in range(3)]
    assert [checks.is_drawn(5, each) for each in names] == [checks.is_drawn(5, each) for each in names]
    # Whoever is in a small sample is in every larger one: raising the share never lets one out.
    assert all(checks.is_drawn(20, each) for each in names if checks.is_drawn(5, each))


def test_of_everyday_replies_the_drawn_ones_wait_and_all_others_leave_at_once(office: Office) -> None:
    office.asks("没有人知道的事")
    heard = 0
    for n in range(60):
        office.says(f"示例：第{n}句。")
        heard += len(office.hears())
        if office.checks() and office.checks()[-1].state == "waiting":
            office.presses("通过并发送")
            assert len(office.hears()) == 1
            heard += 1
    with office.desk.reading() as session:
        said = [each for each in ticket_messages.of_ticket(session, 1) if each.author in ("staff", "dropped")]
    drawn = office.checks()
    assert heard == 60
    assert 0 < len(drawn) < 12
    assert len({each.message_id for each in drawn}) == len(drawn) == len(said) - 60
    assert {each.risk for each in drawn} == {"other"}


def test_nothing_the_author_writes_beside_it_changes_whether_a_reply_is_drawn(office: Office) -> None:
    office.asks("没有人知道的事")

    def is_drawn() -> bool:
        with office.desk.reading() as session:
            ticket = tickets.get(session, 1)
            assert ticket is not None
            return second_check.needed(session, office.desk.duty.book, ticket) is not None

    drawn = []
    for n in range(30):
        drawn.append(is_drawn())
        office.says("/note .", who="示例甲")
        assert is_drawn() is drawn[-1]
        office.says("依据《样灯法》第九条。")  # held back for its citation, and dropped again
        office.presses("改一改", who="示例甲")
        office.asker.say("还有吗？")
        assert is_drawn() is drawn[-1]
        office.says(f"示例：第{n}句。")
        if drawn[-1]:
            office.presses("通过并发送")
    assert set(drawn) == {True, False}


def test_an_outlet_sets_the_share_itself(desk: Desk, clock: Clock) -> None:
    book = STAFF + '[[risk]]\nid = "dispute"\nname = "纠纷"\nshare = 0\nkinds = ["rights"]\n'
    office = office_of(
        desk, clock, book + '[[risk]]\nid = "lamps"\nname = "灯具"\nshare = 100\nservice_items = ["B01"]\n'
    )
    office.asks(DISPUTE)
    assert "灯具" in office.says(ANSWER)  # the miniature answerer gives everything B01


def test_a_class_written_again_keeps_its_place() -> None:
    book = parse_book({"risks.toml": '[[risk]]\nid = "dispute"\nname = "纠纷"\nshare = 50\nservice_items = ["B05"]\n'})
    assert book.risk_of("urgent", "B05").risk_id == "urgent"
    assert book.risk_of("consult", "B05").share == 50


# --- the reply waits


def test_a_risky_reply_waits_for_a_colleague_and_leaves_once_approved(office: Office) -> None:
    shown = office.submits()
    assert f"{NUMBER} 的答复要另一位同事复核后再发（纠纷），答复人 示例甲：" in shown
    assert ANSWER in shown
    assert "请 示例乙、示例组长 中的一位复核。" in shown
    assert office.hears() == []
    assert f"{NUMBER} 的答复由 示例乙 复核通过，已发给服务对象。" in office.presses("通过并发送")
    (heard,) = office.hears()
    assert ANSWER in heard
    assert office.history()[-4:] == ["claimed", "答复送复核（纠纷）", "复核通过", "replied"]
    with office.desk.reading() as session:
        ticket = tickets.get(session, 1)
        assert ticket is not None
        assert (ticket.state, ticket.holder_name) == ("replied", "示例甲")
        assert [(each.author, each.actor) for each in ticket_messages.of_ticket(session, 1)] == [
            ("dropped", "staff:示例甲"),
            ("staff", "staff:示例甲"),
        ]


@pytest.mark.parametrize("who", ["示例甲", "phone"])
def test_nobody_passes_or_returns_their_own_reply(office: Office, who: str) -> None:
    office.submits()
    if who == "phone":  # the same person with another account
        book, me = office.desk.duty.book, Staff("phone:1", "别名")
        with office.desk.reading() as session:
            check = checks.waiting_of(session, 1)
            assert check is not None
            with pytest.raises(OwnReplyError):
                second_check.approve(session, book, check, me, office.clock.now())
            with pytest.raises(OwnReplyError):
                second_check.give_back(session, book, check, me, office.clock.now(), reason="示例")
        return
    assert "自己写的答复不能自己复核" in office.presses("通过并发送", who=who)
    assert "自己写的答复不能自己复核" in office.says("/check 通过", who=who)
    assert "自己写的答复不能自己复核" in office.says("/check 退回 再想想", who=who)
    assert office.hears() == []
    assert [each.state for each in office.checks()] == ["waiting"]


def test_strangers_in_the_room_and_askers_decide_nothing(office: Office) -> None:
    office.submits()
    assert "不在工作人员名单里" in office.presses("通过并发送", who="路人")
    office.asker.send("choice", action="check:1:1:pass")
    assert all(ANSWER not in each for each in office.hears())
    assert [each.state for each in office.checks()] == ["waiting"]


def test_a_returned_reply_goes_back_with_its_reason_and_the_next_one_is_checked_too(office: Office) -> None:
    office.submits()
    assert "请写明原因" in office.presses("退回修改")
    told = office.presses("没有答到所问")
    assert f"{NUMBER} 的答复由 示例乙 退回：没有答到所问。没有发出，请 示例甲 改好再发一遍，还会送复核。" in told
    assert "已经退回" in office.presses("通过并发送")
    office.says("/kind 咨询", who="示例甲")  # neither another class nor chance lets the next one out
    assert "要另一位同事复核后再发" in office.says("示例：先调解，再起诉。")
    assert office.hears() == []
    office.presses("通过并发送", who="示例组长")
    assert ["先调解" in each for each in office.hears()] == [True]
    assert [each.state for each in office.checks()] == ["returned", "passed"]
    with office.desk.reading() as session:
        notes = [each.text for each in ticket_messages.of_ticket(session, 1) if each.author == "note"]
    assert notes == ["复核退回：没有答到所问"]


@pytest.mark.parametrize("kinds", [("咨询",), ("紧急",), ("咨询", "紧急"), ("紧急", "维权", "咨询")])
def test_another_kind_does_not_release_a_reply(office: Office, kinds: tuple[str, ...]) -> None:
    office.asks(DISPUTE)
    for each in kinds:
        office.says(f"/kind {each}", who="示例甲")
    assert "要另一位同事复核后再发（纠纷）" in office.says(ANSWER)
    assert office.hears() == []


def test_a_ticket_found_to_be_a_dispute_later_is_one_from_then_on(office: Office) -> None:
    office.asks("没有人知道的事")
    office.says("/kind 维权", who="示例甲")
    office.says("/kind 咨询", who="示例甲")
    assert "要另一位同事复核后再发（纠纷）" in office.says(ANSWER)


def test_after_a_return_no_reply_leaves_first(office: Office) -> None:
    office.asks("明早就开庭")
    office.says("示例：不用去。")
    assert len(office.hears()) == 1
    office.presses("需要更正")
    office.presses("没有答到所问")
    for words in ("示例：要去。", "示例：带上证据。"):
        assert "要另一位同事复核后再发（紧急）" in office.says(words)
        assert office.hears() == []
        office.presses("通过并发送")
        assert len(office.hears()) == 1


def test_a_reply_drawn_by_chance_does_not_leave_as_an_emergency(desk: Desk, clock: Clock) -> None:
    office = office_of(desk, clock, STAFF + '[[risk]]\nid = "other"\nname = "其他"\nshare = 99\n')
    office.asks("没有人知道的事")
    assert "要另一位同事复核后再发（其他）" in office.says(ANSWER)
    office.says("/kind 紧急", who="示例甲")
    assert "要另一位同事复核后再发（紧急）" in office.says(ANSWER)
    assert office.hears() == []


def test_the_same_by_command(office: Office) -> None:
    office.submits()
    assert ANSWER in office.says(f"/check {NUMBER}", who="示例乙")
    assert "退回：说清楚期限" in office.says(f"/check {NUMBER} 退回 说清楚期限。", who="示例乙")
    office.says("示例：三个月。")
    assert "请写明原因" in office.says("/check 退回", who="示例乙")
    assert "/check 工单号 通过" in office.says("/check 好的", who="示例乙")
    assert "复核通过" in office.says("/check 通过 2", who="示例乙")
    assert ["三个月" in each for each in office.hears()] == [True]
    assert "没有在等复核的答复" in office.says("/check 通过", who="示例乙")
    assert "没有找到工单 GD-20991231-0001" in "".join(
        each.text for each in office.room.say("/check GD-20991231-0001 通过", who="示例乙", thread="")
    )


def test_a_reply_written_anew_takes_the_place_of_the_one_that_waits(office: Office) -> None:
    office.submits()
    office.says("示例：改好了。")
    old, new = office.checks()
    assert (old.state, new.state) == ("dropped", "waiting")
    assert "不会再发" in "".join(each.text for each in office.room.act(f"check:1:{old.id}:pass", who="示例乙"))
    assert office.hears() == []
    office.presses("通过并发送")
    assert ["改好了" in each for each in office.hears()] == [True]


def test_a_typed_approval_does_not_pass_what_was_rewritten_meanwhile(office: Office) -> None:
    office.submits()
    office.says("示例：改成另一个意思。")
    office.clock.advance(minutes=50)  # whoever read the first one had time enough, and types what they read about
    for words in ("/check 通过", "/check 通过 1", "/check 通过 第 1 稿", f"/check {NUMBER} 通过 20261123"):
        shown = office.says(words, who="示例乙")
        assert f"现在等着的是第 2 稿。请看下面的全文，再点按钮，或者发送 /check {NUMBER} 通过 2" in shown
        assert "的答复（第 2 稿）要另一位同事复核后再发" in shown
        assert "改成另一个意思" in shown
    assert office.hears() == []
    assert "复核通过" in office.says("/check 通过 第2稿", who="示例乙")
    assert ["改成另一个意思" in each for each in office.hears()] == [True]


def test_only_the_author_takes_a_reply_back(office: Office) -> None:
    office.submits()
    assert "只有写这条答复的人可以撤回" in office.says("/check 撤回", who="示例乙")
    assert "没有发出" in office.says("/check 撤回", who="示例甲")
    assert "不会再发" in office.presses("通过并发送")
    assert office.hears() == []
    assert "要另一位同事复核后再发" in office.says("示例：再来。")


def test_a_doubtful_citation_is_decided_before_anybody_checks(office: Office) -> None:
    office.asks(DISPUTE)
    assert "没有第九条" in office.says("依据《样灯法》第九条。")
    assert office.checks() == []
    office.presses("仍然发送", who="示例甲")
    assert office.hears() == []
    office.presses("通过并发送")
    assert ["第九条" in each for each in office.hears()] == [True]


def test_pressing_send_anyway_for_a_reply_that_waits_sends_nothing(office: Office) -> None:
    office.submits()
    (check,) = office.checks()
    office.room.act(f"send:1:{check.message_id}", who="示例甲")
    assert office.hears() == []


def test_a_citation_that_became_wrong_while_waiting_is_not_sent(office: Office) -> None:
    office.clock.moment = datetime(2026, 12, 31, 16, 0, tzinfo=SHANGHAI)
    office.asks(DISPUTE)
    office.says("依据《样灯法》第二条（2020年1月31日版）。")
    office.clock.advance(hours=10)
    assert "引用的条款现在不对了" in office.presses("通过并发送")
    assert office.hears() == []
    assert [each.state for each in office.checks()] == ["waiting"]


def test_personal_data_is_masked_for_the_room_and_whole_for_the_asker(office: Office) -> None:
    shown = office.submits("示例：打13800138000。")
    assert "138****8000" in shown
    assert "发给服务对象的是原文" in shown
    office.presses("通过并发送")
    assert "13800138000" in office.hears()[0]


# --- what becomes of the ticket meanwhile


def test_staff_cannot_close_a_ticket_whose_reply_waits(office: Office) -> None:
    office.submits()
    assert "现在不能办结" in office.says("/close", who="示例甲")
    office.presses("通过并发送")
    assert "办结" in office.says("/close", who="示例甲")


def test_the_asker_ends_it_and_the_reply_is_not_sent(office: Office) -> None:
    office.submits()
    office.asker.send("choice", action="done:1")
    assert "复核中的答复没有发出" in office.reads()
    assert "不会再发" in office.presses("通过并发送")
    assert all(ANSWER not in each for each in office.hears())
    assert "复核中的答复没有发出" in office.history()


@pytest.mark.parametrize("words", ["/release 换人", f"/assign {NUMBER} 示例乙"])
def test_a_ticket_that_moves_on_takes_no_reply_along(office: Office, words: str) -> None:
    office.submits()
    office.says(words, who="示例甲")
    assert "不会再发" in "".join(each.text for each in office.room.act("check:1:1:pass", who="示例组长"))
    assert office.hears() == []
    office.presses("接单", who="示例乙")
    assert "要另一位同事复核后再发" in office.says("示例：接着办。", who="示例乙")
    office.presses("通过并发送", who="示例甲")  # now the colleague checks
    assert ["接着办" in each for each in office.hears()] == [True]


def test_erasing_drops_the_reply_with_the_words(office: Office) -> None:
    office.submits()
    assert ANSWER in "".join(each.text for each in office.room.say("/check", who="示例乙", thread=""))
    assert ANSWER in office.presses(f"看全文 {NUMBER}")
    office.asker.send("choice", action="erase:sure")
    assert "不会再发" in office.presses("通过并发送")
    assert all(ANSWER not in each for each in office.hears())
    with office.desk.reading() as session:
        assert {each.text for each in ticket_messages.of_ticket(session, 1)} == {""}
        assert all(ANSWER not in str(each.payload) for each in session.exec(select(OutboxMessage)))


def test_whoever_waits_for_a_colleague_is_not_silent(office: Office) -> None:
    office.submits()
    office.asker.say("还要带什么？")
    for _ in range(40):
        assert "收回" not in office.tick(minutes=9)
    (check,) = office.checks()
    assert check.state == "waiting"


def test_merged_tickets_are_of_the_class_of_which_most_are_checked(office: Office) -> None:
    office.asks("没有人知道的事")
    other = CoreDriver(office.desk, address=Address("other", "asker"))
    other.say(DISPUTE)
    office.tick()
    office.says("/merge GD-20261123-0002 GD-20261123-0001", who="示例甲")
    assert "要另一位同事复核后再发（纠纷）" in "".join(
        each.text for each in office.room.say(ANSWER, who="示例甲", thread="ticket:1")
    )
    office.presses("通过并发送")
    assert ANSWER in office.hears()[0]
    assert any(ANSWER in each.text for each in other.received())


def test_an_emergency_and_a_dispute_merged_are_checked_before_the_reply_leaves(office: Office) -> None:
    office.asks("明早就开庭")
    other = CoreDriver(office.desk, address=Address("other", "asker"))
    other.say(DISPUTE)
    other.received()
    office.tick()
    office.says("/merge GD-20261123-0002 GD-20261123-0001", who="示例甲")
    shown = "".join(each.text for each in office.room.say(ANSWER, who="示例甲", thread="ticket:1"))
    assert "要另一位同事复核后再发（纠纷）" in shown
    assert [each.text for each in other.received()] == office.hears() == []


@pytest.mark.parametrize(
    "words", ["/merge GD-20261123-0002 GD-20261123-0001", "/merge GD-20261123-0001 GD-20261123-0002"]
)
def test_a_reply_to_one_asker_is_not_sent_to_two_when_their_tickets_are_merged(office: Office, words: str) -> None:
    office.submits("示例：您的证件号我们看过了。")
    other = CoreDriver(office.desk, address=Address("other", "asker"))
    other.say("没有人知道的事")
    other.received()
    office.tick()
    assert f"{NUMBER} 复核中的答复没有发出" in office.says(words, who="示例甲")
    office.presses("通过并发送")
    assert [each.state for each in office.checks()] == ["dropped"]
    assert [each.text for each in other.received()] == office.hears() == []
    assert "复核中的答复没有发出" in office.history()


# --- emergencies


def test_in_an_emergency_the_reply_leaves_first_and_is_checked_afterwards(office: Office) -> None:
    office.asks("明早就开庭")
    shown = office.says("示例：带上证据去法院。")
    assert "已经先发出（紧急），请另一位同事马上复核" in shown
    assert ["带上证据" in each for each in office.hears()] == [True]
    assert "自己写的答复不能自己复核" in office.presses("复核无误", who="示例甲")
    office.says("/close", who="示例甲")  # what was sent is still looked at
    office.hears()
    told = office.presses("需要更正")
    assert "请写明原因" in told
    assert "请 示例甲 尽快给服务对象补发更正" in office.presses("没有答到所问")
    assert office.hears() == []
    assert [(each.state, each.is_after) for each in office.checks()] == [("returned", True)]


def test_an_emergency_reply_found_right_is_not_sent_again(office: Office) -> None:
    office.asks("明早就开庭")
    office.says("示例：带上证据去法院。")
    office.hears()
    assert "由 示例乙 复核无误" in office.presses("复核无误")
    assert "没有重复发送" in office.presses("复核无误", who="示例组长")
    assert office.hears() == []


# --- waiting too long


def test_the_asker_is_told_once_and_only_when_it_takes_long(office: Office) -> None:
    office.submits()
    office.tick(minutes=29)
    assert office.hears() == []
    office.tick(minutes=1)
    assert [f"您的工单 {NUMBER} 已经写好答复，正在由另一位工作人员复核" in each for each in office.hears()] == [True]
    office.says("示例：改好了。")  # the same wait goes on
    office.tick(minutes=40)
    assert office.hears() == []


def test_the_promised_time_still_counts(office: Office) -> None:
    office.submits()
    read = "".join(office.tick(minutes=9) for _ in range(27))
    assert "答复时限已过一半（50%）" in read
    assert "答复已经写好，正在等另一位同事复核" in read


def test_the_leader_hears_that_nobody_looks_and_again_each_working_day(office: Office) -> None:
    office.submits()
    office.tick(minutes=59)
    told = office.tick(minutes=1)
    assert told.count(f"{NUMBER} 的答复等复核已经 1 小时 0 分钟（上班时间），答复人 示例甲") == 2  # thread and room
    assert "请值班负责人 示例组长 关注" in told
    assert "等复核已经" not in office.tick(minutes=120)
    again = "".join(office.tick(minutes=20) for _ in range(3 * 22))
    assert again.count("等复核已经") == 2
    assert [each.state for each in office.checks()] == ["waiting"]


def test_writing_it_anew_keeps_the_moment_at_which_the_leader_hears(office: Office) -> None:
    office.submits()
    for minutes in (25, 25, 9):
        assert "等复核已经" not in office.tick(minutes=minutes)
        office.says(f"示例：又改了一次，{minutes}。")
    assert f"{NUMBER} 的答复等复核已经 1 小时 0 分钟" in office.tick(minutes=1)


def test_a_reply_taken_back_and_sent_in_later_begins_to_wait_anew(office: Office) -> None:
    office.submits()
    office.tick(minutes=50)
    office.says("/check 撤回")
    office.clock.advance(minutes=5)
    office.says("示例：想好了。")
    assert "等复核已经" not in office.tick(minutes=59)
    assert "等复核已经 1 小时 0 分钟" in office.tick(minutes=1)


def test_deciding_about_one_reply_silences_no_other(office: Office) -> None:
    office.asks("明早就开庭")
    office.says("示例：带上证据去法院。")
    office.tick(minutes=20)
    office.says("示例：带上身份证。")
    office.room.act("check:1:2:pass", who="示例乙")
    assert [each.state for each in office.checks()] == ["waiting", "passed"]
    assert "等复核已经 30 分钟" in office.tick(minutes=10)
    office.room.act("check:1:1:pass", who="示例乙")
    office.reads()
    assert "等复核已经" not in "".join(office.tick(minutes=20) for _ in range(3 * 24))


def test_with_nobody_else_on_duty_it_waits_and_says_so(desk: Desk, clock: Clock) -> None:
    away = '[[absence]]\nstaff = "b"\nfrom = 2026-11-23\n[[absence]]\nstaff = "lead"\nfrom = 2026-11-23\n'
    office = office_of(desk, clock, STAFF + away)
    shown = office.submits()
    assert "现在没有别的同事当班；到 11月23日（星期一）11:00 还没有人复核，会提醒值班负责人" in shown
    assert "请值班负责人 示例组长 关注" in office.tick(minutes=60)
    assert all(ANSWER not in each for each in office.hears())


def test_an_outlet_of_one_is_told_the_cure(desk: Desk, clock: Clock) -> None:
    office = office_of(desk, clock, STAFF.split('[[staff]]\nid = "b"', maxsplit=1)[0])
    assert '把 [[risk]] id = "dispute" 的 share 改成 0' in office.submits().replace("在 duty/ 里", "")


def test_after_days_of_darkness_each_is_told_once(office: Office) -> None:
    office.submits()
    told = office.tick(days=3)
    assert told.count("等复核已经") == 2
    assert office.tick() == ""
    assert sum("正在由另一位工作人员复核" in each for each in office.hears()) == 1


# --- without a list, and the figures


def test_without_a_list_anybody_else_in_the_room_decides(nobody_listed: Office) -> None:
    assert "请另一位同事复核。" in nobody_listed.submits()
    assert "自己写的答复" in nobody_listed.presses("通过并发送", who="示例甲")
    nobody_listed.presses("通过并发送", who="示例丙")
    assert [ANSWER in each for each in nobody_listed.hears()] == [True]


def test_the_list_shows_what_waits_and_how_long_it_takes(office: Office) -> None:
    assert "在等复核 0 条。近 30 天还没有复核过。" in office.says("/check", who="示例乙")
    office.submits()
    office.clock.advance(minutes=20)
    office.presses("退回修改")
    office.presses("文字不清楚")
    office.says("示例：改好了。")
    office.clock.advance(minutes=40)
    office.presses("通过并发送")
    office.says("示例：再补一句。")
    office.clock.advance(minutes=5)
    (shown,) = office.room.say("/check", who="示例乙", thread="")
    assert f"{NUMBER} · 纠纷 · 答复人 示例甲 · 已等 5 分钟\n  示例：再补一句。" in shown.text
    assert "在等复核 1 条。近 30 天复核 2 条：等待时间中位数 30 分钟，95% 在 40 分钟 以内" in shown.text
    assert "退回 1 条（50%）。其中纠纷 2 条。" in shown.text
    assert "再补一句" in office.presses(f"看全文 {NUMBER}")
    listed = "".join(each.text for each in office.room.say("/tickets", thread=""))
    assert "已回复 · 答复等复核" in listed
    assert "二次复核：示例甲 的答复在等复核，已等 5 分钟" in office.says(f"/ticket {NUMBER}")


# --- at once, and killed


def test_of_two_who_approve_at_once_one_sends(desk_on_both: Desk, clock: Clock) -> None:
    office = office_of(desk_on_both, clock)
    office.submits()
    book, now = office.desk.duty.book, clock.now()

    def attempt(name: str) -> bool:
        with office.desk.writing() as session:
            check = checks.get(session, 1)
            assert check is not None
            try:
                second_check.approve(session, book, check, Staff(f"staff:{name}", name), now)
            except NotWaitingError:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, ["示例乙", "示例组长"] * 8))
    assert won.count(True) == 1


def test_approving_and_closing_at_once_end_in_one_of_both(desk_on_both: Desk, clock: Clock) -> None:
    office = office_of(desk_on_both, clock)
    office.submits()

    def approve() -> None:
        office.room.act("check:1:1:pass", who="示例乙")

    def end() -> None:
        office.asker.send("choice", action="done:1")

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(approve), pool.submit(end)]:
            each.result()
    (check,) = office.checks()
    n_sent = sum(ANSWER in each for each in office.hears())
    assert (check.state, n_sent) in {("passed", 1), ("dropped", 0)}


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import bot.tables
from bot.database import open_engine, sessions
from consultations import checks, second_check
from consultations.duty_reading import parse_book
from consultations.tickets import Staff
from handlers.staff_reply import reply_to_asker

now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
writing, _ = sessions(open_engine(sys.argv[1]))
with writing() as session:
    check = checks.get(session, 1)
    words = second_check.approve(session, parse_book({}), check, Staff("staff:b", "b"), now)
    reply_to_asker(session, 1, Staff(check.author, check.author_name), words, now)
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_while_approving_the_reply_waits_on(desk: Desk, clock: Clock, sqlite_engine: Engine) -> None:
    office = office_of(desk, clock)
    office.submits()
    done = subprocess.run([sys.executable, "-c", KILLED, str(sqlite_engine.url)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    _, reading = sessions(sqlite_engine)
    with reading() as session:
        assert [each.state for each in session.exec(select(ReplyCheck))] == ["waiting"]
        assert all(
            ANSWER not in str(each.payload) for each in session.exec(select(OutboxMessage)) if each.kind != "staff"
        )
    office.clock.advance(minutes=1)
    office.presses("通过并发送")
    assert [ANSWER in each for each in office.hears()] == [True]
