"""What people put right about a file set aside (改信息) before it is submitted: ``corrections.json`` beside it.

Each correction is tried out on a copy of the compilation first: a value that can't be read, an unknown service item or
a circle of links is refused there, with nothing written anywhere.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from handlers import import_wording as wording
from handlers.publish_policy import PolicyRefusedError, Sessions
from handlers.store_policy import draft_policy
from policies.compilation import Policy
from policies.intake import Prepared
from policies.profile import FIELDS, profile_lines
from policies.rehearsal import rehearsal
from policies.review import Signature

_NOTE = "corrections.json"
_ALSO: Mapping[str, str] = {"标题": "title", "发文字号": "doc_number", "公布日期": "published", "级别": "level"}
LABELS: Mapping[str, str] = {field.label: name for name, field in FIELDS.items() if name != "attachments"}


def field_of(label: str) -> str:
    """The field people mean, one of `LABELS`.

    Raises:
        PolicyRefusedError: There is none of that name.
    """
    found = LABELS.get(label) or _ALSO.get(label)
    if found is None:
        raise PolicyRefusedError(wording.no_field(label, list(LABELS)))
    return found


def corrections_of(folder: Path) -> dict[str, str]:
    """The fields that were put right, with what people wrote."""
    path = folder / _NOTE
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def keep(folder: Path, words: Mapping[str, str]) -> None:
    """Keep what was put right."""
    scratch = folder / f".{secrets.token_hex(4)}.json"
    scratch.write_text(json.dumps(dict(words), ensure_ascii=False), "utf-8")
    scratch.replace(folder / _NOTE)


def recorded(
    reading: Sessions, prepared: Prepared, words: Mapping[str, str], by: Signature
) -> tuple[tuple[str, str], ...]:
    """``(name, value)`` of what would be recorded of a file with these corrections.

    Raises:
        PolicyRefusedError: Something of it can't be recorded, or the same text is on its way already.
    """
    from handlers.review_policy import edit  # it needs the desk, which holds the files set aside

    with rehearsal(reading, {prepared.draft.title}) as session:
        revision = draft_policy(session, prepared, by)
        edit(session, revision, words, by)
        title = session.get_one(Policy, revision.policy_id).title
        return (("名称", title), ("版本", revision.version or wording.UNKNOWN), *profile_lines(revision))


def lines(words: Mapping[str, str]) -> tuple[str, ...]:
    """What was put right, a line a field."""
    return tuple(wording.fact(FIELDS[name].label, value or wording.EMPTIED) for name, value in words.items())
