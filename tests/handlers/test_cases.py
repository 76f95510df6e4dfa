"""Typical cases: told without the person, only what they agreed to, reviewed by another, taken back at any time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from consultations import cases, seals
from consultations.cases import TypicalCase
from consultations.counted_records import Scope
from consultations.figures import FIGURES
from consultations.messages import Address
from consultations.tickets import Ticket
from handlers import case_wording, survey, write_case
from handlers.desk import Desk
from handlers.effect_report import among
from handlers.figure_records import records
from handlers.vouch import vouch
from tests.drivers import CoreDriver, StaffRoom

TICKET, NUMBER = "GD-20261123-0001", "AL-20261123-0001"
QUESTION = "我是示例甲光电有限公司的王小明，电话13800000000，没有人知道商标续展要带哪些材料、找谁、多久能办完？"
AUTHOR, REVIEWER = "示例甲", "示例乙"


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    return CoreDriver(desk)


@pytest.fixture
def room(desk: Desk, asker: CoreDriver) -> StaffRoom:
    """A room whose one ticket was answered, closed and praised."""
    made = StaffRoom(desk)
    asker.send(text=QUESTION, sender_name="王小明")
    asker.say("转人工")
    made.press("接单")
    made.say("王先生您好，请在期满前十二个月内办理续展，手续费按规定缴纳。")
    made.press("办结")
    survey.send_due(desk)
    asker.press("非常满意")
    asker.press("解决了")
    asker.received()
    return made


def only(desk: Desk) -> TypicalCase:
    with desk.reading() as session:
        found = session.exec(select(TypicalCase)).one()
        session.expunge_all()
        return found


def this_year(desk: Desk) -> Scope:
    now = desk.now()
    return Scope(now - timedelta(days=365), now + timedelta(days=1), now)


def complete(room: StaffRoom) -> None:
    """Make the case and tidy what the rules could only strike."""
    room.say(f"/case {TICKET}", who=AUTHOR)
    room.say(f"/case {NUMBER} 标题 商标快到期怎么续展", who=AUTHOR)
    room.say(f"/case {NUMBER} 需求 某公司的商标快到期，不知道怎样续展。", who=AUTHOR)


def said(room: StaffRoom, text: str, who: str = AUTHOR) -> str:
    return "\n".join(each.text for each in room.say(text, who=who, thread=""))


def publish(room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    room.press(case_wording.ASK, who=AUTHOR)
    asker.press(case_wording.AGREE)
    said(room, f"/case {NUMBER}")
    room.press(case_wording.SUBMIT, who=AUTHOR)
    room.press(case_wording.PUBLISH, who=REVIEWER)


def test_a_draft_tells_who_needed_what_without_saying_who(desk: Desk, room: StaffRoom) -> None:
    told = said(room, f"/case {TICKET}")
    case = only(desk)
    texts = "".join(text for _, text in write_case.parts_of(case))
    assert all(each not in texts for each in ("王小明", "王先生", "示例甲光电", "13800000000"))
    assert case.done == "请在期满前十二个月内办理续展，手续费按规定缴纳。"
    assert (case.result, case.evaluation) == ("服务对象确认问题已经解决。", "非常满意")
    assert "还没有征求本人同意" in told
    assert NUMBER in said(room, f"/case {TICKET}")  # twice gives the same


def test_what_staff_write_is_masked_and_said_to_be(desk: Desk, room: StaffRoom) -> None:
    complete(room)
    told = said(
        room,
        f"/case {NUMBER} 结果 王小明已办成，联系人：李四，手机13900000000，续展证明已经收到，没有差错，一切顺利。",
    )
    assert "结果里的个人信息已自动遮盖" in told
    assert "还不完整" in told  # what was struck must be put in other words first
    assert "王小明" not in only(desk).result
    assert "13900000000" not in only(desk).result


def test_the_client_reads_every_word_and_only_then_it_is_published(
    desk: Desk, room: StaffRoom, asker: CoreDriver
) -> None:
    complete(room)
    room.press(case_wording.ASK, who=AUTHOR)
    asked = next(each.text for each in asker.received() if case_wording.AGREE in each.buttons)
    asker.press(case_wording.AGREE)
    said(room, f"/case {NUMBER}")
    room.press(case_wording.SUBMIT, who=AUTHOR)
    room.press(case_wording.PUBLISH, who=REVIEWER)
    case = only(desk)
    assert (case.state, case.author_name, case.reviewer_name) == ("published", AUTHOR, REVIEWER)
    assert all(text in asked for _, text in write_case.parts_of(case))
    assert case.consent_text in asked
    assert case.consent_at is not None
    with desk.reading() as session:
        line = [(each.to_state, each.consent, each.actor_name) for each in cases.history_of(session, case.key)]
        found = FIGURES["cases"].ids(session, this_year(desk))
        assert records(session, "cases", found) == [(NUMBER, case.title)]
    assert line[-3:] == [("draft", "given", "本人"), ("in_review", "given", AUTHOR), ("published", "given", REVIEWER)]
    assert vouch(desk).faults == ()
    asker.press(case_wording.WITHDRAW)
    with desk.reading() as session:
        assert FIGURES["cases"].value(session, this_year(desk)) == 0


def test_a_complaint_is_no_candidate(desk: Desk, room: StaffRoom) -> None:
    with desk.writing() as session:
        assert [each.number for each in among(session, {1})] == [TICKET]
        session.get_one(Ticket, 1).reason = "complaint"
        session.flush()
        assert among(session, {1}) == []
    assert "是投诉建议" in said(room, f"/case {TICKET}")


def test_without_consent_nothing_is_published(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    room.press(case_wording.ASK, who=AUTHOR)
    said(room, f"/case {NUMBER}")
    room.press(case_wording.SUBMIT, who=AUTHOR)
    assert "等待本人答复" in room.press(case_wording.PUBLISH, who=REVIEWER)[0].text
    asker.press(case_wording.AGREE)
    said(room, f"/case {NUMBER}")
    assert "须由另一位" in room.press(case_wording.PUBLISH, who=AUTHOR)[0].text
    assert only(desk).state == "in_review"
    with pytest.raises(IntegrityError), desk.writing() as session:  # not by the back door either
        case = session.get_one(TypicalCase, 1)
        case.state, case.reviewer, case.consent = "published", "x", "asked"


def test_a_changed_word_takes_the_consent_away(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    room.press(case_wording.ASK, who=AUTHOR)
    room.say(f"/case {NUMBER} 结果 已经办妥。", who=AUTHOR)
    asker.press(case_wording.AGREE)  # of the text before
    assert case_wording.CHANGED in asker.received()[-1].text
    assert only(desk).consent == ""
    said(room, f"/case {NUMBER}")
    room.press(case_wording.ASK, who=AUTHOR)
    asker.press(case_wording.AGREE)
    assert only(desk).consent == "given"
    assert "要再征求一次" in said(room, f"/case {NUMBER} 公开 是")
    assert (only(desk).consent, only(desk).is_public) == ("", True)


def test_no_is_no_for_good_and_the_words_go(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    room.press(case_wording.ASK, who=AUTHOR)
    asker.press(case_wording.REFUSE)
    case = only(desk)
    assert (case.state, case.consent, case.needed, case.title) == ("declined", "refused", "", "")
    assert "不再询问" in said(room, f"/case {TICKET}")
    assert vouch(desk).faults == ()


@pytest.mark.parametrize("way", ["button", "privacy", "secret", "refuse_all", "erase"])
def test_a_published_case_is_taken_back_every_way(desk: Desk, room: StaffRoom, asker: CoreDriver, way: str) -> None:
    publish(room, asker)
    room.read()
    asker.received()
    if way == "button":
        asker.press(case_wording.WITHDRAW)
    elif way == "privacy":
        asker.say("个人信息")
        asker.press(f"{case_wording.WITHDRAW} {NUMBER}")
    elif way == "secret":
        asker.say("保密咨询")
    elif way == "refuse_all":
        asker.say("不同意")
    else:
        asker.send("choice", action="erase:sure")
    case = only(desk)
    assert (case.state, case.consent) == ("withdrawn", "withdrawn")
    assert {text for _, text in write_case.parts_of(case)} == {""}
    assert case.consent_text == ""
    assert vouch(desk).faults == ()
    with desk.reading() as session:
        salts = session.exec(select(seals.Seal.salt).where(seals.Seal.kind == "typical_case")).all()
    assert [each for each in salts if each] == salts[-1:]  # what is gone can't be tried against a guess


def test_whoever_asks_in_confidence_is_never_asked(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    asker.say("保密咨询")
    assert case_wording.CONFIDENTIAL in said(room, f"/case {TICKET}")
    with desk.reading() as session:
        assert session.exec(select(TypicalCase)).all() == []


def test_linked_to_whoever_asks_in_confidence_nothing_stays_published(
    desk: Desk, room: StaffRoom, asker: CoreDriver
) -> None:
    publish(room, asker)
    secret = CoreDriver(desk, Address("core", "secret"))
    secret.say("保密咨询")
    secret.received()
    secret.say("/link")
    asker.say("/link " + secret.received()[-1].text.partition("/link ")[2][:8])
    assert (only(desk).state, only(desk).title) == ("withdrawn", "")


def test_nobody_else_decides(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    publish(room, asker)
    stranger = CoreDriver(desk, Address("core", "stranger"))
    stranger.send("choice", action="story:1:stop:1")
    stranger.send("choice", action="story:9:yes:1")
    assert only(desk).state == "published"


def test_nobody_is_asked_again_and_again(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    for n in range(write_case.MOST_ASKED):
        room.say(f"/case {NUMBER} 结果 第{n}稿。", who=AUTHOR)
        room.press(case_wording.ASK, who=AUTHOR)
        assert case_wording.ASKED_ALREADY in room.press(case_wording.ASK, who=AUTHOR)[0].text
    room.say(f"/case {NUMBER} 结果 最后一稿。", who=AUTHOR)
    assert case_wording.ASKED_ENOUGH in room.press(case_wording.ASK, who=AUTHOR)[0].text
    asked = [each for each in asker.received() if case_wording.AGREE in each.buttons]
    assert len(asked) == write_case.MOST_ASKED


def test_who_wants_nothing_unasked_is_not_asked(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    complete(room)
    asker.say("退订")
    assert case_wording.NOBODY_TO_ASK in room.press(case_wording.ASK, who=AUTHOR)[0].text


def test_of_two_who_decide_one_decides(desk: Desk, room: StaffRoom, asker: CoreDriver) -> None:
    publish(room, asker)
    assert "不能发布" in room.act("case:1:publish:3", who=REVIEWER)[0].text
    assert "改过" in room.act("case:1:withdraw:1", who=REVIEWER)[0].text


def test_nobody_whose_ticket_was_merged_is_named(desk: Desk) -> None:
    one, two, room = CoreDriver(desk), CoreDriver(desk, Address("core", "other")), StaffRoom(desk)
    for each, name in ((one, "示例客"), (two, "另一客")):
        each.send(text=f"没有人知道的事，{name}", sender_name=name)
    room.say("/claim GD-20261123-0001", thread="")
    room.say("/merge GD-20261123-0002 GD-20261123-0001", thread="")
    room.say("/reply GD-20261123-0001 示例客、另一客：两位按同样的办法办理就行。", thread="")
    two.send("choice", action="done")
    room.say("/close GD-20261123-0001", thread="")
    told = said(room, f"/case {TICKET}")
    assert "另一客" not in only(desk).done
    assert only(desk).done == "某某、某某：两位按同样的办法办理就行。", told
