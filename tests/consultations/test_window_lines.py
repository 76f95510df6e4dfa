"""The transcript of the website window: what a browser that is reading along gets to see."""

from __future__ import annotations

from sqlmodel import select

from bot.database import SessionMaker
from consultations import window_lines
from consultations.messages import Address, Block, Outbound
from consultations.window_lines import WindowLine
from tests.conftest import Clock


def test_who_reads_along_sees_what_comes_after_the_deletion(
    store: tuple[SessionMaker, SessionMaker], clock: Clock
) -> None:
    writing, reading = store
    with writing() as session:
        window_lines.add_question(session, "visitor", "m1", "商标续展多少钱？", clock.now())
        window_lines.add_question(session, "visitor", "m2", "删除我的信息", clock.now())
    with reading() as session:
        cursor = window_lines.lines_after(session, "visitor", 0)[-1].id
    with writing() as session:
        window_lines.forget(session, "visitor")
        told = Outbound(Address("web", "visitor"), (Block("text", "已删除"),))
        window_lines.add_replies(session, [told], clock.now())
    with reading() as session:
        assert len(window_lines.lines_after(session, "visitor", cursor or 0)) == 1
        assert "商标续展" not in str([each.payload for each in session.exec(select(WindowLine))])


def test_old_lines_go_and_no_id_is_given_twice(store: tuple[SessionMaker, SessionMaker], clock: Clock) -> None:
    writing, reading = store
    with writing() as session:
        for number in ("m1", "m2"):
            window_lines.add_question(session, "visitor", number, "商标续展多少钱？", clock.now())
    clock.advance(days=90)
    with writing() as session:
        assert window_lines.prune(session, clock.now()) == 1
        assert window_lines.prune(session, clock.now()) == 0
        window_lines.add_question(session, "visitor", "m3", "又来了", clock.now())
    with reading() as session:
        assert [each.message_id for each in window_lines.lines_after(session, "visitor", 0)] == ["m2", "m3"]
