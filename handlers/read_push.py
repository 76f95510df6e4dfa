"""What people do with a push they got (推送): open its full text, look up earlier ones (往期推送)."""

from __future__ import annotations

from consultations import broadcast_rows, broadcasts
from consultations.messages import Block
from consultations.permissions import may
from handlers import gate, push_wording
from handlers.talk import Replies, Talk, column, everyday_choices, row, say
from handlers.wish import identity

_LISTED = 5


def show_list(talk: Talk) -> Replies:
    """``/pushes`` (往期推送): the last ones, each a button away, and where all of them stand."""
    found = broadcasts.published(talk.session, _LISTED)
    lines = [push_wording.past_line(each, talk.office.zone) for each in found]
    url = talk.settings.public_url.rstrip("/")
    everything = Block("link", push_wording.ALL_PUSHES, f"{url}/pushes") if url and found else ""
    choices = column([(push_wording.past_label(each), f"push:{each.key}") for each in found])
    told = "\n".join(lines) or push_wording.NO_PUSHES
    return (say(talk, told, everything, choices=(*choices, row((push_wording.SUBSCRIBE, "subscribe")))),)


def take(talk: Talk) -> Replies:
    """查看全文: ``push:12``. What is not out yet opens only for who may see drafts (a test), what is not
    public for whoever it went to.
    """
    broadcast = broadcasts.get(talk.session, identity(talk.wish.argument))
    is_out = broadcast is not None and broadcast.started_at is not None and broadcast.kind == "push"
    is_staff = may(gate.asker_of(talk.desk, talk.inbound.address, talk.now), "broadcast.list")
    is_theirs = broadcast is not None and is_out and broadcast_rows.may_open(talk.session, broadcast, talk.contact)
    if broadcast is None or not (is_theirs or is_staff):
        return (say(talk, push_wording.GONE, choices=everyday_choices()),)
    if is_out:
        broadcast_rows.note_opened(talk.session, broadcast.key, talk.contact.key, talk.now)
    return (say(talk, Block("lead", broadcast.title), broadcast.details or broadcast.text),)
