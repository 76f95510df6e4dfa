"""The gate, from the staff room: every command and button, every role, things of one's own outlet and of another's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from consultations import audit, cases, follow_ups, numbers, opinions, referrals, tickets, trainings
from consultations.archive import Consultation
from consultations.card_drafts import CardDraft, create
from consultations.cases import TypicalCase
from consultations.duty_reading import Duty, parse_book
from consultations.enterprises import Enterprise, EnterpriseYear
from consultations.follow_ups import FollowUp
from consultations.messages import Address, Attachment, Inbound
from consultations.opinions import Opinion
from consultations.permissions import TABLE
from consultations.referrals import Referral
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Staff, Ticket, TicketEvent
from consultations.trainings import Training
from handlers import give_out
from handlers.desk import Desk
from handlers.staff_routes import STAFF_ROUTES
from handlers.turn import take_turn
from handlers.wish import PRESSES, STAFF_WORDS, wish_of
from tests.conftest import Clock
from tests.drivers import STAFF_ROOM, CoreDriver, Shown, StaffRoom

ROLES = {
    "咨": "adviser",
    "审": "reviewer",
    "专": "expert",
    "网": "outlet_admin",
    "市": "city_admin",
    "计": "auditor",
}
# Route → what is written or pressed, and who may. {n} is 1 for what is here, 2 for what is elsewhere; of what is
# elsewhere only 市 and 计 may do what they may do. The ticket here was given to the expert.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "claim": ("press claim:{n}", "咨专"),
    "close": ("/close GD-20261123-000{n}", "咨专网市"),
    "check_decide": ("press check:{n}:1:pass", "审"),
    "check_undo": ("/check GD-20261123-000{n} 撤回", "咨专"),
    "check_list": ("/check", "咨审专网市计"),
    "check": ("/check GD-20261123-000{n}", "咨审专网市"),
    "file": ("threadfile 示例.pdf", "咨专"),
    "quick": ("/quick GD-20261123-000{n} hello", "咨专"),
    "insert": ("press insert:{n}:oppose", "咨专"),
    "prepared": ("press prepared:{n}:1", "咨专"),
    "note": ("/note GD-20261123-000{n} 示例", "咨审专网市"),
    "show": ("/ticket GD-20261123-000{n}", "咨审专网市"),
    "match": ("/match GD-20261123-000{n}", "咨审专网市"),
    "release": ("/release GD-20261123-000{n} 示例", "咨专网市"),
    "assign": ("/assign GD-20261123-000{n} 示例没有", "咨网市"),
    "transfer": ("/transfer GD-20261123-000{n} 没有站", "咨网市"),
    "merge": ("/merge GD-20261123-000{n} GD-20261123-000{n}", "咨网市"),
    "reopen": ("/reopen GD-20261123-000{n}", "咨网市"),
    "kind": ("/kind GD-20261123-000{n} 没有", "咨网市"),
    "compare": ("/compare 样灯法 2019 2026", "咨审专网市计"),
    "duty": ("/duty", "咨审专网市计"),
    "import": ("press import:nosuch", "审网市"),
    "policy_file": ("file 示例条例.docx", "审网市"),
    "correct": ("/correct nosuch 文号 示例", "审网市"),
    "import_link": ("/import nosuch", "审网市"),
    "policies": ("/policies", "咨审专网市计"),
    "policy": ("press policy:7", "咨审专网市计"),
    "policy_write": ("press policy:7:submit", "咨审网市"),
    "policy_review": ("press policy:7:publish", "审市"),
    "absent": ("/absent 12-01..12-03", "咨审专网市"),
    "back": ("/back", "咨审专网市"),
    "tickets": ("/tickets", "咨审专网市计"),
    "gaps": ("/gaps", "咨审网市计"),
    "make_card": ("press make_card:{n}", "咨审"),
    "gap": ("press gap:{n}", "咨审"),
    "drafts": ("/drafts", "咨审网市计"),
    "draft_review": ("press draft:{n}:return", "审"),
    "draft_tell": ("press draft:{n}:preview", "咨审"),
    "draft_write": ("/draft {n} 标题 示例", "咨审"),
    "draft": ("/draft {n}", "咨审网市"),
    "cases": ("/cases", "咨审网市计"),
    "make_case": ("/case GD-20261123-000{n}", "咨审网"),
    "case_review": ("press case:{n}:return:1", "审网市"),
    "case_write": ("/case AL-20261123-000{n} 标题 示例", "咨审网"),
    "case": ("/case AL-20261123-000{n}", "咨审网市计"),
    "training_list": ("/training PX-20261123-000{n}", "咨审网市计"),
    "training_invite": ("press training:{n}:invite", "审网市"),
    "training": ("/training PX-20261123-000{n} 改\n地点：示例室", "咨网市"),
    "broadcast": ("/broadcast 示例通知", "审网市"),
    "broadcast_show": ("/broadcast 9", "审网市计"),
    "broadcast_decide": ("press broadcast:9:approve:1", "审市"),
    "broadcasts": ("/broadcasts", "审网市计"),
    "segments": ("/segments", "审网市计"),
    "segment": ("/segment 示例 主题=商标", "审网市"),
    "visits": ("/visits", "咨审网市计"),
    "unvisited": ("/unvisited", "咨审网市计"),
    "visit": ("press visit:{n}:ok", "咨网市"),
    "archive": ("/archive 没有人知道", "咨审网市计"),
    "why": ("/why ZX-20261123-000{n}", "咨审网市计"),
    "record": ("/record 示例问题", "咨网市"),
    "unrecord": ("/unrecord ZX-20261123-000{n} 示例", "咨网市"),
    "refer": ("/refer GD-20261123-000{n} 法律服务", "咨"),
    "referral": ("/referral DJ-20261123-000{n} 已联系", "咨网市"),
    "opinion": ("/opinion 示例意见", "咨网市"),
    "opinions": ("/opinions YJ-20261123-000{n}", "咨审网市计"),
    "console": ("/console", "咨审专网市计"),
    "help": ("/help", "咨审专网市计"),
    "send": ("press send:{n}:1", "咨专"),
    "revise": ("press revise:{n}:1", "咨专"),
    "reply": ("/reply GD-20261123-000{n} 示例", "咨专"),
    "words": ("thread 示例", "咨审专网市"),
}
ABOUT_NOTHING = {route for route, (words, _) in COMMANDS.items() if "{n}" not in words} - {"words", "file"}
EVERYWHERE = "市计"
NOT_COMMANDS = {"unknown_press", "chat"}  # words among colleagues and buttons nobody knows
BOOK = """
[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
[[staff]]
id = "me"
name = "示例甲"
outlet = "here"
accounts = ["staff:77"]
roles = ["{role}"]
[[staff]]
id = "there"
name = "示例北"
outlet = "north"
accounts = ["staff:示例北"]
[[staff]]
id = "lead"
name = "示例组长"
leader = true
until = 2026-11-01
"""
ME, STRANGER = "77", "示例外人"
KEPT: tuple[type[SQLModel], ...] = (
    *(Ticket, TicketEvent, TicketMessage, CardDraft, FollowUp, Referral, Opinion, Consultation, TypicalCase),
    Training,
)


def with_role(desk: Desk, role: str) -> Desk:
    return replace(desk, duty=Duty(book=parse_book({"staff.toml": BOOK.format(role=role)}), version=1))


@pytest.fixture
def busy(desk: Desk, clock: Clock) -> Desk:
    """An office where everything there can be is there twice: 1 here, 2 at the other outlet."""
    for name, words, outlet in (
        ("asker", "没有人知道的事，here 的", "here"),
        ("other", "毫无头绪一问，north 的", "north"),
    ):
        CoreDriver(desk, Address("core", name)).say(words)
        with desk.writing() as session:
            _fill(session, tickets.alive_of(session, 1 if outlet == "here" else 2), outlet, clock)
    StaffRoom(desk).read()
    return desk


def _fill(session: Session, ticket: Ticket | None, outlet: str, clock: Clock) -> None:
    assert ticket is not None
    ticket.outlet, now = outlet, clock.now()
    if outlet == "north":
        tickets.assign(session, ticket.key, Staff("staff:示例北", "示例北"), "", now)
    follow_ups.plan(session, ticket.key, ticket.contact_id, "visit", now)
    planned = follow_ups.of_ticket(session, ticket.key, "visit")
    assert planned is not None
    follow_ups.make_task(session, planned, "unanswered", now=now, due_at=now + timedelta(days=1))
    ids: dict[str, Any] = {"ticket_id": ticket.key, "contact_id": ticket.contact_id, "created_at": now}
    number = numbers.next_number(session, numbers.REFERRAL, now.date())
    referrals.offer(session, Referral(number=number, kind="legal", **ids), "")
    number = numbers.next_number(session, numbers.OPINION, now.date())
    words = f"{outlet} 的意见"
    opinion = Opinion(number=number, key=number, kind="complaint", channel="core", text=words, due_at=now, **ids)
    opinions.register(session, opinion)
    made: dict[str, Any] = {"author": "x", "author_name": "x", "created_at": now, "changed_at": now}
    told: dict[str, Any] = {"ticket_id": ticket.key, "contact_id": ticket.contact_id, "state": "in_review"}
    number = numbers.next_number(session, numbers.CASE, now.date())
    cases.create(session, TypicalCase(number=number, title=f"{outlet} 的案例", **told, **made), Staff("x", "x"), now)
    number = numbers.next_number(session, numbers.TRAINING, now.date())
    when: dict[str, Any] = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=1, hours=2)}
    training = Training(number=number, title=f"{outlet} 的培训", outlet=outlet, place="x", state="open", **when, **made)
    trainings.create(session, training, Staff("x", "x"), now)
    draft = CardDraft(source=f"ticket:{ticket.id}", kind="card", title=f"{outlet} 的草稿", ticket_id=ticket.key, **made)
    create(session, draft, (), now)
    kept: dict[str, Any] = {"created_by": "x", "created_at": now, "changed_by": "x", "changed_at": now}
    firm = Enterprise(name=f"{outlet} 的企业", outlet=outlet, **kept)
    session.add(firm)
    session.flush()
    listed = now - timedelta(days=200)
    session.add(EnterpriseYear(enterprise_id=firm.key, year=now.year, entered_by="x", entered_at=listed))


IDS = itertools.count(1000)


def act(desk: Desk, written: str, *, n: int, who: str = ME) -> str:
    """What comes back to somebody who writes or presses that."""
    room = StaffRoom(desk, _ids=IDS)
    verb, _, rest = written.format(n=n).partition(" ")
    if verb == "press":
        return text_of(room.act(rest, who=who))
    if verb == "file":
        sent = (Attachment("f", rest, "application/octet-stream", 0),)
        turn = take_turn(Inbound(STAFF_ROOM, f"file/{next(IDS)}", who, desk.now(), kind="file", attachments=sent), desk)
        return "\n".join(each.plain_text for each in turn.replies)
    if verb == "threadfile":
        sent = (Attachment("f", rest, "application/pdf", 0),)
        thread, key = f"ticket:{n}", f"file/{next(IDS)}"
        inbound = Inbound(STAFF_ROOM, key, who, desk.now(), kind="file", attachments=sent, thread_key=thread)
        return "\n".join(each.plain_text for each in take_turn(inbound, desk).replies)
    if verb == "thread":
        return text_of(room.say(rest, who=who, thread=f"ticket:{n}"))
    return text_of(room.say(written.format(n=n), who=who, thread=""))


def text_of(shown: list[Shown]) -> str:
    return "\n".join(each.text for each in shown)


def n_refusals(desk: Desk) -> int:
    with desk.reading() as session:
        return len(audit.newest(session, is_refused=True))


def everything(desk: Desk) -> list[str]:
    """Every row anybody could have changed."""
    with desk.reading() as session:
        return [str(each.model_dump()) for table in KEPT for each in session.exec(select(table))]


def tried(desk: Desk, written: str, *, n: int, who: str = ME) -> tuple[bool, str]:
    """``(whether it was refused, what was told)``; a refusal is written down and changes nothing."""
    before, kept = n_refusals(desk), everything(desk)
    told = act(desk, written, n=n, who=who)
    is_refused = n_refusals(desk) > before
    if is_refused:
        assert everything(desk) == kept
        assert told.count("。") == 1, told
    return is_refused, told


# --- nothing is left out


def route_of(inbound: Inbound) -> str:
    wish = wish_of(inbound, is_staff=True)
    return next(each.name for each in STAFF_ROUTES if each.fits(inbound, wish))


def test_every_command_of_staff_has_an_action_and_stands_in_the_matrix() -> None:
    assert set(COMMANDS) | NOT_COMMANDS == {each.name for each in STAFF_ROUTES}
    assert all(each.action in TABLE for each in STAFF_ROUTES)
    assert {each.name for each in STAFF_ROUTES if each.action in ("room.talk", "ask")} == NOT_COMMANDS


def test_every_word_and_button_of_staff_ends_at_a_command(clock: Clock) -> None:
    for verb, spellings in STAFF_WORDS.items():
        for each in spellings:
            inbound = Inbound(STAFF_ROOM, "m", ME, clock.now(), text=each)
            assert route_of(inbound) not in NOT_COMMANDS, verb
    for verb in PRESSES & set(STAFF_WORDS) | {"send", "revise", "gap"}:
        inbound = Inbound(STAFF_ROOM, "m", ME, clock.now(), kind="choice", action=f"{verb}:1")
        assert route_of(inbound) not in NOT_COMMANDS, verb


# --- the matrix


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_at_its_own_outlet(busy: Desk, clock: Clock, letter: str) -> None:
    desk = with_role(busy, ROLES[letter])
    for route, (written, who) in COMMANDS.items():
        if letter == "专":
            _give_to_me(desk, clock)
        is_refused, told = tried(desk, written, n=1)
        assert is_refused is (letter not in who), (route, told)
        if is_refused:
            assert f"来做，您的角色是{_name(letter)}；" in told


@pytest.mark.parametrize("letter", ROLES)
def test_each_role_at_another_outlet(busy: Desk, letter: str) -> None:
    desk = with_role(busy, ROLES[letter])
    for route, (written, who) in COMMANDS.items():
        if route in ABOUT_NOTHING:
            continue
        is_refused, told = tried(desk, written, n=2)
        assert is_refused is not (letter in who and letter in EVERYWHERE), (route, told)
        if is_refused and letter in who:
            assert "或者归别的网点" in told


@pytest.mark.parametrize("letter", ["咨", "审", "专", "网"])
def test_what_is_elsewhere_reads_like_what_is_not_there(busy: Desk, letter: str) -> None:
    desk = with_role(busy, ROLES[letter])
    for route, (written, _) in COMMANDS.items():
        if route not in ABOUT_NOTHING and route not in ("words", "file"):
            there, nowhere = (tried(desk, written, n=n)[1] for n in (2, 9))
            assert there == re.sub(r"(?<=[ 0])9(?=，)", "2", nowhere), route


def _give_to_me(desk: Desk, clock: Clock) -> None:
    with desk.writing() as session:
        ticket = session.get_one(Ticket, 1)
        if ticket.is_alive and f"staff:{ME}" not in (ticket.assignee, ticket.holder):
            tickets.assign(session, 1, Staff(f"staff:{ME}", "示例甲"), "", clock.now())


def _name(letter: str) -> str:
    return {"咨": "咨询员", "审": "审核员", "专": "专家", "网": "网点管理员", "市": "市级管理员", "计": "审计员"}[
        letter
    ]


# --- lists


@pytest.mark.parametrize(
    "command", ["/tickets", "/visits", "/unvisited", "/drafts", "/opinions", "/gaps", "/archive 的"]
)
@pytest.mark.parametrize(
    ("letter", "outlets"), [("咨", "here"), ("网", "here"), ("市", "here north"), ("计", "here north")]
)
def test_lists_show_what_one_may_see(busy: Desk, command: str, letter: str, outlets: str) -> None:
    told = act(with_role(busy, ROLES[letter]), command, n=1)
    shown = {"/visits": ("GD-20261123-0001", "GD-20261123-0002")}.get(command, ("here 的", "north 的"))
    assert [each in told for each in shown] == [each in outlets for each in ("here", "north")], told


def test_an_expert_sees_and_answers_what_was_given_to_them(busy: Desk, clock: Clock) -> None:
    desk = with_role(busy, "expert")
    assert act(desk, "/tickets", n=1) == "没有待办工单。"
    _give_to_me(desk, clock)
    told = act(desk, "/tickets", n=1)
    assert "GD-20261123-0001" in told
    assert "GD-20261123-0002" not in told
    act(desk, "press claim:{n}", n=1)
    assert "已答复 GD-20261123-0001" in act(desk, "/reply GD-20261123-0001 示例答复", n=1)
    assert "示例答复" in text_of(CoreDriver(desk, Address("core", "asker")).received())


def test_an_auditor_reads_masked_lists_without_buttons(busy: Desk) -> None:
    CoreDriver(busy, Address("core", "third")).say("没有人知道的事，我的手机是13812345678")
    desk = with_role(busy, "auditor")
    room = StaffRoom(desk)
    room.read()
    (shown,) = room.say("/tickets", who=ME, thread="")
    assert "138****5678" in shown.text
    assert "13812345678" not in shown.text
    assert shown.buttons == ()


def test_the_archive_is_searched_in_the_chat_masked_and_not_endlessly(busy: Desk) -> None:
    asker = CoreDriver(busy, Address("core", "third"))
    asker.say("商标续展多少钱？我的手机是13812345678")
    for _ in range(9):
        asker.say("商标续展多少钱？")
    desk = with_role(busy, "auditor")
    told = act(desk, "/archive 续展 五百元", n=1)
    assert told.count("问：") == 8
    assert "只显示最新的 8 条" in told
    assert "答：示例：五百元。" in told
    told = act(desk, "/archive 138", n=1)
    assert "138****5678" in told
    assert "13812345678" not in told
    assert "GD-20261123-0002" in act(desk, "/archive gd-20261123-0002", n=1)
    assert act(desk, "/archive", n=1).startswith("请写要找的词")
    assert "没有找到您能看的记录" in act(desk, "/archive 没有这样的词", n=1)
    assert "没有找到您能看的记录" in act(with_role(busy, "adviser"), "/archive GD-20261123-0002", n=1)


# --- what hangs on no ticket belongs to whoever wrote it


def test_what_staff_wrote_down_is_their_outlets(busy: Desk) -> None:
    desk = with_role(busy, "adviser")
    for words in ("/record 电话 北边来电的问题", "/opinion 北边的意见"):
        act(desk, words, n=1, who="示例北")
    with desk.reading() as session:
        entry = session.exec(select(Consultation).where(Consultation.action == "recorded")).one()
        opinion = session.exec(select(Opinion).where(Opinion.channel == "phone")).one()
        number, row, ledger = entry.number, entry.key, opinion.number
    for words in (f"/unrecord {number}", f"/unrecord {row}", f"/why {number}", f"/opinions {ledger}"):
        is_refused, told = tried(desk, words, n=1)
        assert is_refused, words
        assert "北边" not in told
    assert "北边" not in act(desk, "/opinions", n=1)
    assert "北边的意见" in act(desk, "/opinions", n=1, who="示例北")
    assert "作废" in act(desk, f"/unrecord {number}", n=1, who="示例北")


def test_a_question_nobody_took_over_is_everybodys(busy: Desk) -> None:
    CoreDriver(busy, Address("core", "third")).say("商标续展多少钱？")
    assert not tried(with_role(busy, "adviser"), "/why ZX-20261123-0003", n=1)[0]


# --- people who are nobody here


@pytest.mark.parametrize("who", [STRANGER, "lead"])
def test_who_is_not_on_the_list_may_do_nothing(busy: Desk, who: str) -> None:
    desk = with_role(busy, "adviser")
    for route, (written, _) in COMMANDS.items():
        is_refused, told = tried(desk, written, n=1, who=who)
        assert is_refused, route
        assert f"您（staff:{who}）不在工作人员名单里" in told


def test_words_among_colleagues_are_nobodys_business(busy: Desk) -> None:
    assert tried(with_role(busy, "adviser"), "中午吃什么", n=1, who=STRANGER) == (False, "")


def test_who_left_is_told_so(busy: Desk) -> None:
    book = BOOK.format(role="adviser").replace('roles = ["adviser"]', 'roles = ["adviser"]\nuntil = 2026-11-22')
    desk = replace(busy, duty=Duty(book=parse_book({"s.toml": book})))
    is_refused, told = tried(desk, "/record 示例问题", n=1)
    assert is_refused
    assert "示例甲 已离岗，不能登记电话或到访咨询，这由咨询员、网点管理员、市级管理员来做" in told


def test_without_a_list_everybody_in_the_room_works(busy: Desk) -> None:
    for route, (written, _) in COMMANDS.items():
        assert not tried(busy, written, n=2, who=STRANGER)[0], route


def test_a_list_that_cannot_be_read_lets_nobody_in(busy: Desk) -> None:
    desk = replace(busy, duty=Duty(problems=("staff.toml 第 1 行：有误。",)))
    for route, (written, _) in COMMANDS.items():
        is_refused, told = tried(desk, written, n=1, who=STRANGER)
        assert is_refused, route
        assert "工作人员名单有误，改好之前在群里不能" in told
    assert give_out.duty_now(desk, desk.now()).startswith("工作人员名单有误")


# --- forged buttons

FORGED = [
    *(
        "claim:2",
        "claim:99",
        "claim:0",
        "claim:-1",
        "claim:x",
        "claim:2:2",
        "claim",
        "close:2",
        "send:2:1",
        "revise:2:1",
    ),
    *("visit:2:ok", "visit:99:ok", "visit:2:5", "visit", "why:2", "why:99", "why:ZX-20261123-0002", "gap:2", "gap:99"),
    *("make_card:2", "make_card:2:new", "draft:2:publish", "draft:2:publish:1", "draft:2:withdraw", "draft:2:tell"),
    *("draft:2:submit", "draft:2:show", "draft:99:show", "draft:2:nosuch", "unrecord:2", "unrecord:99", "reply:2", ""),
    *("transfer:2", "ticket.claim", "claim:２", "claim:2\x00", "claim: 2", "CLAIM:2", "x" * 5000),
]


@pytest.mark.parametrize("who", [ME, STRANGER])
def test_a_forged_button_changes_nothing_and_tells_nothing(busy: Desk, who: str) -> None:
    desk = with_role(busy, "adviser")
    kept = everything(desk)
    for action in FORGED:
        told = text_of(StaffRoom(desk, _ids=IDS).act(action, who=who))
        assert everything(desk) == kept, action
        assert not re.search("north|示例北|毫无头绪", told), action


def test_an_asker_cannot_press_buttons_of_staff_or_of_another_asker(busy: Desk, clock: Clock) -> None:
    kept = everything(busy)
    own = ("claim:1", "close:1", "draft:1:publish", "visit:1:ok", "unrecord:1", "make_card:1", "gap:1", "send:1:1")
    others = ("done:1", "refer:1:stop", "refer:1:none", "follow:1:ok", "score:1:5", "solved:1:no", "words:1", "q:1:0")
    asker = CoreDriver(busy, Address("core", "stranger"))
    for action in (*FORGED, *own, *others):
        clock.advance(minutes=1)  # nobody presses faster than the limit
        asker.send("choice", action=action)
        told = text_of(asker.received())
        assert everything(busy) == kept, action
        assert not re.search("没有人知道|毫无头绪", told), action


# --- broadcasts in a chat of one's own


@pytest.mark.parametrize(("letter", "may"), [(each, each in "审网市") for each in ROLES])
def test_only_some_roles_write_broadcasts(busy: Desk, letter: str, *, may: bool) -> None:
    desk = with_role(busy, ROLES[letter])
    staff = CoreDriver(desk, Address("staff", ME))
    for event in ({"text": "/broadcast 示例通知"}, {"kind": "choice", "action": "broadcast:1:cancel"}):
        staff.send(**event)  # type: ignore[arg-type]
        told = text_of(staff.received())
        assert ("这只对工作人员开放" in told) is not may, told
    staff.say("/help")
    assert ("/broadcast" in text_of(staff.received())) is may
    assert n_refusals(desk) == (0 if may else 2)


def test_an_administrator_taken_off_while_writing_is_not_stuck(desk: Desk) -> None:
    admin = CoreDriver(desk, Address("core", "administrator"))
    admin.say("/broadcast")
    admin.received()
    admin.desk = replace(desk, settings=replace(desk.settings, administrators=()))
    admin.say("示例通知")
    assert "这只对工作人员开放" in text_of(admin.received())
    admin.say("商标续展多少钱？")
    assert "五百元" in text_of(admin.received())


# --- who wrote


def test_staff_go_by_the_name_of_the_list_whatever_they_call_themselves(busy: Desk) -> None:
    desk = with_role(busy, "adviser")
    StaffRoom(desk).act("claim:1", who=ME)  # the room's driver shows the account as the name
    with desk.reading() as session:
        ticket = session.get_one(Ticket, 1)
        assert (ticket.holder, ticket.holder_name) == ("staff:77", "示例甲")
