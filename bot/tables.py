"""Imports every module that defines a table, so that ``SQLModel.metadata`` is whole.

One line per module; migrations and tests start from here.
"""

from __future__ import annotations

import bot.channels.telegram_rooms  # noqa: F401
import bot.inbox  # noqa: F401
import consultations.absences  # noqa: F401
import consultations.api_tokens  # noqa: F401
import consultations.archive  # noqa: F401
import consultations.assets  # noqa: F401
import consultations.attendances  # noqa: F401
import consultations.audit  # noqa: F401
import consultations.broadcast_rows  # noqa: F401
import consultations.broadcasts  # noqa: F401
import consultations.card_drafts  # noqa: F401
import consultations.cases  # noqa: F401
import consultations.checks  # noqa: F401
import consultations.console_accounts  # noqa: F401
import consultations.console_sessions  # noqa: F401
import consultations.contacts  # noqa: F401
import consultations.corrections  # noqa: F401
import consultations.dialogue  # noqa: F401
import consultations.downtime  # noqa: F401
import consultations.enterprise_facts  # noqa: F401
import consultations.enterprise_visits  # noqa: F401
import consultations.enterprises  # noqa: F401
import consultations.erasures  # noqa: F401
import consultations.file_edits  # noqa: F401
import consultations.follow_ups  # noqa: F401
import consultations.improvements  # noqa: F401
import consultations.ledgers  # noqa: F401
import consultations.links  # noqa: F401
import consultations.numbers  # noqa: F401
import consultations.opinions  # noqa: F401
import consultations.outbox  # noqa: F401
import consultations.received  # noqa: F401
import consultations.referrals  # noqa: F401
import consultations.reminders  # noqa: F401
import consultations.reports  # noqa: F401
import consultations.seals  # noqa: F401
import consultations.segments  # noqa: F401
import consultations.self_checks  # noqa: F401
import consultations.subscriptions  # noqa: F401
import consultations.surveys  # noqa: F401
import consultations.tickets  # noqa: F401
import consultations.timers  # noqa: F401
import consultations.trainings  # noqa: F401
import consultations.visitor_files  # noqa: F401
import consultations.webhooks  # noqa: F401
import consultations.window_lines  # noqa: F401
import policies.books  # noqa: F401
import policies.compilation  # noqa: F401
import policies.interpretations  # noqa: F401
import policies.review  # noqa: F401
