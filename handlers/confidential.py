"""Secret mode (保密咨询): who asks is hidden from staff lists and exports, for everything they ask and asked."""

from __future__ import annotations

from handlers import wording
from handlers.talk import Replies, Talk, row, say


def begin(talk: Talk) -> Replies:
    """From now on nobody sees which questions are this person's; asking twice changes nothing."""
    talk.contact.is_secret = True
    return (
        say(
            talk, wording.CONFIDENTIAL_NOW, choices=(row((wording.CONFIDENTIAL_END, "open"), (wording.HUMAN, "human")),)
        ),
    )


def end(talk: Talk) -> Replies:
    """Back to ordinary consultations."""
    talk.contact.is_secret = False
    return (say(talk, wording.CONFIDENTIAL_NO_MORE, choices=(row((wording.CONFIDENTIAL, "secret")),)),)
