"""统计看板: all figures with their definitions, by period, outlet, channel and item; each number opens its records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse

from consultations import audit
from consultations.counted_records import Scope
from consultations.figures import FIGURES, RATES
from consultations.periods import HOW_WRITTEN, Period, month_of, read_period
from consultations.permissions import is_limited, may
from consultations.selection import Selection
from handlers.board import Bar, consultations_of, make_board, unanswered_groups
from handlers.choices import UnknownChoiceError, choose, item_choices, outlet_choices, selection_name
from handlers.figure_records import records
from handlers.record_sheet import CHANNELS
from handlers.report_basis import left_out_text, rate_text
from handlers.talk import office_time
from web.console.console import ROOT, Entry
from web.console.visits import Looking, RefusedError, Visit

ENTRY = Entry(f"{ROOT}/board", "统计看板", "board.show")
PER_PAGE = 200
MOST = 40  # chosen of one kind
router = APIRouter()
Written = Annotated[str, Query(max_length=30)]
Several = Annotated[list[str], Query(default_factory=list, max_length=MOST)]


@dataclass(frozen=True)
class Chosen:
    """What a page is about: period and selection, with the names of what may be chosen."""

    period: Period
    selection: Selection
    outlets: dict[str, str]
    name: str

    def over(self, period: Period) -> str:
        """A page about the same in another period."""
        return replace(self, period=period).link()

    def link(self, below: str = "", **more: str | int) -> str:
        """A page about the same, narrower by what is said."""
        pairs: list[tuple[str, str]] = [("period", self.period.code)]
        kinds = {"outlet": self.selection.outlets, "channel": self.selection.channels, "item": self.selection.items}
        for kind, keys in kinds.items():
            pairs += [(kind, each or "-") for each in keys if kind not in more]
        pairs += [(name, str(value) or "-") for name, value in more.items()]
        return f"{ENTRY.path}{below}?{urlencode(pairs)}"


def chosen_by(visit: Looking, outlet: Several, channel: Several, item: Several, period: Written = "") -> Chosen:
    """What was chosen, within what this person may see; the present month unless another period is.

    Raises:
        RefusedError: A period or a choice nobody knows.
    """
    wanted = read_period(period) if period else month_of(visit.console.today())
    if wanted is None:
        raise RefusedError(visit, f"看不懂报告期：请写成 {HOW_WRITTEN}。", 422)
    book = visit.desk.duty.book
    plain = [["" if each == "-" else each for each in keys] for keys in (outlet, channel, item)]
    try:
        selection = choose(book, outlets=plain[0], channels=plain[1], items=plain[2])
    except UnknownChoiceError as error:
        raise RefusedError(visit, str(error), 422) from error
    names = outlet_choices(book)
    if is_limited(visit.person, ENTRY.action):
        names = {key: name for key, name in names.items() if may(visit.person, ENTRY.action, key)}
        within = tuple(each for each in selection.outlets if each in names)
        selection = replace(selection, outlets=within or tuple(names))
    return Chosen(wanted, selection, names, selection_name(book, selection))


def period_link(path: str) -> Callable[[Period], str]:
    """Links to a page about another period."""
    return lambda period: f"{path}?{urlencode({'period': period.code})}"


Picked = Annotated[Chosen, Depends(chosen_by)]


@router.get(ENTRY.path)
def show(visit: Looking, chosen: Picked) -> HTMLResponse:
    """The board."""
    with visit.looking("board.show") as talk:
        board = make_board(talk.session, scope_of(visit, chosen), zone_of(visit), visit.desk.duty.book)
    return visit.page(
        "board.html",
        chosen=chosen,
        board=board,
        figures=FIGURES,
        rates=[(each, rate_text(board.values, key), left_out_text(board.values, key)) for key, each in RATES.items()],
        channels=CHANNELS,
        items=item_choices(),
        parts=(
            ("channel", "咨询渠道", board.channels),
            ("item", "服务事项", board.items),
            ("card", "用得最多的卡片", _titled(visit, board.cards)),
        ),
    )


@router.get(f"{ENTRY.path}/records")
def show_records(  # noqa: PLR0913, PLR0917  the filters
    visit: Looking,
    chosen: Picked,
    figure: str = "consultations",
    card: str = "",
    hour: Annotated[int | None, Query(ge=0, le=23)] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Exactly the records behind a number, masked, page by page; noted in the audit trail."""
    if figure not in FIGURES:
        raise RefusedError(visit, "没有这个指标，请从统计看板进入。", 404)
    with visit.looking("board.show") as talk:
        scope = scope_of(visit, chosen)
        is_narrow = figure == "consultations" and (card or hour is not None)
        ids = (
            consultations_of(talk.session, scope, zone_of(visit), card=card, hour=hour)
            if is_narrow
            else FIGURES[figure].ids(talk.session, scope)
        )
        listed = records(talk.session, figure, ids[(page - 1) * PER_PAGE : page * PER_PAGE])
    with visit.desk.writing() as session:
        audit.note(session, "records", 0, visit.staff.key, visit.desk.now())
    narrower = {"card": card} if card else {} if hour is None else {"hour": str(hour)}
    return visit.page(
        "board_records.html",
        chosen=chosen,
        figure=FIGURES[figure],
        narrower=f"{hour} 点" if hour is not None else card,
        n=len(ids),
        lines=listed,
        first=(page - 1) * PER_PAGE + 1,
        before=chosen.link("/records", figure=figure, page=page - 1, **narrower) if page > 1 else "",
        after=chosen.link("/records", figure=figure, page=page + 1, **narrower) if page * PER_PAGE < len(ids) else "",
    )


@router.get(f"{ENTRY.path}/unanswered")
def show_unanswered(visit: Looking, chosen: Picked) -> HTMLResponse:
    """The groups of questions nobody answered well, each with the numbers of its consultations."""
    with visit.looking("board.show") as talk:
        groups = unanswered_groups(talk.session, scope_of(visit, chosen), visit.desk.shelf.likeness)
        ids = sorted(each.key for group in groups for each in group.members)
        told = records(talk.session, "consultations", ids)
    numbers = {key: number for key, (number, _) in zip(ids, told, strict=True)}
    return visit.page("board_unanswered.html", chosen=chosen, groups=groups, numbers=numbers)


def scope_of(visit: Visit, chosen: Chosen) -> Scope:
    """What is counted."""
    start, end = chosen.period.span(zone_of(visit))
    return Scope(start, end, visit.desk.now(), chosen.selection)


def zone_of(visit: Visit) -> ZoneInfo:
    """The outlet's time zone."""
    return office_time(visit.desk.settings).zone


def _titled(visit: Visit, cards: Sequence[Bar]) -> list[Bar]:
    """Cards by their titles as they stand today."""
    today = visit.console.today()
    found = ((each, visit.desk.shelf.version_on(each.key, today)) for each in cards)
    return [replace(each, name=card.title if card else each.key) for each, card in found]
