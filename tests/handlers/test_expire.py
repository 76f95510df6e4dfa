"""Retention: words go when their time has come, every figure stays, and a kill in the middle costs nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from bot.settings import RetentionSettings
from consultations import opinions, outbox, referrals, retention, survey_results, surveys, tickets
from consultations.archive import Consultation
from consultations.assets import Asset
from consultations.audit import AuditEntry
from consultations.contacts import Contact
from consultations.counted_records import Scope
from consultations.figures import count
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.messages import Address, Attachment
from consultations.opinions import Opinion
from consultations.providers import Provider, Providers
from consultations.received import ReceivedMessage
from consultations.tickets import Staff, Ticket
from consultations.unanswered import unanswered
from handlers import follow_up, record_sheet, referral_wording, survey
from handlers.desk import Desk
from handlers.expire import expire, look
from handlers.opinions import close as close_opinion
from handlers.opinions import reply as reply_opinion
from handlers.vouch import vouch
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

STAFF = Staff("terminal:示例甲", "示例甲")
PERIODS = RetentionSettings().periods
ZONE = ZoneInfo("Asia/Shanghai")
YEARS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
QUESTIONS = ("商标续展多少钱？", "商标公告后多久内可以提异议？", "商标", "今天天气", "没有人知道的事")


def with_bodies(desk: Desk) -> Desk:
    """A desk whose directory was checked lately."""
    checked = desk.now().date() - timedelta(days=10)
    bodies = {key: Provider(key, f"示例所{key}", "law", "示例", "北区", "示例电话", checked) for key in "ab"}
    return replace(desk, providers=Providers(by_id=bodies))


def live(room: StaffRoom, clock: Clock, rng: random.Random, n: int) -> None:
    """One person's days here, as chance has it; every word of theirs, and about them, has MARK in it."""
    clock.moment = clock.moment.replace(hour=2, minute=0)  # 10 o'clock in the office
    desk = room.desk
    asker = CoreDriver(desk, Address("core", f"MARK-chat-{n}"))
    asker.send(text=rng.choice(QUESTIONS), sender_name=f"MARK-name-{n}")
    asker.say(f"没有人知道的MARK{rng.random()}")
    with desk.reading() as session:
        ticket = session.exec(select(Ticket.id).order_by(col(Ticket.id).desc())).first()
    thread = f"ticket:{ticket}"
    if rng.random() < 0.5:
        room.say(f"/record MARK的电话 {rng.random()}\n谁：MARK-who\n答：MARK-told", thread="")
    if rng.random() < 0.8:
        room.act(f"claim:{ticket}")
        room.say(f"/note MARK-note {n}", thread=thread)
        asker.send("file", attachments=(Attachment("f", "MARK.pdf", "application/pdf", 9),))
        _refer(desk, asker, room, rng)
        clock.advance(minutes=rng.randint(2, 90))
        room.say("示例答复MARK", thread=thread)
        room.act(f"close:{ticket}")
        _rate(desk, asker, rng)
    else:
        room.act(f"claim:{ticket}")
        asker.send("choice", action=f"done:{ticket}")
    clock.advance(minutes=2)
    _opine(desk, asker, rng)
    if clock.now().date() < date(2026, 12, 24):  # it is open
        asker.say("问卷")
        asker.press("灯具调查")
        for label in ("吊灯", rng.choice(("很亮", "太暗"))):
            asker.press(label)
        asker.say(rng.choice(("跳过", "MARK想说的话")))
    clock.advance(days=9)
    follow_up.send_due(desk)
    _visit(desk, room, rng)
    with desk.writing() as session:
        for item in session.exec(select(ImprovementItem).where(ImprovementItem.state == "open")).all():
            item.state, item.measure = "done", "MARK-measure"


def _visit(desk: Desk, room: StaffRoom, rng: random.Random) -> None:
    """Some follow-ups have a result; the others are called off, so that nothing is open in the end."""
    with desk.reading() as session:
        waiting = session.exec(select(FollowUp.id).where(col(FollowUp.state).in_(("waiting", "sent", "task")))).all()
    for each in waiting:
        room.say(f"/visit {each} {rng.choice(('顺利', '还在办'))} 上门 MARK-visit")
    with desk.writing() as session:
        for row in session.exec(select(FollowUp).where(col(FollowUp.state).in_(("waiting", "sent", "task")))).all():
            row.state = "cancelled"


def _refer(desk: Desk, asker: CoreDriver, room: StaffRoom, rng: random.Random) -> None:
    if rng.random() < 0.5 or not room.say("/refer 法律服务"):
        return
    asker.press("1. 示例所a")
    asker.press(referral_wording.AGREE)
    with desk.writing() as session:
        living = referrals.newest(session, 1)[0]
        contacted = referrals.move(session, living, "contacted", STAFF.key, desk.now(), note="MARK-referred")
        referrals.move(session, contacted, "done", STAFF.key, desk.now(), note="MARK-done", done_at=desk.now())
        referrals.score(contacted, rng.randint(1, 5))


def _rate(desk: Desk, asker: CoreDriver, rng: random.Random) -> None:
    survey.send_due(desk)
    asker.press(rng.choice(("非常满意", "满意", "很不满意")))
    asker.press("没解决")
    asker.press("写几句")
    asker.say("MARK-words")


def _opine(desk: Desk, asker: CoreDriver, rng: random.Random) -> None:
    asker.say(f"/opinion MARK-opinion {rng.random()}")
    with desk.writing() as session:
        number = session.exec(select(Opinion.number).order_by(col(Opinion.id).desc())).first() or ""
        if rng.random() < 0.6:
            reply_opinion(session, desk, number, STAFF, "MARK-answered")
        close_opinion(session, desk, number, STAFF, "MARK-closed")


def figures(desk: Desk, now: datetime) -> dict[str, Any]:
    """Every figure the product tells of its records, as at that moment."""
    with desk.reading() as session:
        kinds: tuple[Any, ...] = (Consultation, Ticket, FollowUp, ImprovementItem)
        rows: dict[Any, Any] = {each: session.exec(select(each).order_by(col(each.id))).all() for each in kinds}
        shown = [survey_results.result_of(session, each) for each in desk.settings.surveys.by_id.values()]
        return {
            "archive": Counter(
                (each.channel, each.service_item, each.created_at.date(), each.action, each.outcome, each.label)
                for each in rows[Consultation]
            ),
            "sheets": record_sheet.count_between(session, ZONE, date(2020, 1, 1), date(2040, 1, 1)),
            "tickets": [
                (each.number, each.state, each.kind, each.outlet, each.created_at, each.replied_at, each.closed_at)
                for each in rows[Ticket]
            ],
            "moves": [
                (each.to_state, each.at) for ticket in rows[Ticket] for each in tickets.history_of(session, ticket.key)
            ],
            "scores": [surveys.score_of(session, each.key) for each in rows[Ticket]],
            "surveys": [
                (each.total, each.channels, [(one.answered, one.counts, one.is_hidden) for one in each.questions])
                for each in shown
            ],
            "opinions": [opinions.reply_rate(session, now - timedelta(days=each)) for each in (0, 100, 1000)],
            "referrals": referrals.quality(session),
            "follow_ups": Counter(
                (each.kind, each.state, each.result, each.way, each.is_late) for each in rows[FollowUp]
            ),
            "improvements": Counter((each.source, each.state, each.cause) for each in rows[ImprovementItem]),
            "gaps": len(unanswered(session, now - timedelta(days=365))),
            "letters": Counter((each.route, each.kind) for each in session.exec(select(ReceivedMessage))),
            "broadcasts": outbox.count_by_state(session, 1),
            "report": count(session, Scope(*YEARS, now)).ids,
        }


def marked(desk: Desk) -> set[str]:
    """The tables in which words of somebody stand."""
    with desk.reading() as session:
        tables = SQLModel.metadata.sorted_tables
        return {each.name for each in tables if "MARK" in str(session.connection().execute(each.select()).all())}


@pytest.mark.parametrize("seed", [1, 2])
def test_words_go_and_every_figure_stays(seed: int, desk_on_both: Desk, clock: Clock) -> None:
    desk, rng = with_bodies(desk_on_both), random.Random(seed)
    room = StaffRoom(desk)
    for n in range(4):
        live(room, clock, rng, n)
    clock.advance(days=1200)
    room.desk = with_bodies(desk)  # the directory was checked anew
    for n in range(4, 7):  # these are recent, and stay
        live(room, clock, rng, n)
    before, code = figures(desk, clock.now()), vouch(desk).code
    assert before["gaps"]
    assert 0 < expire(desk, PERIODS, seconds=0) <= retention.AT_ONCE  # some now, the rest the next time
    expire(desk, PERIODS)
    assert n_due(desk, clock) == 0
    assert figures(desk, clock.now()) == before
    assert vouch(desk, [code]).faults == ()
    with desk.reading() as session:
        old = session.exec(select(Contact.chat_id).where(col(Contact.erased_at).is_not(None))).all()
        assert len(old) >= 4
        assert not [each for each in old if "MARK" in each]
        assert len(session.exec(select(Contact).where(Contact.chat_id == "MARK-chat-6")).all()) == 1
    assert marked(desk) >= {"consultation", "ticket", "contact", "opinion"}

    clock.advance(days=1200)
    before = figures(desk, clock.now())
    expire(desk, PERIODS)
    assert figures(desk, clock.now()) == before
    assert marked(desk) <= {"outbox_message"}  # copies of messages: `bot.housekeeping`
    assert expire(desk, PERIODS) == 0
    assert vouch(desk, [code]).faults == ()


def n_due(desk: Desk, clock: Clock) -> int:
    return sum(each.n_due for each in look(desk, PERIODS, clock.now()))


def test_what_is_under_way_is_not_touched(desk: Desk, clock: Clock) -> None:
    asker, other, room = CoreDriver(desk), CoreDriver(desk, Address("core", "other")), StaffRoom(desk)
    asker.say("没有人知道的MARK-alive")
    room.press("接单")
    other.say("没有人知道的MARK-task")
    room.press("接单", who="示例乙")
    room.press("办结", who="示例乙")
    other.say("/opinion MARK-open")
    clock.advance(days=8)
    follow_up.send_due(desk)
    clock.advance(days=4000)
    expire(desk, PERIODS)
    with desk.reading() as session:
        assert [each.question for each in session.exec(select(Ticket))] == [
            "没有人知道的MARK-alive",
            "没有人知道的MARK-task",
        ]
        assert session.exec(select(Consultation)).first().question == "没有人知道的MARK-alive"  # type: ignore[union-attr]
        assert session.exec(select(Opinion)).one().text == "MARK-open"
        assert [each.chat_id for each in session.exec(select(Contact))] == ["asker", "other"]


def test_a_subscriber_is_kept_and_their_old_words_are_not(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    asker.say("商标续展多少钱？")
    asker.press("同意")
    clock.advance(days=1096)
    expire(desk, PERIODS)
    with desk.reading() as session:
        contact = session.exec(select(Contact)).one()
        assert (contact.chat_id, contact.is_subscribed, contact.erased_at) == ("asker", True, None)
        assert session.exec(select(Consultation)).one().question == ""
    asker.say("商标续展多少钱？")
    assert "示例：五百元。" in asker.received()[-1].text


def test_a_ledger_goes_when_its_time_is_over_unless_somebody_is_reminded(
    desk: Desk, asker: CoreDriver, clock: Clock
) -> None:
    other = CoreDriver(desk, Address("core", "other"))
    for each, button in ((asker, "只登记，不提醒"), (other, "登记并提醒我")):
        each.say("/assets")
        each.say("商标 77 示例标 2020-01-01")
        each.press(button)
    clock.advance(days=1096)
    expire(desk, PERIODS)
    with desk.reading() as session:
        assert [(each.number, each.name) for each in session.exec(select(Asset).order_by(col(Asset.id)))] == [
            ("erased:1", ""),
            ("77", "示例标"),
        ]
        people = session.exec(select(Contact).order_by(col(Contact.id)))
        assert [each.chat_id for each in people] == ["erased:1", "other"]


def test_the_preview_tells_the_day_and_changes_nothing(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    asker.say("商标续展多少钱？")
    day_of = {each.kind.label: each.next_at for each in look(desk, PERIODS, clock.now())}
    assert day_of["来信原文"] == clock.now() + timedelta(days=90)
    assert day_of["咨询档案的问题和答复"] == clock.now() + timedelta(days=1095)
    assert day_of["意见建议、投诉的内容和答复"] is None
    then = clock.now() + timedelta(days=1095, seconds=1)
    assert {each.kind.label: each.n_due for each in look(desk, PERIODS, then)}["咨询档案的问题和答复"] == 1
    assert expire(desk, PERIODS) == 0
    clock.advance(days=1095)
    assert [each.n_due for each in look(desk, PERIODS, clock.now()) if each.kind.period == "consultation"] == [
        0,
        0,
        0,
        0,
        0,
        0,
    ]
    clock.advance(seconds=1)
    assert expire(desk, PERIODS) == 4  # letter, talk, consultation, person
    with desk.reading() as session:
        actors = [each.actor for each in session.exec(select(AuditEntry)) if each.verb == "expire"]
    assert sorted(actors) == [
        "retention:consultation",
        "retention:consultation",
        "retention:message",
        "retention:message",
    ]


def test_what_is_needed_again_since_it_was_found_is_left_alone(desk: Desk, asker: CoreDriver, clock: Clock) -> None:
    room = StaffRoom(desk)
    asker.say("没有人知道的事")
    room.press("接单")
    room.press("办结")
    kind = next(each for each in retention.KINDS if each.period == "ticket")
    with desk.writing() as session:
        for row in session.exec(select(FollowUp)).all():
            row.state = "cancelled"
    with desk.reading() as session:
        ids = retention.due_ids(session, kind, clock.now() + timedelta(days=1))
    room.say("/reopen GD-20261123-0001")
    with desk.writing() as session:
        retention.anonymise(session, kind, ids, clock.now())
        assert session.get_one(Ticket, 1).question == "没有人知道的事"


EXPIRING = """
import sys
from datetime import UTC, datetime
import bot.tables
from bot.database import open_engine, sessions
from consultations import retention
from handlers.desk import Desk
from handlers.expire import expire
retention.due_ids.__defaults__ = (1,)  # one record a transaction
writing, reading = sessions(open_engine(sys.argv[1]))
desk = Desk(writing, reading, None, lambda: datetime(2040, 1, 1, tzinfo=UTC))
periods = dict.fromkeys((each.period for each in retention.KINDS), 1)
expire(desk, periods, progress=lambda done: print(done, flush=True))
"""


def test_killed_in_the_middle_it_goes_on_and_the_chain_is_whole(
    desk: Desk, asker: CoreDriver, clock: Clock, sqlite_engine: Engine
) -> None:
    for n in range(8):
        asker.say(f"今天天气MARK{n}")
    with desk.writing() as session:
        tickets.withdraw(session, 1, "contact:1", clock.now())
    assert vouch(desk).faults == ()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", EXPIRING, str(sqlite_engine.url)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 11:
                child.send_signal(signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    with desk.reading() as session:
        left = [each for each in session.exec(select(Consultation)) if "MARK" in each.question]
    assert 0 < len(left) < 8
    assert vouch(desk).faults == ()
    clock.advance(days=4000)
    expire(desk, PERIODS)
    assert marked(desk) <= {"outbox_message"}
    assert vouch(desk).faults == ()
