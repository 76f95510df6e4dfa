"""A link into the console from the chat: to whoever is staff, in their own chat, once, and to nobody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlmodel import select

from consultations import console_accounts
from consultations.console_accounts import ConsoleLink
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address, Inbound
from consultations.outbox import OutboxMessage
from handlers import console_wording, gate_wording
from handlers.desk import Desk
from handlers.turn import take_turn
from tests.handlers.conftest import EVERYDAY

BOOK = """
[[staff]]
id = "zhang"
name = "示例甲"
accounts = ["telegram:77"]
[[staff]]
id = "left"
name = "示例乙"
accounts = ["telegram:78"]
until = 2026-11-22
"""
ADDRESS = "https://zixun.example.com"


@pytest.fixture
def office(desk: Desk) -> Desk:
    book = parse_book({"staff.toml": BOOK, **EVERYDAY})
    return replace(desk, duty=Duty(book=book), settings=replace(desk.settings, public_url=f"{ADDRESS}/"))


def wrote(desk: Desk, chat: Address, sender: str) -> str:
    turn = take_turn(Inbound(chat, f"{chat}/{sender}", sender, desk.now(), text="/console"), desk)
    return "\n".join(each.plain_text for each in turn.replies)


def sent(desk: Desk, chat_id: str) -> list[str]:
    with desk.reading() as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.chat_id == chat_id)).all()
        return [str(each.payload) for each in rows if "/console/link/" in str(each.payload)]


def test_staff_get_a_link_in_their_own_chat_and_only_the_newest_opens(office: Desk) -> None:
    assert console_wording.SENT in wrote(office, Address("telegram", "77"), "77")
    (link,) = sent(office, "77")
    assert f"{ADDRESS}/console/link/" in link
    assert "'is_fleeting': True" in link  # not kept once it is out
    take_turn(Inbound(Address("telegram", "77"), "again", "77", office.now(), text="/console"), office)
    with office.reading() as session:
        assert len(session.exec(select(ConsoleLink)).all()) == 1


def test_a_link_asked_for_in_the_room_goes_to_their_own_chat(office: Desk) -> None:
    (room,) = office.settings.staff_rooms
    office = replace(office, settings=replace(office.settings, staff_rooms=(Address("telegram", "-100"),)))
    del room
    told = wrote(office, Address("telegram", "-100"), "77")
    assert console_wording.SENT in told
    assert "/console/link/" not in told
    assert len(sent(office, "77")) == 1
    assert sent(office, "-100") == []


@pytest.mark.parametrize("sender", ["78", "99"])
def test_whoever_left_or_never_worked_here_gets_none(office: Desk, sender: str) -> None:
    assert gate_wording.NOT_STAFF in wrote(office, Address("telegram", sender), sender)
    assert sent(office, sender) == []


def test_without_an_address_of_the_console_the_cure_is_told(office: Desk) -> None:
    office = replace(office, settings=replace(office.settings, public_url=""))
    assert "outlet.public_url" in wrote(office, Address("telegram", "77"), "77")
    assert sent(office, "77") == []


def test_a_link_is_kept_as_its_hash_and_used_once(office: Desk) -> None:
    wrote(office, Address("telegram", "77"), "77")
    token = re.search(r"link/([\w-]{43})", sent(office, "77")[0])
    assert token is not None
    with office.writing() as session:
        kept = session.exec(select(ConsoleLink)).one()
        assert token[1] not in str(kept.model_dump())
        hashed = kept.token_hash
        assert console_accounts.use_link(session, hashed, office.now())
        assert not console_accounts.use_link(session, hashed, office.now())
