"""Questionnaires (问卷), as data: one TOML file each, its name is the questionnaire's id.

The shipped ones lie here; a file of the same name in the instance's ``surveys/`` replaces one, except the satisfaction
survey (满意度评价), which comes with the product. A faulty file is told with line and cure, and what it said when it
was last right goes on: people may be in the middle of it.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from consultations.authored_files import KEPT, AuthoredFolder, Entry, Kept, Reading, read_document, read_kept

SHIPPED = Path(__file__).parent
SATISFACTION = "satisfaction"
KINDS: Mapping[str, str] = {"single": "单选", "multi": "多选", "scale": "打分", "text": "文字"}
Kind = Literal["single", "multi", "scale", "text"]
MOST_OPTIONS, MOST_QUESTIONS = 12, 40
_OPTION_CHARACTERS = 40  # more does not fit on a button
_TOP = ("name", "intro", "thanks", "anonymous", "listed", "open_from", "closes", "remind_after_hours")
_QUESTION = ("id", "kind", "text", "options", "required", "only_if")


@dataclass(frozen=True)
class Question:
    """One question. `options` are empty for texts, best first for scales; `only_if` is (question id, its answers)."""

    question_id: str
    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    required: bool = True
    only_if: tuple[str, tuple[str, ...]] | None = None

    @property
    def mark(self) -> str:
        """Changes with kind and options: a button made for others is an old one."""
        said = "\x1f".join((self.question_id, self.kind, *self.options))
        return hashlib.sha256(said.encode()).hexdigest()[:6]

    def applies(self, given: Mapping[str, Sequence[str]]) -> bool:
        """Whether it is asked of somebody who gave these answers so far (question id → what was chosen)."""
        return self.only_if is None or bool(set(given.get(self.only_if[0], ())) & set(self.only_if[1]))


@dataclass(frozen=True)
class Questionnaire:
    """One questionnaire. Both days are included; a missing one is no limit. `listed` ones anybody may begin."""

    survey_id: str
    name: str
    questions: tuple[Question, ...]
    intro: str = ""
    thanks: str = ""
    anonymous: bool = False
    listed: bool = False
    open_from: date | None = None
    closes: date | None = None
    remind_after_hours: int = 0

    def question(self, question_id: str) -> Question | None:
        """The question of that id."""
        return next((each for each in self.questions if each.question_id == question_id), None)

    def state_on(self, day: date) -> Literal["early", "open", "closed"]:
        """Whether answers are taken on that day."""
        if self.open_from and day < self.open_from:
            return "early"
        return "closed" if self.closes and day > self.closes else "open"

    def visible(self, given: Mapping[str, Sequence[str]]) -> list[Question]:
        """The questions that are asked of somebody who gave these answers so far, in their order."""
        return [each for each in self.questions if each.applies(given)]


@dataclass
class SurveyBook(AuthoredFolder):
    """The questionnaires in use, taken up anew when a file changes. `problems` are faults of files not in use."""

    by_id: dict[str, Questionnaire] = field(default_factory=dict)

    def take_up(self, paths: Sequence[Path]) -> tuple[str, ...]:
        """Read the outlet's questionnaires beside those shipped, one file each."""
        found = dict(shipped())
        problems: list[str] = []
        for path in paths:
            kept = _read_own(path)
            problems += kept.problems
            if kept.value is not None:
                found[kept.value.survey_id] = kept.value
        self.by_id = found
        return tuple(problems)

    @property
    def satisfaction(self) -> Questionnaire:
        """The satisfaction survey."""
        return self.by_id[SATISFACTION]


@functools.cache
def shipped() -> Mapping[str, Questionnaire]:
    """The questionnaires that come with the product."""
    read = [
        parse_questionnaire({path.name: path.read_text(encoding="utf-8")}) for path in sorted(SHIPPED.glob("*.toml"))
    ]
    return {each.survey_id: each for each in read}


def parse_questionnaire(texts: Mapping[str, str]) -> Questionnaire:
    """The questionnaire in one file (name → text).

    Raises:
        FaultyFilesError: Something is wrong; every fault with its line and its cure.
    """
    ((name, text),) = texts.items()
    document, reading = read_document(name, text), Reading()
    top = document.top
    reading.only(top, *_TOP)
    entries = reading.entries(document, "question", "问题")
    if not 1 <= len(entries) <= MOST_QUESTIONS:
        reading.refuse(top, "", f"一份问卷要有 1 到 {MOST_QUESTIONS} 个问题，每个写成一段 [[question]]。")
    questions = [_question(reading, each) for each in entries]
    _check_order(reading, list(zip(entries, questions, strict=True)))
    found = Questionnaire(
        survey_id=_survey_id(reading, top, name),
        name=reading.text(top, "name"),
        questions=tuple(questions),
        intro=reading.text(top, "intro", ""),
        thanks=reading.text(top, "thanks", ""),
        anonymous=reading.flag(top, "anonymous", default=False),
        listed=reading.flag(top, "listed", default=False),
        open_from=reading.day(top, "open_from"),
        closes=reading.day(top, "closes"),
        remind_after_hours=reading.number(top, "remind_after_hours", 0, 0, 720),
    )
    if found.open_from and found.closes and found.closes < found.open_from:
        reading.refuse(top, "closes", f"closes（{found.closes}）早于 open_from（{found.open_from}），请对调或改正。")
    reading.finish()
    return found


def _survey_id(reading: Reading, top: Entry, name: str) -> str:
    survey_id = name.removesuffix(".toml")
    if not re.fullmatch(r"[a-z0-9_]{1,30}", survey_id):
        reading.refuse(top, "", "文件名就是问卷的编号，请用 1–30 个小写字母、数字或下划线，例如 needs.toml。")
    return survey_id


def _question(reading: Reading, entry: Entry) -> Question:
    reading.only(entry, *_QUESTION)
    question_id = reading.text(entry, "id")
    if question_id and not re.fullmatch(r"[a-z0-9_]{1,40}", question_id):
        reading.refuse(entry, "id", f"id = {question_id!r} 不可用，请写 1–40 个小写字母、数字或下划线。")
    kind = cast("Kind", reading.chosen(entry, "kind", KINDS, "single"))
    options = reading.texts(entry, "options")
    _check_options(reading, entry, kind, options)
    return Question(
        question_id=question_id,
        kind=kind,
        text=reading.text(entry, "text"),
        options=options,
        required=reading.flag(entry, "required", default=True),
        only_if=_condition(reading, entry),
    )


def _check_options(reading: Reading, entry: Entry, kind: Kind, options: tuple[str, ...]) -> None:
    if kind == "text":
        if options:
            reading.refuse(entry, "options", "文字题（text）没有选项，请删去 options，或改成 single、multi。")
        return
    if not 2 <= len(options) <= MOST_OPTIONS:
        reading.refuse(entry, "options", f"{KINDS[kind]}题要有 2 到 {MOST_OPTIONS} 个选项，现在是 {len(options)} 个。")
    if len(set(options)) != len(options):
        reading.refuse(entry, "options", "选项有重复，请改成各不相同的文字。")
    for each in options:
        if len(each) > _OPTION_CHARACTERS:
            reading.refuse(entry, "options", f"选项“{each[:10]}……”超过 {_OPTION_CHARACTERS} 个字，请缩短。")


def _condition(reading: Reading, entry: Entry) -> tuple[str, tuple[str, ...]] | None:
    value: Any = entry.values.get("only_if")
    if value is None:
        return None
    fits = isinstance(value, dict) and set(value) == {"question", "answers"} and isinstance(value["question"], str)
    answers = value["answers"] if fits else None
    if isinstance(answers, list) and answers and all(isinstance(each, str) for each in answers):
        return value["question"], tuple(answers)
    reading.refuse(entry, "only_if", 'only_if 应写成 { question = "前面问题的 id", answers = ["它的选项"] }。')
    return None


def _check_order(reading: Reading, asked: Sequence[tuple[Entry, Question]]) -> None:
    """Ids come once, and a condition looks back at options that are there."""
    before: dict[str, Question] = {}
    for entry, question in asked:
        if question.question_id in before:
            reading.refuse(entry, "id", f"编号 {question.question_id} 重复，请改一个。")
        if question.only_if is not None:
            _check_condition(reading, entry, question.only_if, before)
        before[question.question_id] = question


def _check_condition(
    reading: Reading, entry: Entry, condition: tuple[str, tuple[str, ...]], before: Mapping[str, Question]
) -> None:
    earlier = before.get(condition[0])
    if earlier is None or earlier.kind == "text":
        reading.refuse(entry, "only_if", f"only_if 里的 {condition[0]} 不是前面的选择题，请写前面某道选择题的 id。")
        return
    for each in condition[1]:
        if each not in earlier.options:
            names = "、".join(earlier.options)
            reading.refuse(entry, "only_if", f"only_if 里的“{each}”不是 {condition[0]} 的选项，可用的有：{names}。")


def _read_own(path: Path) -> Kept[Questionnaire]:
    if path.stem == SATISFACTION:
        return Kept(None, (f"{path.name}：满意度评价随程序附带，不能改写；请换一个文件名另做一份问卷。",))
    return read_kept([path], parse_questionnaire, path.parent / KEPT / path.stem)
