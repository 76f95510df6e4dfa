"""What can be chosen where things are counted (筛选): outlets, channels and service items, by the names people see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consultations.duty_book import DutyBook
from consultations.selection import NO_ITEM, NO_OUTLET, Selection, staff_outlets
from consultations.service_items import load_pack
from handlers.record_sheet import CHANNELS

NO_ITEM_NAME, NO_OUTLET_NAME = "未归类", "不属于网点"


class UnknownChoiceError(Exception):
    """Something chosen is none of what there is; the sentence names all there are."""

    def __init__(self, what: str, words: str, options: Sequence[str]) -> None:
        super().__init__(f"没有名为 {words} 的{what}：可用 {'、'.join(options)}。")


def outlet_choices(book: DutyBook) -> dict[str, str]:
    """Id → name of every outlet, and of none."""
    return {key: each.name for key, each in book.outlets.items()} | {NO_OUTLET: NO_OUTLET_NAME}


def item_choices() -> dict[str, str]:
    """Code → name of every service item, and of none."""
    return {code: each.name for code, each in load_pack().items.items()} | {NO_ITEM: NO_ITEM_NAME}


def choose(
    book: DutyBook, *, outlets: Sequence[str] = (), channels: Sequence[str] = (), items: Sequence[str] = ()
) -> Selection:
    """The selection meant by ids, codes or names.

    Raises:
        UnknownChoiceError: One of them is none of what there is.
    """
    return Selection(
        outlets=_found("网点", outlets, outlet_choices(book)),
        channels=_found("渠道", channels, CHANNELS),
        items=_found("服务事项", items, item_choices()),
        staff=staff_outlets(book),
    )


def selection_name(book: DutyBook, selection: Selection) -> str:
    """The selection in words; empty when nothing is left out."""
    chosen = (
        (selection.outlets, outlet_choices(book)),
        (selection.channels, CHANNELS),
        (selection.items, item_choices()),
    )
    return "；".join("、".join(names.get(each, each) for each in keys) for keys, names in chosen if keys)


def _found(what: str, words: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    by_words = {name: key for key, name in names.items()} | {key: key for key in names}
    for each in words:
        if each not in by_words:
            raise UnknownChoiceError(what, each, list(names.values()))
    return tuple(dict.fromkeys(by_words[each] for each in words))
