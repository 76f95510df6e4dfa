"""``zhixun audit``: who did what to personal data and who was refused what, in words, the newest first."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import Engine

from bot import audit as showing
from bot.database import sessions
from consultations import audit
from consultations.audit import Verb
from consultations.duty_reading import Duty, parse_book
from handlers.desk import Desk
from tests.conftest import Clock
from tests.handlers.conftest import MiniatureAnswerer

STAFF = '[[staff]]\nid = "a"\nname = "示例甲"\naccounts = ["telegram:77"]\n'


@pytest.fixture
def desk(sqlite_engine: Engine, clock: Clock) -> Desk:
    duty = Duty(book=parse_book({"staff.toml": STAFF}))
    return Desk(*sessions(sqlite_engine), MiniatureAnswerer(), clock.now, duty=duty)


def told(desk: Desk, capsys: pytest.CaptureFixture[str], *, limit: int = 50, is_refused: bool = False) -> str:
    showing.show(desk, limit=limit, is_refused=is_refused)
    return capsys.readouterr().out


def test_deeds_and_refusals_are_told_in_words(desk: Desk, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    assert "没有符合的记录" in told(desk, capsys)
    with desk.writing() as session:
        audit.note(session, "export", 5, "contact:5", clock.now())
        audit.note_refusal(session, "ticket.claim", "telegram:77", clock.now())
        audit.note_refusal(session, "ticket.close", "telegram:[99]", clock.now())
    shown = told(desk, capsys)
    assert "服务对象 5" in shown
    assert "导出个人信息" in shown
    assert "示例甲（telegram:77）" in shown
    assert "2026-11-23 10:00" in shown
    assert shown.index("被拒绝：办结工单") < shown.index("被拒绝：接单") < shown.index("导出个人信息")
    assert "telegram:[99]" in shown
    only = told(desk, capsys, is_refused=True)
    assert "导出" not in only
    assert "被拒绝：接单" in only
    assert "接单" not in told(desk, capsys, limit=1)


def test_every_verb_has_words_and_one_of_another_release_is_shown_as_it_is() -> None:
    assert set(audit.VERBS) == set(get_args(Verb))
    old = audit.AuditEntry(verb="refused:gone.action", contact_id=0, actor="x", at=Clock().now())
    assert audit.what(old) == "被拒绝：gone.action"
