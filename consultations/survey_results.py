"""Results of a survey (问卷结果): how many were asked, how many answered, by channel and by question.

`answered` are those who finished. Small groups of anonymous surveys are not broken down: below `SMALLEST` answers
somebody could be guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from consultations.questionnaires import Question, Questionnaire
from consultations.surveys import SurveyAnswer, SurveyAsking, SurveyResponse

SMALLEST = 5


@dataclass(frozen=True)
class Turnout:
    """One group: how many were planned to be asked, were asked, answered. `channel` is empty for all of them."""

    channel: str
    n: int
    asked: int
    answered: int

    @property
    def share(self) -> float:
        """Answered of asked, 0–1; 0 when nobody was asked."""
        return self.answered / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class QuestionResult:
    """One question: how many answered it, how often each option was chosen, the words. `hidden` for small groups."""

    question: Question
    answered: int
    counts: tuple[tuple[str, int], ...] = ()
    words: tuple[str, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True)
class SurveyResult:
    """Everything about one survey; `channels` are empty when a group is too small to be shown."""

    survey: Questionnaire
    total: Turnout
    channels: tuple[Turnout, ...]
    questions: tuple[QuestionResult, ...]
    is_split_hidden: bool = False


def turnout_of(session: Session, survey_id: str) -> Turnout:
    """All groups together."""
    askings, responses = _rows(session, survey_id)
    return _turnout("", askings, responses)


def result_of(session: Session, survey: Questionnaire, occasion: str = "") -> SurveyResult:
    """The result as it stands, of everybody or of one occasion (a training, a round)."""
    askings, responses = _rows(session, survey.survey_id, occasion)
    total = _turnout("", askings, responses)
    names = sorted({each.channel for each in askings if each.channel} | {each.channel for each in responses})
    groups = tuple(_turnout(name, askings, responses) for name in names)
    is_split_hidden = survey.anonymous and any(0 < each.answered < SMALLEST for each in groups) and len(groups) > 1
    finished = [each.key for each in responses if each.finished_at is not None]
    answers = session.exec(select(SurveyAnswer).where(col(SurveyAnswer.response_id).in_(finished))).all()
    questions = tuple(_question(survey, each, answers) for each in survey.questions)
    return SurveyResult(survey, total, () if is_split_hidden else groups, questions, is_split_hidden)


def _rows(
    session: Session, survey_id: str, occasion: str = ""
) -> tuple[Sequence[SurveyAsking], Sequence[SurveyResponse]]:
    askings = select(SurveyAsking).where(SurveyAsking.survey == survey_id)
    responses = select(SurveyResponse).where(SurveyResponse.survey == survey_id)
    if occasion:
        askings = askings.where(SurveyAsking.occasion == occasion)
        responses = responses.where(SurveyResponse.occasion == occasion)
    return session.exec(askings).all(), session.exec(responses).all()


def _turnout(channel: str, askings: Sequence[SurveyAsking], responses: Sequence[SurveyResponse]) -> Turnout:
    planned = [each for each in askings if channel in ("", each.channel)]
    asked = sum(each.sent_at is not None for each in planned)
    answered = sum(each.finished_at is not None for each in responses if channel in ("", each.channel))
    return Turnout(channel, len(planned), asked, answered)


def _question(survey: Questionnaire, question: Question, answers: Sequence[SurveyAnswer]) -> QuestionResult:
    given = [each for each in answers if each.question == question.question_id and each.is_settled and each.chosen]
    if survey.anonymous and 0 < len(given) < SMALLEST:
        return QuestionResult(question, len(given), is_hidden=True)
    if question.kind == "text":
        return QuestionResult(
            question, len(given), words=tuple(sorted(filter(None, (each.chosen[0] for each in given))))
        )
    found = Counter(option for each in given for option in each.chosen)
    gone = [(option, found[option]) for option in sorted(found) if option not in question.options]
    return QuestionResult(question, len(given), (*((each, found[each]) for each in question.options), *gone))
