"""The sentences staff read about the archive (咨询档案) in their chat."""

from __future__ import annotations

HELP = "/archive 词语 检索咨询档案，几个词用空格分开；也可以写咨询编号或工单号。"
HOW = "请写要找的词，例如 /archive 商标 撤三；也可以写咨询编号、工单号。"
NOTHING = "档案里没有找到您能看的记录。请少写几个词，或换个说法。"


def line(number: str, at: str, channel: str, question: str, reply: str) -> str:
    """One consultation, masked."""
    answered = f"\n答：{reply}" if reply else ""
    return f"{number} · {at} · {channel}\n问：{question or '（已按规定清除）'}{answered}"


def more(n_shown: int) -> str:
    """There are others."""
    return f"只显示最新的 {n_shown} 条，请加词缩小范围。"
