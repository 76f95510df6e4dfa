"""Secret mode (保密咨询): who asks is hidden from staff lists and exports, for everything they ask and asked, on every
channel they linked.
"""

from __future__ import annotations

from consultations import contacts
from handlers import wording, write_case
from handlers.talk import Replies, Talk, row, say


def begin(talk: Talk) -> Replies:
    """From now on nobody sees which questions are this person's; asking twice changes nothing."""
    contacts.set_secret(talk.session, talk.contact, is_secret=True)
    write_case.take_all_back(talk.session, talk.desk, talk.contact)
    buttons = row((wording.CONFIDENTIAL_END, "open"), (wording.HUMAN, "human"))
    return (say(talk, wording.CONFIDENTIAL_NOW, _elsewhere(talk), choices=(buttons,)),)


def end(talk: Talk) -> Replies:
    """Back to ordinary consultations."""
    contacts.set_secret(talk.session, talk.contact, is_secret=False)
    again = row((wording.CONFIDENTIAL, "secret"))
    return (say(talk, wording.CONFIDENTIAL_NO_MORE, _elsewhere(talk), choices=(again,)),)


def _elsewhere(talk: Talk) -> str:
    """That it holds on the linked channels too."""
    return wording.CONFIDENTIAL_EVERYWHERE if contacts.others_of(talk.session, talk.contact) else ""
