"""The sentences about prepared replies (快捷回复、插入卡片) that staff read."""

from __future__ import annotations

from collections.abc import Sequence

from consultations.quick_replies import VARIABLES

SEND = "发送"
PREPARED = "备好了，还没有发出；服务对象会读到："
CLAIM_FIRST = "还没有人接单，请先点“接单”，再插入。"
CARD_GONE = "这张卡片今天不能引用了（已改、已停用，或还没有生效），没有插入。"
HOW = "在工单话题里点按钮，先看再发；/quick 编号 直接发送。"
HELP = "快捷回复：/quick 看全部，/quick 编号 直接发送；工单通知下面的“插入”把卡片的答复放进来。"


def insert(place: int) -> str:
    """The button under a suggestion."""
    return f"插入 {place}"


def line(reply_id: str, name: str, text: str) -> str:
    """One in the list."""
    return f"{reply_id} · {name}：{text}"


def no_such_reply(words: str) -> str:
    """Nobody wrote such a one."""
    return f"没有编号为“{words}”的快捷回复，可用的有："


def lacks(name: str, variables: Sequence[str]) -> str:
    """A text with a hole in it is not sent."""
    holes = "；".join(f"{{{each}}} 现在没有内容（{VARIABLES[each]}）" for each in variables)
    return f"“{name}”没有发出：{holes}。请补上设置，或自己写一条。"


def one_waits(number: str) -> str:
    """Inserting would take its place."""
    return f"{number} 有一条答复在等复核。要换一条，先发 /check {number} 撤回。"


def quick_event(name: str) -> str:
    """A line of the ticket's history."""
    return f"用快捷回复“{name}”"


def card_event(card_id: str, title: str) -> str:
    """A line of the ticket's history."""
    return f"插入知识卡片 {card_id}（{title}）"
