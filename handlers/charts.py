"""Charts (图表) as Office draws them itself (DrawingML): bars, columns or lines over columns of a table.

In a spreadsheet a chart points at its cells and follows them; in a document it carries its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.xml_text import legal

TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATION = f"{RELATIONSHIPS}/chart"
GRAPHIC = "http://schemas.openxmlformats.org/drawingml/2006/chart"
NAMESPACES = (
    f'xmlns:c="{GRAPHIC}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
# Dark enough for 3:1 against white (WCAG 1.4.11), told apart also in grey.
_COLOURS = ("1F5FA8", "B5541C", "3B7A57", "6B4E9B")
_FONT = '<a:latin typeface="宋体"/><a:ea typeface="宋体"/>'

Kind = Literal["bar", "column", "line"]


@dataclass(frozen=True)
class Plot:
    """What is drawn of a table: the column of names, and those of numbers, counted from 0."""

    title: str
    names: int
    numbers: tuple[int, ...]
    kind: Kind = "bar"


@dataclass(frozen=True)
class Series:
    """One row of bars: its name, one number for each category, ``None`` where there is none and no bar.

    `place` is where the sheet has them (``$B$2:$B$9``).
    """

    name: str
    values: Sequence[float | None]
    place: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart with its numbers. `place` is where the sheet has the categories; empty in a document."""

    title: str
    kind: Kind
    categories: Sequence[str]
    series: Sequence[Series]
    place: str = ""

    @property
    def are_shares(self) -> bool:
        """Whether all numbers are shares of one, told as percentages."""
        return all(isinstance(value, float) for value in self._numbers)

    @property
    def number_format(self) -> str:
        """How numbers are told."""
        return "0.0%" if self.are_shares else "General"

    @property
    def _numbers(self) -> list[float]:
        return [value for each in self.series for value in each.values if value is not None]

    @property
    def said(self) -> str:
        """The same in words, for whoever hears the page read out."""
        lines = [
            "，".join(
                f"{name} {'—' if value is None else f'{value:.3g}'}"
                for name, value in zip(self.categories, each.values, strict=True)
            )
            for each in self.series
        ]
        return f"{self.title}：" + "；".join(lines)


def chart_of(plot: Plot, head: Sequence[str], rows: Sequence[Sequence[str | int | float]], sheet: str = "") -> Chart:
    """The chart of a table; with the name of a sheet it points at that sheet's cells, the head being row 1."""
    quoted = sheet.replace("'", "''")

    def place(column: int) -> str:
        letter = chr(ord("A") + column)
        return f"'{quoted}'!${letter}$2:${letter}${len(rows) + 1}" if sheet else ""

    series = [Series(head[column], [_number(row[column]) for row in rows], place(column)) for column in plot.numbers]
    return Chart(plot.title, plot.kind, [str(row[plot.names]) for row in rows], series, place(plot.names))


def chart_part(chart: Chart) -> str:
    """The part of the package that holds the chart."""
    drawn = {"bar": _bars, "column": _bars, "line": _lines}[chart.kind](chart)
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(chart.series) > 1 else ""
    title = (
        "<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr/></a:pPr><a:r>"
        f'<a:rPr lang="zh-CN" sz="1200" b="1">{_FONT}</a:rPr><a:t>{legal(chart.title)}</a:t></a:r></a:p></c:rich>'
        "</c:tx>"
        '<c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/>'
    )
    look = f'<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900">{_FONT}</a:defRPr></a:pPr><a:endParaRPr/></a:p></c:txPr>'
    plot = f"<c:plotArea><c:layout/>{drawn}{_axes(chart)}</c:plotArea>"
    inside = f'{title}{plot}{legend}<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/>'
    return f'<c:chartSpace {NAMESPACES}><c:roundedCorners val="0"/><c:chart>{inside}</c:chart>{look}</c:chartSpace>'


def _bars(chart: Chart) -> str:
    series = "".join(_series(chart, at) for at in range(len(chart.series)))
    direction = "bar" if chart.kind == "bar" else "col"
    return (
        f'<c:barChart><c:barDir val="{direction}"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}'
        '<c:gapWidth val="50"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
    )


def _lines(chart: Chart) -> str:
    series = "".join(_series(chart, at) for at in range(len(chart.series)))
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}'
        '<c:marker val="1"/><c:axId val="1"/><c:axId val="2"/></c:lineChart>'
    )


def _series(chart: Chart, at: int) -> str:
    each, colour = chart.series[at], _COLOURS[at % len(_COLOURS)]
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    is_line = chart.kind == "line"
    look = f'<c:spPr><a:ln w="28575">{fill}</a:ln></c:spPr>' if is_line else f"<c:spPr>{fill}</c:spPr>"
    after = '<c:marker><c:symbol val="circle"/></c:marker>' if is_line else '<c:invertIfNegative val="0"/>'
    written = f'<c:numFmt formatCode="{chart.number_format}" sourceLinked="0"/>'
    shown = "".join(
        f'<c:{name} val="{int(name == "showVal")}"/>'
        for name in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
    )
    name = f"<c:tx><c:v>{legal(each.name)}</c:v></c:tx>"
    kept = _kept("str", chart.categories, chart.place)
    values = _kept("num", ["" if value is None else f"{value:g}" for value in each.values], each.place)
    return (
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/>{name}{look}{after}<c:dLbls>{written}{shown}</c:dLbls>'
        f"<c:cat>{kept}</c:cat><c:val>{values}</c:val></c:ser>"
    )


def _kept(kind: Literal["str", "num"], values: Sequence[str], place: str) -> str:
    """Texts or numbers: the cells they stand in with what they say now, or only what they say; empty ones left out."""
    points = "".join(f'<c:pt idx="{at}"><c:v>{legal(value)}</c:v></c:pt>' for at, value in enumerate(values) if value)
    inside = f'<c:ptCount val="{len(values)}"/>{points}'
    if kind == "num":
        inside = f"<c:formatCode>General</c:formatCode>{inside}"
    if not place:
        return f"<c:{kind}Lit>{inside}</c:{kind}Lit>"
    return f"<c:{kind}Ref><c:f>{legal(place)}</c:f><c:{kind}Cache>{inside}</c:{kind}Cache></c:{kind}Ref>"


def _axes(chart: Chart) -> str:
    """Names of bars are read from above, as the table has them."""
    is_bar = chart.kind == "bar"
    order = "maxMin" if is_bar else "minMax"
    sides, crosses = ("l", "t") if is_bar else ("b", "l"), "max" if is_bar else "autoZero"
    pale = '<a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln>'
    most = '<c:max val="1"/>' if chart.are_shares else ""
    grid = f"<c:majorGridlines><c:spPr>{pale}</c:spPr></c:majorGridlines>"
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{sides[0]}"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="2"/><c:crosses val="autoZero"/>'
        '</c:catAx><c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/>'
        f'{most}<c:min val="0"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{sides[1]}"/>{grid}<c:numFmt formatCode="{chart.number_format}" '
        'sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/>'
        f'<c:crosses val="{crosses}"/></c:valAx>'
    )


def _number(value: str | float) -> float | None:
    """A number to draw; none where a cell says that there is no share."""
    return None if isinstance(value, str) else value
