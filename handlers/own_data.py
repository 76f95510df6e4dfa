"""One's own data (个人信息副本): everything our tables hold about one person, as plain values.

Left out: what staff noted among themselves (备注、退回和转办的原因、改进措施), and anonymous answers: we do not know
whose they are. What the website window shows is in 来信 and 发给您的消息 already.

Source: Personal Information Protection Law (个人信息保护法) art. 45, the right to see and to copy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, SQLModel

from consultations import (
    archive,
    assets,
    attendances,
    audit,
    broadcast_rows,
    card_drafts,
    cases,
    contacts,
    dialogue,
    enterprise_facts,
    enterprises,
    follow_ups,
    improvements,
    opinions,
    outbox,
    received,
    referrals,
    reminders,
    subscriptions,
    surveys,
    ticket_messages,
    tickets,
    trainings,
    visitor_files,
)
from consultations.attendances import Attendance
from consultations.contacts import Contact
from consultations.enterprises import Enterprise, EnterpriseContact
from consultations.outbox import OutboxMessage
from handlers import wording

_MOST = 10_000


def own_data(session: Session, contact: Contact) -> dict[str, Any]:
    """All records of one person; datetimes in UTC."""
    key = contact.key
    mine = tickets.of_contact(session, key, limit=_MOST)
    return {
        "服务对象": contact.model_dump(exclude={"id", "person"}),
        "关联渠道": [each.channel for each in contacts.others_of(session, contact)],
        "对话状态": dialogue.of_contact(session, key).model_dump(exclude={"contact_id"}),
        "来信": _all(received.of_contact(session, key), "kind", "text", "action", "attachments", "received_at"),
        "发给您的消息": [_sent(each) for each in outbox.of_address(session, contact.address) if _is_told(each)],
        "发来的文件": _all(visitor_files.of_contact(session, key), "id", "name", "size_bytes", "sha256", "received_at"),
        "咨询档案": _all(
            archive.latest(session, key, _MOST),
            *("number", "created_at", "channel", "question", "edited_text", "reply", "citations", "outcome"),
            *("service_item", "action"),
        ),
        "工单": [_ticket(session, each) for each in mine],
        "改进事项": _all(
            improvements.of_tickets(session, [each.key for each in mine]), "source", "cause", "state", "opened_at"
        ),
        "满意度评价": surveys.of_contact(session, key),
        "意见建议": _all(
            opinions.of_contact(session, key),
            *("number", "kind", "channel", "text", "reply", "state", "created_at", "due_at", "replied_at", "closed_at"),
        ),
        "对接": _all(
            referrals.of_contact(session, key),
            *("number", "kind", "district", "options", "state", "provider_name", "shared", "consent_text"),
            *("consent_at", "created_at", "chosen_at", "contacted_at", "done_at", "withdrawn_at", "satisfaction"),
        ),
        "典型案例": _all(
            cases.of_contact(session, key),
            *("number", "title", "needed", "done", "result", "evaluation", "is_public", "state", "consent"),
            *("consent_text", "consent_at", "created_at", "published_at"),
        ),
        "知识产权台账": _ledger(session, key),
        "企业情况": _all(filter(None, [enterprise_facts.of_contact(session, key)]), "facts", "skipped", "consent_at"),
        "企业名录": [_enterprise(*each) for each in enterprises.of_contact(session, key)],
        "期限提醒": _all(reminders.of_contact(session, key), "key", "told_at", "done_at"),
        "培训报名": [_attendance(session, each) for each in attendances.of_contact(session, key)],
        "知识卡片": [{"问法": each} for each in sorted(card_drafts.wordings_of(session, key))],
        "回访": [each.model_dump(exclude={"id", "contact_id"}) for each in follow_ups.of_contact(session, key)],
        "订阅": _all(
            subscriptions.of_contact(session, key), "facet", "value", "consent_version", "chosen_at", "dropped_at"
        ),
        "点开的推送": _all(broadcast_rows.opened_by(session, key), "broadcast_id", "at"),
        "操作留痕": _all(audit.of_contact(session, key), "verb", "at"),
    }


def _all(records: Iterable[SQLModel], *fields: str) -> list[dict[str, Any]]:
    return [each.model_dump(include=set(fields)) for each in records]


def _enterprise(tie: EnterpriseContact, enterprise: Enterprise) -> dict[str, Any]:
    """For which enterprise the person speaks; what stands of the contact person where that is them."""
    told = enterprise.model_dump(include={"name", "code", *(enterprises.PERSONAL if tie.is_person else ())})
    return told | tie.model_dump(include={"is_person", "tied_at"})


def _ledger(session: Session, contact_id: int) -> list[dict[str, Any]]:
    """The person's ledger with its assets, empty when there is none."""
    ledger = assets.of_contact(session, contact_id)
    if ledger is None:
        return []
    held = [each.model_dump(exclude={"id", "ledger_id", "import_id"}) for each in assets.holdings(session, ledger.key)]
    times = _all(assets.imports_of(session, ledger.key), "at", "n_added", "before", "undone_at")
    return [ledger.model_dump(include={"enterprise", "reminders", "created_at"}) | {"assets": held, "imports": times}]


def _attendance(session: Session, row: Attendance) -> dict[str, Any]:
    """One training they signed up for."""
    training = trainings.get(session, row.training_id)
    named = training.model_dump(include={"number", "title", "starts_at", "place"}) if training else {}
    return named | row.model_dump(include={"name", "state", "channel", "signed_at", "attended_at", "reminded_on"})


def _ticket(session: Session, ticket: tickets.Ticket) -> dict[str, Any]:
    """A ticket with what was said between the person and us, and how it went."""
    fields = {"number", "question", "kind", "service_item", "state", "created_at", "due_at", "replied_at", "closed_at"}
    said = [
        each for each in ticket_messages.of_ticket(session, ticket.key) if each.author in ("asker", "unsaid", "staff")
    ]
    history = _all(tickets.history_of(session, ticket.key), "to_state", "at")
    return ticket.model_dump(include=fields) | {"messages": _all(said, "author", "text", "at"), "history": history}


def _sent(row: OutboxMessage) -> dict[str, Any]:
    return {"text": row.message.plain_text, "state": row.state, "created_at": row.created_at, "sent_at": row.sent_at}


def _is_told(row: OutboxMessage) -> bool:
    """Whether our copy is still there; an export before this one holds nothing that this one does not."""
    return bool(row.payload) and not row.message.plain_text.startswith(wording.EXPORT_LEAD)
