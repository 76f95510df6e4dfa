"""Texts leave as valid HTML in parts that fit, whatever was typed; updates are read whatever is broken around them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.degrade import chosen, numbered, split_text
from bot.channels.telegram_api import keyboard
from bot.channels.telegram_text import render, units
from bot.channels.telegram_updates import chat_key_of, read_update, update_id_of
from bot.inbox import MalformedUpdateError
from consultations.messages import Address, Block, BlockKind, Choice, Outbound, as_choices, read_vote, text_blocks
from tests.fakes.bot_api_text import message_text

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KINDS: tuple[BlockKind, ...] = ("lead", "text", "basis", "quote", "note", "link")

nasty = st.text(alphabet=st.sampled_from("专利<>&\"'/ab\n。𠀀😀\u202e\x00\ud800"), max_size=3000)
blocks = st.lists(
    st.builds(Block, st.sampled_from(KINDS), nasty, st.sampled_from(["", "https://example.com/?a=1&b=<"]))
)


@settings(max_examples=60, deadline=None)
@given(blocks)
def test_every_part_is_accepted_and_nothing_readable_is_lost(made: list[Block]) -> None:
    parts = render(made)
    shown = "".join(str(message_text({"text": part.html, "parse_mode": "HTML"})["text"]) for part in parts)
    wanted = "".join(block.text for block in made).replace("\x00", "").replace("\ud800", "\ufffd")
    if "".join(wanted.split()):
        assert "".join(shown.split()) == "".join(wanted.split())
    assert all(units(part.plain) <= 4096 for part in parts)


@settings(max_examples=60, deadline=None)
@given(nasty, st.integers(2, 60))
def test_a_split_keeps_every_character_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = split_text(text, limit, units)
    assert all(part and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_split_prefers_the_border_a_reader_would_choose() -> None:
    assert split_text("第一段。\n\n第二段很长很长。第三句。", 12) == ["第一段。", "第二段很长很长。第三句。"]
    assert split_text("一二三四五。六七八九十", 8) == ["一二三四五。", "六七八九十"]


def test_only_safe_links_become_links() -> None:
    assert "href" in render([Block("link", "全文", "https://example.com/a?b=1&c=2")])[0].html
    assert "href" not in render([Block("link", "全文", "javascript:alert(1)")])[0].html


def test_buttons_telegram_could_not_carry_back_are_left_out() -> None:
    made = keyboard([[Choice("好", "human"), Choice("太长", "汉" * 22)], [Choice("空", "")]])
    assert made is not None
    assert [[button.callback_data for button in row] for row in made.inline_keyboard] == [["human"]]
    assert keyboard([]) is None


def test_choices_become_numbers_and_numbers_choices() -> None:
    message = Outbound(
        Address("terminal", "x"),
        text_blocks("满意吗？"),
        choices=((Choice("转人工", "human"),),),
        poll_options=("满意", "不满意"),
        poll_key="score:3",
    )
    offered = as_choices(message)
    assert numbered(offered) == "1. 满意\n2. 不满意\n3. 转人工"
    assert chosen(" ２. ", offered) == Choice("不满意", "vote:1:score:3")
    assert read_vote("vote:1:score:3") == ("score:3", 1)
    assert [chosen(typed, offered) for typed in ("0", "4", "年费", "2026", "")] == [None] * 5


def private(**fields: object) -> dict[str, object]:
    message = {"message_id": 5, "chat": {"id": 7}, "from": {"id": 7, "first_name": "甲", "last_name": "乙"}}
    return {"update_id": 1, "message": message | fields}


def test_what_is_broken_elsewhere_costs_no_question() -> None:
    event = read_update(private(text="年费", date="gestern", entities=5, via_bot=[]), NOW)
    assert event is not None
    assert (event.inbound.text, event.inbound.sender_name, event.inbound.message_id) == ("年费", "甲 乙", "7/5")


def test_a_broken_name_or_sender_costs_no_question() -> None:
    for sender in ({"id": 7, "first_name": []}, {"first_name": "甲"}, 5, None):
        event = read_update(private(text="年费", **{"from": sender}), NOW)
        assert event is not None
        assert (event.inbound.text, event.inbound.sender_id) == ("年费", "7")


def test_text_is_cleaned_of_what_no_database_takes() -> None:
    event = read_update(private(text="a\x00b\ud800"), NOW)
    assert event is not None
    assert event.inbound.text == "ab\ufffd"


@pytest.mark.parametrize(
    "update",
    [
        5,
        {"message": None},
        {"message": {"message_id": 1}},
        {"message": {"message_id": True, "chat": {"id": 7}}},
        {"message": {"message_id": 1, "chat": {"id": 10**20}}},
        {"message": {"message_id": 1, "chat": {"id": 7}, "text": []}},
        {"callback_query": {"from": {"id": 7}}},
        {"poll_answer": {"user": {"id": 7}, "option_ids": ["a"]}},
    ],
)
def test_what_says_nothing_is_malformed_and_still_has_a_queue(update: object) -> None:
    with pytest.raises(MalformedUpdateError):
        read_update(update, NOW)
    assert chat_key_of(update) == ""
    assert update_id_of(update) is None


def test_messages_of_one_person_stand_in_one_queue_whatever_they_reply_to() -> None:
    reply = private(text="二", reply_to_message={"message_id": 3})
    assert chat_key_of(private(text="一")) == chat_key_of(reply) == "7"


def test_bots_and_notices_are_no_questions() -> None:
    assert read_update(private(**{"from": {"id": 9, "is_bot": True}}), NOW) is None
    assert read_update({"update_id": 1, "channel_post": {}}, NOW) is None
