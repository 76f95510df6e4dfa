"""The terminal carries a whole conversation, on a screen and through a pipe."""

from __future__ import annotations

import io

from sqlalchemy import Engine

from bot.channels.terminal import SORRY, run_chat
from bot.database import sessions
from consultations import outbox
from consultations.messages import Address, Outbound, text_blocks
from handlers.desk import Desk
from knowledge.passages import Answer
from knowledge.proofread import Flaw
from tests.bot.service import locked
from tests.conftest import Clock


class NoAnswer:
    def answer(self, question: str, on: object, *, previous: str = "", outlet: str = "") -> Answer:
        return Answer("escalate", "question", question, service_item="B01", confidence=0.1)

    def card(self, card_id: str, on: object, *, day: object = None, outlet: str = "") -> None:
        return None

    def flaws(self, text: str, on: object) -> tuple[Flaw, ...]:
        return ()


def make_desk(engine: Engine, clock: Clock) -> Desk:
    return Desk(*sessions(engine), NoAnswer(), clock.now)


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_piped_question_is_answered_without_a_prompt(sqlite_engine: Engine, clock: Clock) -> None:
    out = io.StringIO()
    assert run_chat(make_desk(sqlite_engine, clock), io.StringIO("\n年费怎么交\n"), out, who="a") == 0
    assert "您：" not in out.getvalue()
    assert "1. " in out.getvalue()


def test_a_screen_shows_a_prompt_and_quits(sqlite_engine: Engine, clock: Clock) -> None:
    out = Screen()
    assert run_chat(make_desk(sqlite_engine, clock), Screen("/quit\n不会看到\n"), out, who="a") == 0
    assert out.getvalue().count("您：") == 1


def test_what_came_meanwhile_is_shown_to_its_person_only(sqlite_engine: Engine, clock: Clock) -> None:
    desk = make_desk(sqlite_engine, clock)
    with desk.writing() as session:
        for who in ("a", "b"):
            outbox.enqueue(session, Outbound(Address("terminal", who), text_blocks(f"给{who}")), now=clock.now())
    for who, other in (("a", "b"), ("b", "a")):
        out = io.StringIO()
        run_chat(desk, io.StringIO(""), out, who=who)
        assert f"给{who}" in out.getvalue()
        assert f"给{other}" not in out.getvalue()


def test_a_locked_database_is_told_and_the_talk_goes_on(sqlite_engine: Engine, clock: Clock) -> None:
    desk, out = make_desk(sqlite_engine, clock), io.StringIO()

    class Lines(io.StringIO):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            line = super().readline(-1 if size is None else size)
            if "一" in line:
                holding.__enter__()
            if "二" in line:
                holding.__exit__(None, None, None)
            return line

    holding = locked(sqlite_engine)
    run_chat(desk, Lines("问题一\n问题二\n"), out, who="a")
    assert out.getvalue().count(SORRY) == 1
    assert len(out.getvalue()) > len(SORRY) + 10
