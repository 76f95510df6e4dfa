"""What is known of editions of laws besides their texts, in the words of the knowledge side."""

from __future__ import annotations

from knowledge.lawbook import Edition
from policies.known import KnownInstruments, shipped


def known_editions(table: KnownInstruments | None = None) -> tuple[Edition, ...]:
    """Every edition of the shipped table (or another one), and the ends of whole laws (without a version)."""
    table = table or shipped()
    listed = [_edition(table, each.title, each.version) for each in table.versions]
    ended = [Edition(each.title, each.version, None, each.effective_to, each.note) for each in table.ends]
    versions = {(each.law, each.version) for each in listed}
    return (*listed, *(each for each in ended if (each.law, each.version) not in versions))


def _edition(table: KnownInstruments, title: str, version: str) -> Edition:
    end = table.end_of(title, version)
    return Edition(
        title, version, table.start_of(title, version), end.effective_to if end else None, end.note if end else ""
    )
