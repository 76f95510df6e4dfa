"""Vouching for the archive (档案核验): what the chain of seals (封存链) shows, in words that anybody understands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from consultations import seal_check
from consultations.seal_check import Code, Fault, Report
from handlers import wording
from handlers.desk import Desk


def vouch(
    desk: Desk, codes: Iterable[Code] = (), progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Report:
    """The whole archive looked at; `codes` are heads of the chain noted earlier."""
    with desk.reading() as session:
        return seal_check.check(session, codes, progress)


def in_words(fault: Fault, zone: ZoneInfo) -> str:
    """One fault: which record, when it was made, and what is wrong with it."""
    at = f"（{fault.at.astimezone(zone):%Y-%m-%d %H:%M}）" if fault.at else ""
    name = wording.sealed_record(fault.kind, fault.number, fault.record_id) + at if fault.kind else ""
    return wording.seal_fault(fault.what, fault.position, name)


def lines(report: Report, zone: ZoneInfo, shown: int = 10) -> list[str]:
    """The result of a look: sound, or the first fault and how many there are."""
    if not report.faults:
        return [wording.seals_are_whole(report.n_seals, report.n_records, report.n_erased)]
    told = [in_words(each, zone) for each in report.faults[:shown]]
    return [wording.first_seal_fault(told[0], len(report.faults)), *(f"· {each}" for each in told[1:])]
