"""What people read about subscriptions, and staff about pushes (推送)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consultations.push_book import FACET_NAMES, Facet

# Subscriptions
SUBSCRIBE = "订阅"
MY_SUBSCRIPTIONS = "我的订阅"
NOTHING_CHOSEN = "您可以选择想收到哪些推送，点一下就选上，再点一下就取消，随时可以改。"
SUBSCRIBED_TO_ALL = "您现在接收全部推送。选几样感兴趣的，就只收这些。"
CHOICE_IS_CONSENT = "选上就表示同意接收这方面的推送；发送“退订”，全部停下。"
STALE_OPTION = "这个选项已经没有了，请从下面重新选。"
ON, OFF = "✓ ", ""


def subscriptions(chosen: Mapping[Facet, Sequence[str]]) -> str:
    """What somebody subscribes to, one facet a line."""
    lines = [f"{FACET_NAMES[facet]}：{'、'.join(values)}" for facet, values in chosen.items() if values]
    return "您订阅了：\n" + "\n".join(lines)


def choose_from(facet: Facet) -> str:
    """Above the options of a facet."""
    nothing = {
        "topic": "一个都不选，就是各个主题都要。",
        "service": "一个都不选，就是各个事项都要。",
    }.get(facet, "一个都不选，就不会收到只发给某些" + FACET_NAMES[facet] + "的推送。")
    return f"请选{FACET_NAMES[facet]}，可以选几个。{nothing}"


def toggled(label: str, *, is_on: bool) -> str:
    """What one tap did."""
    return f"已订阅：{label}。" if is_on else f"已取消：{label}。"
