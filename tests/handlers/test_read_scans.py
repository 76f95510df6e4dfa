"""Scans sent to the staff chat: read in the background, told in one message, resumed after a kill, stopped at will."""

from __future__ import annotations

import fcntl
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.database import sessions
from consultations import outbox
from consultations.messages import PHOTO, Attachment, Choice, Inbound, Outbound
from consultations.outbox import OutboxMessage
from handlers import import_wording as wording
from handlers.desk import Desk, OfficeSettings
from handlers.read_scans import run_due
from handlers.staged_imports import StagedImports
from handlers.turn import take_turn
from policies.compilation import Revision
from tests.conftest import Clock
from tests.drivers import STAFF_ROOM, choices_of, deliver_due
from tests.handlers.conftest import MiniatureAnswerer
from tests.policies.scanner import SCAN, n_asked, row, stand_in

LINES = ((95, "示例市专项资金管理办法"), (90, "第一条为了规范H作，制定本办法。"), (30, "第二条自发布起施行。"))
TABLE = "\n".join(row(at, *line) for at, line in enumerate(LINES, start=1))
_NUMBERS = itertools.count()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return stand_in(tmp_path, monkeypatch, TABLE)


@pytest.fixture
def desk(sqlite_engine: Engine, clock: Clock, tmp_path: Path, program: Path) -> Desk:
    del program
    writing, reading = sessions(sqlite_engine)
    imports = StagedImports(tmp_path / "home", writing, reading)
    settings = OfficeSettings(staff_rooms=(STAFF_ROOM,))
    return Desk(writing, reading, MiniatureAnswerer(), clock.now, settings, imports=imports)


def _send(desk: Desk, name: str = "扫描.pdf", content: bytes = SCAN, text: str = "") -> tuple[Outbound, ...]:
    """The reply, which has arrived."""
    file = Attachment("F1", name, "", len(content), content)
    inbound = Inbound(STAFF_ROOM, f"room/{next(_NUMBERS)}", "示例甲", desk.now(), "file", "示例甲", text)
    replies = take_turn(replace(inbound, attachments=(file,)), desk).replies
    with desk.writing() as session:
        outbox.mark_sent(session, {each.outbox_id: "1/7" for each in replies if each.outbox_id}, desk.now())
    return replies


def _press(desk: Desk, choice: Choice) -> Outbound:
    inbound = Inbound(STAFF_ROOM, f"press/{next(_NUMBERS)}", "示例乙", desk.now(), "choice", "示例乙")
    (reply,) = take_turn(replace(inbound, action=choice.action, foreign_message_id="1/7"), desk).replies
    return reply


def _states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return list(session.exec(select(Revision.state)).all())


def _restarted(desk: Desk, home: Path) -> Desk:
    return replace(desk, imports=StagedImports(home, desk.writing, desk.reading))


def test_a_scan_is_told_page_by_page_and_then_shown(desk: Desk, program: Path) -> None:
    (begun,) = _send(desk)
    assert "共 2 页，正在识别文字" in begun.plain_text
    assert [each.label for each in choices_of(begun)] == [wording.CANCEL]
    assert run_due(desk) == 1
    (progress,) = deliver_due(desk, STAFF_ROOM.channel)
    assert (progress.edits, progress.plain_text) == ("1/7", "扫描.pdf：正在识别，已读完 1 页，正在读第 2/2 页。")
    assert run_due(desk) == 1
    read, preview = deliver_due(desk, STAFF_ROOM.channel)
    assert (read.edits, read.plain_text, read.choices) == ("1/7", "扫描.pdf：2 页已读完，请看预览。", ())
    assert "名称：示例市专项资金管理办法" in preview.plain_text
    assert "“H作” → “工作”" in preview.plain_text
    assert "第 1 页“第二条自发布起施行。”识别把握低（30/100）" in preview.plain_text
    assert wording.ORIGINAL_SENT in preview.plain_text
    assert (run_due(desk), n_asked(program), _states(desk)) == (0, 2, [])
    assert "提交审核" in _press(desk, choices_of(preview)[0]).plain_text
    assert (_states(desk), n_asked(program), desk.imports and desk.imports.scans()) == (["in_review"], 2, [])


def test_with_an_address_of_its_own_the_console_shows_the_original(desk: Desk, program: Path) -> None:
    desk = replace(desk, settings=replace(desk.settings, public_url="https://zhixun.example/"))
    _send(desk)
    run_due(desk)
    run_due(desk)
    *_, preview = deliver_due(desk, STAFF_ROOM.channel)
    token = choices_of(preview)[0].action.removeprefix("import:")
    assert f"https://zhixun.example/console/policies/import/{token}" in preview.plain_text
    assert n_asked(program) == 2


def _killed(desk: Desk) -> Desk:
    @contextmanager
    def writing() -> Iterator[Session]:
        raise KeyboardInterrupt
        yield

    return replace(desk, writing=writing)


def test_killed_over_any_page_it_goes_on_there_and_tells_once(desk: Desk, program: Path, tmp_path: Path) -> None:
    _send(desk)
    for _ in range(2):  # after each page, before anybody was told
        with pytest.raises(KeyboardInterrupt):
            run_due(_killed(desk))
        desk = _restarted(desk, tmp_path / "home")
    assert run_due(desk) == 1
    assert run_due(desk) == 0
    assert n_asked(program) == 2
    with desk.reading() as session:
        keys = session.exec(select(OutboxMessage.dedupe_key).where(col(OutboxMessage.dedupe_key).contains("preview")))
        assert len(keys.all()) == 1


def test_it_is_stopped_and_sent_again_its_pages_are_not_read_again(desk: Desk, program: Path) -> None:
    (begun,) = _send(desk)
    run_due(desk)
    stopped = _press(desk, choices_of(begun)[0])
    assert (stopped.plain_text, stopped.edits) == (wording.CANCELLED, "1/7")
    assert run_due(desk) == 0
    _send(desk)
    run_due(desk)
    assert n_asked(program) == 2
    (shown,) = _send(desk)
    assert "名称：示例市专项资金管理办法" in shown.plain_text, "all pages are known: nobody has to wait"


def test_a_spoilt_note_holds_no_other_scan_up(desk: Desk, tmp_path: Path) -> None:
    spoilt = tmp_path / "home" / "incoming" / "0123456789abcdef" / "scan.json"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_bytes(b"")
    _send(desk)
    assert run_due(desk) == 1


def test_a_scan_being_read_cannot_be_submitted(desk: Desk) -> None:
    (begun,) = _send(desk)
    token = choices_of(begun)[0].action.split(":")[1]
    assert _press(desk, Choice("x", f"import:{token}")).plain_text == wording.DECIDED
    assert run_due(desk) == 1


def test_two_processes_never_read_the_same_page(desk: Desk, tmp_path: Path) -> None:
    _send(desk)
    other = _restarted(desk, tmp_path / "home")
    folder = tmp_path / "home" / "scans"
    with (folder / ".reading").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run_due(other) == 0
    assert run_due(other) == 1


def test_colleagues_photos_are_left_alone_unless_they_say_import(desk: Desk) -> None:
    assert _send(desk, PHOTO, b"\xff\xd8\xff\xe0 a photo") == ()
    (begun,) = _send(desk, PHOTO, b"\xff\xd8\xff\xe0 a photo", "请导入")
    assert "共 1 页" in begun.plain_text
    (document,) = _send(desk, "通知.png", b"\x89PNG a scan")
    assert "共 1 页" in document.plain_text


def test_without_the_program_the_cure_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (reply,) = _send(desk)
    assert "apt install tesseract-ocr" in reply.plain_text
    assert choices_of(reply) == []
    assert desk.imports
    assert desk.imports.scans() == []
