"""Show the service list (服务清单) and the guide of each item (办事指南)."""

from __future__ import annotations

from consultations.messages import Block
from consultations.service_items import Pack, ServiceItem, load_pack
from handlers import wording
from handlers.talk import Replies, Rows, Talk, human_row, row, say


def show(talk: Talk) -> Replies:
    """The list, or one item when its button was pressed; an unknown code shows the list."""
    pack = load_pack()
    item = pack.items.get(talk.wish.argument) if talk.wish.verb == "service" else None
    if item is None:
        return (say(talk, *_list_blocks(pack), choices=(*_buttons(pack), human_row())),)
    back = row((wording.BACK_TO_SERVICES, "services"), (wording.HUMAN, "human"))
    return (say(talk, *guide(item, pack), choices=(back,)),)


def guide(item: ServiceItem, pack: Pack) -> tuple[Block, ...]:
    """The eight fields of one service guide; fields the norm leaves open stand together in one line."""
    given = [(title, getattr(item, name)) for name, title in wording.SERVICE_FIELDS.items()]
    open_ = [title for title, text in given if text == pack.unstated]
    includes = f"{wording.INCLUDES}：\n" + "\n".join(f"· {each}" for each in item.includes) if item.includes else ""
    texts = [f"{title}：{text}" for title, text in given if text != pack.unstated]
    if open_:
        texts.append(f"{'、'.join(open_)}：{pack.unstated}")
    blocks = [Block("lead", f"{item.code} {item.name}"), Block("text", item.intro), Block("text", includes)]
    blocks += [Block("text", "\n".join(texts)), Block("basis", wording.pack_source(pack.source, pack.status))]
    return tuple(each for each in blocks if each.text)


def _list_blocks(pack: Pack) -> list[Block]:
    blocks = []
    for kind, title in (("basic", wording.BASIC_ITEMS), ("value_added", wording.VALUE_ADDED_ITEMS)):
        lines = [f"{item.code} {item.name}" for item in pack.items.values() if item.kind == kind]
        if lines:
            blocks.append(Block("text", f"{title}\n" + "\n".join(lines)))
    return [*blocks, Block("basis", wording.pack_source(pack.source, pack.status)), Block("note", wording.SERVICES_HOW)]


def _buttons(pack: Pack) -> Rows:
    """The codes as buttons, five a row, in the order of the list."""
    choices = [(code, f"service:{code}") for code in pack.items]
    return tuple(row(*choices[at : at + 5]) for at in range(0, len(choices), 5))
