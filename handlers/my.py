"""Show people their own consultations and tickets (我的咨询), on every channel they linked, nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

from consultations import archive, contacts, enterprises, tickets
from consultations.archive import Consultation
from consultations.messages import Block
from consultations.tickets import STATE_NAMES, Ticket
from handlers import join_training, training_wording, wording
from handlers.talk import Replies, Talk, human_row, row, say

SHOWN = 5
Dated = TypeVar("Dated", Ticket, Consultation)


def show(talk: Talk) -> Replies:
    """The last tickets with their state, the last questions, newest first, and the trainings ahead."""
    theirs = [each.key for each in (talk.contact, *contacts.others_of(talk.session, talk.contact))]
    taken_in = chain.from_iterable(tickets.of_contact(talk.session, each, SHOWN) for each in theirs)
    filed = chain.from_iterable(archive.latest(talk.session, each, SHOWN) for each in theirs)
    mine = [f"{each.number} · {STATE_NAMES[each.state]} · {_short(each.question)}" for each in _newest(taken_in)]
    asked = [f"{each.number} · {_short(each.question)}" for each in _newest(filed)]
    elsewhere = _elsewhere(talk, theirs)
    attending, give_up = join_training.own(talk)
    buttons = (*give_up, row((wording.PRIVACY, "privacy"), (wording.HUMAN, "human")))
    advisers = _advisers(talk, theirs)
    if not (mine or asked or attending or advisers):
        return (say(talk, *elsewhere or (wording.MY_EMPTY,), choices=(human_row(),)),)
    lists = [(wording.MY_TICKETS, mine), (wording.MY_CONSULTATIONS, asked), (training_wording.MY_TRAININGS, attending)]
    lists.append((wording.MY_ADVISERS, advisers))
    blocks = [Block("text", "\n".join([title, *lines])) for title, lines in lists if lines]
    return (say(talk, *elsewhere, *blocks, choices=buttons),)


def _advisers(talk: Talk, theirs: Sequence[int]) -> list[str]:
    """Who looks after the enterprises they speak for, as long as that colleague is there."""
    book = talk.desk.duty.book
    found = enterprises.advisers_of(talk.session, theirs).items()
    here = [(name, who) for name, who in found if not book.members or book.member_named(who) is not None]
    return [wording.own_adviser(name, who) for name, who in here]


def _elsewhere(talk: Talk, theirs: Iterable[int]) -> tuple[str, ...]:
    """What is said when a number is asked for that is not theirs, in the same words whether it exists or not."""
    number = talk.wish.argument.strip().upper()
    if not number:
        return ()
    ticket, filed = tickets.by_number(talk.session, number), archive.named(talk.session, number)
    of_it = {each.contact_id for each in (ticket, filed) if each is not None}
    return () if of_it & set(theirs) else (wording.NOT_HERE,)


def _newest(rows: Iterable[Dated]) -> list[Dated]:
    """The last few, newest first."""
    return sorted(rows, key=lambda each: each.created_at, reverse=True)[:SHOWN]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:30] + "……"
