"""Figures (指标) of a period, each with its definition: numbers only, no records."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel

from consultations import figures
from consultations.counted_records import Scope
from consultations.figures import DEFINITIONS, FIGURES, RATES
from consultations.periods import read_period
from web.api.callers import Caller, needs
from web.api.problems import ProblemError, told

router = APIRouter(tags=["指标"])


class FigureOut(BaseModel):
    """One figure and what it counts."""

    key: str
    name: str
    definition: str
    value: int


class RateOut(BaseModel):
    """A share of two figures; `value` is empty when there is nothing to divide by."""

    key: str
    name: str
    definition: str
    part: int
    whole: int
    value: float | None


class Figures(BaseModel):
    """All figures of a period. `definitions` is the version of what they mean, `sha256` that of what was counted."""

    period: str
    first: date
    after: date
    definitions: int
    sha256: str
    figures: list[FigureOut]
    rates: list[RateOut]


@router.get("/figures", summary="一个报告期的指标", responses=told(422))
def show(
    caller: Annotated[Caller, needs("figures:read")],
    period: Annotated[str, Query(max_length=10, description="2026-11、2026-Q4、2026-H2 或 2026")],
) -> Figures:
    """The figures as the records stand now, the same as in the report of that period."""
    found = read_period(period)
    if found is None:
        raise ProblemError(422, "看不懂这个报告期：请写成 2026-11、2026-Q4、2026-H2 或 2026。")
    start, end = found.span(ZoneInfo(caller.desk.settings.time_zone))
    with caller.desk.reading() as session:
        counted = figures.count(session, Scope(start, end, caller.desk.now()))
    values = counted.values
    return Figures(
        period=found.code,
        first=found.first,
        after=found.after,
        definitions=DEFINITIONS,
        sha256=counted.sha256,
        figures=[
            FigureOut(key=key, name=each.name, definition=each.definition, value=values[key])
            for key, each in FIGURES.items()
        ],
        rates=[_rate(key, values) for key in RATES],
    )


def _rate(key: str, values: dict[str, int]) -> RateOut:
    rate = RATES[key]
    part, whole, share = values[rate.part], values[rate.whole], rate.of(values)
    return RateOut(key=key, name=rate.name, definition=rate.definition, part=part, whole=whole, value=share)
