"""The outlet's targets (年度目标): what it set itself for a period, in ``targets.toml`` of the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from consultations.authored_files import FaultyFilesError, Reading, read_document, read_kept
from consultations.figures import FIGURES, figure_named
from consultations.periods import read_period

FILE = "targets.toml"
KEPT = ".targets"  # the folder beside it with the copy of the last good file
LARGEST = 10_000_000


@dataclass(frozen=True)
class Targets:
    """Period code → key of a figure → how many; `problems` name place and cure while the file is faulty."""

    by_period: Mapping[str, Mapping[str, int]]
    problems: tuple[str, ...] = ()


def read_targets(home: Path) -> Targets:
    """The targets as they stand; without a file there are none."""
    path = home / FILE
    if not path.exists():
        return Targets({})
    kept = read_kept([path], parse_targets, home / KEPT)
    return Targets(kept.value or {}, kept.problems)


def parse_targets(texts: Mapping[str, str]) -> Mapping[str, Mapping[str, int]]:
    """The targets in one TOML file (name → text).

    Raises:
        FaultyFilesError: Something is wrong; every fault with line and cure.
    """
    ((name, text),) = texts.items()
    document, reading = read_document(name, text), Reading()
    reading.only(document.top)
    found: dict[str, dict[str, int]] = {}
    names = "、".join(each.name for each in FIGURES.values())
    for entry in reading.entries(document, "target", "目标"):
        reading.only(entry, "period", "figure", "value")
        period = read_period(reading.text(entry, "period"))
        if period is None:
            reading.refuse(entry, "period", "period 请写成 2026、2026-H2、2026-Q4 或 2026-11。")
            continue
        figure = figure_named(reading.text(entry, "figure"))
        if figure is None:
            reading.refuse(entry, "figure", f"figure 应是一个指标的名称：{names}。")
            continue
        of_period = found.setdefault(period.code, {})
        if figure.key in of_period:
            reading.refuse(entry, "figure", f"{period.name}的{figure.name}写了两次目标，请留一个。")
        of_period[figure.key] = reading.number(entry, "value", -1, 1, LARGEST)
    if reading.problems:
        raise FaultyFilesError(reading.problems)
    return found
