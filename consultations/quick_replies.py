"""Quick replies (快捷回复): what staff say often, with places for what differs. Data of the duty book. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What may stand in braces, and what it is replaced by.
VARIABLES: Mapping[str, str] = {
    "工单号": "这张工单的号码",
    "答复时限": "答应答复的时间；答复过就没有了",
    "工作人员": "接单人的姓名",
    "网点": "config.toml 的 outlet.name",
    "网点电话": "config.toml 的 outlet.phone",
    "投诉电话": "config.toml 的 outlet.complaint_phone",
}
_PLACE = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"[{}]")


@dataclass(frozen=True)
class QuickReply:
    """One of them. `text` holds variables as in ``{工单号}``."""

    reply_id: str
    name: str
    text: str

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with every variable replaced; see `lacking`."""
        return _PLACE.sub(lambda place: values[place[1]], self.text)

    def lacking(self, values: Mapping[str, str]) -> list[str]:
        """The variables in it that have no value now: such a text must not be sent."""
        return [each for each in dict.fromkeys(_PLACE.findall(self.text)) if not values.get(each)]


def unknown_in(text: str) -> str:
    """The first thing in braces that is no variable, or a brace that stands alone; empty when all is right."""
    wrong = [f"{{{each}}}" for each in _PLACE.findall(text) if each not in VARIABLES]
    alone = _BRACES.findall(_PLACE.sub("", text))
    return next(iter((*wrong, *alone)), "")
