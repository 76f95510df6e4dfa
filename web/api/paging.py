"""Pages of a list: how many, and where the next begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

LONGEST_PAGE = 100
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="一页多少条")]
Below = Annotated[int | None, Query(ge=1, le=2**31 - 1, alias="cursor", description="上一页给出的 next；不写从头开始")]
After = Annotated[int, Query(ge=0, le=2**31 - 1, alias="cursor", description="上一页给出的 next；不写从头开始")]
