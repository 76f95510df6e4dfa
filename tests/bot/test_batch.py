"""The batch interface: one line out for each line in, in order, whatever the line holds; `out` is whole or absent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.application import Office, open_office
from bot.batch import answer_file
from bot.settings import Settings
from handlers import wording
from handlers.ask import compose_text
from tests.conftest import Begin
from web.app import EXAMPLES

TODAY = date(2026, 11, 23)
KEYS = {"id", "answer_text", "action", "service_item", "cited_sources", "confidence", "latency_ms"}


@pytest.fixture(scope="module")
def office(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    opened = open_office(Settings(home=begin(tmp_path_factory.mktemp("instance"))))
    yield opened
    opened.close()


def answered(office: Office, folder: Path, lines: list[str], on: date = TODAY) -> list[dict[str, Any]]:
    source = folder / "in.jsonl"
    source.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    return answers_to(source, office, on)


def answers_to(source: Path, office: Office, on: date = TODAY) -> list[dict[str, Any]]:
    out = source.parent / "out.jsonl"
    done = answer_file(source, out, answerer=office.answerer, compose=compose_text, on=on, progress=lambda _done: None)
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (done.n_lines, done.n_unreadable) == (len(found), sum("error" in each for each in found))
    return found


def line(question: object, identity: object = "q1") -> str:
    return json.dumps({"id": identity, "question": question}, ensure_ascii=False)


def test_every_line_has_the_promised_keys_and_values(office: Office, tmp_path: Path) -> None:
    found = answered(office, tmp_path, [line("外观设计专利保护多少年？", 7), line("今天天气怎么样"), line("转人工")])
    assert [each["id"] for each in found] == [7, "q1", "q1"]
    for each in found:
        assert set(each) == KEYS
        assert each["action"] in {"answer", "clarify", "escalate", "out_of_scope"}
        assert 0 <= each["confidence"] <= 1
    assert found[0]["action"] == "answer"
    assert "15年" in found[0]["answer_text"]
    assert found[0]["cited_sources"][0]["law"] == "专利法"
    assert found[0]["cited_sources"][0]["article"] == "42"
    assert found[1]["service_item"] == "out_of_scope"
    assert found[2]["action"] == "escalate"


def test_an_unreadable_line_gives_a_line_that_says_so(office: Office, tmp_path: Path) -> None:
    bad = ["{", "[]", "5", '{"id": "x"}', '{"id": "y", "question": 3}', "\x00"]
    found = answered(office, tmp_path, [*bad, line("商标注册要多少钱")])
    assert len(found) == len(bad) + 1
    assert all(each["action"] == "escalate" and "无法读取" in each["error"] for each in found[:-1])
    assert [found[3]["id"], found[4]["id"]] == ["x", "y"]
    assert found[-1]["action"] == "answer"


def test_a_plain_list_of_questions_is_a_question_a_line(office: Office, tmp_path: Path) -> None:
    source = tmp_path / "问题.TXT"
    source.write_text("\ufeff外观设计专利保护多少年？\r\n\r\n{不是 JSON}\n商标注册要多少钱", encoding="utf-8")
    found = answers_to(source, office)
    assert [each["id"] for each in found] == ["1", "3", "4"]
    assert [each["action"] for each in found][::2] == ["answer", "answer"]
    assert not any("error" in each for each in found)


@pytest.mark.parametrize("question", ["", " ", "😀", "\x00", "\u202e", "专利" * 50_000, "<b>商标</b>", "' OR 1=1"])
def test_odd_questions_are_answered_with_a_sentence(office: Office, tmp_path: Path, question: str) -> None:
    found = answered(office, tmp_path, [line(question)])
    assert found[0]["answer_text"].strip()


def test_the_day_decides_which_law_answers(office: Office, tmp_path: Path) -> None:
    question = [line("商标公告后多久内可以提异议？")]
    old, new = (answered(office, tmp_path, question, on)[0] for on in (date(2026, 12, 31), date(2027, 1, 1)))
    assert (old["cited_sources"][0]["version"], new["cited_sources"][0]["version"]) == ("2019-04-23", "2026-06-26")
    assert "3个月" in old["answer_text"].splitlines()[0]
    assert "2个月" in new["answer_text"].splitlines()[0]


def test_a_run_cut_short_leaves_the_earlier_result(office: Office, tmp_path: Path) -> None:
    answered(office, tmp_path, [line("商标注册要多少钱")])
    before = (tmp_path / "out.jsonl").read_bytes()

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_file(
            tmp_path / "in.jsonl",
            tmp_path / "out.jsonl",
            answerer=office.answerer,
            compose=compose_text,
            on=TODAY,
            progress=stop,
        )
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_another_country_is_not_answered_with_chinese_law(office: Office, tmp_path: Path) -> None:
    found = answered(office, tmp_path, [line("美国外观设计专利保护多少年？"), line("侵犯商业秘密罪判几年")])
    assert found[0]["action"] in {"escalate", "clarify"}
    assert "判机年" not in found[1]["answer_text"]


@pytest.mark.parametrize("question", [*EXAMPLES, *wording.EXAMPLES.removeprefix("比如：").split("？")[:2]])
def test_the_questions_we_suggest_ourselves_are_answered(office: Office, question: str) -> None:
    assert office.answerer.answer(question, TODAY).action == "answer"
