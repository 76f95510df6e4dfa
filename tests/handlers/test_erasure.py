"""A person with a full life here is erased: no word of theirs, or about them, is left in any table, index or file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from bot.archive_index import FILE, ArchiveIndex
from bot.database import empty_log
from consultations import (
    absences,
    archive,
    attendances,
    broadcasts,
    card_drafts,
    cases,
    enterprise_changes,
    enterprise_facts,
    improvements,
    opinions,
    referrals,
    ticket_messages,
    tickets,
    trainings,
    visitor_files,
)
from consultations.archive import Consultation
from consultations.broadcasts import Content
from consultations.card_drafts import AskedBefore, CardDraft
from consultations.cases import TypicalCase
from consultations.contacts import Contact
from consultations.duty_book import Absence
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.messages import Address, Attachment
from consultations.opinions import Opinion
from consultations.providers import Provider, Providers
from consultations.received import ReceivedMessage
from consultations.referrals import Referral
from consultations.tickets import Staff, Ticket
from consultations.trainings import Training
from handlers import asset_wording, follow_up, record, referral_wording, remind_assets, survey
from handlers.archive import search
from handlers.desk import Desk
from handlers.opinions import close as close_opinion
from handlers.own_data import own_data
from handlers.vouch import vouch
from policies import review
from policies.compilation import Policy, Revision
from policies.review import Signature
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

STAFF = Staff("terminal:示例甲", "示例甲")
# What was planted, by where; letters and digits only, so that they look the same in every kind of file.
MARKS = {
    name: f"MARK{number:02d}{name}"
    for number, name in enumerate(
        (
            *("question", "edited", "wrote", "note", "released", "transferred", "replied", "file", "survey", "visit"),
            *("measure", "opinion", "answered", "closed", "referral", "draft", "nick", "chat", "caller", "called"),
            *("told", "asset", "number", "industry", "case", "returned", "reworded", "away", "roster"),
            "liaison",
        )
    )
}
PERSON = Address("core", MARKS["chat"])


@pytest.fixture
def desk(desk: Desk, clock: Clock) -> Desk:
    checked = clock.now().date() - timedelta(days=10)
    bodies = [Provider(key, f"示例所{key}", "law", "示例", "北区", "示例电话", checked) for key in "ab"]
    return replace(desk, providers=Providers(by_id={each.provider_id: each for each in bodies}))


@pytest.fixture
def instance(tmp_path: Path, desk: Desk, sqlite_engine: Engine) -> Path:
    """The instance folder with its index as it stands before; whoever looks must empty SQLite's log first."""
    del desk, sqlite_engine
    return tmp_path


def live(desk: Desk, clock: Clock) -> tuple[CoreDriver, StaffRoom]:
    """Asks, a ticket with everything on it, survey, follow-up, opinion, referral, draft, a second channel."""
    asker, room = CoreDriver(desk, PERSON), StaffRoom(desk)
    asker.send(text=f"没有人知道的{MARKS['question']}", sender_name=MARKS["nick"], message_id="first")
    asker.send("edit", text=f"没有人知道的{MARKS['edited']}", foreign_message_id="first")
    asker.say("保密咨询")
    room.press("接单")
    asker.say(MARKS["wrote"])
    asker.send("file", attachments=(Attachment("f", f"{MARKS['file']}.pdf", "application/pdf", 9),))
    room.say(f"/note {MARKS['note']}")
    room.say(f"/release {MARKS['released']}")
    with desk.writing() as session:
        tickets.transfer(session, 1, "", STAFF.key, clock.now(), note=f"转给 {MARKS['transferred']}")
    room.press("接单")
    room.say("/refer 法律服务")
    asker.press("1. 示例所a")
    asker.press(referral_wording.AGREE)
    with desk.writing() as session:
        offered = session.exec(select(Referral)).one()
        referrals.move(session, offered, "contacted", STAFF.key, clock.now(), note=MARKS["referral"])
    room.say(f"示例答复 {MARKS['replied']}")
    room.press("办结")
    clock.advance(minutes=2)  # more would be too many messages a minute
    _rate_and_opine(desk, asker)
    room.read()
    clock.advance(days=8)
    follow_up.send_due(desk)
    with desk.writing() as session:
        told = enterprise_facts.begin(session, 1, "1", clock.now())
        enterprise_facts.put(told, "industry", MARKS["industry"], clock.now())
        sent = Attachment("f", f"{MARKS['file']}.pdf", "application/pdf", 9, sha256="0" * 64)
        visitor_files.keep(session, 1, 1, sent, clock.now())
    asker.say("/assets")
    asker.say(f"商标 {MARKS['number']} {MARKS['asset']} 注册日 2016-12-15")
    asker.press(asset_wording.SAVE)
    remind_assets.run_due(desk)
    room.say(f"/visit 1 还在办 上门 {MARKS['visit']}")
    asker.say("/link")
    code = next(each.text.partition("/link ")[2][:8] for each in asker.received() if "/link " in each.text)
    CoreDriver(desk, Address("elsewhere", "other")).say(f"/link {code}")
    now = desk.now()
    with desk.writing() as session:  # after linking, which takes down what is told of who asks in confidence
        case = TypicalCase(
            number="AL-1",
            ticket_id=1,
            contact_id=1,
            title=MARKS["case"],
            author=STAFF.key,
            author_name=STAFF.name,
            created_at=now,
            changed_at=now,
        )
        cases.create(session, case, STAFF, now)
        person = {"person": MARKS["liaison"], "phone": MARKS["called"], "note": f"找 {MARKS['nick']}"}
        firm = enterprise_changes.add(session, {"name": "示例企业", **person}, "", STAFF, now)
        enterprise_changes.tie(session, firm, 1, STAFF, now, is_person=True)
        cases.edit(session, case, case.revision, {}, STAFF, now, note=MARKS["returned"])
        training = Training(
            number="PX-1",
            title="示例培训",
            state="open",
            place="示例室",
            starts_at=now + timedelta(days=1),
            ends_at=now + timedelta(days=2),
            author=STAFF.key,
            author_name=STAFF.name,
            created_at=now,
            changed_at=now,
        )
        trainings.create(session, training, STAFF, now)
        attendances.join(session, training, [1], MARKS["roster"], "core", now)
    return asker, room


def _rate_and_opine(desk: Desk, asker: CoreDriver) -> None:
    survey.send_due(desk)
    asker.press("很不满意")
    asker.press("没解决")
    asker.press("写几句")
    asker.say(MARKS["survey"])
    asker.say(f"/opinion {MARKS['opinion']}")
    now = desk.now()
    with desk.writing() as session:
        opinion = session.exec(select(Opinion)).one()
        opinions.move(session, opinion, "replied", STAFF.key, now, reply=MARKS["answered"], replied_at=now)
        close_opinion(session, desk, opinion.number, STAFF, MARKS["closed"])
        item = session.exec(select(ImprovementItem)).one()
        improvements.finish(session, item.key, MARKS["measure"], "示例甲", now)
        today = now.date()
        absences.enter(
            session, Absence("a", today, today, f"{MARKS['away']}：陪 {MARKS['nick']} 去现场"), STAFF.key, now
        )
        absences.enter(session, Absence("a", today, today + timedelta(days=1), "示例：培训"), STAFF.key, now)
        draft = CardDraft(
            source="ticket:1",
            kind="card",
            title=MARKS["draft"],
            answer=MARKS["replied"],
            ticket_id=1,
            author=STAFF.key,
            author_name=STAFF.name,
            created_at=now,
            changed_at=now,
        )
        consultation = session.exec(select(Consultation)).first()
        assert consultation is not None
        asked = AskedBefore(consultation.contact_id, consultation.key, MARKS["draft"])
        written, _ = card_drafts.create(session, draft, [asked], now)
        card_drafts.edit(session, written.key, STAFF, {}, now, reason=MARKS["reworded"])


def places(desk: Desk, instance: Path, engine: Engine) -> dict[str, set[str]]:
    """Mark → the tables and files in which it stands."""
    empty_log(engine)
    with desk.reading() as session:
        stored = {
            each.name: "\n".join(map(str, session.connection().execute(each.select())))
            for each in SQLModel.metadata.sorted_tables
        }
    files = {each.name: each.read_bytes().decode("latin-1") for each in instance.rglob("*") if each.is_file()}
    found = {name: {place for place, text in (stored | files).items() if mark in text} for name, mark in MARKS.items()}
    return {name: where for name, where in found.items() if where}


def test_of_a_full_life_nothing_is_left_after_erasure(
    desk: Desk, clock: Clock, instance: Path, sqlite_engine: Engine
) -> None:
    asker, room = live(desk, clock)
    room.say(f"/record 到访 {MARKS['called']}\n谁：{MARKS['caller']}\n答：{MARKS['told']}", thread="ticket:1")
    index = ArchiveIndex(instance / FILE)
    index.catch_up(desk.reading)
    assert places(desk, instance, sqlite_engine).keys() == MARKS.keys()
    with desk.reading() as session:
        assert len(search(session, MARKS["question"], index=index)) == 1
        entered = session.exec(select(Consultation).where(Consultation.action == "recorded")).one().number
        before = vouch(desk).code

    asker.send("choice", action="erase:sure", message_id="press/1")
    with desk.writing() as session:
        record.erase_caller(session, desk, entered, STAFF)
    index.catch_up(desk.reading)

    assert places(desk, instance, sqlite_engine) == {}
    report = vouch(desk, [before])
    assert report.faults == ()
    with desk.reading() as session:
        assert list(search(session, MARKS["question"], index=index)) == []
        history = [each.to_state for each in tickets.history_of(session, 1)]
        assert history[0] == "open"
        assert "closed" in history
        assert session.exec(select(Opinion)).one().state == "closed"
        assert [each.reason for each in absences.current(session, clock.now().date() - timedelta(days=9))] == [
            "",
            "示例：培训",
        ]
        assert [each.to_state for each in referrals.history_of(session, 1)][:3] == ["offered", "chosen", "contacted"]


def test_what_somebody_forged_into_a_button_goes_too(desk: Desk) -> None:
    person = CoreDriver(desk, PERSON)
    person.say("没有人知道的事")
    person.send("choice", action=f"我叫{MARKS['nick']}")
    person.send("choice", action="erase:sure")
    with desk.reading() as session:
        actions = [each.action for each in session.exec(select(ReceivedMessage).order_by(col(ReceivedMessage.id)))]
    assert actions == ["", "", "erase:sure"]


def test_a_reply_to_two_at_once_leaves_the_other_s_records_when_one_is_erased(desk: Desk) -> None:
    person, other, room = CoreDriver(desk, PERSON), CoreDriver(desk, Address("core", "other")), StaffRoom(desk)
    for each in (person, other):
        each.say("没有人知道的事")
    room.say("/claim GD-20261123-0002", thread="")
    room.say("/reply GD-20261123-0002 示例：只给第二位的话。", thread="")
    room.say("/merge GD-20261123-0001 GD-20261123-0002", thread="")
    room.say(f"/reply GD-20261123-0002 {MARKS['replied']}", thread="")
    person.send("choice", action="erase:sure")
    with desk.reading() as session:
        said = {
            n: [each.text for each in ticket_messages.of_ticket(session, n) if each.author == "staff"] for n in (1, 2)
        }
    assert said == {1: [""], 2: ["示例：只给第二位的话。", ""]}
    assert MARKS["replied"] in "".join(each.text for each in other.received())  # their own letter
    assert vouch(desk).faults == ()


def test_the_name_of_an_erased_colleague_leaves_reasons_and_notes(desk: Desk) -> None:
    colleague, stranger = CoreDriver(desk, PERSON), CoreDriver(desk, Address("core", "stranger"))
    now, by = desk.now(), Signature(str(PERSON), "示例丙", desk.now())
    content = Content(text="示例推送")
    with desk.writing() as session:
        pushed = broadcasts.draft(session, content, STAFF, now)
        broadcasts.cancel(session, pushed, STAFF, now, note="示例丙说专利数字不对，先不发")
        draft = CardDraft(
            source="override:north:X",
            kind="card",
            override_reason="示例丙核对过：本区另有规定",
            author=STAFF.key,
            author_name=STAFF.name,
            created_at=now,
            changed_at=now,
        )
        card_drafts.create(session, draft, [], now)
        session.add(Policy(id=1, title="示例规定"))
        session.flush()
        review.begin(session, Revision(policy_id=1, state="draft"), by, "示例丙从专利公报抄录")
    colleague.send(text="没有人知道的事", sender_name="示例丙的昵称")
    stranger.send(text="没有人知道的事", sender_name="专利")
    for each in (stranger, colleague):
        each.send("choice", action="erase:sure")
    with desk.reading() as session:
        assert [each.note for each in broadcasts.history_of(session, 1)][-1] == "某某说专利数字不对，先不发"
        assert card_drafts.in_states(session, ["draft"])[0].override_reason == "某某核对过：本区另有规定"
        assert [each.reason for each in review.history_of(session, 1)] == ["某某从专利公报抄录"]
    assert vouch(desk).faults == ()


def test_after_erasure_no_follow_up_opens_a_ticket(desk: Desk, clock: Clock) -> None:
    asker, room = CoreDriver(desk, PERSON), StaffRoom(desk)
    asker.say("没有人知道的事")
    room.press("接单")
    room.press("办结")
    clock.advance(days=8)
    follow_up.send_due(desk)
    with desk.reading() as session:
        sent = session.exec(select(FollowUp.id).where(FollowUp.state == "sent")).one()
    asker.send("choice", action="erase:sure")
    assert "取消" in room.say(f"/visit {sent} 还需要帮助 {MARKS['visit']}")[0].text
    with desk.reading() as session:
        assert len(session.exec(select(Ticket)).all()) == 1
        assert {each.state for each in session.exec(select(FollowUp))} == {"cancelled"}


def test_a_waiting_message_about_somebody_else_is_not_lost(desk: Desk, clock: Clock) -> None:
    asker, other = CoreDriver(desk, PERSON), CoreDriver(desk, Address("core", "other"))
    room = StaffRoom(desk)
    asker.say("没有人知道的事")
    other.say("没有人知道的事")  # the same words
    asker.send("choice", action="erase:sure")
    told = [each.text for each in room.read()]
    assert any("GD-20261123-0002" in text and "没有人知道的事" in text for text in told)
    with desk.reading() as session:
        assert session.exec(select(Contact).where(col(Contact.erased_at).is_not(None))).one().key == 1
        assert archive.latest(session, 2, 1)[0].question == "没有人知道的事"
        assert own_data(session, session.get_one(Contact, 2))["工单"]


# What stands in the copy of one's data under which heading, and why other tables do not.
EXPORTED = {
    "contact": "服务对象",
    "dialogue": "对话状态",
    "received_message": "来信",
    "visitor_file": "发来的文件",
    "outbox_message": "发给您的消息",
    "consultation": "咨询档案",
    **dict.fromkeys(("ticket", "ticket_message", "ticket_event"), "工单"),
    "improvement_item": "改进事项",
    **dict.fromkeys(("survey_asking", "survey_response", "survey_answer", "survey_answer_change"), "满意度评价"),
    "opinion": "意见建议",
    "referral": "对接",
    **dict.fromkeys(("asset_ledger", "asset", "asset_import"), "知识产权台账"),
    "enterprise_facts": "企业情况",
    "enterprise_contact": "企业名录",
    "reminder": "期限提醒",
    "attendance": "培训报名",
    "card_draft_asker": "知识卡片",
    "typical_case": "典型案例",
    "follow_up": "回访",
    "subscription": "订阅",
    "broadcast_reading": "点开的推送",
    "audit_entry": "操作留痕",
}
LEFT_OUT = {
    "window_line": "the same messages once more",
    "link_code": "for half an hour, for who asked for it",
    "correction": "hashes of what a push said; its words are among the messages",
    "ticket_timer": "when staff are reminded",
    "reply_check": "who of staff looked at a reply, and when",
    **dict.fromkeys(
        ("follow_up_event", "opinion_event", "referral_event", "typical_case_event"),
        "who of staff did what; states are in",
    ),
    **dict.fromkeys(("card_draft", "card_draft_event"), "anonymous texts and who of staff wrote them"),
}


def test_every_table_that_knows_a_person_is_in_their_copy_or_said_not_to_be(desk: Desk, clock: Clock) -> None:
    about = {"contact"}
    for table in SQLModel.metadata.sorted_tables:
        owners = {each.column.table.name for each in table.foreign_keys}
        if owners & about or {"contact_id", "chat_id"} & set(table.columns.keys()):
            about.add(table.name)
    assert about == EXPORTED.keys() | LEFT_OUT.keys()
    live(desk, clock)
    with desk.reading() as session:
        copy = own_data(session, session.get_one(Contact, 1))
    assert set(copy) - {"关联渠道"} == set(EXPORTED.values())
    empty = ["订阅", "点开的推送", "操作留痕"]  # nothing was chosen, opened or taken out yet
    assert [each for each, found in copy.items() if not found] == empty


def test_the_copy_holds_every_word_of_the_person_and_none_of_what_staff_noted(desk: Desk, clock: Clock) -> None:
    asker, _ = live(desk, clock)
    clock.advance(minutes=2)
    for _ in range(2):  # the second holds no copy of the first
        asker.say("个人信息")
        asker.press("导出我的信息")
        copy = asker.received()[-1].text
    own = (
        "question",
        "edited",
        "wrote",
        "file",
        "survey",
        "opinion",
        "answered",
        "replied",
        "nick",
        "chat",
        "visit",
        "draft",
        "asset",
        "industry",
        "case",
        "roster",
        "liaison",
    )
    assert [each for each in own if MARKS[each] not in copy] == []
    noted = ("note", "released", "transferred", "measure", "closed", "referral")
    assert [each for each in noted if MARKS[each] in copy] == []
    assert copy.count("以下是我们保存的") == 1
