"""What a program reads when it does not get what it asked for: problems (RFC 9457), their detail a Chinese sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from web.limits import PROBLEM

log = structlog.get_logger(__name__)

TITLES: Mapping[int, str] = {
    400: "请求有误",
    401: "没有有效的令牌",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种请求方法",
    409: "现在不能这样做",
    413: "内容太长",
    422: "内容有误",
    429: "请求太频繁",
    503: "系统正忙",
}
KEY_PLACE = "header.Idempotency-Key"
KEY = "Idempotency-Key 要 8–64 位，只用字母、数字、_ 和 -。"
BUSY = "系统正忙，什么也没有改变，请稍后用同一个 Idempotency-Key 再试。"


class Problem(BaseModel):
    """What went wrong: `status` as in the answer's first line, `detail` what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] = Field(default_factory=list, description="哪些字段有误")


class ProblemError(Exception):
    """The request is refused."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"Refused with {status}.")
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How these refusals stand in the description of a route; 401, 403, 429 and 503 are possible everywhere."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": TITLES[status], "content": content}
        for status in sorted({401, 403, 429, 503, *statuses})
    }


def add_problems(app: FastAPI) -> None:
    """Tell every refusal of this application as a problem."""
    app.add_exception_handler(ProblemError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(OperationalError, _busy)


def _answer(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: list[str] | None = None
) -> JSONResponse:
    problem = Problem(title=TITLES.get(status, "请求没有完成"), status=status, detail=detail, errors=errors or [])
    return JSONResponse(problem.model_dump(), status, dict(headers or {}), media_type=PROBLEM)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return _answer(error.status, error.detail, error.headers)


async def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    """Which fields are wrong, by where they stand; never what was in them."""
    assert isinstance(error, RequestValidationError)
    places = sorted({".".join(str(each) for each in one["loc"]) for one in error.errors()})
    key = KEY if KEY_PLACE in places else ""
    return _answer(422, "这些地方缺少或者写得不对：" + "、".join(places) + f"。{key}写法见接口说明。", errors=places)


async def _of_framework(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = {404: "没有这个地址，请看接口说明。", 405: "这个地址不支持这种请求方法，请看接口说明。"}
    return _answer(error.status_code, detail.get(error.status_code, "请求没有完成，请看接口说明。"), error.headers)


async def _busy(_request: Request, error: Exception) -> JSONResponse:
    log.warning("api.database", error=type(error).__name__)
    return _answer(503, BUSY, {"Retry-After": "2"})
