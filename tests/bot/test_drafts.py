"""``zhixun drafts`` and ``zhixun gaps`` over a real instance: the steps, refusals in Chinese, and a process killed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot import drafts, gaps
from bot.application import STAFF_DESK, Office, open_office
from bot.settings import load_settings
from consultations import card_drafts, contacts, tickets
from consultations.archive import Consultation
from consultations.messages import Address, Inbound
from handlers.import_policy import import_paths
from handlers.review_card import DraftRefusedError
from handlers.turn import take_turn
from tests.bot.test_command_line import ROOT, without_second_check, zhixun
from tests.conftest import ADMIN, Begin

LAW = """# 示例缴费条例

（2020年1月31日公布，自2020年3月1日起施行）

第九条　示例年费应当在期满前两个月内一次缴清，不能分期付款。

第十条　示例费用可以退还。
"""
QUESTION = "示例年费能分期付款吗"
REPLY = (
    "您好，王先生！示例年费不能分期付款，应当在期满前两个月内一次缴清，依据《示例缴费条例》第九条。电话13800138000。"
)


def say(office: Office, words: str, address: Address = STAFF_DESK, who: str = "示例甲") -> str:
    now = office.desk.now()
    inbound = Inbound(address, uuid.uuid4().hex, who, now, sender_name=who, text=words)
    return "\n".join(each.plain_text for each in take_turn(inbound, office.desk).replies)


@pytest.fixture(scope="module")
def prepared(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with one answered, closed ticket, and somebody else who asked the same."""
    home = begin(tmp_path_factory.mktemp("drafts") / "home")
    without_second_check(home)
    office = open_office(load_settings(home, None))
    law = home.parent / "示例缴费条例.md"
    law.write_text(LAW, encoding="utf-8")
    import_paths([law], writing=office.writing, index=office.index, home=home, by=ADMIN)
    office.refresh()
    say(office, QUESTION, Address("web", "other"), "other")
    say(office, QUESTION, Address("web", "asker"), "asker")
    say(office, "转人工", Address("web", "asker"), "asker")
    with office.writing() as session:  # whatever the shipped cards made of it, it was no help
        for each in session.exec(select(Consultation)):
            each.outcome = "bad"
        asker = contacts.find(session, Address("web", "asker"))
        assert asker is not None
        ticket = tickets.alive_of(session, asker.key)
        assert ticket is not None
        number = ticket.number
    for words in (f"/claim {number}", f"/reply {number} {REPLY}", f"/close {number}"):
        say(office, words)
    (home.parent / "number").write_text(number, encoding="utf-8")
    office.close()
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def office(home: Path) -> Iterator[Office]:
    opened = open_office(load_settings(home, None))
    yield opened
    opened.close()


def draft(office: Office, prepared: Path) -> None:
    number = (prepared.parent / "number").read_text(encoding="utf-8")
    assert "已生成草稿 1" in say(office, f"/card {number} 新卡片")


def refused(_question: str) -> bool:
    return False


def test_from_ticket_to_card_at_the_command_line(
    office: Office, prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft(office, prepared)
    drafts.submit(office, 1, "示例甲")
    with pytest.raises(DraftRefusedError, match="须由另一位"):
        drafts.publish(office, 1, "示例甲", is_confirmed=True, ask=refused)
    drafts.publish(office, 1, "示例乙", is_confirmed=False, ask=refused)
    assert "没有发布" in capsys.readouterr().out
    drafts.publish(office, 1, "示例乙", is_confirmed=True, ask=refused)
    shown = capsys.readouterr().out
    assert "已发布（卡片 own_0001）" in shown
    assert "有 1 位提问人" in shown
    assert "已安排通知 1 位提问人" in shown
    drafts.tell(office, 1, is_confirmed=True, ask=refused)
    assert "没有需要通知的提问人" in capsys.readouterr().out
    answer = office.desk.answerer.answer(QUESTION, office.desk.now().date())
    assert answer.lead.startswith("示例年费不能分期付款")
    assert [each.law for each in answer.citations] == ["示例缴费条例"]
    drafts.list_all(office)
    drafts.show(office, 1, as_toml=False)
    shown = capsys.readouterr().out
    assert "待审核 → 已发布" in shown
    assert "通知：new 1" in shown
    assert "13800138000" not in shown
    drafts.withdraw(office, 1, "示例甲", "示例理由")
    assert not office.desk.answerer.answer(QUESTION, office.desk.now().date()).lead.startswith("示例年费")


def test_a_draft_is_edited_by_options_and_as_a_file(
    office: Office, prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft(office, prepared)
    words = {"answer": "示例年费不能分期付款。", "variants": "第一种\n第二种", "citations": "《示例缴费条例》第九条"}
    drafts.edit(office, 1, words, "示例丙", file=None, with_editor=False)
    capsys.readouterr()
    drafts.show(office, 1, as_toml=True)
    file = tmp_path / "draft.toml"
    file.write_text(capsys.readouterr().out.replace("第二种", '引号\\"和\\n换行'), encoding="utf-8")
    drafts.edit(office, 1, {}, "示例丙", file=file, with_editor=False)
    with office.reading() as session:
        found = card_drafts.get(session, 1)
        assert found is not None
        assert found.variants == ["第一种", '引号"和\n换行']
        assert (found.author_name, found.citations[0]["proof"][0]) == ("示例丙", "不能分期付款")
    capsys.readouterr()
    drafts.edit(office, 1, {}, "示例丙", file=file, with_editor=False)
    assert "没有改动" in capsys.readouterr().out
    file.write_text("title = ", encoding="utf-8")
    with pytest.raises(DraftRefusedError, match="不是 TOML"):
        drafts.edit(office, 1, {}, "示例丙", file=file, with_editor=False)
    with pytest.raises(DraftRefusedError, match="读不了"):
        drafts.edit(office, 1, {}, "示例丙", file=tmp_path / "nosuch", with_editor=False)


def test_a_draft_is_edited_in_an_editor(
    office: Office, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(office, prepared)
    editor = tmp_path / "editor.py"
    program = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text().replace('能分期', '可分期'))"
    )
    editor.write_text(program, encoding="utf-8")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {editor}")
    drafts.edit(office, 1, {}, "示例丙", file=None, with_editor=True)
    with office.reading() as session:
        assert card_drafts.get(session, 1).title == "示例年费可分期付款吗"  # type: ignore[union-attr]
    monkeypatch.setenv("EDITOR", "no-such-editor")
    with pytest.raises(DraftRefusedError, match="打不开编辑器"):
        drafts.edit(office, 1, {}, "示例丙", file=None, with_editor=True)


def test_a_gap_is_drafted_by_its_number(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DraftRefusedError, match="已经有了草稿"):
        drafts.new(office, 999, "", "示例甲")
    drafts.new(office, 1, "新卡片", "示例甲")
    assert "已生成草稿 1" in capsys.readouterr().out
    with pytest.raises(DraftRefusedError, match="问法"):
        drafts.new(office, 1, "别的", "示例甲")


def test_gaps_are_listed_and_saved_masked_and_harmless(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n, words in enumerate(('=HYPERLINK("http://x")商标图形归谁所有', "我的电话13800138000，著作权质押要多久")):
        say(office, words, Address("web", f"p{n}"), f"p{n}")
    for name in ("gaps.csv", "gaps.jsonl"):
        gaps.show(office, limit=10, days=90, export=tmp_path / name)
    shown = capsys.readouterr().out
    assert "13800138000" not in shown
    rows = list(csv.DictReader((tmp_path / "gaps.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    lines = [json.loads(line) for line in (tmp_path / "gaps.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [each["排名"] for each in rows] == [str(each["排名"]) for each in lines]
    assert {each["人数"] for each in lines if "分期" in each["问法"][0]} == {2}
    assert any("138****8000" in each["问法"] for each in rows)
    assert not any(each["问法"].startswith("=") for each in rows)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("drafts", "show", "9"), 1, "没有编号为 9 的草稿"),
        (("drafts", "submit", "9"), 1, "没有编号为 9 的草稿"),
        (("drafts", "publish", "9", "--reviewer", "示例乙"), 1, "没有编号为 9 的草稿"),
        (("drafts", "edit", "9"), 2, "请写明要改什么"),
        (("gaps", "--export", "x.xlsx"), 2, "请用 .csv 或 .jsonl 结尾"),
    ],
)
def test_wrong_use_is_told_in_chinese(home: Path, words: tuple[str, ...], code: int, sentence: str) -> None:
    done = zhixun(home, *words)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


KILLED = """
import os, signal, sys
from pathlib import Path
from bot.application import open_office
from bot.settings import load_settings
from consultations.tickets import Staff
from handlers import review_card
from knowledge.shelf import Shelf

stored = Shelf.store
def store_and_die(self, text):
    stored(self, text)
    os.kill(os.getpid(), signal.SIGKILL)

office = open_office(load_settings(Path(sys.argv[1]), None))
Shelf.store = store_and_die
tried = review_card.try_out(office.desk, 1)
assert not tried.reasons, tried.reasons
with office.writing() as session:
    review_card.publish_draft(session, office.desk, tried, Staff("x", "示例乙"), office.desk.now())
"""


def test_kill_9_between_file_and_commit_heals_and_publishing_goes_on(prepared: Path, home: Path) -> None:
    settings = load_settings(home, None)
    office = open_office(settings)
    draft(office, prepared)
    drafts.submit(office, 1, "示例甲")
    office.close()
    environment = os.environ | {"PYTHONUTF8": "1"}
    command = [sys.executable, "-c", KILLED, str(home)]
    done = subprocess.run(command, cwd=ROOT, env=environment, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    file = home / "cards" / "drafts.toml"
    assert "own_0001" in file.read_text(encoding="utf-8")
    office = open_office(settings)
    assert "own_0001" not in file.read_text(encoding="utf-8")
    assert "own_0001" not in office.cards.by_id
    with office.reading() as session:
        assert card_drafts.get(session, 1).state == "in_review"  # type: ignore[union-attr]
    drafts.publish(office, 1, "示例乙", is_confirmed=True, ask=refused)
    assert "own_0001" in office.cards.by_id
    office.close()


def test_a_running_service_takes_up_what_the_command_line_published(prepared: Path, office: Office, home: Path) -> None:
    draft(office, prepared)
    drafts.submit(office, 1, "示例甲")
    today = office.desk.now().date()
    assert not office.desk.answerer.answer(QUESTION, today).lead.startswith("示例年费")
    done = zhixun(home, "drafts", "publish", "1", "--reviewer", "示例乙", "--yes")
    assert done.returncode == 0, done.stderr
    assert office.refresh()  # the job "index" of the service, every five seconds
    assert office.desk.answerer.answer(QUESTION, today).lead.startswith("示例年费不能分期付款")
