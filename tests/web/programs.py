"""Programs that call the HTTP interface of a small office in this process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import select

from bot.database import sessions
from consultations import api_tokens, tickets
from consultations.api_tokens import SCOPES
from consultations.contacts import Contact
from consultations.duty_reading import Duty, parse_book
from consultations.messages import Address, Inbound
from handlers.desk import Desk, OfficeSettings
from handlers.library import Library
from handlers.turn import take_turn
from knowledge.cards import Cards
from tests.conftest import Clock
from tests.handlers.conftest import EVERYDAY, MiniatureAnswerer
from web.api.app import ROOT, add_api
from web.api.callers import Interface
from web.app import WindowPage, make_app
from web.limits import PROBLEM
from web.window import Window

BOOK = """
[[outlet]]
id = "here"
name = "本部"
[[outlet]]
id = "north"
name = "北站"
[[staff]]
id = "me"
name = "示例甲"
outlet = "here"
roles = ["adviser"]
[[staff]]
id = "she"
name = "示例乙"
outlet = "north"
roles = ["adviser"]
[[staff]]
id = "auditor"
name = "示例丙"
roles = ["auditor"]
"""
PHONE = "13800138000"
ALL = tuple(SCOPES)


@dataclass(frozen=True)
class Program:
    """A program that calls the application in this process."""

    app: FastAPI
    base: str = "http://testserver"
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, *, headers: Any = None, **options: Any) -> httpx.Response:  # noqa: ANN401
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base, headers=self.headers) as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(ask())

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401
        return self.request("POST", path, **options)


@dataclass
class Served:
    """The application, its desk, and tokens made on the way."""

    app: FastAPI
    desk: Desk
    clock: Clock
    interface: Interface
    ids: Iterator[int] = field(default_factory=itertools.count)

    def token(self, *scopes: str, staff: str = "", days: float = 1) -> str:
        now = self.desk.now()
        with self.desk.writing() as session:
            ends = now + timedelta(days=days)
            return api_tokens.create(session, "示例", scopes or ALL, staff, "示例", now, ends)  # type: ignore[arg-type]

    def client(self, token: str) -> Program:
        return Program(self.app, f"http://testserver{ROOT}", {"Authorization": f"Bearer {token}"})

    def staff(self, staff: str = "me") -> Program:
        return self.client(self.token(staff=staff))

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": f"key-{next(self.ids):08}"}

    def ticket(self, outlet: str, name: str) -> str:
        """The number of a new ticket at that outlet."""
        said = f"转人工，我的电话{PHONE}"
        take_turn(Inbound(Address("core", name), f"{name}:1", name, self.desk.now(), text="转人工"), self.desk)
        take_turn(Inbound(Address("core", name), f"{name}:2", name, self.desk.now(), text=said), self.desk)
        with self.desk.writing() as session:
            contact = session.exec(select(Contact).where(Contact.chat_id == name)).one()
            found = tickets.alive_of(session, contact.key)
            assert found is not None
            found.outlet, found.assignee = outlet, ""
            return found.number


def make_served(engine: Engine, clock: Clock) -> Served:
    """The application over an office of two outlets."""
    writing, reading = sessions(engine)
    book = parse_book(EVERYDAY | {"staff.toml": BOOK})
    desk = Desk(writing, reading, MiniatureAnswerer(), clock.now, OfficeSettings(), duty=Duty(book=book))
    library = Library(None, None, reading, lambda: date(2026, 11, 23))  # type: ignore[arg-type]
    interface = Interface(desk, Window(desk, name="api"), library, lambda: Cards({}))
    app = make_app(Window(desk), WindowPage("示例"), lambda: {"ok": True})
    add_api(app, interface)
    return Served(app, desk, clock, interface)


def is_problem(answer: Any, status: int) -> bool:  # noqa: ANN401
    told = answer.json()
    return bool(
        answer.status_code == status == told["status"]
        and answer.headers["content-type"] == PROBLEM
        and any("\u4e00" <= sign <= "\u9fff" for sign in told["detail"])
    )
