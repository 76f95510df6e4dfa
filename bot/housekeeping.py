"""Housekeeping: handled updates and our copies of messages go when they have served (docs/archive.md)."""

from __future__ import annotations

from datetime import timedelta

from bot import inbox
from bot.application import Office
from bot.database import empty_log
from consultations import api_tokens, outbox_pruning, visitor_files, webhooks, window_lines
from handlers.stored_files import StoredFiles

PRUNED_AT_ONCE = 2000  # rows in one transaction, so that nobody waits for it


def keep_house(office: Office) -> int:
    """How many rows were removed or emptied, and files of visitors removed; what was erased leaves SQLite's log too."""
    now, kept = office.desk.now(), office.settings.retention
    before = now - timedelta(days=kept.message_days)
    with office.writing() as session:
        n_pruned = inbox.prune(session, now - timedelta(days=kept.inbox_days)) + window_lines.prune(session, before)
        n_pruned += api_tokens.prune_requests(session, now) + webhooks.prune(session, before)
    n_more = PRUNED_AT_ONCE
    while n_more == PRUNED_AT_ONCE:
        with office.writing() as session:
            n_more = outbox_pruning.prune(session, before, PRUNED_AT_ONCE)
        n_pruned += n_more
    with office.reading() as session:
        needed = visitor_files.hashes(session)
    n_pruned += StoredFiles(office.settings.home).sweep(needed)
    empty_log(office.engine)
    return n_pruned
