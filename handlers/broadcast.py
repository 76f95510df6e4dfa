"""Broadcast (推送): a text, a preview, one confirmation, then one outbox row per subscribed contact.

Doubles never: each row has the key ``broadcast:<id>:<contact>`` and is held when in doubt; only rows in doubt are ever
sent again, and only when somebody says so.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from consultations import broadcasts, dialogue, outbox, subscriptions
from consultations.broadcasts import Broadcast
from consultations.messages import Address, Block, Outbound
from handlers import wording
from handlers.desk import Desk
from handlers.talk import Replies, Talk, everyday_choices, office_time, row, say
from handlers.wish import identity

# For every door


def confirm(session: Session, desk: Desk, broadcast: Broadcast, now: datetime) -> int:
    """How many contacts it goes to; 0 as well when somebody confirmed it before. Quiet hours hold the rows back."""
    if not broadcasts.confirm(session, broadcast.key, now):
        return 0
    messages = (
        (_message(address, broadcast.text), f"broadcast:{broadcast.id}:{contact_id}")
        for contact_id, address in subscriptions.audience(session, {})
    )
    due_at = office_time(desk.settings).after_quiet(now)
    n_recipients = outbox.enqueue_many(session, messages, now=now, due_at=due_at, broadcast_id=broadcast.id)
    session.refresh(broadcast)
    broadcast.n_recipients = n_recipients
    return n_recipients


def wrong_citations(desk: Desk, text: str, now: datetime) -> list[str]:
    """What is wrong with the citations of a text to be sent now, a sentence each."""
    found = desk.answerer.flaws(text, office_time(desk.settings).day(now))
    return [each.sentence for each in found if each.holds_back]


def counts(session: Session, broadcast_id: int) -> dict[str, int]:
    """How many rows stand in each state: sent, failed, unsure, new …"""
    return outbox.count_by_state(session, broadcast_id)


def resend_unsure(session: Session, broadcast_id: int, now: datetime) -> int:
    """How many rows in doubt are sent again; sent and failed ones are left alone."""
    unsure = [each.id for each in outbox.list_unsure(session, broadcast_id, limit=100_000) if each.id is not None]
    return outbox.resend_unsure(session, unsure, now)


# In an administrator's chat


def take(talk: Talk) -> Replies:
    """``/broadcast`` and the buttons under its preview."""
    if talk.inbound.kind == "choice":
        return _press(talk)
    if not talk.wish.argument:
        dialogue.await_words(talk.dialogue, "broadcast", talk.now)
        return (say(talk, wording.BROADCAST_PROMPT),)
    return _preview(talk, talk.wish.argument)


def take_text(talk: Talk) -> Replies:
    """The text an administrator was asked for."""
    dialogue.await_words(talk.dialogue, "", talk.now)
    return _preview(talk, talk.inbound.text.strip())


def _preview(talk: Talk, text: str) -> Replies:
    if not text:
        return (say(talk, wording.BROADCAST_EMPTY),)
    return _show(talk, broadcasts.draft(talk.session, text, str(talk.inbound.address), talk.now))


def _show(talk: Talk, draft: Broadcast) -> Replies:
    """The preview with what is wrong with its citations: then it takes another button to send it, or an edit."""
    n_recipients = sum(1 for _ in subscriptions.audience(talk.session, {}))
    preview = (Block("lead", wording.broadcast_preview(n_recipients)), draft.text)
    drop = (wording.DROP, f"broadcast:{draft.id}:drop")
    if wrong := wrong_citations(talk.desk, draft.text, talk.now):
        anyway, edit = (f"broadcast:{draft.id}:{verb}" for verb in ("anyway", "edit"))
        buttons = row((wording.REVISE, edit), (wording.SEND_ANYWAY, anyway), drop)
        return (say(talk, *preview, Block("note", wording.broadcast_flawed(wrong)), choices=(buttons,)),)
    buttons = row((wording.SEND, f"broadcast:{draft.id}:go"), drop)
    return (say(talk, *preview, choices=(buttons,)),)


def _press(talk: Talk) -> Replies:
    which, _, verb = talk.wish.argument.partition(":")
    broadcast = broadcasts.get(talk.session, identity(which))
    if broadcast is None:
        return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
    act = _PRESSES.get(verb, _progress)
    return act(talk, broadcast)


def _confirmed(talk: Talk, broadcast: Broadcast) -> Replies:
    """确认发送: unless the law changed since the preview (a new day, a new text) and a citation is wrong now."""
    if broadcast.state == "draft" and wrong_citations(talk.desk, broadcast.text, talk.now):
        return _show(talk, broadcast)
    return _go(talk, broadcast)


def _go(talk: Talk, broadcast: Broadcast) -> Replies:
    if broadcast.state != "draft":
        return (say(talk, wording.BROADCAST_USED),)
    n_recipients = confirm(talk.session, talk.desk, broadcast, talk.now)
    start_at = talk.office.after_quiet(talk.now)
    after = wording.moment_name(start_at, talk.office.zone) if start_at != talk.now else ""
    buttons = row((wording.PROGRESS, f"broadcast:{broadcast.id}:state"))
    return (say(talk, wording.broadcast_confirmed(n_recipients, after), choices=(buttons,)),)


def _drop(talk: Talk, broadcast: Broadcast) -> Replies:
    done = broadcasts.drop(talk.session, broadcast.key, talk.now)
    return (say(talk, wording.BROADCAST_DROPPED if done else wording.BROADCAST_USED),)


def _resend(talk: Talk, broadcast: Broadcast) -> Replies:
    n_rows = resend_unsure(talk.session, broadcast.key, talk.now)
    return (say(talk, wording.broadcast_resent(n_rows)),)


def _edit(talk: Talk, broadcast: Broadcast) -> Replies:
    """改一改: this draft is called off, the next message is the new one."""
    if not broadcasts.drop(talk.session, broadcast.key, talk.now):
        return (say(talk, wording.BROADCAST_USED),)
    dialogue.await_words(talk.dialogue, "broadcast", talk.now)
    return (say(talk, wording.BROADCAST_REVISE),)


def _progress(talk: Talk, broadcast: Broadcast) -> Replies:
    now = counts(talk.session, broadcast.key)
    buttons = [(wording.PROGRESS, f"broadcast:{broadcast.id}:state")]
    if now.get("unsure"):
        buttons.append((wording.RESEND_UNSURE, f"broadcast:{broadcast.id}:resend"))
    return (say(talk, wording.broadcast_counts(now), choices=(row(*buttons),)),)


_PRESSES = {"go": _confirmed, "anyway": _go, "edit": _edit, "drop": _drop, "resend": _resend}


def _message(address: Address, text: str) -> Outbound:
    return Outbound(address, (Block("text", text),), (row((wording.UNSUBSCRIBE, "stop")),), kind="broadcast")
