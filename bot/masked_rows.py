"""Rows as they may leave the office without anybody's permission: personal data masked (脱敏), column by column.

Texts are masked as everywhere. What names somebody (accounts, staff), what is a copy of what was said in a channel's
own form, and what would undo an erasure is struck whole. A column nobody thought of is a text like any other: masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consultations.masking import mask

STRUCK_MARK = "***"
# Keys and names of staff: an account is a person's.
STAFF_COLUMNS = frozenset(
    {
        *("actor", "actor_name", "author_name", "assignee", "assignee_name", "holder", "holder_name", "reviewer"),
        *("reviewer_name", "entered_by", "taken_back_by", "replied_by", "closed_by", "recorded_by", "made_by"),
        *("checker", "checker_name", "approver_name", "brought_by", "member", "sent_by"),
    }
)
PUBLIC = frozenset({"policy", "revision", "article"})  # what the state says stays as it says it
STRUCK: Mapping[str, frozenset[str]] = {
    "contact": frozenset({"chat_id", "name"}),
    "inbox_update": frozenset({"update_id", "chat_key", "raw", "reason"}),
    "outbox_message": frozenset({"chat_id", "payload", "dedupe_key", "foreign_id", "reason"}),
    "window_line": frozenset({"chat_id", "payload", "message_id"}),
    "received_message": frozenset(
        {"message_id", "sender", "text", "action", "foreign_message_id", "attachments"},
    ),
    "telegram_move": frozenset({"old_id", "new_id"}),
    "telegram_poll": frozenset({"poll_id", "poll_key"}),
    "telegram_thread_message": frozenset({"message_key"}),
    "telegram_topic": frozenset({"room", "topic", "title"}),
    "link_code": frozenset({"code"}),
    "asset_ledger": frozenset({"enterprise", "created_by"}),
    "asset": frozenset({"number", "name"}),  # registers tell whose a number is
    "asset_import": frozenset({"before"}),
    "enterprise": frozenset({"person", "phone", "created_by", "changed_by"}),
    "enterprise_contact": frozenset({"contact_id", "tied_by"}),  # whose enterprise it is
    "enterprise_visit": frozenset({"visitor", "visitor_name", "met", "done_by"}),
    "reminder": frozenset({"key", "done_by"}),
    "seal": frozenset({"salt"}),  # with it, words that were erased could be guessed and proven
    "console_account": frozenset({"staff", "password_hash", "totp_secret", "recovery_hashes"}),
    "console_link": frozenset({"token_hash", "staff", "totp_secret"}),
    "console_attempt": frozenset({"key_hash"}),
    "console_session": frozenset({"token_hash", "staff"}),
    "webhook": frozenset({"url", "secret"}),  # an address may hold a key
    "consultation": frozenset({"trace"}),  # names who entered it
    "visitor_file": frozenset({"name"}),
    "erasure": frozenset({"digest"}),
    "api_token": frozenset({"staff", "token_hash"}),
    "api_request": frozenset({"key", "request_hash", "body"}),
    "survey_response": frozenset({"respondent"}),
    "broadcast": frozenset({"author", "approver", "hands"}),
    "revision": frozenset({"author"}),
    "interpretation": frozenset({"author"}),
    "card_draft": frozenset({"author"}),
    "reply_check": frozenset({"author", "file_of"}),
    "typical_case": frozenset({"author"}),
    "training": frozenset({"author", "code", "confirmed_by"}),
    "attendance": frozenset({"name"}),
    "staff_absence": frozenset({"reason"}),
    "ledger_entry": frozenset({"personal", "key"}),
    "ledger_event": frozenset({"personal"}),
    "file_edit": frozenset({"before", "after"}),  # names and accounts of staff
}


def masked(table: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """A row of that table without personal data; numbers, moments and empty cells stay as they are."""
    struck = STRUCK.get(table, frozenset()) | STAFF_COLUMNS
    keep = (lambda value: value) if table in PUBLIC else _masked
    return {name: _struck(value) if name in struck else keep(value) for name, value in cells.items()}


def _struck(value: object) -> object:
    return STRUCK_MARK if value not in (None, "", [], {}) else value


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return value
