"""The consultation sheet (咨询服务记录表): everything the archive knows of one consultation, on one page, masked.

Who asked is a number only, and 保密 where they asked for that; what a person keeps on paper beside it is theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from consultations import audit, entries
from consultations.archive import Consultation
from consultations.contacts import Contact
from consultations.follow_ups import KIND_NAMES, RESULTS, STATE_NAMES, FollowUp
from consultations.masking import mask
from consultations.seals import Seal
from consultations.service_items import load_pack
from consultations.surveys import about_tickets
from consultations.ticket_messages import TicketMessage
from consultations.tickets import STATE_NAMES as TICKET_STATES
from consultations.tickets import Ticket
from handlers import wording
from handlers.docx import Form

TITLE = "咨询服务记录表"
ROWS = (
    *("编号", "咨询时间", "咨询渠道", "服务对象", "服务事项", "咨询内容", "答复内容", "依据", "办理方式", "是否有帮助"),
    *("工单", "承办人", "工单经过", "人工答复", "满意度评价", "回访", "封存"),
)
SIGNATURES = ("记录人签字", "服务对象签字", "备注")
WIDTHS = (20, 17, 14, 10, 24, 50, 60, 40, 12, 10, 20, 12, 40, 50, 24, 24, 24)
CHANNELS = {"telegram": "Telegram", "web": "网站咨询窗口", "terminal": "终端", "api": "开放接口", **entries.CHANNELS}
ACTIONS = {
    "answer": "自动答复",
    "clarify": "反问",
    "escalate": "转人工",
    "out_of_scope": "不属于服务范围",
    "refused": "未能识别",
    "throttled": "提问过快",
    "file": "收到文件",
    entries.RECORDED: "人工登记",
    entries.VOID: "登记作废",
}
OUTCOMES = {"good": "有帮助", "bad": "没帮助"}
_AT_ONCE = 200


@dataclass(frozen=True)
class Sheet:
    """One sheet: what stands in each of `ROWS`."""

    values: Mapping[str, str]

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `ROWS`."""
        return tuple(self.values[each] for each in ROWS)

    def form(self, outlet: str) -> Form:
        """As it is printed, with room for signatures."""
        lines = [(each, self.values[each]) for each in ROWS[1:]]
        return Form(TITLE, f"{outlet}    编号：{self.values['编号']}", [*lines, *((each, "") for each in SIGNATURES)])


def count_between(session: Session, zone: ZoneInfo, first: date, last: date) -> int:
    """How many consultations came on these days, both included."""
    return session.exec(select(func.count()).select_from(Consultation).where(*_between(zone, first, last))).one()


def sheets_between(session: Session, zone: ZoneInfo, first: date, last: date) -> Iterator[Sheet]:
    """The sheets of these days, both included, in the order in which the questions came."""
    ids = session.exec(select(Consultation.id).where(*_between(zone, first, last)).order_by(col(Consultation.id))).all()
    for at in range(0, len(ids), _AT_ONCE):
        some = select(Consultation).where(col(Consultation.id).in_(ids[at : at + _AT_ONCE]))
        yield from sheets_of(session, zone, session.exec(some.order_by(col(Consultation.id))).all())
        session.expunge_all()


def sheets_of(session: Session, zone: ZoneInfo, consultations: Sequence[Consultation]) -> list[Sheet]:
    """The sheets of these consultations."""
    beside = _Beside.of(session, consultations)
    return [Sheet(_values(each, beside, zone)) for each in consultations]


def note_export(session: Session, actor: str, now: datetime) -> None:
    """Leave a trace that sheets were taken out of the archive."""
    audit.note(session, "sheets", 0, actor, now)


def _between(zone: ZoneInfo, first: date, last: date) -> tuple[bool, bool]:
    start = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    return (Consultation.created_at >= start, Consultation.created_at < end)


@dataclass(frozen=True)
class _Beside:
    """What belongs to some consultations, each by the key it is looked up with."""

    secret: frozenset[int]
    tickets: Mapping[int, Ticket]
    said: Mapping[int, list[TicketMessage]]
    surveys: Mapping[int, Mapping[str, str]]
    follow_ups: Mapping[int, list[FollowUp]]
    seals: Mapping[int, Seal]

    @classmethod
    def of(cls, session: Session, consultations: Sequence[Consultation]) -> _Beside:
        ticket_ids = {each.ticket_id for each in consultations if each.ticket_id}
        secret = select(Contact.id).where(
            col(Contact.is_secret), col(Contact.id).in_(_ids(consultations, "contact_id"))
        )
        tickets = session.exec(select(Ticket).where(col(Ticket.id).in_(ticket_ids)))
        messages = select(TicketMessage).where(
            col(TicketMessage.ticket_id).in_(ticket_ids), TicketMessage.author == "staff"
        )
        said, visits = defaultdict(list), defaultdict(list)
        for message in session.exec(messages.where(TicketMessage.author == "staff").order_by(col(TicketMessage.id))):
            said[message.ticket_id].append(message)
        planned = select(FollowUp).where(col(FollowUp.ticket_id).in_(ticket_ids))
        for visit in session.exec(planned.order_by(col(FollowUp.id))):
            visits[visit.ticket_id].append(visit)
        seals = select(Seal).where(Seal.kind == "consultation", col(Seal.record_id).in_(_ids(consultations, "id")))
        return cls(
            secret=frozenset(each for each in session.exec(secret) if each),
            tickets={each.key: each for each in tickets},
            said=said,
            surveys=about_tickets(session, ticket_ids),
            follow_ups=visits,
            seals={each.record_id: each for each in session.exec(seals.order_by(col(Seal.position)))},
        )


def _ids(consultations: Sequence[Consultation], name: str) -> set[int]:
    return {getattr(each, name) for each in consultations}


def _values(consultation: Consultation, beside: _Beside, zone: ZoneInfo) -> dict[str, str]:
    ticket = beside.tickets.get(consultation.ticket_id or 0)
    bases = [wording.basis(law, article, version) for law, article, version, *_ in consultation.citations]
    values = {
        "编号": consultation.number,
        "咨询时间": _moment(consultation.created_at, zone),
        "咨询渠道": CHANNELS.get(consultation.channel, consultation.channel),
        "服务对象": "保密" if consultation.contact_id in beside.secret else f"{consultation.contact_id} 号",
        "服务事项": load_pack().named(consultation.service_item),
        "咨询内容": _words(consultation.question, consultation.edited_text),
        "答复内容": mask(consultation.reply),
        "依据": "；".join(dict.fromkeys(bases)),
        "办理方式": ACTIONS.get(consultation.action, consultation.action),
        "是否有帮助": OUTCOMES.get(consultation.outcome, ""),
        "封存": _seal(beside.seals.get(consultation.key)),
    }
    return dict.fromkeys(ROWS, "") | values | (_of_ticket(ticket, beside, zone) if ticket else {})


def _of_ticket(ticket: Ticket, beside: _Beside, zone: ZoneInfo) -> dict[str, str]:
    moments = {
        "受理": ticket.created_at,
        "接单": ticket.claimed_at,
        "答复": ticket.replied_at,
        "办结": ticket.closed_at,
    }
    survey = beside.surveys.get(ticket.key)
    return {
        "工单": f"{ticket.number} {TICKET_STATES.get(ticket.state, ticket.state)}",
        "承办人": ticket.holder_name,
        "工单经过": "；".join(f"{name} {_moment(at, zone)}" for name, at in moments.items() if at),
        "人工答复": "\n".join(mask(each.text) for each in beside.said[ticket.key] if each.text),
        "满意度评价": _survey(survey) if survey is not None else "",
        "回访": "；".join(_visit(each, zone) for each in beside.follow_ups[ticket.key]),
    }


def _words(question: str, edited: str) -> str:
    return f"{mask(question)}\n（改为）{mask(edited)}" if edited else mask(question)


def _survey(given: Mapping[str, str]) -> str:
    if "score" not in given and "solved" not in given:
        return "未评价"
    solved = {wording.SOLVED_YES: "已解决", wording.SOLVED_NO: "没解决"}.get(given.get("solved", ""), "")
    return "；".join(filter(None, (given.get("score", ""), solved, mask(given.get("words", "")))))


def _visit(visit: FollowUp, zone: ZoneInfo) -> str:
    name = KIND_NAMES.get(visit.kind, visit.kind)
    told = RESULTS.get(visit.result, visit.result) or STATE_NAMES.get(visit.state, visit.state)
    return f"{name} {_moment(visit.due_at, zone)} {told}"


def _seal(seal: Seal | None) -> str:
    return f"第 {seal.position} 号 {seal.hash[:16]}" if seal else ""


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
