"""The yearly self-evaluation (年度自我评估): the norm's criteria one by one with the figures of the year, and the year
before beside them; what only people can say is left to the outlet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from consultations import figures
from consultations.authored_files import FaultyFilesError, Reading, read_document
from consultations.counted_records import Scope
from consultations.figures import FIGURES, RATES
from consultations.improvements import ledger
from consultations.ledger_kinds import LedgerBook
from consultations.periods import period_before
from handlers.case_papers import case_block
from handlers.effect_report import case_grid
from handlers.keep_ledgers import summaries
from handlers.paper import Grid, Piece
from handlers.report_basis import STAFF, Basis, common_content, rate_text
from handlers.report_template import FOLDER, SHIPPED, Content, TemplateError

CRITERIA = "criteria.toml"


@dataclass(frozen=True)
class Criterion:
    """One thing the norm asks for: where it says so; the figures, rates and ledgers that speak for it, by name."""

    section: str
    name: str
    asked: str
    figures: tuple[str, ...]
    ledgers: tuple[str, ...] = ()


def evaluation_content(session: Session, basis: Basis, home: Path, book: LedgerBook) -> Content:
    """What the template of this report may name, beside what every report has.

    Raises:
        TemplateError: The file of criteria is faulty.
    """
    common = common_content(basis)
    days, outlets = (basis.period.first, basis.period.after), basis.scope.selection.outlets or None
    kept = summaries(session, book.kinds.values(), outlets, days, basis.made_at.date())
    criteria = [
        (
            each.section,
            each.name,
            each.asked,
            "；".join(
                [*(f"{name} {common.words[name]}" for name in each.figures), *(kept[name] for name in each.ledgers)]
            ),
            "",
            "",
        )
        for each in read_criteria(home)
    ]
    head = ("条目", "指标", "要求", "数据", "自评", "说明")
    blocks: dict[str, Grid | tuple[str | Piece, ...]] = {
        "评估指标": Grid("评估指标", head, criteria, (13, 13, 25, 25, 8, 16)),
        "与上一期比较": _comparison(session, basis),
        "典型案例": case_block(session, basis),
        "服务案例": case_grid(session, basis),
        "改进情况": _improvements(session, basis),
    }
    return Content(common.words, {**common.blocks, **blocks})


def read_criteria(home: Path) -> list[Criterion]:
    """The instance's own criteria, or the shipped ones.

    Raises:
        TemplateError: Something in the file is not right; every fault with line and cure.
    """
    own = home / FOLDER / CRITERIA
    path = own if own.exists() else SHIPPED / CRITERIA
    try:
        return parse_criteria(path.name, path.read_text(encoding="utf-8-sig"), LedgerBook(home / "ledgers"))
    except UnicodeDecodeError:
        raise TemplateError((f"{path.name} 不是 UTF-8 编码：请用 UTF-8 重新保存。",)) from None
    except FaultyFilesError as error:
        raise TemplateError(error.problems) from error


def parse_criteria(name: str, text: str, book: LedgerBook) -> list[Criterion]:
    """The criteria in a file.

    Raises:
        FaultyFilesError: Something is wrong; every fault with line and cure.
    """
    document, reading = read_document(name, text), Reading()
    known = [*(each.name for each in FIGURES.values()), *(each.name for each in RATES.values()), STAFF]
    reading.only(document.top)
    found = []
    for entry in reading.entries(document, "criterion", "指标"):
        reading.only(entry, "section", "name", "asked", "figures", "ledgers")
        texts = [reading.text(entry, key) for key in ("section", "name", "asked")]
        wanted = reading.texts(entry, "figures")
        for each in wanted:
            if each not in known:
                reading.refuse(entry, "figures", f"没有名为 {each} 的指标或比率：可用 {'、'.join(known)}。")
        kept = reading.texts(entry, "ledgers")
        names = [each.name for each in book.kinds.values()]
        for each in kept:
            if each not in names:
                reading.refuse(entry, "ledgers", f"没有名为 {each} 的台账：可用 {'、'.join(names)}。")
        found.append(Criterion(texts[0], texts[1], texts[2], wanted, kept))
    if not found:
        reading.refuse(document.top, "", "一项指标都没有：请至少写一个 [[criterion]]。")
    reading.finish()
    return found


def _comparison(session: Session, basis: Basis) -> Grid:
    """Figures and rates beside those of the same span before."""
    before = period_before(basis.period)
    start, end = before.span(basis.zone)
    earlier = figures.values(session, Scope(start, end, basis.scope.now, basis.scope.selection))
    rows: list[tuple[str | int, ...]] = [
        (FIGURES[key].name, earlier[key], n, _difference(earlier[key], n)) for key, n in basis.values.items()
    ]
    rows += [(rate.name, rate_text(earlier, key), rate_text(basis.values, key), "") for key, rate in RATES.items()]
    return Grid("与上一期比较", ("指标", before.name, basis.period.name, "变化"), rows, (34, 22, 22, 22))


def _difference(before: int, now: int) -> str:
    return f"{now - before:+,}" if now != before else "不变"


def _improvements(session: Session, basis: Basis) -> tuple[str, ...]:
    values: Mapping[str, int] = basis.values
    n_open = len(ledger(session, is_open=True))
    told = f"本期列入改进事项 {values['improvements']} 项，已改进 {values['improved']} 项"
    return (f"{told}；全部台账中还有 {n_open} 项没有销号。",)
