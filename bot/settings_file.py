"""``config.toml`` as the console shows and changes it: every setting with its meaning, its default and what is in use.

Secrets are never shown. What decides who gets in, or where secrets are sent, is changed on the machine only.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from bot.settings import Settings, SettingsError, place_of, read_settings, read_source
from consultations.authored_files import FaultyFilesError, plain_values
from consultations.file_edits import Change
from consultations.permissions import Action, Person
from consultations.tickets import Staff
from consultations.toml_edits import ChangedMeanwhileError, line_of, with_keys
from handlers.desk import Desk
from handlers.edit_files import NOT_YOURS, reaches_all
from handlers.show_settings import SECTIONS, Section, Setting, SettingKind

FILE = "config.toml"
SECRET = frozenset(
    {
        ("database", "url"),
        ("telegram", "token"),
        ("telegram", "webhook_secret"),
        ("sign_in", "client_secret"),
    }
)
# Who gets in, who is asked for a token, what a request is believed, where links to enter and everybody's messages go:
# with one of these somebody could become somebody. Without the window there is no console to switch it on again.
ON_THE_MACHINE = SECRET | {
    ("outlet", "public_url"),
    ("telegram", "webhook_url"),
    ("web", "enabled"),
    ("telegram", "token_file"),
    ("telegram", "base_url"),
    ("telegram", "staff_chat_id"),
    ("telegram", "administrators"),
    ("web", "host"),
    ("web", "port"),
    ("web", "trusted_proxies"),
    ("api", "webhook_networks"),
    ("imports", "networks"),
    ("sign_in", "issuer"),
    ("sign_in", "client_id"),
    ("sign_in", "claim"),
}


@dataclasses.dataclass(frozen=True)
class SettingsFile:
    """The file of one instance; `running` is what the service was started with."""

    desk: Desk
    running: Settings
    action: Action = "settings.edit"

    @property
    def path(self) -> Path:
        """Where the file is, or will be."""
        return self.running.path or self.running.home / FILE

    def sections(self) -> Sequence[Section]:
        """Everything, in the order of the example.

        Raises:
            FaultyFilesError: The file can't be used as it is.
        """
        source = self._source()
        there, written = self._read(source), plain_values(FILE, source)
        return [self._section(name, there, written.get(name, {}), source) for name in SECTIONS]

    def text_with(self, change: Change) -> tuple[Path, str]:
        """See `handlers.edit_files.Editable`; the reader of the service reads the result."""
        source, before = self._source(), change.before or {}
        there = plain_values(FILE, source).get(change.table, {})
        if any(there.get(key) != value for key, value in before.items()):
            raise ChangedMeanwhileError
        text = with_keys(FILE, source, change.table, change.after or {})
        self._read(text)
        return self.path, text

    def why_not(self, change: Change, staff: Staff, person: Person) -> str:
        """See `handlers.edit_files.Editable`."""
        del staff
        by_hand = [key for key in change.after or {} if (change.table, key) in ON_THE_MACHINE]
        if by_hand:
            return f"{'、'.join(by_hand)} 只能在服务器上改 {FILE}。"
        return "" if reaches_all(self.desk.duty.book, person, self.action) else NOT_YOURS

    def take_up(self) -> None:
        """Nothing: settings are read when the service starts."""

    def lines_to_change(self, change: Change) -> list[str]:
        """What to write by hand instead, a line each."""
        source = self._source()
        return [
            f"{place_of(source, change.table, key, self.path)}[{change.table}] 下面写 {line_of(key, value)}"
            if value is not None
            else f"{place_of(source, change.table, key, self.path)}删去 {key} 这一行"
            for key, value in (change.after or {}).items()
        ]

    def _source(self) -> str:
        try:
            return read_source(self.path) if self.path.exists() else ""
        except SettingsError as error:
            raise FaultyFilesError(error.problems) from error

    def _read(self, source: str) -> Settings:
        try:
            return read_settings(source, self.running.home, self.path)
        except SettingsError as error:
            raise FaultyFilesError(error.problems) from error

    def _section(self, name: str, there: Settings, written: Mapping[str, Any], source: str) -> Section:
        kind = type(getattr(there, name))
        hints, default = typing.get_type_hints(kind), kind()
        found = []
        for each in dataclasses.fields(kind):
            key, is_secret = each.name, (name, each.name) in SECRET
            values = [getattr(part, key) for part in (default, getattr(there, name), getattr(self.running, name))]
            if is_secret:
                values = ["已设置" if value else "" for value in values]
            found.append(
                Setting(
                    key=key,
                    meaning=meanings().get((name, key), ""),
                    kind=_kind(hints[key]),
                    options=typing.get_args(hints[key]) if typing.get_origin(hints[key]) is Literal else (),
                    default=values[0],
                    value=values[1],
                    running=values[2],
                    written=None if is_secret else written.get(key),
                    is_secret=is_secret,
                    is_fixed=(name, key) in ON_THE_MACHINE,
                    place=place_of(source, name, key, self.path).rstrip("："),
                )
            )
        return Section(name, SECTIONS[name], tuple(found))


@functools.cache
def meanings() -> Mapping[tuple[str, str], str]:
    """What each setting means: the comment above it in the example."""
    here = Path(__file__).resolve()
    places = (here.parents[1] / "config.example.toml", here.parent / "config.example.toml")  # checkout, wheel
    found: dict[tuple[str, str], str] = {}
    section, above = "", []
    for line in next(each for each in places if each.is_file()).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        elif key := re.match(r"(\w+) =", line):
            found[section, key[1]] = "".join(above)
        above = []
    return found


def _kind(hint: object) -> SettingKind:
    if typing.get_origin(hint) is Literal:
        return "choice"
    kinds: Mapping[object, SettingKind] = {bool: "flag", int: "number", str: "text"}
    return kinds.get(hint, "lines")
