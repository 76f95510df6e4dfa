"""Policy diff push (新旧对照推送): what changed between two versions as one message to subscribers.

Staff write what it means in plain words; the changes themselves come from the texts. It goes out like any broadcast:
preview, citations checked, approved by a second person; and not at all when the newer version holds no more by then.
"""

from __future__ import annotations

from collections.abc import Collection

from consultations.broadcasts import LONGEST_TEXT, Content
from handlers import policy_wording
from handlers.compare_policies import Compared, CompareRefusedError, edits_of, numbers_of
from policies.differences import Change

LONGEST_SUMMARY = 400  # characters
_MOST_CHANGES = 8
_LONGEST_CHANGE = 120  # characters
_MOST_EDITS = 3  # within one article; where there are more, its new words are plainer than a list of them


def compose_push(compared: Compared, summary: str, link: str, articles: Collection[str] = ()) -> str:
    """The text of a push.

    Args:
        compared: The two versions.
        summary: What it means, in the words of staff.
        link: Where the original can be read; "" leaves the line out.
        articles: Numbers in the newer version that are to be told; without any, those that changed in their words,
            as they come, up to `_MOST_CHANGES`.

    Raises:
        CompareRefusedError: There is no summary, it is too long, nothing changed, or a number is not among the changes.
    """
    plain = summary.strip()
    if not plain or len(plain) > LONGEST_SUMMARY:
        raise CompareRefusedError(policy_wording.push_needs_summary(LONGEST_SUMMARY))
    lines = [_line(each) for each in _chosen(compared, articles)]
    head = policy_wording.push_head(compared.title, compared.new.version, compared.new.effective_from)
    n_more = len(_changed(compared)) - len(lines)
    more = policy_wording.push_more(n_more) if n_more > 0 else ""
    where = policy_wording.push_link(link) if link else ""
    return "\n".join(filter(None, (head, plain, *lines, more, where)))


def content_of_push(compared: Compared, summary: str, link: str, articles: Collection[str] = ()) -> Content:
    """The push itself; changes that would make it too long open with 查看全文.

    Raises:
        CompareRefusedError: As `compose_push`.
    """
    text = compose_push(compared, summary, link, articles)
    if len(text) <= LONGEST_TEXT:
        return Content(text)
    short = [each for each in text.splitlines() if not each.startswith(policy_wording.PUSH_LINE)]
    return Content("\n".join(short), details=text)


def _chosen(compared: Compared, articles: Collection[str]) -> list[Change]:
    changed = _changed(compared)
    if not changed:
        raise CompareRefusedError(policy_wording.NOTHING_CHANGED)
    if not articles:
        return changed[:_MOST_CHANGES]
    by_number = {each.new.key: each for each in changed if each.new is not None}
    if unknown := [each for each in articles if each not in by_number]:
        raise CompareRefusedError(policy_wording.not_among_changes(unknown))
    return [by_number[each] for each in articles]


def _changed(compared: Compared) -> list[Change]:
    """What is news to the public: other numbers alone are none."""
    return [
        each
        for each in compared.comparison.changes
        if each.kind not in ("same", "moved") and not each.is_only_references
    ]


def _line(change: Change) -> str:
    edits = edits_of(change)
    is_puzzle = change.new is not None and len(edits) > _MOST_EDITS
    words = policy_wording.now_reads("".join(change.new.text.split())) if change.new and is_puzzle else "；".join(edits)
    short = words if len(words) <= _LONGEST_CHANGE else f"{words[:_LONGEST_CHANGE]}…"
    return policy_wording.push_line(numbers_of(change), change.kind, short)
