"""Other programs hear what happened: signed, once, in spite of faults and kills; never inside our own network."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from bot import webhooks as sending
from bot.addresses import ForbiddenAddressError, checked
from bot.database import sessions
from bot.webhooks import SIGNATURE, Sender
from consultations import surveys, tickets, webhooks
from consultations.contacts import Contact
from consultations.messages import Address, Inbound
from consultations.surveys import SurveyAsking
from consultations.tickets import Staff
from consultations.webhooks import EVENTS, PAUSES, WebhookDelivery
from handlers import tell_programs
from handlers.close import close_ticket
from handlers.desk import Desk, OfficeSettings
from handlers.turn import take_turn
from policies.compilation import Policy, Revision
from policies.review import RevisionEvent
from tests.conftest import Clock
from tests.handlers.conftest import MiniatureAnswerer

LOOPBACK = ("127.0.0.0/8",)
ME = Staff("terminal:示例", "示例")
PHONE = "13800138000"


@dataclass
class Receiver:
    """A program that hears: what it was sent, and what it answers."""

    url: str = ""
    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.heard.append((dict(self.headers), body))
            self.send_response(receiver.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hear?from=zhixun"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as made:
        yield made


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> Desk:
    writing, reading = sessions(engine)
    return Desk(writing, reading, MiniatureAnswerer(), clock.now, OfficeSettings())


def listen(desk: Desk, receiver: Receiver, *events: Any) -> str:  # noqa: ANN401
    """The secret of a new webhook."""
    with desk.writing() as session:
        tell_programs.begin(session)
        return webhooks.add(session, receiver.url, events or tuple(EVENTS), "示例", desk.now()).secret


def hand_over(desk: Desk, name: str) -> int:
    """The id of a new ticket."""
    for n, words in enumerate(("转人工", f"我的电话{PHONE}")):
        take_turn(Inbound(Address("core", name), f"{name}:{n}", name, desk.now(), text=words), desk)
    with desk.reading() as session:
        contact = session.exec(select(Contact).where(Contact.chat_id == name)).one()
        found = tickets.alive_of(session, contact.key)
        assert found is not None
        return found.key


def work_off(desk: Desk, ticket_id: int) -> None:
    """Claim, reply, close, and the asker's score."""
    with desk.writing() as session:
        tickets.claim(session, ticket_id, ME, desk.now())
        tickets.reply(session, ticket_id, ME, f"示例答复 {PHONE}", desk.now())
        close_ticket(session, desk, ticket_id, ME.key, desk.now())
    with desk.writing() as session:
        asking = session.exec(select(SurveyAsking).where(SurveyAsking.ticket_id == ticket_id)).one()
        surveys.put_about_ticket(session, asking, "score", "5", channel="core", now=desk.now())


def states(desk: Desk) -> list[str]:
    with desk.reading() as session:
        return list(session.exec(select(WebhookDelivery.state).order_by(WebhookDelivery.id)))  # type: ignore[arg-type]


def test_a_ticket_from_beginning_to_rating_is_told_once_and_signed(desk: Desk, receiver: Receiver) -> None:
    secret, sender = listen(desk, receiver), Sender(desk, LOOPBACK)
    ticket = hand_over(desk, "one")
    work_off(desk, ticket)
    for _ in range(3):
        sender.run()
    assert [each["event"] for each in receiver.events] == [
        *("ticket.opened", "ticket.answered", "ticket.closed", "rating.given"),
    ]
    assert len({each["id"] for each in receiver.events}) == 4
    assert {each["ticket"] for each in receiver.events} == {"GD-20261123-0001"}
    for headers, body in receiver.heard:
        at, proof = headers[SIGNATURE].removeprefix("t=").split(",v1=")
        wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(proof, wanted)
        assert int(at) == int(desk.now().timestamp())
    told = b"".join(body for _, body in receiver.heard).decode()
    assert [each for each in (PHONE, "示例", "core", "电话") if each in told] == []


def test_a_published_policy_is_told(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "policy.published")
    with desk.writing() as session:
        session.add(Policy(id=1, title="样灯条例"))
        session.flush()
        session.add(Revision(id=5, policy_id=1))
        session.flush()
        for before, after in (("", "draft"), ("draft", "in_review"), ("in_review", "published"), ("published",) * 2):
            session.add(
                RevisionEvent(
                    revision_id=5, from_state=before, to_state=after, actor="a", actor_name="示例", at=desk.now()
                )
            )
    hand_over(desk, "one")  # not wanted
    Sender(desk, LOOPBACK).run()
    assert [(each["event"], each["policy"], each["version"]) for each in receiver.events] == [
        ("policy.published", 1, 5)
    ]


def test_what_was_before_is_not_told(desk: Desk, receiver: Receiver, clock: Clock) -> None:
    hand_over(desk, "before")
    clock.advance(minutes=1)
    assert Sender(desk, LOOPBACK).run() == 0
    listen(desk, receiver)
    hand_over(desk, "after")
    Sender(desk, LOOPBACK).run()
    assert [each["ticket"] for each in receiver.events] == ["GD-20261123-0002"]


def test_a_program_that_is_down_hears_later_and_the_others_meanwhile(
    desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    with listening() as other:
        listen(desk, receiver, "ticket.opened")
        listen(desk, other, "ticket.opened")
        receiver.status = 503
        for name in ("one", "two"):
            hand_over(desk, name)
        sender = Sender(desk, LOOPBACK)
        sender.run()
        assert (len(receiver.heard), len(other.heard)) == (1, 2)  # not called again and again in one tick
        sender.run()
        assert len(receiver.heard) == 2
        receiver.status = 204
        sender.run()
        assert len(receiver.heard) == 2
        clock.advance(minutes=PAUSES[0])
        sender.run()
        assert states(desk) == ["sent"] * 4


def test_after_the_last_try_it_is_dead_until_somebody_sends_it_again(
    desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    listen(desk, receiver, "ticket.opened")
    receiver.status = 500
    hand_over(desk, "one")
    sender = Sender(desk, LOOPBACK)
    for minutes in (0, *PAUSES, 10_000):
        clock.advance(minutes=minutes)
        sender.run()
    assert states(desk) == ["dead"]
    assert len(receiver.heard) == len(PAUSES) + 1
    with desk.writing() as session:
        assert [(each.reason, each.attempts) for each in webhooks.dead(session)] == [("HTTP 500", len(PAUSES) + 1)]
        assert webhooks.resend(session, desk.now()) == 1
        assert webhooks.resend(session, desk.now(), 99) == 0
    receiver.status = 200
    sender.run()
    assert states(desk) == ["sent"]


@pytest.mark.parametrize(("status", "state"), [(410, "dead"), (302, "waiting"), (404, "waiting")])
def test_what_is_answered_decides(desk: Desk, receiver: Receiver, status: int, state: str) -> None:
    listen(desk, receiver, "ticket.opened")
    receiver.status = status
    hand_over(desk, "one")
    Sender(desk, LOOPBACK).run()
    assert (states(desk), len(receiver.heard)) == ([state], 1)  # a redirection is not followed


def test_killed_while_sending_it_is_sent_again_and_never_by_two_at_once(
    desk: Desk, receiver: Receiver, clock: Clock
) -> None:
    listen(desk, receiver, "ticket.opened")
    hand_over(desk, "one")
    tell_programs.plan(desk)
    with desk.writing() as session:  # taken, and then the process died
        first, second = webhooks.take(session, 1, desk.now()), webhooks.take(session, 1, desk.now())
    assert first is not None
    assert second is None
    sender = Sender(desk, LOOPBACK)
    sender.run()
    assert receiver.heard == []
    clock.advance(minutes=3)
    sender.run()
    assert (len(receiver.heard), states(desk)) == (1, ["sent"])


def test_one_that_is_removed_hears_nothing_more(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "ticket.opened")
    hand_over(desk, "one")
    tell_programs.plan(desk)
    with desk.writing() as session:
        assert webhooks.end(session, 1, desk.now())
        assert not webhooks.end(session, 1, desk.now())
    hand_over(desk, "two")
    Sender(desk, LOOPBACK).run()
    assert receiver.heard == []


INSIDE = [
    *("https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://192.168.0.1/", "https://172.16.0.9/"),
    *(
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
    ),
    *(
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://0x7f.1/",
    ),
    *("https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[::a00:1]/"),
    *("ftp://203.0.113.7/", "file:///etc/passwd", "https://", "gopher://127.0.0.1/", "https://u:p@1.1.1.1/"),
    *("http://1.1.1.1/",),
]


@pytest.mark.parametrize("url", INSIDE)
def test_our_own_network_is_never_called(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        checked(url, ())


def test_a_name_that_leads_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of its addresses inside is enough: whichever the system would take."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("1.1.1.1", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_words, **_more: found)
    with pytest.raises(ForbiddenAddressError, match="内部网络"):
        checked("https://hooks.example.com/", ())
    assert str(checked("https://hooks.example.com/", ("10.0.0.0/8",))) == "1.1.1.1"


def test_what_became_an_inside_address_later_is_not_called(desk: Desk, receiver: Receiver) -> None:
    listen(desk, receiver, "ticket.opened")
    hand_over(desk, "one")
    Sender(desk).run()  # the network is no longer allowed
    assert receiver.heard == []
    with desk.reading() as session:
        assert "内部网络" in session.exec(select(WebhookDelivery.reason)).one()


def test_a_program_that_never_answers_costs_a_try_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TRY_SECONDS", 0.2)
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    listen(desk, Receiver(url), "ticket.opened")
    hand_over(desk, "one")
    Sender(desk, LOOPBACK).run()
    silent.close()
    assert states(desk) == ["waiting"]
