"""Broadcasts: drafted, tried out, approved by somebody else, sent once to each, stopped at any moment, counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from consultations import broadcast_rows, broadcasts, contacts, outbox
from consultations.broadcasts import Broadcast, BroadcastRefusedError, Content
from consultations.contacts import Contact
from consultations.messages import Address, Outbound
from consultations.outbox import OutboxMessage
from consultations.tickets import Staff
from handlers import send_broadcasts, write_broadcast
from handlers.desk import Desk
from tests.conftest import Clock
from tests.drivers import CoreDriver, Driver, StaffRoom
from tests.handlers.conftest import ADMINISTRATOR

WRITER, APPROVER = Staff("s:1", "示例甲"), Staff("s:2", "示例乙")
SECOND = Address("core", "second-administrator")


def subscribe(desk: Desk, n_people: int) -> None:
    with desk.writing() as session:
        for number in range(n_people):
            person = contacts.meet(session, Address("crowd", f"p{number}"), "", desk.now())
            contacts.agree(person, "1", desk.now())


def rows(desk: Desk) -> list[OutboxMessage]:
    with desk.reading() as session:
        mine = select(OutboxMessage).where(OutboxMessage.broadcast_id.is_not(None))  # type: ignore[union-attr]
        found = session.exec(mine.order_by("id")).all()
        session.expunge_all()
    return list(found)


def claim(desk: Desk, limit: int = 100) -> list[Outbound]:
    with desk.writing() as session:
        return outbox.claim_due(session, now=desk.now(), channels=["crowd"], limit=limit, lease_seconds=60)


def state(desk: Desk, number: int = 1) -> str:
    with desk.reading() as session:
        return session.get_one(Broadcast, number).state


def approved(desk: Desk, text: str = "示例通知", **parts: object) -> int:
    """A broadcast that somebody else approved."""
    with desk.writing() as session:
        made = broadcasts.draft(session, Content(text, **parts), WRITER, desk.now())  # type: ignore[arg-type]
        write_broadcast.submit(session, desk, made, WRITER, desk.now())
        write_broadcast.approve(session, desk, made, made.edition, APPROVER, desk.now())
        return made.key


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk with two administrators."""
    return replace(desk, settings=replace(desk.settings, administrators=(ADMINISTRATOR, SECOND)))


@pytest.fixture
def writer(desk: Desk) -> CoreDriver:
    """An administrator who has seen the privacy notice."""
    made = CoreDriver(desk, ADMINISTRATOR)
    made.say("/help")
    made.received()
    return made


@pytest.fixture
def approver(desk: Desk) -> CoreDriver:
    made = CoreDriver(desk, SECOND)
    made.say("/help")
    made.received()
    return made


# --- in chat


def test_written_submitted_approved_by_another_and_sent_once_to_each(
    desk: Desk, writer: CoreDriver, approver: CoreDriver
) -> None:
    subscribe(desk, 3)
    writer.say("/broadcast 标题：培训通知\n示例通知：周五有培训。\n---\n示例全文：带上样品。")
    preview = writer.received()[-1]
    assert "现在 3 位（crowd 3）" in preview.text
    assert "培训通知\n\n示例通知：周五有培训。\n［查看全文］ ［退订］ ［我的订阅］" in preview.text
    writer.press("提交审批")
    assert "等另一位工作人员批准" in writer.received()[-1].text
    writer.say("/broadcast 1")
    writer.press("批准发送")
    assert "须由另一位工作人员审批" in writer.received()[-1].text
    approver.say("/broadcasts")
    approver.press("查看 1")
    approver.press("批准发送")
    assert "几秒内开始发送" in approver.received()[-1].text
    assert rows(desk) == []
    assert [send_broadcasts.run_due(desk) for _ in range(2)] == [1, 0]
    sent = rows(desk)
    assert sorted(each.chat_id for each in sent) == ["p0", "p1", "p2"]
    assert len({each.dedupe_key for each in sent}) == 3
    assert {(each.on_doubt, each.priority) for each in sent} == {("hold", 9)}
    labels = [each.label for line in sent[0].message.choices for each in line]
    assert labels == ["查看全文", "退订", "我的订阅"]


def test_staff_write_and_approve_in_their_room(desk: Desk, room: StaffRoom) -> None:
    subscribe(desk, 2)
    assert "现在 2 位" in room.say("/broadcast 示例通知", who="示例甲", thread="")[0].text
    told = room.press("提交审批", who="示例甲")
    assert any("推送 1 等待审批" in each.text for each in told)
    assert "须由另一位" in room.act("broadcast:1:approve:1", who="示例甲")[0].text
    assert "已批准" in room.act("broadcast:1:approve:1", who="示例乙")[0].text
    assert "不能批准" in room.act("broadcast:1:approve:1", who="示例丙")[0].text
    assert send_broadcasts.run_due(desk) == 1
    assert len(rows(desk)) == 2


def test_what_was_edited_since_is_not_approved(desk: Desk, writer: CoreDriver, approver: CoreDriver) -> None:
    subscribe(desk, 1)
    writer.say("/broadcast 示例一")
    writer.press("提交审批")
    approver.say("/broadcast 1")
    writer.say("/broadcast #1 示例二")
    assert "第 2 稿 · 起草中" in writer.received()[-1].text
    writer.press("提交审批")
    approver.press("批准发送")
    assert "改过了，现在是第 2 稿" in approver.received()[-1].text
    assert state(desk) == "in_review"
    approver.say("/broadcast 1")
    approver.press("批准发送")
    writer.say("/broadcast #1 示例三")  # after the approval: it is a draft again
    assert state(desk) == "draft"
    assert send_broadcasts.run_due(desk) == 0


def test_an_edit_keeps_what_it_does_not_name(desk: Desk, writer: CoreDriver) -> None:
    subscribe(desk, 1)
    writer.say("/segment 甲 主题=商标")
    writer.say("/broadcast 受众：甲\n时间：12-01 09:00\n标题：示例标题\n示例一\n---\n示例全文")
    writer.say("/broadcast #1 标题：另一个标题")
    told = writer.received()[-1].text
    assert [each in told for each in ("受众：甲", "2026-12-01 09:00", "另一个标题", "示例一", "示例全文")] == [True] * 5
    writer.say("/broadcast #1 时间：马上")
    assert "批准后马上" in writer.received()[-1].text


def test_the_next_message_is_the_text_that_was_asked_for(desk: Desk, writer: CoreDriver) -> None:
    subscribe(desk, 1)
    writer.say("群发")
    writer.say("示例通知")
    writer.press("改一改")
    writer.say("示例通知二")
    assert "第 2 稿" in writer.received()[-1].text
    writer.say("群发")
    writer.say("/help")
    writer.say("商标续展多少钱？")
    assert "示例：五百元。" in writer.received()[-1].text


@pytest.mark.parametrize("words", ["/broadcast 假冒", "群发", "/broadcasts", "/segment 甲 主题=商标"])
def test_only_who_may_writes_broadcasts(asker: CoreDriver, words: str) -> None:
    asker.say(words)
    assert "这只对工作人员开放" in asker.received()[0].text
    asker.say("商标续展多少钱？")
    assert "示例：五百元。" in asker.received()[0].text


def test_a_test_goes_to_oneself_and_is_no_part_of_the_figures(desk: Desk, writer: CoreDriver) -> None:
    subscribe(desk, 2)
    writer.say("/broadcast 示例通知\n---\n示例全文")
    writer.press("发给我试看")
    tried = writer.received()[-1]
    assert tried.text.startswith("这是试发")
    assert tried.buttons == ("查看全文", "退订", "我的订阅")
    writer.press("查看全文")
    assert "示例全文" in writer.received()[-1].text
    assert rows(desk) == []
    with desk.reading() as session:
        assert broadcast_rows.counts(session, 1) == {}


def test_segments_are_saved_counted_and_used(desk: Desk, asker: CoreDriver, writer: CoreDriver) -> None:
    subscribe(desk, 2)
    asker.send("choice", action="subscribe:kind:小微企业")
    writer.say("/segment 小微 企业类型=小微企业，个体工商户")
    assert "已保存受众“小微”，现在 1 位（core 1）" in writer.received()[-1].text
    writer.say("/segments")
    told = writer.received()[-1].text
    assert "全部订阅者（不限）：现在 3 位" in told
    assert "小微（企业类型：小微企业、个体工商户）：现在 1 位" in told
    assert "asker" not in told
    writer.say("/broadcast 受众：小微\n示例通知")
    assert "受众：小微，现在 1 位" in writer.received()[-1].text
    for words in ("/segment", "/segment 小微", "/segment 小微 颜色=红", "/segment 小微 主题=没有"):
        writer.say(words)
        assert "已保存" not in writer.received()[-1].text


@pytest.mark.parametrize(
    ("lines", "is_public"),
    [("", True), ("受众：小微\n", False), ("受众：小微\n公开：是\n", True), ("公开：否\n", False)],
)
def test_what_is_for_some_stands_among_the_past_pushes_only_when_asked_for(
    desk: Desk, writer: CoreDriver, lines: str, is_public: bool
) -> None:
    writer.say("/segment 小微 企业类型=小微企业")
    writer.say(f"/broadcast {lines}示例通知")
    with desk.reading() as session:
        assert session.exec(select(Broadcast)).one().is_public is is_public


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("受众：没有\n示例", "没有名为“没有”的受众"),
        ("时间：昨天\n示例", "看不懂时间“昨天”"),
        ("时间：2026-02-30 09:00\n示例", "看不懂时间"),
        ("时间：2026-11-01 09:00\n示例", "发送时间要在现在以后"),
        ("时间：2036-11-01 09:00\n示例", "发送时间要在现在以后、一年以内"),
        ("模板：没有\n示例", "没有名为“没有”的模板"),
        ("模板：training\n时间=周五", "还缺：地点、主题、报名方式"),
        ("模板：training\n时间=周五\n地点=示例楼\n主题=示例\n报名方式=来就行\n天气=晴", "没有变量 天气"),
        ("示例 {姓名}", "{姓名} 没有填上"),
        ("示例 } 括号", "没有填上"),
        ("字" * 5000, "正文 5000 个字，最多 1000 个"),
        ("示例\n---\n" + "字" * 20_001, "全文 20001 个字"),
        (f"标题：{'字' * 41}\n示例", "标题最多 40 个字"),
        ("---\n只有全文", "内容是空的"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_cure(writer: CoreDriver, words: str, sentence: str) -> None:
    writer.say(f"/broadcast {words}")
    assert sentence in writer.received()[-1].text


def test_a_template_is_filled(writer: CoreDriver) -> None:
    writer.say("/broadcast 模板：培训通知\n时间=周五\n地点=示例楼\n主题=示例课\n报名方式=来就行\n请早到。")
    assert "周五在示例楼举办“示例课”培训" in writer.received()[-1].text


def test_an_empty_segment_is_not_submitted(writer: CoreDriver) -> None:
    writer.say("/broadcast 示例")
    writer.press("提交审批")
    assert "里现在没有人" in writer.received()[-1].text


# --- citations


WRONG = "示例通知：依据《样灯法》第九条。"


def test_a_wrong_citation_holds_back_until_somebody_insists(desk: Desk, writer: CoreDriver) -> None:
    subscribe(desk, 1)
    writer.say(f"/broadcast {WRONG}")
    writer.press("提交审批")
    told = writer.received()[-1]
    assert "共3条，没有第九条" in told.text
    assert told.buttons == ("改一改", "仍然提交")
    assert state(desk) == "draft"
    writer.press("仍然提交")
    assert state(desk) == "in_review"


def test_a_citation_that_is_wrong_only_when_it_is_due_stops_the_broadcast(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 1)
    clock.moment = datetime(2026, 12, 31, 6, 0, tzinfo=UTC)
    due_at = datetime(2027, 1, 1, 2, 0, tzinfo=UTC)
    approved(desk, "示例：依据《样灯法》第三条（2020年1月31日版）。", due_at=due_at)
    clock.moment = due_at
    assert send_broadcasts.run_due(desk) == 1
    assert (state(desk), rows(desk)) == ("paused", [])
    with desk.reading() as session:
        assert "2026年6月26日版取代" in broadcasts.history_of(session, 1)[-1].note


# --- time


def test_nothing_begins_before_its_time_or_in_quiet_hours(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 1)
    approved(desk, due_at=clock.moment + timedelta(hours=11))  # 21:00
    assert send_broadcasts.run_due(desk) == 0
    clock.advance(hours=11)
    assert send_broadcasts.run_due(desk) == 0
    clock.advance(hours=11, minutes=30)  # 08:30
    assert send_broadcasts.run_due(desk) == 1
    assert len(claim(desk)) == 1


def test_who_got_enough_this_week_is_left_out_and_counted(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 2)
    for _ in range(3):
        approved(desk)
        assert send_broadcasts.run_due(desk) >= 1
    subscribe(desk, 3)  # one more
    number = approved(desk)
    send_broadcasts.run_due(desk)
    with desk.reading() as session:
        found = session.get_one(Broadcast, number)
        assert (found.n_recipients, found.n_capped) == (1, 2)
    clock.advance(days=7, minutes=1)
    number = approved(desk)
    send_broadcasts.run_due(desk)
    with desk.reading() as session:
        assert session.get_one(Broadcast, number).n_recipients == 3


# --- stopped


def test_pause_resume_cancel_hold_at_once_and_tell_how_many(desk: Desk, approver: CoreDriver) -> None:
    subscribe(desk, 5)
    number = approved(desk)
    send_broadcasts.run_due(desk)
    first = claim(desk, limit=1)
    approver.say(f"/broadcast {number}")
    approver.press("暂停")
    assert "已暂停，4 条" in approver.received()[-1].text
    assert claim(desk) == []
    approver.send("choice", action="broadcast:1:pause")
    assert "不能暂停" in approver.received()[-1].text
    approver.press("继续发送")
    assert "还有 4 条" in approver.received()[-1].text
    assert len(claim(desk, limit=2)) == 2
    approver.press("取消推送")
    assert "2 条不会发出" in approver.received()[-1].text
    assert claim(desk) == []
    with desk.writing() as session:
        outbox.mark_sent(session, {each.outbox_id or 0: "x" for each in first}, desk.now())
        assert broadcast_rows.counts(session, number) == {"sent": 1, "sending": 2, "cancelled": 2}
    approver.send("choice", action="broadcast:1:resume")
    assert "不能发送" in approver.received()[-1].text


def test_what_is_paused_half_way_is_neither_approved_nor_resent_but_resumed(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 3)
    number = approved(desk)
    send_broadcasts.run_due(desk)
    claim(desk, limit=1)
    clock.advance(minutes=2)
    with desk.writing() as session:
        outbox.recover(session, desk.now())  # one is in doubt
        write_broadcast.pause(session, write_broadcast.found(session, number), WRITER, desk.now())
    for move in (
        lambda session, made: write_broadcast.approve(session, desk, made, made.edition, APPROVER, desk.now()),
        lambda session, made: write_broadcast.resend(session, made, WRITER, desk.now()),
    ):
        with pytest.raises(BroadcastRefusedError, match="已暂停"), desk.writing() as session:
            move(session, write_broadcast.found(session, number))
    with desk.writing() as session:
        assert write_broadcast.resume(session, write_broadcast.found(session, number), WRITER, desk.now()) == 2
    assert len(claim(desk)) == 2
    assert state(desk) == "sending"


def test_one_that_is_scheduled_can_be_paused_and_goes_on_when_resumed(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 1)
    number = approved(desk, due_at=clock.moment + timedelta(hours=1))
    with desk.writing() as session:
        write_broadcast.pause(session, write_broadcast.found(session, number), WRITER, desk.now())
    clock.advance(hours=2)
    assert send_broadcasts.run_due(desk) == 0
    with desk.writing() as session:
        write_broadcast.resume(session, write_broadcast.found(session, number), WRITER, desk.now())
    assert send_broadcasts.run_due(desk) == 1


def test_unsubscribing_reaches_what_is_queued_and_twice_is_no_harm(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    asker.say("同意")
    asker.received()
    approved(desk)
    send_broadcasts.run_due(desk)
    assert "示例通知" in asker.received()[-1].text
    approved(desk, "示例通知二")
    send_broadcasts.run_due(desk)
    for _ in range(2):
        asker.press("退订")
    assert all("示例通知二" not in each.text for each in asker.received())
    clock.advance(minutes=1)
    send_broadcasts.run_due(desk)
    assert state(desk, 2) == "done"
    with desk.reading() as session:
        mine = session.exec(select(Contact).where(Contact.chat_id == "asker")).one()
        assert (mine.consent, mine.consent_version, mine.is_subscribed) == ("refused", "1", False)


def test_somebody_erased_while_queued_gets_nothing(desk: Desk, asker: CoreDriver) -> None:
    asker.say("同意")
    asker.received()
    approved(desk)
    send_broadcasts.run_due(desk)
    asker.send(text="删除我的信息")
    asker.send(text="确认删除")
    assert rows(desk) == []
    assert send_broadcasts.run_due(desk) == 1
    assert state(desk) == "done"


def test_it_is_done_when_nothing_waits_and_what_is_in_doubt_is_sent_again_alone(desk: Desk, clock: Clock) -> None:
    subscribe(desk, 4)
    number = approved(desk, details="示例全文")
    send_broadcasts.run_due(desk)
    first, second, third, _ = claim(desk)
    with desk.writing() as session:
        outbox.mark_sent(session, {each.outbox_id or 0: "x" for each in (first, second)}, desk.now())
        outbox.mark_failed(session, third.outbox_id or 0, f"{outbox.UNREACHABLE}：示例", desk.now())
    clock.advance(minutes=2)
    with desk.writing() as session:
        outbox.recover(session, desk.now())
    assert send_broadcasts.run_due(desk) == 1
    assert state(desk) == "done"
    with desk.writing() as session:
        assert broadcast_rows.counts(session, number) == {"sent": 2, "blocked": 1, "unsure": 1}
        found = write_broadcast.found(session, number)
        assert write_broadcast.resend(session, found, WRITER, desk.now()) == 1
        assert write_broadcast.resend(session, found, WRITER, desk.now()) == 0
    assert state(desk) == "sending"
    assert len(claim(desk)) == 1


def test_who_opened_the_full_text_is_counted_once_each(desk: Desk, asker: CoreDriver, approver: CoreDriver) -> None:
    asker.say("同意")
    asker.received()
    approved(desk, details="示例全文")
    send_broadcasts.run_due(desk)
    for _ in range(2):
        asker.press("查看全文")
    assert "示例全文" in asker.received()[-1].text
    approver.say("/broadcast 1")
    assert "点开全文 1 人（只数点了按钮的" in approver.received()[-1].text


@pytest.mark.parametrize("action", ["push:1", "push:99", "push:x", "push:"])
def test_a_draft_is_not_opened_by_a_forged_button(desk: Desk, asker: CoreDriver, action: str) -> None:
    with desk.writing() as session:
        broadcasts.draft(session, Content("示例", details="还没有批准"), WRITER, desk.now())
    asker.send("choice", action=action)
    assert "还没有批准" not in asker.received()[-1].text


def test_what_is_not_public_opens_for_whom_it_went_to_and_nobody_else(desk: Desk, asker: CoreDriver) -> None:
    subscribe(desk, 1)
    number = approved(desk, "示例内部", details="只给收到的人", is_public=False)
    send_broadcasts.run_due(desk)
    asker.send("choice", action=f"push:{number}")
    assert "只给收到的人" not in asker.received()[-1].text
    asker.say("同意")
    number = approved(desk, "又一条内部", details="也只给收到的人", is_public=False)
    send_broadcasts.run_due(desk)
    asker.press("查看全文")
    assert "也只给收到的人" in asker.received()[-1].text
    asker.send("choice", action=f"push:{number - 1}")
    assert "只给收到的人" not in asker.received()[-1].text


def test_everybody_may_look_up_what_went_out(desk: Desk, asker: CoreDriver) -> None:
    asker.say("往期推送")
    assert "还没有发出过推送" in asker.received()[-1].text
    subscribe(desk, 1)
    approved(desk, "示例通知\n第二行", details="示例全文")
    approved(desk, "示例内部", is_public=False)
    send_broadcasts.run_due(desk)
    asker.say("/pushes")
    told = asker.received()[-1]
    assert "2026-11-23　示例通知" in told.text
    assert told.buttons[:2] == ("示例通知", "订阅")
    asker.press("示例通知")
    assert "示例全文" in asker.received()[-1].text


def test_it_looks_and_works_the_same_at_every_channel(desk: Desk, driver: Driver) -> None:
    driver.say("同意")
    driver.received()
    approved(desk, "示例正文", title="示例标题", details="示例全文")
    send_broadcasts.run_due(desk)
    arrived = driver.received()[-1]
    assert "示例标题" in arrived.text
    assert "示例正文" in arrived.text
    assert arrived.buttons == ("查看全文", "退订", "我的订阅")
    driver.press("查看全文")
    assert "示例全文" in driver.received()[-1].text
    driver.press("退订")
    assert "已经退订" in driver.received()[-1].text
    with desk.reading() as session:
        assert broadcast_rows.counts(session, 1) == {"sent": 1, "opened": 1}


# --- the core


def test_every_state_is_reached_only_from_its_legal_origins(desk: Desk) -> None:
    for target, origins in broadcasts.LEGAL_ORIGINS.items():
        for origin in broadcasts.STATE_NAMES:
            with desk.writing() as session:
                made = Broadcast(text="示例", author="s:1", state=origin, created_at=desk.now())
                session.add(made)
                session.flush()
                try:
                    broadcasts._move(session, made, target, WRITER, desk.now())  # noqa: SLF001  the one door
                except BroadcastRefusedError:
                    assert origin not in origins, (origin, target)
                else:
                    assert origin in origins, (origin, target)
                    assert made.state == target


def test_whoever_edited_does_not_approve_either_by_account_or_by_name(desk: Desk) -> None:
    with desk.writing() as session:
        made = broadcasts.draft(session, Content("示例"), WRITER, desk.now())
        broadcasts.edit(session, made, Content("示例二"), Staff("s:3", "示例丙"), desk.now())
        broadcasts.submit(session, made, WRITER, desk.now())
        for who in (WRITER, Staff("other", "示例甲"), Staff("s:3", "改了名")):
            with pytest.raises(BroadcastRefusedError, match="另一位"):
                broadcasts.approve(session, made, 2, who, desk.now())
        broadcasts.approve(session, made, 2, APPROVER, desk.now())
        told = [(each.to_state, each.edition, each.actor_name) for each in broadcasts.history_of(session, made.key)]
    assert told == [
        ("draft", 1, "示例甲"),
        ("draft", 1, "示例丙"),
        ("in_review", 2, "示例甲"),
        ("approved", 2, "示例乙"),
    ]


def test_ten_thousand_recipients_are_all_written(desk: Desk) -> None:
    subscribe(desk, 10_000)
    approved(desk)
    send_broadcasts.run_due(desk)
    assert len(rows(desk)) == 10_000


# --- what whoever submits and pauses reads


def test_who_submits_at_night_reads_when_the_others_are_asked(desk: Desk, writer: CoreDriver, clock: Clock) -> None:
    subscribe(desk, 1)
    writer.say("/broadcast 示例通知")
    clock.advance(hours=14)
    writer.press("提交审批")
    told = writer.received()[-1].text
    assert "现在不是上班时间，11月24日（星期二）09:00 在工作人员群里提醒" in told
    assert "/broadcast 1" in told


def test_paused_before_its_time_it_says_that_nothing_begins(desk: Desk, approver: CoreDriver) -> None:
    subscribe(desk, 1)
    approved(desk, due_at=desk.now() + timedelta(days=1))
    approver.say("/broadcast 1")
    approver.press("暂停")
    assert "到了时间也不发送" in approver.received()[-1].text
    approver.press("继续发送")
    assert "到时间自动发送" in approver.received()[-1].text
