"""The training file (培训档案): notice, plan, lecturer and courseware, who came, the questionnaire, what was needed.

Names stand in it only for whoever may know them; the results of a small group are hidden, as everywhere.

Source: service specification draft, 四(一)10: the record of the training, of what was asked and needed is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations import attendances, trainings
from consultations.attendances import STATE_NAMES as PLACES
from consultations.survey_results import result_of
from consultations.trainings import STATE_NAMES, Training
from handlers import organise_training, survey_rounds, training_wording
from handlers.desk import Desk
from handlers.paper import Grid, Heading, Line, Piece
from handlers.record_sheet import CHANNELS
from handlers.training_lines import outlet_name
from handlers.xlsx import Cell

ROSTER = ("序号", "姓名", "状态", "报名渠道", "报名时间", "签到时间")
WIDTHS = (8, 30, 14, 14, 18, 18)
ENDINGS = (".docx", ".xlsx")
_MOMENT = "%Y-%m-%d %H:%M"


def file_pieces(session: Session, desk: Desk, training: Training, *, is_named: bool) -> list[Piece]:
    """The whole file of one training."""
    zone = ZoneInfo(desk.settings.time_zone)
    n = attendances.count(session, training.key)
    why = [f"取消原因：{training.reason}"] if training.reason else []
    return [
        Heading(f"培训档案：{training.title}"),
        Line(f"{training.number}，{STATE_NAMES[training.state]}，{training_wording.when(training, zone)}"),
        Heading("一、通知", 1),
        *_lines(desk, training, ("title", "when", "place", "audience", "capacity", "outlet", "notice"), zone),
        *map(Line, why),
        Heading("二、培训方案", 1),
        *(_written(training.plan) or [Line("没有写。")]),
        Heading("三、讲师和课件", 1),
        *_lines(desk, training, ("lecturer", "courseware", "courseware_version"), zone),
        Line(_confirmation(training, zone)),
        Heading("四、报名和签到", 1),
        Line(training_wording.counted(training, n) + "。"),
        roster(session, desk, training, is_named=is_named),
        Heading("五、会后问卷", 1),
        *_survey(session, desk, training),
        Heading("六、咨询和后续需求", 1),
        *(_written(training.needs) or [Line("没有写。")]),
        Heading("七、经过", 1),
        _history(session, training, zone),
    ]


def roster(session: Session, desk: Desk, training: Training, *, is_named: bool) -> Grid:
    """The list with the times of sign-up and sign-in."""
    zone = ZoneInfo(desk.settings.time_zone)
    rows = attendances.of_training(session, training.key)
    names = organise_training.names_of(session, rows)
    lines: list[Sequence[Cell]] = [
        (
            each.turn,
            names[each.key] if is_named else organise_training.hidden(names[each.key]),
            PLACES[each.state],
            "工作人员登记" if each.channel == attendances.BY_STAFF else CHANNELS.get(each.channel, each.channel),
            each.signed_at.astimezone(zone).strftime(_MOMENT),
            each.attended_at.astimezone(zone).strftime(_MOMENT) if each.attended_at else "",
        )
        for each in rows
    ]
    return Grid("报名和签到", ROSTER, lines, WIDTHS, nothing="没有人报名。")


def _lines(desk: Desk, training: Training, names: Sequence[str], zone: ZoneInfo) -> list[Piece]:
    facts = training_wording.staff_facts(training, outlet_name(desk, training.outlet), zone, None)
    labels = tuple(f"{training_wording.FIELDS[each]}：" for each in names)
    return [Line(line) for fact in facts if fact.startswith(labels) for line in fact.splitlines()]


def _written(text: str) -> list[Piece]:
    return [Line(each) for each in text.splitlines() if each.strip()]


def _confirmation(training: Training, zone: ZoneInfo) -> str:
    if training.confirmed_at is None:
        return "讲师确认课件：没有记录。"
    return f"讲师确认课件：{training.confirmed_at.astimezone(zone):{_MOMENT}}，{training.confirmed_by}记录。"


def _survey(session: Session, desk: Desk, training: Training) -> list[Piece]:
    survey = desk.settings.surveys.by_id.get(organise_training.SURVEY)
    if survey is None:
        return [Line("没有培训效果调查这份问卷。")]
    result = result_of(session, survey, organise_training.occasion(training))
    total = result.total
    rows: list[Sequence[Cell]] = [
        (each.question.text, each.answered, *(survey_rounds.said(cell) for cell in answer))
        for each in result.questions
        for answer in survey_rounds.answers_of(each)
    ]
    told = Line(f"问了 {total.asked} 人，答了 {total.answered} 人。")
    return [told, Grid("会后问卷", ("问题", "回答人数", *survey_rounds.ANSWERS), rows, (34, 12, 30, 10, 14))]


def _history(session: Session, training: Training, zone: ZoneInfo) -> Grid:
    rows = [
        (
            each.at.astimezone(zone).strftime(_MOMENT),
            each.actor_name,
            STATE_NAMES[each.to_state] if each.from_state != each.to_state else "",
            each.note,
        )
        for each in trainings.history_of(session, training.key)
    ]
    return Grid("经过", ("时间", "谁", "变为", "说明"), rows, (24, 20, 16, 40))
