"""A policy sent to the staff chat: shown, then imported or dropped; nothing is in the compilation before."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.database import sessions
from consultations.messages import Address, Attachment, Choice, Inbound, Outbound
from handlers import import_wording as wording
from handlers.desk import Desk, OfficeSettings
from handlers.staged_imports import StagedImports
from handlers.turn import take_turn
from policies.compilation import Policy, Revision
from policies.profile import programme_of
from policies.review import Signature
from tests.conftest import Clock
from tests.drivers import STAFF_ROOM, choices_of
from tests.handlers.conftest import MiniatureAnswerer

LAW = "示例市专项资金管理办法\n第一条 为了规范H作，制定本办法。\n第二条 本办法自2026年11月1日起施行。".encode()
NAME = "示例市专项资金管理办法(2026-10-08).txt"
_NUMBERS = itertools.count()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(sqlite_engine: Engine, clock: Clock, home: Path) -> Desk:
    writing, reading = sessions(sqlite_engine)
    imports = StagedImports(home, writing, reading)
    settings = OfficeSettings(staff_rooms=(STAFF_ROOM,))
    return Desk(writing, reading, MiniatureAnswerer(), clock.now, settings, imports=imports)


def _sent(name: str = NAME, content: bytes = LAW, *, size: int | None = None) -> Inbound:
    file = Attachment("F1", name, "text/plain", len(content) if size is None else size, content)
    number = f"room/{next(_NUMBERS)}"
    return Inbound(STAFF_ROOM, number, "示例甲", Clock().now(), kind="file", attachments=(file,))


def _said(text: str) -> Inbound:
    return Inbound(STAFF_ROOM, f"said/{next(_NUMBERS)}", "示例甲", Clock().now(), text=text)


def _press(desk: Desk, choice: Choice, room: Address = STAFF_ROOM) -> str:
    number = f"press/{next(_NUMBERS)}"
    inbound = Inbound(room, number, "示例乙", Clock().now(), kind="choice", action=choice.action)
    return take_turn(inbound, desk).replies[0].plain_text


def _shown(desk: Desk, inbound: Inbound) -> Outbound:
    (reply,) = take_turn(inbound, desk).replies
    return reply


def _titles(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [each.title for each in session.exec(select(Policy)).all()]


def _states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return [each.state for each in session.exec(select(Revision)).all()]


def _files(home: Path, part: str) -> int:
    """How many files of policies are there; who sent them in stands in files of its own."""
    return sum(each.is_file() and each.suffix != ".json" for each in (home / part).rglob("*"))


def test_a_file_is_shown_and_imported_when_confirmed(desk: Desk, home: Path) -> None:
    shown = _shown(desk, _sent())
    assert "名称：示例市专项资金管理办法" in shown.plain_text
    assert "“H作” → “工作”" in shown.plain_text
    confirm, discard = choices_of(shown)
    assert (confirm.label, discard.label) == (wording.CONFIRM, wording.DISCARD)
    assert (_titles(desk), _files(home, "originals")) == ([], 0)
    assert "《示例市专项资金管理办法》2026-10-08，2 条，已作为版本 1 提交审核" in _press(desk, confirm)
    assert _states(desk) == ["in_review"]
    assert _titles(desk) == ["示例市专项资金管理办法"]
    assert (_files(home, "originals"), _files(home, "incoming")) == (1, 0)


def test_a_second_press_does_nothing(desk: Desk, home: Path) -> None:
    confirm, discard = choices_of(_shown(desk, _sent()))
    _press(desk, confirm)
    assert _press(desk, confirm) == wording.DECIDED
    assert _press(desk, discard) == wording.DECIDED
    assert _titles(desk) == ["示例市专项资金管理办法"]
    assert _files(home, "originals") == 1


def _by(inbound: Inbound, name: str) -> Inbound:
    return replace(inbound, sender_name=name, sender_id=name)


def _decide(desk: Desk, action: str, who: str) -> str:
    inbound = Inbound(STAFF_ROOM, f"decide/{next(_NUMBERS)}", who, Clock().now(), kind="choice", action=action)
    return take_turn(_by(inbound, who), desk).replies[0].plain_text


def test_neither_the_uploader_nor_the_submitter_may_review(desk: Desk) -> None:
    confirm, _ = choices_of(_shown(desk, _by(_sent(), "示例甲")))
    assert confirm == choices_of(_shown(desk, _by(_sent(), "示例丁")))[0]  # sent twice, by two people
    _decide(desk, confirm.action, "示例乙")
    for who in ("示例甲", "示例乙", "示例丁"):
        publish = next(
            each for each in choices_of(_shown(desk, _by(_said("/policy 1"), who))) if "审核通过" in each.label
        )
        assert "须由另一位工作人员审核" in _decide(desk, publish.action, who)
    assert _states(desk) == ["in_review"]
    assert "已发布" in _decide(desk, publish.action, "示例丙")
    assert _states(desk) == ["published"]


def _killed(desk: Desk) -> Desk:
    """A desk whose process dies before the turn is written down."""

    @contextmanager
    def writing() -> Iterator[Session]:
        raise KeyboardInterrupt
        yield

    return replace(desk, writing=writing)


def test_a_press_brought_again_after_a_kill_tells_what_it_did(desk: Desk, home: Path) -> None:
    confirm, _ = choices_of(_shown(desk, _sent()))
    press = Inbound(STAFF_ROOM, "press/1", "示例乙", desk.now(), kind="choice", action=confirm.action)
    with pytest.raises(KeyboardInterrupt):
        take_turn(press, _killed(desk))
    assert _states(desk) == ["in_review"]  # the import was committed, the turn was not
    assert "2 条，已作为版本 1 提交审核" in take_turn(press, desk).replies[0].plain_text
    assert _states(desk) == ["in_review"]
    assert _press(desk, confirm) == wording.DECIDED  # another press
    assert _files(home, "incoming") == 0


def test_a_press_killed_before_it_did_anything_goes_on(desk: Desk, home: Path) -> None:
    confirm, _ = choices_of(_shown(desk, _sent()))
    folder = next(each for each in (home / "incoming").iterdir() if each.is_dir())
    press = Inbound(STAFF_ROOM, "press/1", "示例乙", desk.now(), kind="choice", action=confirm.action)
    assert desk.imports is not None
    desk.imports._claim(folder.name, press.message_id)  # noqa: SLF001  as far as it came
    assert "已作为版本 1 提交审核" in take_turn(press, desk).replies[0].plain_text
    assert _states(desk) == ["in_review"]
    assert _files(home, "incoming") == 0


def test_of_two_presses_at_once_one_decides(desk: Desk, home: Path) -> None:
    actions = [each.action for each in choices_of(_shown(desk, _by(_sent(), "示例甲")))] * 3
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda action: _decide(desk, action, "示例乙"), actions))
    assert told.count(wording.DECIDED) == len(actions) - 1
    assert len(_states(desk)) == sum("提交审核" in each for each in told)
    assert _files(home, "incoming") == 0


def test_a_preview_does_not_wait_for_whoever_writes(desk: Desk) -> None:
    assert desk.imports is not None
    with desk.writing() as session:
        session.add(Policy(title="另一办法"))
        session.flush()
        staged = desk.imports.stage(NAME, LAW, Signature("core:x", "示例甲", desk.now()))
    assert staged.token
    assert "新增" in staged.preview.head


def test_a_dropped_file_leaves_nothing_behind(desk: Desk, home: Path) -> None:
    confirm, discard = choices_of(_shown(desk, _sent()))
    assert _press(desk, discard) == wording.DISCARDED
    assert _press(desk, confirm) == wording.DECIDED
    assert (_titles(desk), _files(home, "incoming")) == ([], 0)


def test_a_broken_file_has_no_buttons_and_a_repeated_one_is_refused(desk: Desk) -> None:
    broken = _shown(desk, _sent("坏.docx", b"PK\x03\x04 cut off"))
    assert "请用原软件打开后另存一份" in broken.plain_text
    assert choices_of(broken) == []
    _press(desk, choices_of(_shown(desk, _sent()))[0])
    again = choices_of(_shown(desk, _sent("复印件.txt")))[0]
    assert "与版本 1（待审核）相同" in _press(desk, again)
    assert _states(desk) == ["in_review"]


@pytest.mark.parametrize(
    ("inbound", "told"),
    [
        (_sent(size=21 * 1024 * 1024), wording.TOO_LARGE),
        (_sent(content=b"", size=100), wording.NOT_FETCHED),
    ],
)
def test_files_telegram_does_not_hand_out_are_told(desk: Desk, inbound: Inbound, told: str) -> None:
    assert _shown(desk, inbound).plain_text == told


def test_other_files_are_left_alone(desk: Desk, home: Path) -> None:
    recording = replace(_sent(), attachments=(Attachment("F", "录音.mp3", "x", 3, b"x"),))
    assert take_turn(recording, desk).replies == ()
    assert _files(home, "incoming") == 0


def test_a_file_in_a_ticket_is_for_its_asker_and_no_policy(desk: Desk, home: Path) -> None:
    (told,) = take_turn(replace(_sent(), thread_key="ticket:1"), desk).replies
    assert "没认出是哪张工单" in told.plain_text
    assert _files(home, "incoming") == 0


def test_only_staff_may_import(desk: Desk, home: Path) -> None:
    asker = Address("telegram", "7")
    take_turn(replace(_sent(), address=asker), desk)
    assert _files(home, "incoming") == 0
    confirm = choices_of(_shown(desk, _sent()))[0]
    _press(desk, confirm, asker)
    assert _titles(desk) == []


@pytest.mark.parametrize("name", ["../../外面.txt", "/etc/外面.txt", "..\\外面.txt", "外" * 200 + ".txt", "\x00.txt"])
def test_a_hostile_name_stays_in_its_folder(desk: Desk, home: Path, name: str) -> None:
    _shown(desk, _sent(name))
    (kept,) = [each for each in (home / "incoming").rglob("*") if each.is_file() and each.suffix != ".json"]
    assert kept.parent.parent == home / "incoming"
    assert len(list(home.parent.rglob("*.txt"))) == 1


@pytest.mark.parametrize(
    "action", ["import:../../x", "import:", "import:0123456789abcdef", "import:0123456789abcdef:no"]
)
def test_a_forged_press_finds_nothing(desk: Desk, action: str) -> None:
    assert _press(desk, Choice("x", action)) == wording.DECIDED


def test_what_nobody_decided_about_is_removed_after_a_week(desk: Desk, home: Path) -> None:
    confirm = choices_of(_shown(desk, _sent()))[0]
    (folder,) = (home / "incoming").iterdir()
    week_ago = time.time() - 8 * 24 * 3600
    os.utime(folder, (week_ago, week_ago))
    _shown(desk, _sent("另一办法(2026-10-09).txt", "另一办法\n第一条 甲。".encode()))
    assert _press(desk, confirm) == wording.DECIDED
    assert _files(home, "incoming") == 1


def test_without_an_instance_folder_staff_are_sent_to_the_command_line(desk: Desk) -> None:
    assert _shown(replace(desk, imports=None), _sent()).plain_text == wording.NO_IMPORT_HERE


def test_what_is_wrong_is_put_right_before_it_is_submitted(desk: Desk, home: Path) -> None:
    shown = _shown(desk, _sent())
    token = choices_of(shown)[0].action.removeprefix("import:")
    assert f"/correct {token} 施行日期 2026-11-01" in shown.plain_text
    _shown(desk, _said(f"/correct {token} 文号 示知发〔2026〕7号"))
    again = _shown(desk, _said(f"/correct {token} 施行日期 2026-12-01"))
    assert "文号：示知发〔2026〕7号\n施行日期：2026-12-01" in again.plain_text.replace("· ", "")
    assert "施行：2026-12-01" in again.plain_text
    assert _states(desk) == []
    _press(desk, choices_of(again)[0])
    with desk.reading() as session:
        stored = session.exec(select(Revision)).one()
        assert (stored.state, stored.doc_number, str(stored.starts_on)) == (
            "in_review",
            "示知发〔2026〕7号",
            "2026-12-01",
        )


def test_the_programme_of_a_notice_is_proposed_put_right_and_submitted(desk: Desk) -> None:
    text = "申报条件：在示例市注册；无失信记录。\n申报时间：11月30日前\n2026年10月20日"
    title = "示例市知识产权局关于申报示例专利项目的通知"
    shown = _shown(desk, _sent("通知.txt", f"{title}\n{text}".encode()))
    assert "申报时间：没有写清楚，先空着" in shown.plain_text
    token = choices_of(shown)[0].action.removeprefix("import:")
    again = _shown(desk, _said(f"/correct {token} 申报时间 至 2026-11-30"))
    assert "没有写清楚" not in again.plain_text
    _press(desk, choices_of(_shown(desk, _said(f"/correct {token} 主题 专利，资助奖励")))[0])
    with desk.reading() as session:
        stored = session.exec(select(Revision)).one()
        made = programme_of(stored)
        assert (stored.topics, stored.level, stored.region) == (["专利", "资助奖励"], "市", "示例市")
    assert made is not None
    assert (made.name, made.opens_on, str(made.closes_on)) == ("示例专利项目", None, "2026-11-30")
    assert made.conditions == ("在示例市注册", "无失信记录")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("申报时间 明年", "看不懂申报时间 明年"),
        ("申报时间 2026-12-02 至 2026-12-01", "早于开始"),
        ("施行日期 明年", "看不懂日期 明年"),
        ("颜色 红", "没有“颜色”这一项；可改：名称"),
        ("服务事项 Z99", "Z99"),
        ("替代 示例市专项资金管理办法", "成了一个圈"),
        ("", "请在命令后写文件编号"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_changes_nothing(desk: Desk, home: Path, words: str, told: str) -> None:
    shown = _shown(desk, _sent())
    token = choices_of(shown)[0].action.removeprefix("import:")
    assert told in _shown(desk, _said(f"/correct {token} {words}")).plain_text
    assert not list((home / "incoming").rglob("corrections.json"))
    assert _shown(desk, _said("/correct ../../x 文号 示例")).plain_text == wording.DECIDED
