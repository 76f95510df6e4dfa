"""The IP dictionary (知识产权词典): official terms, how people say them, and which are never mixed up."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """One term. `lay_words` and `abbreviations` mean it wherever they occur; `keep_apart` are official terms that look
    or sound alike and follow other rules. `services`: the service items (B01–V04) it belongs to.
    """

    official: str
    lay_words: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    keep_apart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Synonym:
    """A question that has one of the words `says` is also searched for the words `means`."""

    says: tuple[str, ...]
    means: tuple[str, ...]


@functools.cache
def load_dictionary() -> tuple[Entry, ...]:
    """All entries, in the order of the file."""
    with (_FOLDER / "terms.toml").open("rb") as handle:
        return tuple(
            Entry(official, **{key: tuple(values) for key, values in fields.items()})
            for official, fields in tomllib.load(handle).items()
        )


@functools.cache
def load_synonyms() -> tuple[Synonym, ...]:
    """The rules of ``synonyms.toml``, then one for each dictionary entry: its lay words mean its official term."""
    with (_FOLDER / "synonyms.toml").open("rb") as handle:
        rules = tomllib.load(handle)["rules"]
    written = tuple(Synonym(tuple(says.split()), tuple(means.split())) for says, means in rules.items())
    return written + tuple(
        Synonym(entry.lay_words, (entry.official,)) for entry in load_dictionary() if entry.lay_words
    )
