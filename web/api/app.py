"""Puts the interface together: its routes, its problems, and its description to read without any foreign request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from consultations.api_tokens import SCOPES
from web.api import acts, compilation, conversations, numbers, records
from web.api.callers import Interface
from web.api.problems import TITLES, Problem, add_problems

ROOT = "/api/v1"
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
ABOUT = (
    "知询的开放接口，第 1 版：同一版本里只增加，不改变已有的含义。每个请求带 Authorization: Bearer 令牌；"
    "写操作另带 Idempotency-Key。出错时返回 application/problem+json，detail 是中文说明。时间都是 UTC。"
)


def add_api(app: FastAPI, interface: Interface) -> None:
    """Add everything under ``/api/v1`` to the application: an application of its own, with its own refusals."""
    app.mount(ROOT, make_api(interface))


def make_api(interface: Interface) -> FastAPI:
    """The interface by itself."""
    api = FastAPI(title="知询开放接口", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    api.state.interface = interface
    add_problems(api)
    for part in (conversations, records, acts, compilation, numbers):
        api.include_router(part.router)
    described = describe(api)
    page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), trim_blocks=True)
    shown = page.get_template("api.html").render(api=described, scopes=SCOPES, titles=TITLES, root=ROOT)

    @api.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return described

    @api.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(shown)

    return api


def describe(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI description. FastAPI's own form of refusals is not ours: it is taken out."""
    made = get_openapi(
        title=api.title,
        version=api.version,
        description=ABOUT,
        routes=api.routes,
        servers=[{"url": ROOT}],
    )
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    return made
