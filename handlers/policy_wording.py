"""What staff read about policies: comparing versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from policies.differences import KIND_NAMES, Kind

NEXT_PAGE = "下一页"
COMPARE_HOW = "请写名称，可以写上两个版本的年份，例如 /compare 商标法 2019 2026。"


def no_policy(title: str) -> str:
    """Nothing has that title."""
    return f"资料里没有《{title}》；请核对名称，或先用 import 导入。"


def which_policy(title: str, titles: Iterable[str]) -> str:
    """Several titles contain what was written."""
    names = "、".join(f"《{each}》" for each in titles)
    return f"有几部规定的名称里都有“{title}”：{names}。请写全名称。"


def nothing_to_compare(title: str, versions: Sequence[str]) -> str:
    """There is one version only."""
    return f"《{title}》没有两个可以对照的版本；请先导入另一个版本。{_versions(versions)}"


def same_version(versions: Sequence[str]) -> str:
    """Both names mean the same version."""
    return f"写的是同一个版本。{_versions(versions)}"


def which_version(title: str, version: str, versions: Sequence[str], *, is_known: bool) -> str:
    """What was written names no version, or several."""
    what = "不止一个版本" if is_known else "没有这个版本"
    return f"《{title}》{version}：{what}。{_versions(versions)}"


def comparison_head(title: str, versions: tuple[str, str], page: int, last: int) -> str:
    """Over a page of what changed."""
    pages = f"（第 {page} 页，共 {last} 页）" if last > 1 else ""
    return f"《{title}》{versions[0]}版 → {versions[1]}版{pages}"


def counts_line(counts: Mapping[Kind, int]) -> str:
    """How much of what happened, as in 未变 3，修改 7."""
    return "，".join(f"{KIND_NAMES[kind]} {count}" for kind, count in counts.items()) or "没有条款"


def _versions(versions: Sequence[str]) -> str:
    return f"资料里的版本：{'、'.join(each or '未注明' for each in versions) or '无'}。"
