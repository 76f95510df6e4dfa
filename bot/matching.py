"""``zhixun match``: the programmes an enterprise may want to know of, every condition judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.application import Office
from bot.screen import say
from consultations import enterprise_facts, tickets
from handlers import match_wording
from policies.criteria import COUNTED, NAMES, Facts
from policies.matching import match

_MOST_DIGITS = 6


class MatchRefusedError(Exception):
    """What was written can't be matched; the message says why and what helps."""


def show(office: Office, written: Sequence[str], ticket: str, on: date) -> None:
    """Print all programmes of that day against what was written of an enterprise, or what the asker of a ticket told.

    Raises:
        MatchRefusedError: A fact can't be read, or there is no such ticket.
    """
    facts: Facts = dict(_fact(each) for each in written)
    with office.reading() as session:
        if ticket:
            found = tickets.by_number(session, ticket)
            if found is None:
                message = f"没有工单 {ticket}，请核对工单号。"
                raise MatchRefusedError(message)
            told = enterprise_facts.of_contact(session, found.contact_id)
            if told is None:
                say(match_wording.NOT_TOLD)
            facts = {**(told.facts if told is not None else {}), **facts}
        results = match(session, facts, on)
    if not results:
        say("现在没有登记可以申报的项目：用 policies edit 编号 --programme 文件.toml 登记，见 docs/policies.md。")
        return
    say(match_wording.told(facts))
    say(match_wording.LEAD)
    for place, each in enumerate(results, start=1):
        say(match_wording.result(place, each))
    say(match_wording.NO_PROMISE)


def _fact(written: str) -> tuple[str, str | int]:
    """``行业=照明`` or ``inventions=3`` as a fact and its value."""
    name, sign, value = (each.strip() for each in written.replace("＝", "=").partition("="))
    fact = next((key for key, title in NAMES.items() if name in (key, title)), "")
    if not sign or not fact or not value:
        message = f"看不懂 {written}：请写成 名称=值，例如 行业=照明；名称有：{'、'.join(NAMES.values())}。"
        raise MatchRefusedError(message)
    if fact not in COUNTED:
        return fact, value
    if not value.isdecimal() or len(value) > _MOST_DIGITS:
        message = f"{NAMES[fact]}应是整数，例如 {NAMES[fact]}=3。"
        raise MatchRefusedError(message)
    return fact, int(value)
