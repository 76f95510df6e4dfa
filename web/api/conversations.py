"""Asking: the same turn as in every channel, archived alike; what staff reply later is read from the same place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel, Field, model_validator

from web.api.callers import Caller, asker_id, needs
from web.api.paging import After
from web.api.problems import ProblemError, told
from web.window import CONFIDENTIAL_LINE

router = APIRouter(tags=["提问"])
Asker = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="您给提问人的编号，同一个人用同一个；不要用姓名和电话")
]
Key = Annotated[
    str, Header(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9_-]{8,64}$", description="每次写操作一个；重试时用原来的")
]
REUSED = "这个 Idempotency-Key 已经用在另一个请求上，请换一个。"


class Said(BaseModel):
    """What an asker says: words, or the `action` of a choice that was offered."""

    text: str = Field(default="", max_length=20_000)
    action: str = Field(default="", max_length=64)
    label: str = Field(default="", max_length=200, description="按下的选项上写的字")

    @model_validator(mode="after")
    def _one_of_both(self) -> Said:
        if bool(self.text.strip()) == bool(self.action):
            msg = "text or action"
            raise ValueError(msg)
        return self


class Block(BaseModel):
    """One paragraph: ``lead``, ``text``, ``basis``, ``quote``, ``note``, ``link``."""

    kind: str
    text: str
    url: str = ""


class Choice(BaseModel):
    """What can be answered with a press."""

    label: str
    action: str


class Line(BaseModel):
    """One message: `from_office` or the asker's own."""

    id: int
    from_office: bool
    at: datetime
    text: str
    blocks: list[Block] = Field(default_factory=list)
    choices: list[Choice] = Field(default_factory=list)


class Lines(BaseModel):
    """Messages, oldest first; ask again with `next` as cursor for those that come later."""

    items: list[Line]
    next: int


@router.post("/conversations/{asker}/messages", summary="提问或按下一个选项", responses=told(409, 413, 422))
async def say(asker: Asker, said: Said, key: Key, caller: Annotated[Caller, needs("ask")]) -> Lines:
    """One message of an asker; the replies to it come back. The same key again changes nothing and gives the same."""
    window, chat_id = caller.interface.window, asker_id(caller.token_id, asker)
    shown = said.label or said.action if said.action else said.text
    await window.receive(chat_id, key, text=said.text, action=said.action, shown=shown)
    lines = await window.replies_to(chat_id, key)
    if lines and lines[0]["text"] not in (shown, CONFIDENTIAL_LINE):
        raise ProblemError(422, REUSED)
    return _lines([_line(each) for each in lines[1:]], 0)


@router.get("/conversations/{asker}/messages", summary="读这个提问人的消息", responses=told(422))
async def read(asker: Asker, caller: Annotated[Caller, needs("ask")], cursor: After = 0) -> Lines:
    """Everything said with this asker after the cursor: also what staff reply later, polls and follow-ups."""
    chat_id = asker_id(caller.token_id, asker)
    await caller.interface.window.note_open(chat_id)
    return _lines([_line(each) for each in await caller.interface.window.lines(chat_id, cursor)], cursor)


def _lines(items: list[Line], before: int) -> Lines:
    return Lines(items=items, next=items[-1].id if items else before)


def _line(shown: dict[str, object]) -> Line:
    if not shown["ours"]:
        return Line.model_validate({**shown, "from_office": False})
    blocks = [{"kind": kind, "text": text, "url": url} for kind, text, url in shown["blocks"]]  # type: ignore[attr-defined]
    choices = [{"label": label, "action": action} for row in shown["choices"] for label, action in row]  # type: ignore[attr-defined]
    text = "\n\n".join(str(each["text"]) for each in blocks)
    return Line.model_validate({**shown, "from_office": True, "text": text, "blocks": blocks, "choices": choices})
