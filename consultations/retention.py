"""Retention (保存期限): which records are over for how long, and what is anonymised of them when their time has come.

Records are never deleted: words, names and addresses go; numbers, states, times and choices stay, so that every figure
stays what it was. Each batch is one transaction with its seals (封存) and a line of the audit trail. What is done has
no words left and is not found again: whoever is killed in between goes on where it stopped.

Source: Personal Information Protection Law (个人信息保护法) art. 19: the shortest period the purpose needs; art. 47:
after it the information is erased.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select
from sqlmodel import Session, col

from consultations import (
    archive,
    assets,
    attendances,
    audit,
    cases,
    contacts,
    dialogue,
    enterprise_changes,
    enterprise_facts,
    enterprise_visits,
    follow_ups,
    improvements,
    links,
    opinions,
    outbox_pruning,
    received,
    referrals,
    seals,
    subscriptions,
    surveys,
    tickets,
    visitor_files,
    window_lines,
)
from consultations.archive import Consultation
from consultations.assets import Asset, AssetLedger
from consultations.attendances import Attendance
from consultations.cases import TypicalCaseEvent
from consultations.contacts import Contact
from consultations.dialogue import Dialogue
from consultations.enterprise_visits import WORDS, EnterpriseVisit
from consultations.enterprises import Enterprise, EnterpriseContact, EnterpriseEvent
from consultations.follow_ups import FollowUp
from consultations.improvements import ImprovementItem
from consultations.opinions import Opinion, OpinionEvent
from consultations.received import ReceivedMessage
from consultations.referrals import Referral, ReferralEvent
from consultations.surveys import SurveyAnswer, SurveyAnswerChange, SurveyAsking, SurveyResponse
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Staff, Ticket, TicketEvent
from consultations.trainings import Training
from consultations.visitor_files import VisitorFile

AT_ONCE = 200  # records in one transaction: about a tenth of a second


@dataclass(frozen=True)
class Kind:
    """A class of records. `period` names the setting, `begins` says in Chinese when the period of a record begins,
    `ended` is that moment. `waits` picks the records with something left to anonymise that nothing needs any more.
    """

    period: str
    label: str
    begins: str
    key: Any
    ended: Any
    waits: Sequence[ColumnElement[bool]]
    anonymise: Callable[[Session, Collection[int], datetime], None]


@dataclass(frozen=True)
class Due:
    """One class as it stands: how many records are due, and when the next one will be; ``None`` without any."""

    kind: Kind
    days: int
    n_due: int
    next_at: datetime | None


def look(session: Session, periods: Mapping[str, int], now: datetime) -> list[Due]:
    """What would be anonymised at that moment, class by class; `periods` are days by the name of the setting."""
    return [_look(session, each, periods[each.period], now) for each in KINDS]


def due_ids(session: Session, kind: Kind, before: datetime, limit: int = AT_ONCE) -> list[int]:
    """Records of that class whose period began before that moment, the oldest first; for reading."""
    due = select(kind.key).where(*kind.waits, kind.ended < before).order_by(kind.ended, kind.key)
    return list(session.connection().execute(due.limit(limit)).scalars())


def anonymise(session: Session, kind: Kind, ids: Collection[int], now: datetime) -> None:
    """Take words and names out of these records, unless something needs them again since they were found."""
    still = select(kind.key).where(*kind.waits, kind.key.in_(ids))
    found = list(session.connection().execute(still).scalars())
    kind.anonymise(session, found, now)
    audit.note(session, "expire", 0, f"retention:{kind.period}", now)


def _look(session: Session, kind: Kind, days: int, now: datetime) -> Due:
    period = timedelta(days=days)
    due = select(kind.key).where(*kind.waits, kind.ended < now - period)
    later = select(kind.ended).where(*kind.waits, kind.ended >= now - period).order_by(kind.ended).limit(1)
    connection = session.connection()
    n_due = connection.execute(select(func.count()).select_from(due.subquery())).scalar_one()
    first = connection.execute(later).scalar_one_or_none()
    return Due(kind, days, n_due, first + period if first is not None else None)


# --- how the words go


def _letters(session: Session, ids: Collection[int], _now: datetime) -> None:
    received.empty(session, ids)


def _files(session: Session, ids: Collection[int], _now: datetime) -> None:
    visitor_files.empty(session, ids)


def _talks(session: Session, ids: Collection[int], _now: datetime) -> None:
    for each in ids:
        dialogue.start_clean(dialogue.of_contact(session, each))


def _consultations(session: Session, ids: Collection[int], _now: datetime) -> None:
    archive.empty(session, ids)
    seals.seal_erased(session, "consultation", ids)


def _tickets(session: Session, ids: Collection[int], now: datetime) -> None:
    told = _drop_cases(session, ids, now)
    tickets.empty(session, ids)
    follow_ups.empty(session, ids)
    improvements.forget(session, ids)
    referred = _ids(session, Referral, Referral.ticket_id, ids)
    referrals.empty(session, referred)
    seals.seal_erased(session, "ticket", ids)
    seals.seal_erased(session, "ticket_event", _ids(session, TicketEvent, TicketEvent.ticket_id, ids))
    seals.seal_erased(session, "ticket_message", _ids(session, TicketMessage, TicketMessage.ticket_id, ids))
    seals.seal_erased(session, "referral_event", _ids(session, ReferralEvent, ReferralEvent.referral_id, referred))
    seals.seal_erased(session, "typical_case", told)
    seals.seal_erased(session, "typical_case_event", _ids(session, TypicalCaseEvent, TypicalCaseEvent.case_id, told))


def _drop_cases(session: Session, ticket_ids: Collection[int], now: datetime) -> list[int]:
    """The cases never finished, without their words; what was published tells nothing of the person and stays."""
    found = cases.open_of(session, ticket_ids)
    for each in found:
        cases.move(session, each, "withdrawn", Staff("retention", ""), now)
        cases.empty(session, each)
    return [each.key for each in found]


def _opinions(session: Session, ids: Collection[int], _now: datetime) -> None:
    opinions.empty(session, ids)
    seals.seal_erased(session, "opinion", ids)
    seals.seal_erased(session, "opinion_event", _ids(session, OpinionEvent, OpinionEvent.opinion_id, ids))


def _ledgers(session: Session, ids: Collection[int], _now: datetime) -> None:
    assets.empty(session, ids)


def _attendances(session: Session, ids: Collection[int], _now: datetime) -> None:
    attendances.empty(session, ids)


def _struck_enterprises(session: Session, ids: Collection[int], _now: datetime) -> None:
    enterprise_changes.empty(session, ids)


def _visits(session: Session, ids: Collection[int], _now: datetime) -> None:
    enterprise_visits.empty(session, ids)


def _responses(session: Session, ids: Collection[int], _now: datetime) -> None:
    for each in ids:
        surveys.empty_words(session, session.get_one(SurveyResponse, each))


def _contacts(session: Session, ids: Collection[int], now: datetime) -> None:
    for each in ids:
        contact = session.get_one(Contact, each)
        outbox_pruning.forget(session, contact.address)
        window_lines.forget(session, contact.chat_id)
        links.forget(session, contact.key)
        subscriptions.forget(session, contact.key)
        dialogue.start_clean(dialogue.of_contact(session, contact.key))
        surveys.cancel(session, contact.key)
        enterprise_facts.forget(session, contact.key)
        enterprise_changes.forget(session, contact.key, contact.name)
        contacts.forget(contact, now)


def _ids(session: Session, model: Any, owner: Any, owner_ids: Collection[int]) -> list[int]:  # noqa: ANN401  a table
    return list(session.connection().execute(select(model.id).where(owner.in_(owner_ids))).scalars())


# --- the classes


def _some(model: Any, *where: Any) -> ColumnElement[bool]:  # noqa: ANN401  a table and its conditions
    return exists().where(*where).select_from(model)


def _says(column: Any) -> ColumnElement[bool]:  # noqa: ANN401  a column of options or words, as JSON
    return cast(column, String).not_in(("[]", '[""]'))


_OPEN_FOLLOW_UP = col(FollowUp.state).in_(("waiting", "sent", "task"))
_TICKET_SAYS = or_(
    col(Ticket.question) != "",
    _some(TicketMessage, TicketMessage.ticket_id == Ticket.id, TicketMessage.text != ""),
    _some(TicketEvent, TicketEvent.ticket_id == Ticket.id, TicketEvent.note != ""),
    _some(FollowUp, FollowUp.ticket_id == Ticket.id, FollowUp.words != ""),
    _some(ImprovementItem, ImprovementItem.ticket_id == Ticket.id, ImprovementItem.measure != ""),
)
_CONSULTATION_SAYS = or_(*(col(each) != "" for each in (Consultation.question, Consultation.reply)))
_IS_KNOWN = ~col(Asset.number).startswith(assets.ERASED, autoescape=True)
_LAST_LETTER = (
    select(func.max(col(ReceivedMessage.received_at)))
    .where(col(ReceivedMessage.contact_id) == col(Contact.id))
    .correlate(Contact)
    .scalar_subquery()
)

_TRAINING_END = (
    select(col(Training.ends_at))
    .where(col(Training.id) == col(Attendance.training_id))
    .correlate(Attendance)
    .scalar_subquery()
)

KINDS: tuple[Kind, ...] = (
    Kind(
        "message",
        "来信原文",
        "收到之日",
        col(ReceivedMessage.id),
        col(ReceivedMessage.received_at),
        (
            col(ReceivedMessage.contact_id).is_not(None),
            ~col(ReceivedMessage.message_id).startswith(received.ERASED, autoescape=True),
        ),
        _letters,
    ),
    Kind(
        "message",
        "网站窗口发来的文件",
        "收到之日",
        col(VisitorFile.id),
        col(VisitorFile.received_at),
        (
            col(VisitorFile.sha256) != "",
            ~_some(Ticket, Ticket.id == VisitorFile.ticket_id, col(Ticket.state).in_(tickets.ALIVE)),
        ),
        _files,
    ),
    Kind(
        "message",
        "对话里上一个问题",
        "提问之日",
        col(Dialogue.contact_id),
        col(Dialogue.asked_at),
        (col(Dialogue.question) != "",),
        _talks,
    ),
    Kind(
        "consultation",
        "咨询档案的问题和答复",
        "提问之日",
        col(Consultation.id),
        col(Consultation.created_at),
        (
            _CONSULTATION_SAYS,
            ~_some(Ticket, Ticket.id == Consultation.ticket_id, col(Ticket.state).in_(tickets.ALIVE)),
        ),
        _consultations,
    ),
    Kind(
        "ticket",
        "工单的问题、留言、备注和回访说明",
        "办结或撤回之日",
        col(Ticket.id),
        col(Ticket.closed_at),
        (
            col(Ticket.state).not_in(tickets.ALIVE),
            _TICKET_SAYS,
            ~_some(FollowUp, FollowUp.ticket_id == Ticket.id, _OPEN_FOLLOW_UP),
            ~_some(ImprovementItem, ImprovementItem.ticket_id == Ticket.id, ImprovementItem.state == "open"),
            ~_some(Referral, Referral.ticket_id == Ticket.id, col(Referral.state).in_(referrals.ALIVE)),
        ),
        _tickets,
    ),
    Kind(
        "consultation",
        "培训名单里的姓名",
        "培训结束之日",
        col(Attendance.id),
        _TRAINING_END,
        (col(Attendance.name) != "",),
        _attendances,
    ),
    Kind(
        "opinion",
        "意见建议、投诉的内容和答复",
        "办结或答复之日",
        col(Opinion.id),
        func.coalesce(Opinion.closed_at, Opinion.replied_at),
        (
            col(Opinion.state) != "open",
            or_(
                *(col(each) != "" for each in (Opinion.text, Opinion.reply)),
                _some(OpinionEvent, OpinionEvent.opinion_id == Opinion.id, OpinionEvent.note != ""),
            ),
        ),
        _opinions,
    ),
    Kind(
        "survey",
        "问卷里写的文字",
        "交卷之日",
        col(SurveyResponse.id),
        func.coalesce(SurveyResponse.finished_at, SurveyResponse.started_at),
        (
            or_(
                _some(
                    SurveyAnswer,
                    SurveyAnswer.response_id == SurveyResponse.id,
                    col(SurveyAnswer.is_words),
                    _says(SurveyAnswer.chosen),
                ),
                _some(
                    SurveyAnswerChange,
                    SurveyAnswerChange.response_id == SurveyResponse.id,
                    col(SurveyAnswerChange.is_words),
                    or_(_says(SurveyAnswerChange.old), _says(SurveyAnswerChange.new)),
                ),
            ),
        ),
        _responses,
    ),
    Kind(
        "consultation",
        "知识产权台账的名称、号码和日期",
        "最后一次登记之日，没有打开提醒",
        col(AssetLedger.id),
        col(AssetLedger.changed_at),
        (col(AssetLedger.reminders) != "yes", _some(Asset, Asset.ledger_id == AssetLedger.id, _IS_KNOWN)),
        _ledgers,
    ),
    Kind(
        "consultation",
        "企业名录里已划去的企业的联系人、电话和备注",
        "划去之日",
        col(Enterprise.id),
        col(Enterprise.removed_at),
        (
            col(Enterprise.removed_at).is_not(None),
            or_(
                *(col(each) != "" for each in (Enterprise.person, Enterprise.phone, Enterprise.note)),
                _some(EnterpriseContact, EnterpriseContact.enterprise_id == Enterprise.id),
                _some(EnterpriseEvent, EnterpriseEvent.enterprise_id == Enterprise.id, EnterpriseEvent.note != ""),
            ),
        ),
        _struck_enterprises,
    ),
    Kind(
        "consultation",
        "走访记录的文字",
        "登记之日，下一步已经办完",
        col(EnterpriseVisit.id),
        col(EnterpriseVisit.entered_at),
        (
            or_(*(getattr(EnterpriseVisit, each) != "" for each in WORDS)),
            or_(
                col(EnterpriseVisit.due_on).is_(None),
                col(EnterpriseVisit.done_at).is_not(None),
                col(EnterpriseVisit.struck_at).is_not(None),
            ),
        ),
        _visits,
    ),
    Kind(
        "consultation",
        "服务对象的账号标识、姓名和号码",
        "最后一次来信之日，文字清完、没有订阅、没有未了的事",
        col(Contact.id),
        func.coalesce(_LAST_LETTER, Contact.first_seen_at),
        (
            col(Contact.erased_at).is_(None),
            col(Contact.is_subscribed).is_(False),
            ~_some(Consultation, Consultation.contact_id == Contact.id, _CONSULTATION_SAYS),
            ~_some(Ticket, Ticket.contact_id == Contact.id, Ticket.question != ""),
            ~_some(Opinion, Opinion.contact_id == Contact.id, Opinion.text != ""),
            ~_some(FollowUp, FollowUp.contact_id == Contact.id, _OPEN_FOLLOW_UP),
            ~_some(AssetLedger, AssetLedger.contact_id == Contact.id, AssetLedger.reminders == "yes"),
            ~_some(SurveyAsking, SurveyAsking.contact_id == Contact.id, SurveyAsking.state == "waiting"),
        ),
        _contacts,
    ),
)
