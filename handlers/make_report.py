"""Making reports (报告): which kinds there are, what each is made of, its template filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlmodel import Session

from consultations import reports
from consultations.figures import FIGURES
from consultations.periods import Period
from consultations.reports import Change
from consultations.selection import Selection
from consultations.service_list import MEANINGS, ServiceList
from consultations.targets import read_targets
from handlers.analysis_report import analysis_content
from handlers.case_papers import case_block
from handlers.choices import selection_name
from handlers.desk import Desk
from handlers.effect_report import effect_content
from handlers.ledger_report import ledger_content
from handlers.paper import Line, Piece
from handlers.report_basis import Basis, common_content, make_basis
from handlers.report_template import Content, fill, read_template
from handlers.self_evaluation import evaluation_content
from handlers.talk import office_time

KINDS: Mapping[str, str] = {
    "effect": "服务成效",
    "analysis": "咨询分析",
    "self_evaluation": "自我评估",
    "improvements": "改进台账",
    "cases": "典型案例汇编",
}
POSTER, POSTER_NAME = "service_list", "服务清单"


@dataclass(frozen=True)
class Draft:
    """A report as it stands. `changed` is what differs from the last one of the same kind, period and selection;
    ``None`` when there was none. `problems` are faults of the file of targets.
    """

    kind: str
    chosen: str
    basis: Basis
    pieces: Sequence[Piece]
    changed: Sequence[Change] | None
    problems: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Kind and period, as in a list or the name of a file."""
        return f"{KINDS[self.kind]} {self.basis.period.name}"


def make_report(desk: Desk, home: Path, kind: str, period: Period, selection: Selection | None = None) -> Draft:
    """The report as the records stand now; opens a reading session, writes nothing.

    Raises:
        TemplateError: Its template can't be filled in; every fault with line and cure.
    """
    settings, book = desk.settings, desk.duty.book
    template, targets = read_template(home, kind), read_targets(home)
    chosen = selection_name(book, selection or Selection())
    with desk.reading() as session:
        basis = make_basis(
            session,
            period,
            office_time(settings).zone,
            desk.now(),
            outlet=settings.outlet_name,
            book=book,
            selection=selection,
        )
        content = {
            "effect": partial(effect_content, session, basis, targets.by_period.get(period.code, {})),
            "analysis": partial(analysis_content, session, basis, desk.shelf.likeness),
            "self_evaluation": partial(evaluation_content, session, basis, home, desk.ledgers),
            "improvements": partial(ledger_content, session, basis),
            "cases": partial(_collection, session, basis),
        }[kind]()
        before = reports.latest(session, period.code, kind, chosen)
        changed = reports.changes(before, basis.counted) if before else None
    return Draft(kind, chosen, basis, fill(template, content), changed, targets.problems)


def _collection(session: Session, basis: Basis) -> Content:
    common = common_content(basis)
    return Content(common.words, {**common.blocks, "典型案例": case_block(session, basis)})


def keep_report(session: Session, draft: Draft, made_by: str, *, scheduled: str | None = None) -> reports.Report | None:
    """Note what a report says; ``None`` when the scheduled one was noted before."""
    basis = draft.basis
    return reports.keep(
        session,
        basis.period.code,
        basis.counted,
        made_by,
        basis.scope.now,
        kind=draft.kind,
        chosen=draft.chosen,
        scheduled=scheduled,
    )


def change_lines(changed: Sequence[Change] | None) -> list[str]:
    """What is different from the report made before; one sentence when nothing is, none without a report before."""
    if changed is None:
        return []
    if not changed:
        return ["和上一次出具的完全一致。"]
    return [
        f"{FIGURES[each.key].name}：上一次 {each.before}，现在 {each.after}"
        + ("（数量相同，记录有变）" if each.before == each.after else "")
        for each in changed
    ]


def make_poster(home: Path, outlet: str, listed: ServiceList) -> list[Piece]:
    """The published service list (服务清单) to be put up on the wall.

    Raises:
        TemplateError: Its template can't be filled in; every fault with line and cure.
    """
    lists = {MEANINGS[key]: getattr(listed, key) for key in MEANINGS}
    words = {
        "网点": outlet,
        "服务时间": listed.hours,
        "咨询电话": listed.phone,
        "投诉电话": listed.complaint_phone,
        "核对日期": str(listed.confirmed),
    }
    blocks = {name: tuple(f"· {each}" for each in lines) for name, lines in lists.items()}
    filled = fill(read_template(home, POSTER), Content(words, dict(blocks)))
    return [replace(each, is_large=True) if isinstance(each, Line) else each for each in filled]
