"""Subscriptions in conversation (订阅): what one gets, seen and changed with one tap each."""

from __future__ import annotations

from collections.abc import Sequence

from consultations import subscriptions
from consultations.messages import Block, Outbound
from consultations.push_book import FACET_NAMES, FACETS, Facet
from handlers import push_wording, wording
from handlers.talk import Replies, Rows, Talk, row, say

_IN_A_ROW = 2  # buttons


def take(talk: Talk) -> Replies:
    """``/subscribe`` (订阅), a facet, or one tap on an option: ``subscribe:topic:商标``."""
    name, _, value = talk.wish.argument.partition(":")
    facet = next((each for each in FACETS if each == name), None)
    if facet is None:
        return (_overview(talk),)
    return (_options(talk, facet, _tap(talk, facet, value) if value else ""),)


def _tap(talk: Talk, facet: Facet, value: str) -> str:
    """Choose it or take it back; a button older than the outlet's list changes nothing."""
    label = talk.desk.pushes.value.options[facet].get(value)
    if label is None:
        return push_wording.STALE_OPTION
    version = talk.settings.consent_version
    is_on = subscriptions.toggle(talk.session, talk.contact, (facet, value), version, talk.now)
    return push_wording.toggled(label, is_on=is_on)


def _overview(talk: Talk) -> Outbound:
    options = talk.desk.pushes.value.options
    chosen = {facet: _labels(talk, facet) for facet in FACETS}
    if any(chosen.values()):
        head = push_wording.subscriptions(chosen)
    else:
        head = push_wording.SUBSCRIBED_TO_ALL if talk.contact.is_subscribed else push_wording.NOTHING_CHOSEN
    facets = [(FACET_NAMES[facet], f"subscribe:{facet}") for facet in FACETS if options[facet]]
    stop = (row((wording.UNSUBSCRIBE, "stop")),) if talk.contact.is_subscribed else ()
    return say(talk, head, Block("note", push_wording.CHOICE_IS_CONSENT), choices=(*_rows(facets), *stop))


def _options(talk: Talk, facet: Facet, done: str) -> Outbound:
    """The options of one facet, each a button that turns it on or off."""
    chosen = _chosen(talk, facet)
    buttons = [
        (f"{push_wording.ON if value in chosen else push_wording.OFF}{label}", f"subscribe:{facet}:{value}")
        for value, label in talk.desk.pushes.value.options[facet].items()
    ]
    back = row((push_wording.MY_SUBSCRIPTIONS, "subscribe"))
    return say(talk, done, push_wording.choose_from(facet), choices=(*_rows(buttons), back))


def _chosen(talk: Talk, facet: Facet) -> list[str]:
    return [each.value for each in subscriptions.chosen(talk.session, talk.contact.key) if each.facet == facet]


def _labels(talk: Talk, facet: Facet) -> list[str]:
    """What is shown of the choices; one that is no option any more by the name it had."""
    options = talk.desk.pushes.value.options[facet]
    return [options.get(each, each) for each in _chosen(talk, facet)]


def _rows(buttons: Sequence[tuple[str, str]]) -> Rows:
    return tuple(row(*buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW))
