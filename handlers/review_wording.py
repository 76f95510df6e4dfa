"""What staff read about entries that are to be looked at again (待复核)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from handlers import program

Kind = Literal["policy", "interpretation", "card", "fact", "guide"]
KIND_NAMES: Mapping[Kind, str] = {
    "policy": "政策",
    "interpretation": "政策解读",
    "card": "卡片",
    "fact": "事实",
    "guide": "引导",
}
# How each is noted as looked at.
_CURES: Mapping[Kind, str] = {
    "policy": f"在工作台那个版本的页面上，或 {program.name()} policies review-by 编号 下次日期",
    "interpretation": f"在工作台那个版本的页面上，或 {program.name()} policies review-interpretation 编号 下次日期",
    "card": "草稿发布的，再起草一次；写在文件里的，改 last_reviewed 和 review_due",
    "fact": "改文件里的 last_reviewed 和 review_due",
    "guide": "改文件里的 last_reviewed 和 review_due",
}
TO_REVIEW = "待复核"
NEXT_DAY = "请写明下次复核的日期，要在今天以后，例如 2027-11-30。"
NOTHING_DUE = "没有到期要复核的。"
_MOST_LISTED = 15  # of one kind; a chat message ends somewhere


def day_in(words: str, today: date) -> date | None:
    """The day of the next look as somebody wrote it; ``None`` when it is none, or has come already."""
    try:
        day = date.fromisoformat(words.strip())
    except ValueError:
        return None
    return day if day > today else None


def text_name(title: str, version: str) -> str:
    """A text by name and version."""
    return f"《{title}》{version}" if version else f"《{title}》"


def interpreted(text: str, article: str, expert: str) -> str:
    """What an expert said of an article."""
    return f"{text} 第 {article} 条，{expert}"


def line(number: str, title: str, due_on: date) -> str:
    """One entry."""
    return f"{number}　{title}　{due_on}"


def marked(title: str, *, is_late: bool) -> str:
    """A title, with a mark when the entry is overdue."""
    return f"{title}（{TO_REVIEW}）" if is_late else title


def overdue(due_on: date) -> str:
    """The line of a text that is overdue."""
    return f"{TO_REVIEW}：应在 {due_on} 以前核对是否仍然有效、说得对不对"


def weekly(late: Mapping[Kind, Sequence[str]], soon: Mapping[Kind, Sequence[str]]) -> str:
    """The list of the week; one of both has something in it."""
    parts = ["本周复核清单"]
    parts += [part for heading, lines in (("已到期", late), ("七天内到期", soon)) for part in _part(heading, lines)]
    cures = [f"{KIND_NAMES[kind]}：{_CURES[kind]}" for kind in KIND_NAMES if kind in late or kind in soon]
    where = f"全部用 {program.name()} policies due 或 /policies 待复核 查看。"
    return "\n".join([*parts, "核对后这样记下：", *cures, where])


def listed(late: Mapping[Kind, Sequence[str]], *, is_whole: bool = False) -> str:
    """What is overdue now, for whoever asks; `is_whole` without an end, for a screen that scrolls."""
    if not late:
        return NOTHING_DUE
    cures = [f"{KIND_NAMES[kind]}：{_CURES[kind]}" for kind in late]
    return "\n".join([*_part(TO_REVIEW, late, None if is_whole else _MOST_LISTED), "核对后这样记下：", *cures])


def _part(heading: str, lines: Mapping[Kind, Sequence[str]], most: int | None = _MOST_LISTED) -> list[str]:
    shown = []
    for kind, found in lines.items():
        more = [f"另有 {len(found) - most} 项"] if most and len(found) > most else []
        shown += [f"{KIND_NAMES[kind]}：", *found[:most], *more]
    return [f"【{heading}】", *shown] if shown else []
