"""Matching in the talk: consent, only the questions needed, every condition judged; reminders of windows, once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from consultations.enterprise_facts import EnterpriseFacts
from handlers import match_wording, remind_programmes
from handlers.desk import Desk
from policies.compilation import Policy, Revision
from policies.profile import read_programme
from tests.conftest import Clock
from tests.drivers import CoreDriver, StaffRoom

PROGRAMME = """name = "示例贴息"
conditions = ["在示例区", "有发明两件", "贷款已结清"]
opens_on = 2026-12-01
closes_on = 2026-12-31
[[criteria]]
condition = "在示例区"
fact = "district"
any_of = ["示例区"]
[[criteria]]
condition = "有发明两件"
fact = "inventions"
at_least = 2
"""
CLOSED = 'name = "示例旧奖"\nconditions = ["什么都行"]\ncloses_on = 2026-10-31'


def publish(desk: Desk, title: str, programme: str, *, version: str = "2026-10-01", repeals: str = "") -> None:
    """A policy in force with a programme; of the same title, another version of it."""
    with desk.writing() as session:
        policy = session.exec(select(Policy).where(Policy.title == title)).first() or Policy(title=title)
        session.add(policy)
        session.flush()
        revision = Revision(
            policy_id=policy.id or 0,
            version=version,
            source_name="示例",
            sha256=title + version,
            state="published",
            effective_from=date.fromisoformat(version),
            repeals=repeals,
            is_quotable=True,
            programme=read_programme(programme).stored,
        )
        session.add(revision)


@pytest.fixture
def asker(desk: Desk) -> CoreDriver:
    publish(desk, "示例旧办法", CLOSED)
    publish(desk, "示例办法", PROGRAMME)
    return CoreDriver(desk)


def told(asker: CoreDriver) -> str:
    return asker.received()[-1].text


def answer(asker: CoreDriver, *answers: str) -> str:
    asker.say("政策匹配")
    asker.press(match_wording.BEGIN)
    for each in answers:
        asker.say(each) if each.isdecimal() else asker.press(each)
    return told(asker)


def test_only_what_programmes_ask_for_is_asked_and_every_condition_is_judged(asker: CoreDriver) -> None:
    asker.say("政策匹配")
    assert "2 个问题：所在区县、有效发明专利件数" in told(asker)
    asker.press(match_wording.BEGIN)
    shown = asker.received()[-1]
    assert shown.buttons == ("示例区", "其他", "不清楚，跳过", "转人工")
    asker.press("示例区")
    assert "（2/2）有效发明专利件数？" in told(asker)
    asker.say("2")
    text = told(asker)
    assert "符合：在示例区" in text
    assert "符合：有发明两件" in text
    assert "不清楚：贷款已结清" in text
    assert "还没有开始，2026年12月1日起" in text
    assert "来源：《示例办法》（2026年10月1日版）" in text
    assert match_wording.NO_PROMISE in text
    assert text.index("示例贴息") < text.index("示例旧奖（已截止，2026年10月31日）")


@pytest.mark.parametrize(
    ("answers", "here", "some"),
    [
        (("其他", "1"), "不符合：在示例区", "不符合：有发明两件"),
        ((match_wording.SKIP, match_wording.SKIP), "不清楚：在示例区", "不清楚：有发明两件"),
    ],
)
def test_what_is_not_met_or_left_open_says_so(
    asker: CoreDriver, answers: tuple[str, str], here: str, some: str
) -> None:
    text = answer(asker, *answers)
    assert here in text
    assert some in text


def test_without_consent_nothing_is_kept(asker: CoreDriver) -> None:
    asker.say("政策匹配")
    asker.press(match_wording.SHOW_ALL)
    assert "不清楚：在示例区" in told(asker)
    for action in ("match:set:district:示例区", "match:skip:district", "match:watch:99", "match:x"):
        asker.send("choice", action=action)
    with asker.desk.reading() as session:
        assert session.exec(select(EnterpriseFacts)).all() == []


def test_a_question_in_between_is_answered_and_a_forged_name_changes_nothing(asker: CoreDriver) -> None:
    answer(asker, "示例区")
    asker.say("商标续展多少钱？")
    assert "五百元" in told(asker)
    asker.send("choice", action="match:set:district:月球")
    asker.send("choice", action="match:set:inventions:5")
    with asker.desk.reading() as session:
        assert session.exec(select(EnterpriseFacts)).one().facts == {"district": "示例区"}


def test_the_number_of_patents_may_be_taken_from_the_ledger(asker: CoreDriver) -> None:
    asker.say("/assets")
    asker.say("发明 ZL201010613264.6 示例灯 2010-12-30\n发明 ZL201010137843.8 示例灯 2010-04-02")
    asker.press("只登记，不提醒")
    assert "符合：有发明两件" in answer(asker, "示例区", "按台账：2 件")


def test_what_was_told_is_deleted_when_somebody_wants_that(asker: CoreDriver) -> None:
    answer(asker, "示例区", "2")
    asker.press(match_wording.FORGET)
    assert match_wording.FORGOTTEN in told(asker)
    with asker.desk.reading() as session:
        assert session.exec(select(EnterpriseFacts)).all() == []


def test_staff_see_on_the_ticket_what_the_enterprise_told(asker: CoreDriver) -> None:
    room = StaffRoom(asker.desk)
    answer(asker, "示例区", "2")
    asker.say("没有人知道的事")
    shown = "\n".join(each.text for each in room.say("/match", thread="ticket:1"))
    assert "所在区县 示例区，有效发明专利件数 2" in shown
    assert "符合：有发明两件" in shown


def test_without_programmes_that_is_said(desk: Desk) -> None:
    asker = CoreDriver(desk)
    asker.say("政策匹配")
    assert match_wording.NOTHING in told(asker)


@pytest.fixture
def days(desk: Desk, clock: Clock) -> Callable[[str], None]:
    """Lets a day come, on which two ticks look."""

    def look(day: str) -> None:
        clock.moment = datetime.fromisoformat(f"{day}T03:00").replace(tzinfo=UTC)
        for _ in range(2):
            remind_programmes.run_due(desk)

    return look


def test_a_window_is_told_when_it_opens_and_before_it_closes_once_each(
    asker: CoreDriver, days: Callable[[str], None]
) -> None:
    answer(asker, "示例区", "2")
    asker.press("提醒我申报 1")
    assert match_wording.WATCHING in told(asker)
    seen: dict[str, str] = {}
    for day in ("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-23", "2026-12-24", "2026-12-30", "2027-01-02"):
        days(day)
        for text in [each.text for each in asker.received() if "【申报提醒】" in each.text]:
            seen[day] = text
    assert list(seen) == ["2026-12-01", "2026-12-24", "2026-12-30"]
    assert "2026年12月31日截止（还有 30 天）" in seen["2026-12-01"]
    assert "《示例办法》" in seen["2026-12-30"]


@pytest.mark.parametrize("how", ["退订", "已办理", "废止"])
def test_nobody_is_reminded_of_what_is_over_for_them(asker: CoreDriver, days: Callable[[str], None], how: str) -> None:
    answer(asker, "示例区", "2")
    asker.press("提醒我申报 1")
    days("2026-12-01")
    if how == "废止":
        with asker.desk.writing() as session:
            session.exec(select(Revision).where(Revision.version != "")).all()[-1].effective_to = date(2026, 12, 2)
    elif how == "已办理":
        asker.press(how)
    else:
        asker.say(how)
    asker.received()
    days("2026-12-24")
    assert asker.received() == []


@pytest.mark.parametrize(("title", "repeals"), [("示例办法", ""), ("示例新办法", "示例办法")])
def test_whoever_watches_a_programme_watches_what_replaces_it(
    asker: CoreDriver, days: Callable[[str], None], title: str, repeals: str
) -> None:
    answer(asker, "示例区", "2")
    asker.press("提醒我申报 1")
    days("2026-12-01")
    with asker.desk.writing() as session:
        old = session.exec(select(Revision).join(Policy).where(Policy.title == "示例办法")).one()
        old.effective_to, old.state = date(2026, 12, 2), "archived"
    longer = PROGRAMME.replace("2026-12-31", "2027-01-31").replace("示例贴息", "示例新贴息")
    publish(asker.desk, title, longer, version="2026-12-03", repeals=repeals)
    asker.received()
    days("2026-12-03")
    days("2027-01-24")
    texts = [each.text for each in asker.received()]
    assert [text.count("【申报提醒】“示例新贴息”") for text in texts] == [1, 1]
    assert f"《{title}》（2026年12月3日版）" in texts[0]


def test_a_corrected_text_of_the_same_window_is_not_told_again(asker: CoreDriver, days: Callable[[str], None]) -> None:
    answer(asker, "示例区", "2")
    asker.press("提醒我申报 1")
    days("2026-12-01")
    with asker.desk.writing() as session:
        session.exec(select(Revision).join(Policy).where(Policy.title == "示例办法")).one().state = "replaced"
    publish(asker.desk, "示例办法", PROGRAMME, version="2026-10-02")
    asker.received()
    days("2026-12-03")
    assert asker.received() == []
    days("2026-12-24")
    assert [text.count("【申报提醒】") for text in (each.text for each in asker.received())] == [1]
