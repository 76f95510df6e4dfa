"""Charts in documents and sheets: a share that does not exist is no bar, shares end at the whole."""

from __future__ import annotations

import zipfile
from pathlib import Path

from handlers.charts import Plot, chart_of, chart_part
from handlers.xlsx import Table, write_tables

HEAD = ("比率", "占比")
ROWS: list[tuple[str, str | float]] = [("响应率", 0.75), ("满意率", "—")]
PLOT = Plot("各项比率", 0, (1,), "column")


def test_a_share_without_a_denominator_is_no_bar_and_the_axis_ends_at_the_whole() -> None:
    chart = chart_of(PLOT, HEAD, ROWS)
    part = chart_part(chart)
    assert '<c:ptCount val="2"/><c:pt idx="0"><c:v>0.75</c:v></c:pt></c:numLit>' in part
    assert '<c:max val="1"/>' in part
    assert chart.said == "各项比率：响应率 0.75，满意率 —"


def test_counts_have_no_end() -> None:
    assert "<c:max" not in chart_part(chart_of(PLOT, HEAD, [("一月", 3), ("二月", 4)]))


def test_a_sheet_has_no_word_where_a_chart_draws_numbers_and_prints_across_the_page(tmp_path: Path) -> None:
    write_tables(tmp_path / "a.xlsx", [Table("比率", HEAD, ROWS, plot=PLOT), Table("无图", HEAD, ROWS)])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        drawn, plain = (package.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2))
    assert "—" not in drawn
    assert "—" in plain
    assert all('fitToWidth="1"' in each for each in (drawn, plain))
