"""Files that visitors of the window send for their ticket, bounded while they come, looked into before they are kept;
and those they were sent, for them alone. A spreadsheet with somebody's assets (知识产权台账) is read and forgotten.

Nothing is stored of a file that is refused, cut off or too slow. What is refused is read all the same and thrown away,
or the browser, which is still sending, would not hear why.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Header, HTTPException, Query, Request, Response
from starlette.requests import ClientDisconnect

from consultations import visitor_files
from consultations.messages import Address, Attachment, Inbound
from handlers import asset_files, asset_wording, file_wording, files
from handlers.file_kinds import promises
from handlers.stored_files import Incoming, StoredFiles
from handlers.wish import file_name
from web.visitors import chat_id_of
from web.window import CHANNEL, Window

PATH = "/api/files"
AT_ONCE = 3  # of one visitor
AT_ONCE_IN_ALL = 12
UPLOAD_SECONDS = 300.0  # 20 MB over half a megabit a second
MOST_READ = 3 * files.LARGEST_BYTES  # of what is refused; who sends more is not a person with a file

Identity = Annotated[str, Query(alias="id", pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Name = Annotated[str, Query(min_length=1, max_length=200)]


class Most(NamedTuple):
    """How large a file may be, and what is told when it is larger."""

    n_bytes: int
    told: str


_LEDGER = Most(asset_files.LARGEST_BYTES, asset_wording.TOO_LARGE)


class Places:
    """How many files may come at once."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    @contextlib.contextmanager
    def one(self, chat_id: str) -> Iterator[None]:
        """A place for one file of this visitor.

        Raises:
            HTTPException: Too many are under way.
        """
        if self._taken[chat_id] >= AT_ONCE:
            raise HTTPException(429, file_wording.at_once(AT_ONCE))
        if self._taken.total() >= AT_ONCE_IN_ALL:
            raise HTTPException(503, file_wording.BUSY)
        self._taken[chat_id] += 1
        try:
            yield
        finally:
            self._taken[chat_id] -= 1
            if not self._taken[chat_id]:
                del self._taken[chat_id]


def add_uploads(app: FastAPI, window: Window, stored: StoredFiles) -> None:
    """Let visitors of this window send files, kept in that folder, and take those that were sent to them."""
    places = Places()

    @app.get(f"{PATH}/{{number}}")
    def take_file(number: int, x_visitor: Annotated[str, Header()] = "") -> Response:
        chat_id = chat_id_of(x_visitor)
        if chat_id is None:
            raise HTTPException(401, "会话标识无效，请刷新页面。")
        with window.desk.reading() as session:
            row = visitor_files.get(session, number) if window.may_take(session, chat_id, number) else None
            name, sha256 = (row.name, row.sha256) if row is not None else ("", "")
        content = stored.read(sha256)
        if content is None:
            raise HTTPException(404, file_wording.NOT_THERE)
        return Response(content, media_type="application/octet-stream", headers=saved_as(name))

    @app.post(PATH, status_code=202)
    async def receive_file(
        request: Request,
        message_id: Identity,
        name: Name,
        x_visitor: Annotated[str, Header()] = "",
    ) -> dict[str, bool]:
        chat_id = chat_id_of(x_visitor)
        if chat_id is None:
            raise HTTPException(401, "会话标识无效，请刷新页面。")
        name, size = file_name(name), _promised_size(request)
        if await asyncio.to_thread(_is_ledger, window, chat_id, name, size):
            with places.one(chat_id), stored.receive() as incoming:
                await _take_in(request, incoming, name, _LEDGER)
                file = await asyncio.to_thread(_opened, incoming, name)
                shown = file_wording.sent_by_visitor(name, incoming.n_bytes)
                await window.receive(chat_id, message_id, attachments=(file,), shown=shown)
            return {"ok": True}
        no = await asyncio.to_thread(_why_not, window, stored, chat_id, name, size)
        if no:
            await _read_away(request)
            raise HTTPException(409, file_wording.not_taken(name, no))
        with places.one(chat_id), stored.receive() as incoming:
            await _take_in(request, incoming, name)
            file = await asyncio.to_thread(_looked_into, incoming, name)
            shown = file_wording.sent_by_visitor(name, incoming.n_bytes)
            await window.receive(chat_id, message_id, attachments=(file,), shown=shown)
        return {"ok": True}


def saved_as(name: str) -> dict[str, str]:
    """The header of a file that is saved, never shown."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(name), safe='')}"}


def _promised_size(request: Request) -> int:
    """What the browser says the file weighs; 0 when it does not say, then only the bytes themselves tell."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _why_not(window: Window, stored: StoredFiles, chat_id: str, name: str, size: int) -> str:
    with window.desk.reading() as session:
        no = files.why_not_now(session, Address(CHANNEL, chat_id), window.desk.now())
    return no or files.why_not_like(name, size) or ("" if stored.has_room(size) else file_wording.NO_ROOM)


def _is_ledger(window: Window, chat_id: str, name: str, size: int) -> bool:
    """Whether this is a spreadsheet whose rows are wanted, not a file for somebody."""
    now = window.desk.now()
    sent = Attachment("", name, files.ending_of(name), size)
    inbound = Inbound(Address(CHANNEL, chat_id), "", chat_id, now, "file", attachments=(sent,))
    with window.desk.reading() as session:
        return asset_files.is_wanted(session, inbound, now)


def _opened(incoming: Incoming, name: str) -> Attachment:
    """The file with its bytes; nothing of it is kept.

    Raises:
        HTTPException: Its content is not what its name says.
    """
    if no := promises(incoming.path, name):
        raise HTTPException(415, file_wording.not_taken(name, no))
    content = incoming.path.read_bytes()
    return Attachment(hashlib.sha256(content).hexdigest(), name, files.ending_of(name), len(content), content)


async def _take_in(request: Request, incoming: Incoming, name: str, most: Most | None = None) -> None:
    """All of the body, in pieces.

    Raises:
        HTTPException: It is too large, empty, too slow or was cut off.
    """
    most = most or Most(files.LARGEST_BYTES, file_wording.TOO_LARGE)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for piece in request.stream():
                incoming.write(piece)
                if incoming.n_bytes > most.n_bytes:
                    await _read_away(request)
                    raise HTTPException(413, file_wording.not_taken(name, most.told))
    except TimeoutError:
        raise HTTPException(408, file_wording.not_taken(name, file_wording.TOO_SLOW)) from None
    except ClientDisconnect:
        raise HTTPException(400, file_wording.not_taken(name, file_wording.CUT_OFF)) from None
    if not incoming.n_bytes:
        raise HTTPException(422, file_wording.not_taken(name, file_wording.EMPTY))
    incoming.end()


async def _read_away(request: Request) -> None:
    """Let the browser finish, within reason."""
    n_bytes = 0
    with contextlib.suppress(TimeoutError, ClientDisconnect, RuntimeError):  # RuntimeError: it has been read already
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for piece in request.stream():
                n_bytes += len(piece)
                if n_bytes > MOST_READ:
                    return


def _looked_into(incoming: Incoming, name: str) -> Attachment:
    """The file, stored under its hash.

    Raises:
        HTTPException: Its content is not what its name says.
    """
    if no := promises(incoming.path, name):
        raise HTTPException(415, file_wording.not_taken(name, no))
    kind = files.ending_of(name)
    sha256 = incoming.keep()
    return Attachment(sha256, name, kind, incoming.n_bytes, sha256=sha256)
