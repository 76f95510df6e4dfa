"""The improvement ledger (改进台账) of a period on paper: what was not good enough, what was done; the opinions."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from consultations.improvements import SOURCES, ImprovementItem
from consultations.masking import mask
from consultations.opinions import KINDS, STATES, Opinion
from consultations.tickets import Ticket
from handlers.figure_records import rows_of
from handlers.paper import Grid
from handlers.report_basis import Basis, common_content
from handlers.report_template import Content


def ledger_content(session: Session, basis: Basis) -> Content:
    """What the template of this report may name, beside what every report has."""
    common = common_content(basis)
    items = rows_of(session, ImprovementItem, basis.counted.ids["improvements"])
    tickets = {each.key: each for each in rows_of(session, Ticket, [each.ticket_id for each in items])}
    rows = [_improvement(each, tickets[each.ticket_id], basis.zone) for each in items]
    opinions = [_opinion(each, basis.zone) for each in rows_of(session, Opinion, basis.counted.ids["opinions"])]
    head = ("工单", "来源", "发现的问题", "列入", "期限", "措施", "责任人", "销号")
    heard = ("编号", "类别", "内容（个人信息已遮盖）", "收到", "期限", "状态", "答复")
    blocks = {
        "改进台账": Grid("改进台账", head, rows, (19, 11, 14, 12, 12, 12, 8, 12), nothing="本期没有列入改进的事项。"),
        "意见台账": Grid("意见台账", heard, opinions, (20, 9, 22, 12, 12, 8, 17), nothing="本期没有收到意见和投诉。"),
    }
    return Content(common.words, {**common.blocks, **blocks})


def _improvement(each: ImprovementItem, ticket: Ticket, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        ticket.number,
        SOURCES.get(each.source, each.source),
        mask(each.cause),
        _day(each.opened_at, zone),
        _day(each.due_at, zone),
        mask(each.measure) or "未填写",
        each.closed_by or "—",
        _day(each.closed_at, zone) if each.closed_at else "未销号",
    )


def _opinion(each: Opinion, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        each.number,
        KINDS.get(each.kind, each.kind),
        mask(each.text),
        _day(each.created_at, zone),
        _day(each.due_at, zone),
        STATES.get(each.state, each.state),
        mask(each.reply) or "—",
    )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
