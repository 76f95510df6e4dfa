"""Rounds of a survey (问卷) as staff run them, the same at every door: who is asked, and the results as tables."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from consultations import subscriptions
from consultations.contacts import Contact
from consultations.masking import mask
from consultations.questionnaires import KINDS, SATISFACTION, Questionnaire
from consultations.survey_results import SMALLEST, QuestionResult, SurveyResult, Turnout
from consultations.tickets import Ticket
from handlers.desk import Desk
from handlers.record_sheet import CHANNELS
from handlers.talk import office_time
from handlers.xlsx import Cell, Table

STATES = {"early": "未开始", "open": "进行中", "closed": "已截止"}
TURNOUT = ("渠道", "应问", "已问", "已答", "答复率")
ANSWERS = ("回答", "人数", "占回答者")
HIDDEN = f"少于 {SMALLEST} 份，不显示"
SPLIT_HIDDEN = f"有的渠道{HIDDEN}，因此不分渠道显示。"
BY_ITSELF = "满意度评价在工单办结后自动发出，不用另外发送。"
NOBODY = "没有可以发送的人（只发给没有退订、能联系上的服务对象）。"


class NotSentError(Exception):
    """A survey can't be sent; the message is a Chinese sentence that says why."""


def whom_to_ask(session: Session, desk: Desk, survey: Questionnaire, item: str, days: int) -> list[int]:
    """Subscribers; with a service item whoever had such a ticket closed within these days and may be written to.

    Raises:
        NotSentError: It goes out by itself, is closed, or there is nobody.
    """
    if survey.survey_id == SATISFACTION:
        raise NotSentError(BY_ITSELF)
    if survey.state_on(office_time(desk.settings).day(desk.now())) == "closed":
        raise NotSentError(_closed(survey))
    ids = _audience(session, desk, item, days)
    if not ids:
        raise NotSentError(NOBODY)
    return ids


def planned(n_planned: int, n_asked: int) -> str:
    """What will happen, for whoever sent it."""
    before = n_asked - n_planned
    return f"已安排发送 {n_planned} 份（{before} 位这一轮已经问过）。静默时段不发，到时自动发出。"


def days_of(survey: Questionnaire) -> str:
    """From when until when answers are taken; empty without a limit."""
    return f"（{survey.open_from or ''}至{survey.closes or ''}）" if survey.open_from or survey.closes else ""


def turnout_row(turnout: Turnout) -> tuple[Cell, ...]:
    """One row under `TURNOUT`."""
    channel = CHANNELS.get(turnout.channel, turnout.channel) or "合计"
    return (channel, turnout.n, turnout.asked, turnout.answered, turnout.share)


def sheets_of(result: SurveyResult) -> list[Table]:
    """The turnout, and the answers to all questions."""
    rows = [turnout_row(each) for each in (result.total, *result.channels)]
    if result.is_split_hidden:
        rows.append(("各渠道", HIDDEN))
    answers = [
        (number, each.question.text, KINDS[each.question.kind], each.answered, *answer)
        for number, each in enumerate(result.questions, start=1)
        for answer in answers_of(each)
    ]
    heads = ("题号", "问题", "题型", "回答人数", *ANSWERS)
    turnout = Table("回收情况", TURNOUT, rows, (16, 8, 8, 8, 8))
    return [turnout, Table("各题结果", heads, answers, (6, 40, 8, 10, 40, 8, 10))]


def answers_of(result: QuestionResult) -> list[tuple[Cell, ...]]:
    """The rows under `ANSWERS` of one question; words are masked."""
    if result.is_hidden:
        return [(HIDDEN, "", "")]
    if result.question.kind == "text":
        return [(mask(each), 1, "") for each in result.words]
    return [(option, count, count / result.answered if result.answered else 0.0) for option, count in result.counts]


def said(cell: Cell) -> str:
    """A cell as it is read; a share as a percentage."""
    return f"{cell:.0%}" if isinstance(cell, float) else str(cell)


def _closed(survey: Questionnaire) -> str:
    return f"《{survey.name}》已于 {survey.closes} 截止，没有发送。请先修改 closes。"


def _audience(session: Session, desk: Desk, item: str, days: int) -> list[int]:
    if not item:
        return [contact_id for contact_id, _ in subscriptions.audience(session, {})]
    since = desk.now() - timedelta(days=days)
    closed = select(Contact).join(Ticket, col(Ticket.contact_id) == col(Contact.id)).distinct()
    closed = closed.where(Ticket.service_item == item, col(Ticket.closed_at) >= since)
    return [each.key for each in session.exec(closed.order_by(col(Contact.id))) if each.is_welcome_to_unasked]
