"""``zhixun surveys`` over a real instance: sending, results as tables and as xlsx, small groups, wrong use."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot import surveys as doing
from bot.application import Office, open_office
from bot.settings import load_settings
from consultations import contacts, surveys
from consultations.messages import Address
from consultations.questionnaires import Questionnaire
from handlers import survey
from tests.bot.test_command_line import zhixun
from tests.conftest import Begin, Clock


def sheet(path: Path, number: int) -> list[list[str | float]]:
    """The cells of one sheet: inline texts as texts, numbers as numbers."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(path) as package:
        root = ET.fromstring(package.read(f"xl/worksheets/sheet{number}.xml"))
    read: list[list[str | float]] = []
    for row in root.iter(f"{space}row"):
        texts = [("".join(each.itertext()), each.get("t")) for each in row.iter(f"{space}c")]
        read.append([text if kind == "inlineStr" else float(text) for text, kind in texts])
    return read


@pytest.fixture
def office(begin: Begin, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    opened = open_office(load_settings(begin(tmp_path / "home"), environment={}), clock.now)
    yield opened
    opened.close()


def subscribe(office: Office, n: int, channel: str) -> None:
    with office.writing() as session:
        for each in range(n):
            contact = contacts.meet(session, Address(channel, f"{channel}{each}"), "", office.desk.now())
            contacts.agree(contact, "1", office.desk.now())


def answer(office: Office, questionnaire: Questionnaire, n: int, channel: str, given: dict[str, list[str]]) -> None:
    """The first `n` people asked on that channel give these answers."""
    key = office.desk.settings.survey_key if questionnaire.anonymous else None
    with office.writing() as session:
        for each in range(n):
            contact = contacts.find(session, Address(channel, f"{channel}{each}"))
            assert contact is not None
            asking = surveys.newest(session, questionnaire.survey_id, contact.key)
            assert asking is not None
            who = surveys.respondent_of(contact.key, f"{questionnaire.survey_id}:{asking.occasion}", key=key)
            response = surveys.begin(session, asking, who, channel, office.desk.now())
            for question, chosen in given.items():
                surveys.put(session, response, question, chosen, now=office.desk.now())
            surveys.finish(response, office.desk.now())


def send(office: Office, survey_id: str, *, name: str = "1", says: bool = True) -> bool:
    found = office.desk.settings.surveys.by_id[survey_id]
    return doing.send(office, found, item="", days=30, name=name, is_confirmed=False, ask=lambda _question: says)


def test_sending_asks_first_and_asks_nobody_twice_in_a_round(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not send(office, "needs")
    assert "没有可以发送的人" in capsys.readouterr().out
    subscribe(office, 3, "telegram")
    assert not send(office, "needs", says=False)
    assert "没有发送" in capsys.readouterr().out
    assert send(office, "needs")
    assert "已安排发送 3 份（0 位这一轮已经问过）" in capsys.readouterr().out
    assert send(office, "needs")
    assert "已安排发送 0 份（3 位这一轮已经问过）" in capsys.readouterr().out
    assert survey.send_due(office.desk) == 3
    assert send(office, "needs", name="2027")
    assert "已安排发送 3 份" in capsys.readouterr().out
    assert not send(office, "satisfaction")
    assert "自动发出" in capsys.readouterr().out


def test_results_as_tables_and_as_xlsx(office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = office.desk.settings.surveys.by_id["needs"]
    subscribe(office, 4, "telegram")
    subscribe(office, 2, "web")
    send(office, "needs")
    survey.send_due(office.desk)
    answer(office, needs, 2, "telegram", {"topics": ["商标注册", "其他"], "topic_words": ["=1+1 电话13800138000"]})
    answer(office, needs, 1, "web", {"topics": ["商标注册"], "urgency": ["不急，先了解"]})
    capsys.readouterr()
    doing.show_results(office, needs, tmp_path / "needs.xlsx")
    shown = capsys.readouterr().out
    assert "商标注册" in shown
    assert "13800138000" not in shown
    assert sheet(tmp_path / "needs.xlsx", 1) == [
        ["渠道", "应问", "已问", "已答", "答复率"],
        ["合计", 6, 6, 3, 0.5],
        ["Telegram", 4, 4, 2, 0.5],
        ["网站咨询窗口", 2, 2, 1, 0.5],
    ]
    rows = sheet(tmp_path / "needs.xlsx", 2)
    assert [1, "您最需要哪方面的服务？可以选几项。", "多选", 3, "商标注册", 3, 1] in rows
    assert [4, "您希望多久得到帮助？", "单选", 1, "不急，先了解", 1, 1] in rows
    assert any(str(cell).startswith("=1+1") for row in rows for cell in row)  # an inline text, never a formula
    assert "13800138000" not in str(rows)


def test_small_groups_of_an_anonymous_survey_are_not_broken_down(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = office.desk.settings.surveys.by_id["after_training"]
    subscribe(office, 6, "telegram")
    subscribe(office, 4, "web")
    send(office, "after_training")
    survey.send_due(office.desk)
    answer(office, training, 4, "telegram", {"useful": ["没有用"]})
    capsys.readouterr()
    doing.show_results(office, training, None)
    few = capsys.readouterr().out
    assert "少于 5 份，不显示" in few
    assert "没有用" not in few
    answer(office, training, 6, "telegram", {"useful": ["有用"]})
    answer(office, training, 4, "web", {"useful": ["有用"]})
    doing.show_results(office, training, tmp_path / "training.xlsx")
    assert "因此不分渠道显示" in capsys.readouterr().out
    turnout = sheet(tmp_path / "training.xlsx", 1)
    assert turnout[1:] == [["合计", 10, 10, 10, 1], ["各渠道", "少于 5 份，不显示"]]


def test_wrong_use_and_a_faulty_file_are_told_in_chinese(begin: Begin, tmp_path: Path) -> None:
    (begin(tmp_path / "home") / "surveys").mkdir(exist_ok=True)
    (tmp_path / "home" / "surveys" / "own.toml").write_text('name = "示例"\n', encoding="utf-8")
    listed = zhixun(tmp_path / "home", "surveys")
    assert listed.returncode == 1
    assert "有误：own.toml 第 1 行：一份问卷要有 1 到 40 个问题" in listed.stdout
    assert "满意度评价" in listed.stdout
    unknown = zhixun(tmp_path / "home", "surveys", "results", "nosuch")
    assert unknown.returncode == 2
    assert "没有编号为 nosuch 的问卷，可用的有：" in unknown.stderr
    wrong = zhixun(tmp_path / "home", "surveys", "results", "needs", "--xlsx", "x.pdf")
    assert (wrong.returncode, "请用 .xlsx 结尾" in wrong.stderr) == (2, True)
    assert "Traceback" not in listed.stderr + unknown.stderr + wrong.stderr
    assert oct((tmp_path / "home" / "survey.key").stat().st_mode)[-3:] == "600"
