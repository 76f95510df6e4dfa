"""``zhixun follow-ups`` and ``improvements`` over a real instance; a faulty rule file is told with line and cure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import aftercare
from bot.application import Office, open_office
from bot.settings import load_settings
from consultations import contacts, follow_ups, improvements, tickets
from consultations.messages import Address
from consultations.tickets import Ticket
from handlers import follow_up
from handlers.follow_up_tasks import contact_again
from tests.bot.test_command_line import zhixun
from tests.conftest import Begin, Clock


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def give_task(office: Office, clock: Clock) -> None:
    """A closed ticket of somebody who blocked us, rated 1."""
    with office.writing() as session:
        contact = contacts.meet(session, Address("core", "示例"), "", clock.now())
        contact.is_blocked = True
        ticket = Ticket(
            number="GD-20261123-0001",
            contact_id=contact.key,
            question="示例问题",
            reason="asked",
            service_item="B05",
            created_at=clock.now(),
            due_at=clock.now() + timedelta(hours=8),
        )
        tickets.open_ticket(session, ticket)
        ticket.state = "closed"
        follow_ups.plan(session, ticket.key, contact.key, "visit", clock.now(), rule="dispute")
        contact_again(session, office.desk, ticket.key, "评分 1（很不满意）", clock.now())
    follow_up.send_due(office.desk)


def test_tasks_are_listed_and_recorded_once(office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    give_task(office, clock)
    aftercare.list_follow_ups(office, with_done=False)
    listed = capsys.readouterr().out
    assert "11-" in listed  # the time is whole on a screen of 80 columns
    assert "待电话或上门的回访 2 个" in listed
    assert aftercare.record(office, 1, "顺利", way="上门", words="电话13800138000 都办好了", name="示例甲")
    assert "已记录：回访 1，顺利" in capsys.readouterr().out
    assert not aftercare.record(office, 1, "还在办", way="电话", words="", name="示例乙")
    assert "已经有结果：顺利（示例甲），没有改动" in capsys.readouterr().out
    assert not aftercare.record(office, 9, "顺利", way="电话", words="", name="示例乙")
    assert "没有这个编号的回访" in capsys.readouterr().out
    assert not aftercare.record(office, 2, "挺好", way="电话", words="", name="示例乙")
    assert "不认识结果 挺好" in capsys.readouterr().out
    with office.reading() as session:
        done = follow_ups.get(session, 1)
        assert done is not None
        assert (done.result, done.way) == ("ok", "visit")
        assert "13800138000" not in done.words


def test_an_improvement_item_is_closed_once_with_its_measure(
    office: Office, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    give_task(office, clock)
    aftercare.list_improvements(office, with_done=False)
    assert "改进台账，共 1 项" in capsys.readouterr().out
    assert not aftercare.close_improvement(office, 1, " ", "示例甲")
    assert "请写明采取了什么措施" in capsys.readouterr().out
    assert aftercare.close_improvement(office, 1, "已补充办事指南", "示例甲")
    assert not aftercare.close_improvement(office, 1, "别的", "示例乙")
    assert "之前已经销号，没有改动" in capsys.readouterr().out
    assert not aftercare.close_improvement(office, 7, "别的", "示例乙")
    with office.reading() as session:
        (item,) = improvements.ledger(session)
        assert (item.measure, item.closed_by) == ("已补充办事指南", "示例甲")


def test_a_faulty_rule_file_is_told_and_stops_nothing(begin: Begin, tmp_path: Path) -> None:
    (begin(tmp_path / "home") / "follow_ups").mkdir(exist_ok=True)
    (tmp_path / "home" / "follow_ups" / "own.toml").write_text('[[rule]]\nid = "lamp"\ndays = [0]\n', encoding="utf-8")
    done = zhixun(tmp_path / "home", "follow-ups", "rules")
    assert done.returncode == 1
    assert "有误：own.toml 第 3 行：days 应是一列从小到大" in done.stdout
    assert "referral（对接办理回访）：B06、B12、B13，办结后第 7、30、90 天" in done.stdout
    assert "Traceback" not in done.stderr
    wrong = zhixun(tmp_path / "home", "follow-ups", "record", "1", "顺利", "--way", "飞鸽")
    assert wrong.returncode == 2
    assert "不认识方式 飞鸽" in wrong.stderr
