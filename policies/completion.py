"""The same words with metadata that the stored revision lacks: a better name of the file, or a better file.

The new revision replaces the stored one and takes over whatever only that one had.
"""

from __future__ import annotations

from policies.compilation import Revision
from policies.draft import ParseProblem

_NAMES = {
    "version": "版本",
    "doc_number": "文号",
    "issuer": "发文机关",
    "adopted_on": "通过日期",
    "published_on": "公布日期",
    "starts_on": "施行日期",
    "ends_on": "失效日期",
}
_START = ("starts_on", "starts_earliest", "start_source")
_TAKEN_OVER = (*_NAMES, "service_items", "basis", "origin", "attachments", "outlet", "outlet_reason")
# What is only proposed for a new revision (policies/recognition.py): what stands may have been put right by somebody.
_PROPOSED = ("level", "region", "topics", "industries", "programme")


def added(new: Revision, stored: Revision) -> list[str]:
    """What a revision with the same words has and the stored one lacks, in Chinese; nothing of another version."""
    if new.version and stored.version and new.version != stored.version:
        return []
    found = [name for field, name in _NAMES.items() if getattr(new, field) and not getattr(stored, field)]
    is_surer = _is_assumed(stored) and new.starts_on is not None and not _is_assumed(new)
    return [*found, _NAMES["starts_on"]] if is_surer else found


def complete(new: Revision, stored: Revision) -> None:
    """Give a revision what only the stored one has; a day that was stated counts more than an assumed one."""
    if stored.starts_on is not None and (new.starts_on is None or (_is_assumed(new) and not _is_assumed(stored))):
        for field in _START:
            setattr(new, field, getattr(stored, field))
    for field in _TAKEN_OVER:
        if not getattr(new, field):
            setattr(new, field, getattr(stored, field))
    for field in _PROPOSED:
        if getattr(stored, field):
            setattr(new, field, getattr(stored, field))


def completion(old: Revision, names: list[str]) -> ParseProblem:
    """What the new revision adds to the same words."""
    message = f"文字与“{old.source_name}”相同，补上{'、'.join(names)}；导入后以这份为准，原来的留档。"
    return ParseProblem("conflict", message)


def _is_assumed(revision: Revision) -> bool:
    return revision.start_source == "assumed"
