"""What commands print: results on stdout, progress on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True)


def say(text: str) -> None:
    """Print as it stands: what people wrote may hold brackets that Rich would read as markup."""
    OUT.print(text, markup=False, highlight=False)


def say_table(table: Table, nothing: str = "") -> None:
    """Print a table, its cells folded into the screen; one without rows is told by a sentence instead."""
    for column in table.columns:
        column.overflow = "fold"  # Chinese has no blanks to break at: Rich would cut the cells off
    if table.row_count:
        OUT.print(table, soft_wrap=False)
    elif nothing:
        say(nothing)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A running clock on stderr for what shows no steps; silent when stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), SpinnerColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        progress.add_task(text, total=None)
        yield


@contextmanager
def bar(text: str, total: int | None) -> Iterator[Progress]:
    """A progress bar on stderr, with one task; silent when stderr is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal, transient=True) as progress:
        progress.add_task(text, total=total)
        yield progress
