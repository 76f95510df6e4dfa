"""What an outlet has compiled and written itself: policies with their history, published cards, files it keeps.

Nothing of it tells who asked what. It names who wrote and who reviewed: without them nobody could prove later that
these were two people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from bot.backup import files_of

TABLES = frozenset(
    {
        *("policy", "revision", "article", "revision_event", "interpretation", "book_edition"),
        *("card_draft", "card_draft_event"),
    }
)
FOLDERS = frozenset(
    {
        *("originals", "cards", "facts", "guides", "asset_rules", "follow_ups", "surveys", "providers", "pushes"),
        *("ledgers", "calendars", "report_templates"),
    }
)
FILES = frozenset({"reviewed.toml", "service_list.toml", "targets.toml", "report_schedule.toml"})
_OVERRIDE = "override:"  # in front of the source of a card that answers instead of another


class ContentRows:
    """Goes through the rows of `TABLES` once, drafts before their history, and keeps what is content of them."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._drafts: set[int] = set()

    def of(self, table: str, cells: dict[str, Any]) -> dict[str, Any] | None:
        """The row as it leaves; ``None`` when it stays: a draft on its way is work, and may quote who asked."""
        if table == "card_draft":
            if cells["state"] != "published":
                return None
            self._drafts.add(cells["id"])
            return _without_askers(cells)
        if table == "card_draft_event" and cells["draft_id"] not in self._drafts:
            return None
        return cells


def _without_askers(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A published draft without the ticket and the question it came from."""
    source = str(cells["source"])
    kept = source if source.startswith(_OVERRIDE) else f"content:{cells['id']}"
    return {**cells, "source": kept, "titled_by": None, "ticket_id": None}


def content_files(home: Path, database: str = "") -> Iterator[tuple[str, Path]]:
    """``(path inside the instance, path)`` of the files that are content; `database` as for `files_of`."""
    for name, path in files_of(home, database):
        top = PurePosixPath(name).parts[0]
        if top in FOLDERS or name in FILES:
            yield name, path
