"""What staff write of a training (培训): lines 项目：内容 read into fields, and written out again for the preview."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from consultations.service_items import load_pack
from consultations.trainings import Training, TrainingRefusedError
from handlers import training_wording
from handlers.desk import Desk
from handlers.training_wording import FIELDS, LONGEST, LONGEST_OTHER

MOST_SEATS = 10_000
NEEDED = ("title", "when", "place")  # without these there is no training
_NAMES: Mapping[str, str] = {label: name for name, label in FIELDS.items()}
_LINE = re.compile(r"\s*([^：:\s]{1,8})\s*[：:]\s*(.*)")
_WHEN = re.compile(
    r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?(?:[（(][^）)]*[）)])?\s*"
    r"(\d{1,2})[:：](\d{2})\s*(?:[-–—~～至到]+)\s*(\d{1,2})[:：](\d{2})"
)


def read_lines(text: str) -> dict[str, str]:
    """Field → what was written; a line without a known name goes on with the field before.

    Raises:
        TrainingRefusedError: The first line names no field.
    """
    written: dict[str, str] = {}
    name = ""
    for line in filter(str.strip, text.splitlines()):
        found = _LINE.fullmatch(line)
        if found is not None and found[1] in _NAMES:
            name = _NAMES[found[1]]
            written[name] = found[2].strip()
        elif name:
            written[name] += f"\n{line.strip()}"
        else:
            raise TrainingRefusedError(training_wording.unknown_field(line.strip()[:20]))
    return written


def write_lines(written: Mapping[str, str]) -> str:
    """The same lines again, in the order people read them."""
    return "\n".join(f"{label}：{written[name]}" for name, label in FIELDS.items() if written.get(name))


def fields_of(desk: Desk, written: Mapping[str, str], *, is_new: bool) -> dict[str, Any]:
    """The fields of a training, the outlet left out; for a new one what must be there is.

    Raises:
        TrainingRefusedError: Something is missing, too long, in the past or can't be read.
    """
    given = {name: text.strip() for name, text in written.items() if name != "outlet"}
    missing = [FIELDS[name] for name in NEEDED if not given.get(name) and (is_new or name in given)]
    if missing:
        raise TrainingRefusedError(training_wording.lacks(missing))
    for name, text in given.items():
        if len(text) > LONGEST.get(name, LONGEST_OTHER):
            raise TrainingRefusedError(
                training_wording.too_long(FIELDS[name], len(text), LONGEST.get(name, LONGEST_OTHER))
            )
    _check_choices(desk, given)
    fields: dict[str, Any] = {name: text for name, text in given.items() if name not in ("when", "capacity")}
    if given.get("when"):
        fields["starts_at"], fields["ends_at"] = _moments(desk, given["when"])
    if "capacity" in given:
        fields["capacity"] = _seats(given["capacity"])
    return fields


def outlet_of(desk: Desk, name: str) -> str:
    """The id of the outlet of that name or id.

    Raises:
        TrainingRefusedError: There is none.
    """
    outlets = desk.duty.book.outlets
    found = next((key for key, each in outlets.items() if name in (key, each.name)), None)
    if found is None:
        names = [each.name for each in outlets.values()]
        raise TrainingRefusedError(training_wording.no_option("网点", name, names))
    return found


def outlet_name(desk: Desk, outlet: str) -> str:
    """What the outlet is called; empty for none."""
    found = desk.duty.book.outlets.get(outlet)
    return found.name if found else outlet


def lines_of(desk: Desk, training: Training) -> dict[str, str]:
    """A training as its lines: what somebody changes them from."""
    zone = ZoneInfo(desk.settings.time_zone)
    start, end = training.starts_at.astimezone(zone), training.ends_at.astimezone(zone)
    written = {name: str(getattr(training, name)) for name in FIELDS if name not in ("when", "outlet")}
    when = f"{start:%Y-%m-%d %H:%M}-{end:%H:%M}"
    return {**written, "when": when, "outlet": outlet_name(desk, training.outlet)}


def _check_choices(desk: Desk, given: Mapping[str, str]) -> None:
    topics = desk.pushes.value.options["topic"]
    if given.get("topic") and given["topic"] not in topics:
        raise TrainingRefusedError(training_wording.no_option("主题", given["topic"], topics))
    items = load_pack().items
    if given.get("service_item") and given["service_item"] not in items:
        raise TrainingRefusedError(training_wording.no_option("事项", given["service_item"], items))


def _moments(desk: Desk, words: str) -> tuple[datetime, datetime]:
    found = _WHEN.fullmatch(words)
    if found is None:
        raise TrainingRefusedError(training_wording.unreadable_time(words))
    year, month, day, hour, minute, until_hour, until_minute = map(int, found.groups())
    zone = ZoneInfo(desk.settings.time_zone)
    try:
        start = datetime(year, month, day, hour, minute, tzinfo=zone)
        end = start.replace(hour=until_hour, minute=until_minute)
    except ValueError:
        raise TrainingRefusedError(training_wording.unreadable_time(words)) from None
    if end <= start:
        raise TrainingRefusedError(training_wording.unreadable_time(words))
    if start <= desk.now():
        raise TrainingRefusedError(training_wording.in_the_past(words))
    return start, end


def _seats(words: str) -> int:
    plain = words.removesuffix("人").strip()
    if plain in ("不限", ""):
        return 0
    if not plain.isascii() or not plain.isdecimal() or int(plain[:6]) > MOST_SEATS:
        raise TrainingRefusedError(training_wording.bad_number(words))
    return int(plain[:6])
