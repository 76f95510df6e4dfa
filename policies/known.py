"""The shipped table of known instruments: a second source for the days a version begins and ends."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class KnownVersion:
    """A version that exists, imported or not; `effective_from` is ``None`` when not known to the day."""

    title: str
    version: str
    effective_from: date | None = None
    note: str = ""


@dataclass(frozen=True)
class KnownEnd:
    """The last day a version (or with ``version == ""`` every version) of a title may be quoted."""

    title: str
    effective_to: date
    version: str = ""
    note: str = ""


@dataclass(frozen=True)
class KnownInstruments:
    """All facts of the table."""

    versions: tuple[KnownVersion, ...] = ()
    ends: tuple[KnownEnd, ...] = ()

    def versions_of(self, title: str) -> list[KnownVersion]:
        """The known versions of a title, any order; empty when the title is not in the table."""
        return [known for known in self.versions if known.title == title]

    def start_of(self, title: str, version: str) -> date | None:
        """The day this version took effect; ``None`` when the table does not say."""
        return next((known.effective_from for known in self.versions_of(title) if known.version == version), None)

    def end_of(self, title: str, version: str) -> KnownEnd | None:
        """The known end of this version; ``None`` when the table does not say."""
        return next((end for end in self.ends if end.title == title and end.version in ("", version)), None)

    def note_of(self, title: str, version: str) -> str:
        """What staff should know before quoting this version; "" mostly."""
        end = self.end_of(title, version)
        notes = [known.note for known in self.versions_of(title) if known.version == version]
        return " ".join(filter(None, [*notes, end.note if end else ""]))


@functools.cache
def shipped() -> KnownInstruments:
    """The table that comes with the product (``known_instruments.toml``)."""
    table = tomllib.loads(Path(__file__).with_name("known_instruments.toml").read_text("utf-8"))
    return KnownInstruments(
        versions=tuple(KnownVersion(**entry) for entry in table["version"]),
        ends=tuple(KnownEnd(**entry) for entry in table["ended"]),
    )
