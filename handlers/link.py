"""Link two channels (关联渠道): the same person on Telegram and at the website window, so that a follow-up that can't
reach them here reaches them there, secret mode (保密咨询) holds on both, and 我的咨询 shows the same on both. Whoever
gave the code is told that it was used, for somebody else may have read it.
"""

from __future__ import annotations

from consultations import contacts, links
from consultations.contacts import Contact
from consultations.messages import Block
from handlers import wording, write_case
from handlers.talk import Replies, Talk, row, say, tell


def take_link(talk: Talk) -> Replies:
    """``/link`` gives a code, ``/link 12345678`` uses it, ``off`` unlinks."""
    wanted = talk.wish.argument.strip()
    if wanted == "off":
        talk.contact.person = None
        return (say(talk, wording.UNLINKED),)
    if not wanted:
        code = links.give_code(talk.session, talk.contact.key, talk.now)
        unlink = (row((wording.UNLINK, "link:off")),) if talk.contact.person is not None else ()
        return (say(talk, wording.link_code(code), choices=unlink),)
    return _use(talk, wanted)


def _use(talk: Talk, code: str) -> Replies:
    other_id = links.use_code(talk.session, code, talk.now)
    if other_id is None:
        return (say(talk, wording.LINK_CODE_WRONG),)
    if other_id == talk.contact.key:
        return (say(talk, wording.LINK_TO_ITSELF),)
    other = talk.session.get_one(Contact, other_id)
    contacts.link(talk.session, talk.contact, other)
    if talk.contact.is_secret:  # since now, maybe: nothing of theirs stays published
        write_case.take_all_back(talk.session, talk.desk, talk.contact)
    seen_there = Block("text", wording.LINKED_ELSEWHERE)
    tell(talk.session, other, (seen_there,), talk.now, choices=(row((wording.UNLINK, "link:off")),))
    is_on = f"{wording.CONFIDENTIAL_IS_ON}{wording.CONFIDENTIAL_EVERYWHERE}" if talk.contact.is_secret else ""
    return (say(talk, wording.LINKED, is_on, choices=(row((wording.MY, "my"), (wording.UNLINK, "link:off")),)),)
