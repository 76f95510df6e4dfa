"""The public pages: the service list (公示服务清单), looking up answers and policies, dated laws, pushes and cases.

Plain HTML without scripts: readable on any device, by any screen reader, and printable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from consultations.service_items import load_pack
from consultations.service_list import ServiceList
from handlers import policy_wording
from handlers.ask import compose
from handlers.case_papers import PublicCases
from handlers.library import LONGEST_WORDS, Law, Library, Listed
from handlers.past_pushes import PastPushes

HERE = Path(__file__).parent
Words = Annotated[str, Query(max_length=10_000)]  # cut for searching; what is longer is refused
Name = Annotated[str, Query(max_length=LONGEST_WORDS)]
Number = Annotated[int, Query(ge=1, le=2**31 - 1)]  # what is larger no database takes


@dataclass(frozen=True)
class PublicPages:
    """What the pages are made of. `service_list` gives ``None`` while the list has holes: it is not published then."""

    outlet_name: str
    library: Library
    service_list: Callable[[], ServiceList | None]
    pushes: PastPushes
    cases: PublicCases


def add_public_pages(app: FastAPI, pages: PublicPages) -> None:  # noqa: C901  one route each
    """Add ``/services``, ``/search``, ``/laws``, ``/law``, ``/pushes``, ``/push`` and ``/cases`` to the application."""
    made = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True)
    made.globals["outlet"] = pages.outlet_name
    made.globals["has_cases"] = lambda: bool(pages.cases.newest())
    made.filters["blocks"] = compose
    made.filters["day"] = _day
    made.filters["state"] = lambda each: _state(each, pages.library.today())
    made.filters["said"] = lambda each: policy_wording.interpretation(each.expert, each.written_on, each.text)

    def shown(template: str, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(made.get_template(template).render(**values), status_code=status)

    @app.get("/services")
    def services() -> HTMLResponse:
        listed = pages.service_list()
        return shown("services.html", 200 if listed else 404, listed=listed, items=load_pack().items.values())

    @app.get("/search")
    def search(q: Words = "") -> HTMLResponse:
        return shown("search.html", words=q.strip()[:LONGEST_WORDS], found=pages.library.look_up(q) if q else None)

    @app.get("/laws")
    def laws() -> HTMLResponse:
        return shown("laws.html", subjects=pages.library.subjects())

    @app.get("/law")
    def law(title: Name, version: Name = "") -> HTMLResponse:
        found = pages.library.law(title, version)
        if found is None:
            return shown("laws.html", 404, subjects=pages.library.subjects(), missing=f"《{title}》{version}")
        return shown("law.html", law=found)

    @app.get("/pushes")
    def pushes() -> HTMLResponse:
        return shown("pushes.html", pushes=pages.pushes.newest())

    @app.get("/push")
    def push(number: Number) -> HTMLResponse:
        found = pages.pushes.get(number)
        if found is None:
            return shown("pushes.html", 404, pushes=pages.pushes.newest(), missing=True)
        return shown("push.html", push=found)

    @app.get("/cases")
    def cases() -> HTMLResponse:
        return shown("cases.html", cases=pages.cases.newest())


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _state(law: Law | Listed, today: date) -> str:
    """Whether what is shown holds, as one sentence."""
    revision = law.revision
    if law.is_in_force:
        return "现行有效"
    if revision.is_draft:
        return "征求意见稿，没有效力"
    if revision.effective_from and revision.effective_from > today:
        return f"尚未施行，{_day(revision.effective_from)}起施行"
    if revision.effective_to and revision.effective_to < today:
        return f"已不再适用，适用至{_day(revision.effective_to)}"
    return "施行日期或效力没有核对清楚，不作为依据"
