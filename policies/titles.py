"""How the title of a text is known: what titles end with, what stands above one, a first line that plainly is one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policies.layout import marker

TITLE_END = re.compile(
    r"(?:法|条例|规定|办法|细则|解释|批复|规范|标准|通知|公告|意见|指南|方案|决定|规则|规程|制度|须知"
    r"|通告|公示|通报|公报|启事|规划|纲要|行动计划|工作计划|工作要点|若干措施|指引|问答|解答)(?:[（(][^（）()]{1,30}[)）])*$"
)
# 示例市知识产权局文件, 示知发〔2026〕3号, 签发人：…: what an office prints above its title.
_LETTERHEAD = re.compile(
    r"[\u4e00-\u9fff、（）\s]{2,30}文\s*件|[\u4e00-\u9fff]{1,12}[〔\[［（(]\d{4}[〕\]］）)]\s*(?:第\s*)?\d{1,5}\s*号|签发人[：:].{0,12}"
)
_HEADING = re.compile(
    r"第[一二三四五六七八九十百零\d]{1,5}\s?(?:部分|分编|编|章|节|条)|目\s*录$|附\s*件|附\s*则$|总\s*则$"
)
_ENDS_A_SENTENCE = re.compile(r"[。；;，,！!：:]")
_BODY_BEGINS = re.compile(r".{1,60}[：:]$|.{12,}[。；;，,：:]")
# A line that ends so names who writes or who is written to.
_OFFICE = re.compile(r"(?:局|委员会|委|办公室|政府|中心|法院|检察院|部|厅|院|协会|学会|公司|单位|企业|令|文件)$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SHORTEST, _LONGEST = 6, 45
_FEW_HAN = 5


def letterhead(lines: Sequence[str]) -> Sequence[str]:
    """The first lines that an office prints above its title; none where nothing would be left."""
    count = next((n for n, line in enumerate(lines) if not _LETTERHEAD.fullmatch(line)), 0)
    return lines[:count]


def is_plain_title(lines: Sequence[str], named: str) -> bool:
    """Whether the first line is plainly the title: one line without the end of a sentence, the body right below it.

    `named` is the title in the file's name; one that reads like a title itself (专利审查指南) stays, unless the first
    line speaks of a matter (关于…).
    """
    first, below = lines[0].strip("#* "), lines[1].strip("#* ") if len(lines) > 1 else ""
    if not _SHORTEST <= len(first) <= _LONGEST or len(_HAN.findall(first)) < _FEW_HAN:
        return False
    if _ENDS_A_SENTENCE.search(first) or _HEADING.match(first) or marker(first) or _OFFICE.search(first):
        return False
    if len(named) >= _SHORTEST and TITLE_END.search(named) and "关于" not in first:
        return False
    return bool(_BODY_BEGINS.match(below) or marker(below) or _HEADING.match(below))
