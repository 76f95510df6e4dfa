"""Show people their own consultations and tickets (我的咨询), nobody else's."""

from __future__ import annotations

from consultations import archive, tickets
from consultations.messages import Block
from consultations.tickets import STATE_NAMES
from handlers import wording
from handlers.talk import Replies, Talk, human_row, row, say

SHOWN = 5


def show(talk: Talk) -> Replies:
    """The last tickets with their state and the last questions, newest first."""
    mine = [
        f"{each.number} · {STATE_NAMES[each.state]} · {_short(each.question)}"
        for each in tickets.of_contact(talk.session, talk.contact.key, SHOWN)
    ]
    asked = [
        f"{each.number} · {_short(each.question)}" for each in archive.latest(talk.session, talk.contact.key, SHOWN)
    ]
    buttons = (row((wording.PRIVACY, "privacy"), (wording.HUMAN, "human")),)
    if not mine and not asked:
        return (say(talk, wording.MY_EMPTY, choices=(human_row(),)),)
    lists = [(wording.MY_TICKETS, mine), (wording.MY_CONSULTATIONS, asked)]
    blocks = [Block("text", "\n".join([title, *lines])) for title, lines in lists if lines]
    return (say(talk, *blocks, choices=buttons),)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:30] + "……"
