"""The web application: the window's page, its small JSON interface, health. Everything it serves is our own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import OperationalError
from sse_starlette import EventSourceResponse

from handlers.wish import storable
from web.limits import Limited, Limits
from web.metrics import MEDIA_TYPE, Counted, Metrics
from web.visitors import chat_id_of, new_token
from web.window import Window

log = structlog.get_logger(__name__)

HERE = Path(__file__).parent
Cursor = Annotated[int, Query(ge=0, le=2**31 - 1)]  # a line's id; what is larger no database takes
EXAMPLES = ("外观设计专利保护多少年？", "商标注册要多少钱？", "专利年费忘交了怎么办？", "专利被侵权了找谁处理？")


class Message(BaseModel):
    """What a browser sends: a text or a pressed button, with its own id so that a repetition is recognised."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")
    text: str = Field(default="", max_length=150_000)
    action: str = Field(default="", max_length=64)
    label: str = Field(default="", max_length=150_000)


@dataclass(frozen=True)
class WindowPage:
    """What the page shows before anyone has typed."""

    outlet_name: str
    allowed_origins: Sequence[str] = ()
    examples: Sequence[str] = EXAMPLES


def make_app(
    window: Window,
    page: WindowPage,
    is_healthy: Callable[[], dict[str, Any]],
    *,
    limits: Limits | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """The application over one window. `is_healthy` gives ``{"ok": bool, …}`` for ``/healthz``."""
    metrics = metrics or Metrics()
    app = FastAPI(title="知询", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.middleware("http")(_guard(page.allowed_origins))
    _add_pages(app, pages, page)
    _add_window(app, window)
    app.add_middleware(Limited, limits=limits or Limits())
    app.add_middleware(Counted, metrics=metrics)
    app.exception_handler(OperationalError)(_tell_busy)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        state = is_healthy()
        return JSONResponse(state, status_code=200 if state["ok"] else 503)

    @app.get("/metrics")
    def numbers(request: Request) -> Response:
        if not metrics.may_read(request):
            raise HTTPException(404)
        return Response(metrics.text(), media_type=MEDIA_TYPE)

    return app


def _add_pages(app: FastAPI, pages: Environment, page: WindowPage) -> None:
    window_page = pages.get_template("window.html").render(outlet=page.outlet_name, examples=page.examples)

    @app.get("/")
    def window_alone() -> HTMLResponse:
        return HTMLResponse(window_page)

    @app.get("/embed.js")
    def embed() -> Response:
        script = (HERE / "static" / "embed.js").read_text(encoding="utf-8")
        return Response(script, media_type="text/javascript; charset=utf-8")


def _add_window(app: FastAPI, window: Window) -> None:
    @app.post("/api/visitor")
    def visitor() -> dict[str, str]:
        return {"token": new_token()}

    @app.post("/api/messages", status_code=202)
    async def receive(request: Request, x_visitor: Annotated[str, Header()] = "") -> dict[str, bool]:
        chat_id, message = _chat(x_visitor), await _message(request)
        shown = message.label[:200] if message.action else message.text
        await window.receive(chat_id, message.id, text=message.text, action=message.action, shown=shown)
        return {"ok": True}

    @app.post("/api/typing", status_code=204)
    async def typing(x_visitor: Annotated[str, Header()] = "") -> Response:
        window.note_typing(_chat(x_visitor))
        return Response(status_code=204)

    @app.get("/api/lines")
    async def lines(x_visitor: Annotated[str, Header()] = "", after: Cursor = 0) -> list[dict[str, Any]]:
        return await window.lines(_chat(x_visitor), after)

    @app.get("/api/stream")
    async def stream(x_visitor: Annotated[str, Header()] = "", after: Cursor = 0) -> EventSourceResponse:
        return EventSourceResponse(window.stream(_chat(x_visitor), after))


async def _tell_busy(_request: Request, error: Exception) -> JSONResponse:
    """The database is locked, full or away: nothing was taken, so nothing is acknowledged; the browser sends again."""
    log.warning("window.database", error=type(error).__name__)
    return JSONResponse({"detail": "系统正忙，这句话还没有收到，请稍后再发一次。"}, status_code=503)


def _chat(token: str) -> str:
    chat_id = chat_id_of(token)
    if chat_id is None:
        raise HTTPException(401, "会话标识无效，请刷新页面。")
    return chat_id


async def _message(request: Request) -> Message:
    """The body as a message; what can't be read is refused with a sentence a person understands."""
    try:
        return Message.model_validate(json.loads(await request.body()))
    except (ValueError, ValidationError, RecursionError):
        raise HTTPException(422, "没有收到有效的内容，请重新输入。") from None


def _guard(allowed_origins: Sequence[str]) -> Callable[..., Awaitable[Response]]:
    """Headers on every response: nothing foreign loads; allowed sites may embed the window, nobody the console."""
    frames = " ".join(["'self'", *allowed_origins])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors "
    )

    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        scope = request.scope  # NUL is replaced as in messages: PostgreSQL takes none
        scope["path"] = storable(scope["path"])
        scope["query_string"] = scope["query_string"].replace(b"%00", quote(storable("\0")).encode())
        response = await call_next(request)
        is_staffs = request.url.path.startswith("/console")
        response.headers["Content-Security-Policy"] = policy + ("'none'" if is_staffs else frames)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if is_staffs or request.url.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    return guard
