"""Interpretations: reviewed by a second person, under the words of their article only, and never as law."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consultations.messages import Address
from handlers.desk import Desk
from handlers.import_policy import import_paths
from handlers.library import Library
from knowledge.index import Index
from knowledge.passages import Answer, Citation
from policies import interpretations
from policies.interpretations import LONGEST_TEXT, InterpretationError
from policies.review import Signature
from tests.conftest import ADMIN, Clock
from tests.drivers import CoreDriver
from tests.handlers.conftest import MiniatureAnswerer

LAW = "# 样灯条例\n第一条 灯要亮。\n第二条 本条例自2020年5月1日起施行。"
_NUMBERS = itertools.count()
TODAY = date(2026, 11, 23)
SAID = "政策解读（示例专家，2026年11月23日；供参考，不是法规原文）：夜里也要亮。"


class Quoting(MiniatureAnswerer):
    """Quotes the article of that number."""

    def answer(self, question: str, on: date, *, previous: str = "", outlet: str = "") -> Answer:
        del on, previous, outlet
        cited = Citation("样灯条例", question, "2020-03-01", "灯要亮。", f"art:1:{question}")
        return Answer("answer", "article", question, "规定：灯要亮。", citations=(cited,))


@pytest.fixture
def office(desk: Desk, tmp_path: Path) -> Desk:
    file = tmp_path / "样灯条例(2020-03-01).md"
    file.write_text(LAW, "utf-8")
    import_paths([file], writing=desk.writing, index=Index.open(tmp_path / "index"), home=tmp_path, by=ADMIN)
    return replace(desk, answerer=Quoting())


def sign(name: str, clock: Clock) -> Signature:
    return Signature(f"terminal:{name}", name, clock.now())


def added(desk: Desk, clock: Clock, article: str = "1", expert: str = "示例专家", text: str = "夜里也要亮。") -> int:
    with desk.writing() as session:
        made = interpretations.add(session, 1, article, expert, text, on=TODAY, by=sign("示例甲", clock))
        return made.id or 0


def move(desk: Desk, clock: Clock, number: int, target: interpretations.State, name: str = "示例乙") -> None:
    with desk.writing() as session:
        interpretations.move(session, number, target, sign(name, clock))


def asked(desk: Desk, question: str) -> str:
    person = CoreDriver(desk, Address("core", f"asker {next(_NUMBERS)}"))
    person.say(question)
    return person.received()[0].text


def test_it_stands_under_its_article_once_somebody_else_published_it(office: Desk, clock: Clock) -> None:
    number = added(office, clock)
    assert "政策解读" not in asked(office, "1")
    move(office, clock, number, "published")
    text = asked(office, "1")
    assert text.index("规定：灯要亮。") < text.index(SAID)
    assert "政策解读" not in asked(office, "2")


def test_what_was_taken_down_is_not_shown(office: Desk, clock: Clock) -> None:
    number = added(office, clock)
    move(office, clock, number, "published")
    move(office, clock, number, "withdrawn", "示例甲")
    assert "政策解读" not in asked(office, "1")


def test_the_author_does_not_review(office: Desk, clock: Clock) -> None:
    number = added(office, clock)
    with pytest.raises(InterpretationError, match="须由另一位"):
        move(office, clock, number, "published", " 示例甲")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"article": "9"}, "没有第 9 条"),
        ({"expert": " "}, "写明解读的专家"),
        ({"text": ""}, "写解读的文字"),
        ({"text": "很" * (LONGEST_TEXT + 1)}, "不超过"),
    ],
)
def test_what_is_incomplete_is_refused(office: Desk, clock: Clock, values: dict[str, str], sentence: str) -> None:
    with pytest.raises(InterpretationError, match=sentence):
        added(office, clock, **values)


def test_nothing_moves_where_it_cannot(office: Desk, clock: Clock) -> None:
    number = added(office, clock)
    move(office, clock, number, "withdrawn")
    with pytest.raises(InterpretationError, match="现在是“已撤下”"):
        move(office, clock, number, "published")
    with pytest.raises(InterpretationError, match="没有编号为 99"):
        move(office, clock, 99, "published")


def test_the_page_of_the_law_has_it_too(office: Desk, clock: Clock) -> None:
    move(office, clock, added(office, clock), "published")
    library = Library(search=None, shelf=None, reading=office.reading, today=lambda: TODAY)  # type: ignore[arg-type]
    law = library.law("样灯条例")
    assert law is not None
    assert {key: [each.text for each in said] for key, said in law.said.items()} == {"1": ["夜里也要亮。"]}
