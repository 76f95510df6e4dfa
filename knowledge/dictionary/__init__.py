"""The IP dictionary (知识产权词典): official terms, how people say them, and what must never be taken for one another."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "terms.toml"


@dataclass(frozen=True)
class Entry:
    """One term. `lay_words` and `abbreviations` mean it wherever they occur; `keep_apart` are official terms that look
    or sound alike and follow other rules. `expands`: a lay word in a question also searches for the official one.
    """

    official: str
    lay_words: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    keep_apart: tuple[str, ...] = ()
    expands: tuple[str, ...] = ()


@functools.cache
def load_dictionary(file: Path = FILE) -> tuple[Entry, ...]:
    """All entries, in the order of the file."""
    with file.open("rb") as handle:
        return tuple(
            Entry(official, **{key: tuple(values) for key, values in fields.items()})
            for official, fields in tomllib.load(handle).items()
        )
