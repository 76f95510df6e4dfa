"""What a new revision would collide with: the same version with other words, overlapping dates, another issuer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policies.compilation import Policy, Revision
from policies.draft import DraftArticle, ParseProblem


def date_conflicts(revision: Revision, others: Iterable[Revision]) -> list[ParseProblem]:
    """Versions of the same policy that would be in force at once, or in another order than they were made.

    Args:
        revision: The new one, with its days.
        others: The published revisions of its policy, any order; those of the same version are passed over.
    """
    whole = [each for each in others if each.version != revision.version and _has_days(each)]
    return [_overlap(revision, each) for each in whole if _has_days(revision) and _is_wrong(revision, each)]


def issuer_conflict(policy: Policy, issuer: str) -> list[ParseProblem]:
    """Another issuer under the same title: probably another policy."""
    if not issuer or not policy.issuer or issuer == policy.issuer:
        return []
    message = (
        f"已有同名政策，发文机关是“{policy.issuer}”，这份写的是“{issuer}”；"
        "如果不是同一份政策，请在标题前写上发文机关，再导入。"
    )
    return [ParseProblem("conflict", message)]


def replacement(old: Revision, before: Mapping[str, str], articles: Sequence[DraftArticle]) -> ParseProblem:
    """What changes when this text replaces the same version. `before` are the old articles' texts by key."""
    after = {each.key: each.text for each in articles}
    n_changed = sum(after[key] != text for key, text in before.items() if key in after)
    n_added, n_removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    message = (
        f"同一版本已从“{old.source_name}”导入，文字不同：改动 {n_changed} 条、新增 {n_added} 条、删去 {n_removed} 条；"
        "导入后以这份为准，旧文本留档。"
    )
    return ParseProblem("conflict", message)


def _has_days(each: Revision) -> bool:
    return not (each.is_draft or each.is_excerpt) and bool(each.starts_on and each.version)


def _is_wrong(one: Revision, other: Revision) -> bool:
    older, newer = sorted((one, other), key=lambda each: each.version)
    assert older.starts_on is not None
    assert newer.starts_on is not None
    return newer.starts_on <= older.starts_on or (older.ends_on is not None and older.ends_on >= newer.starts_on)


def _overlap(one: Revision, other: Revision) -> ParseProblem:
    message = (
        f"与 {other.version} 版的日期重叠：这一版自 {one.starts_on} 起{_until(one)}，那一版自 {other.starts_on} 起"
        f"{_until(other)}；请核对两个版本的施行和失效日期。"
    )
    return ParseProblem("conflict", message)


def _until(each: Revision) -> str:
    return f"至 {each.ends_on}" if each.ends_on else ""
