"""Settings as the console shows them, and what was typed there as a change; the file itself is a port."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from consultations.file_edits import Change
from handlers.edit_files import Editable, key_of
from handlers.wish import readable, storable

SettingKind = Literal["text", "number", "flag", "choice", "lines"]


@dataclass(frozen=True)
class Setting:
    """One key. `value` is what the file says (or the default), `running` what is in use until the next start, `written`
    what stands in the file itself. Of a secret all three only say whether there is one.
    """

    key: str
    meaning: str
    kind: SettingKind
    options: Sequence[str]
    default: Any
    value: Any
    running: Any
    written: Any
    is_secret: bool
    is_fixed: bool
    place: str

    @property
    def is_waiting(self) -> bool:
        """Whether the service must be started again for it."""
        return bool(self.value != self.running)


@dataclass(frozen=True)
class Section:
    """One ``[section]``."""

    name: str
    title: str
    settings: tuple[Setting, ...]

    @property
    def seen(self) -> str:
        """Names the values one looked at: of two who save, the second is told."""
        return key_of({each.key: each.written for each in self.settings})


class SettingsPort(Editable, Protocol):
    """The file of settings."""

    def sections(self) -> Sequence[Section]:
        """Everything that can be set; raises `FaultyFilesError` when the file can't be used as it is."""
        ...

    def lines_to_change(self, change: Change) -> list[str]:
        """What to write by hand, where the file can't be written."""
        ...


def shown(value: object) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple | list):
        return "、".join(map(str, value)) or "（空）"
    return str(value) if value != "" else "（空）"


def typed_of(setting: Setting) -> str:
    """A value as it stands in its field."""
    if setting.kind == "flag":
        return "true" if setting.value else "false"
    return "\n".join(setting.value) if setting.kind == "lines" else str(setting.value)


def change_of(section: Section, typed: Mapping[str, str]) -> tuple[Change, list[str]]:
    """What was typed as a change of the keys that differ, and what can't be read."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    problems = []
    for each in section.settings:
        if each.is_fixed or each.key not in typed:
            continue
        text = readable(storable(typed[each.key]))
        if each.kind == "number" and not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            problems.append(f"{each.key}：应是整数，现在是“{text[:20]}”。")
            continue
        value = _value(each, text)
        if value != (list(each.value) if each.kind == "lines" else each.value):
            before[each.key], after[each.key] = each.written, value
    return Change("config.toml", section.name, before, after), problems


def _value(setting: Setting, text: str) -> Any:  # noqa: ANN401  whatever TOML holds
    if setting.kind == "number":
        return int(text)
    if setting.kind == "flag":
        return text == "true"
    if setting.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text
