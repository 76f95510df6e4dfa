"""What staff read about an import, at the command line and in their chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers import program
from handlers.imported_files import Outcome
from policies.draft import Likelihood, ParseProblem
from policies.recognition import Proposal

OUTCOMES: Mapping[Outcome, str] = {"new": "新增", "changed": "更新", "duplicate": "重复", "refused": "未导入"}
LIKELIHOODS: Mapping[Likelihood, str] = {"": "待核对", "high": "把握高", "medium": "把握中", "low": "把握低"}
CONFLICTS = "重复与冲突"
PROBLEMS = "提示"
REPAIRS = "疑似识别错误（只列出，不会自动改动）"
DROPPED = "没有收进正文的文字"
UNKNOWN = "没有找到"
PROPOSED = "按文字建议的信息（请核对）"
CHANGE_PROPOSED = (
    "建议不对的，写入之前就能改：导入时在预览下面写“项目=内容”；只导入一个文件的，也可以用 --set 项目=内容。"
)
INDEXING = "正在写入索引"
SET_ONE_FILE = "--set 一次只用于一个文件。"
SET_HOW = "--set 要写成 项目=内容，例如 --set 主题=专利。"
CONFIRM = "提交审核"
DISCARD = "放弃"
CORRECTED = "已改正的信息（提交时一并记入）"
EMPTIED = "（清空）"
CORRECT_HOW = (
    "请在命令后写文件编号、项目和内容，例如 /correct 0123456789abcdef 施行日期 2026-11-01。文件编号在预览下面。"
)
IMPORT = "导入"
IMPORT_HOW = "请写网址，例如：导入 https://主机/路径。先预览，确认后送审。文件请直接发来。"
ORIGINAL_SENT = "提到的页在发来的原件里，请对照那一页核对。"
CANCEL = "取消识别"
CANCELLED = "已取消识别，没有写入。再发一次同一文件，读过的页不用再读。"
DISCARDED = "已放弃，没有写入。"
DECIDED = "这份文件已经处理过了，或者放了一周没有确认；需要时请重新发送。"
TOO_LARGE = f"文件超过 20 MB，机器人取不到；请在服务器上用 {program.name()} import 导入，或拆分后再发。"
NOT_FETCHED = "没有取到这份文件；请稍后重新发送。"
NO_IMPORT_HERE = f"这里不能导入政策文件；请在服务器上用 {program.name()} import 导入。"
NOTHING_WRITTEN = "没有写入。"
STORE_ANYWAY = "仍然存入这些没有一天会用于回答的文本？"
NOTHING_TO_IMPORT = "没有可以导入的文件。"


def head(name: str, outcome: Outcome, reason: str) -> str:
    """The first line of a preview."""
    return f"{name}：{OUTCOMES[outcome]}{f'，{reason}' if reason else ''}"


def fact(name: str, value: str) -> str:
    """One line of what was recognised."""
    return f"{name}：{value}"


def proposal(name: str, words: Sequence[str], source: str) -> str:
    """What is proposed for one field, and where it was read; or that it is not clear there."""
    if not words:
        return f"{name}：没有写清楚，先空着（原文{source}），请核对后补上"
    said = words[0] if len(words) == 1 else "；".join(f"{number}. {each}" for number, each in enumerate(words, start=1))
    is_short = len(words) > 1 and all(len(each) <= 5 for each in words)
    return f"{name}：{'、'.join(words) if is_short else said}（据{source}）"


def topics(proposals: Sequence[Proposal]) -> str:
    """The topics proposed for a file, "" for none."""
    return "、".join(word for each in proposals if each.field == "topics" for word in each.words)


def submitted(revision_id: int, title: str, version: str, n_articles: int) -> str:
    """A file sent to the chat waits for review now."""
    return (
        f"《{title}》{version}，{n_articles} 条，已作为版本 {revision_id} 提交审核；"
        f"请另一位工作人员审核发布：在工作台“政策”页，或发送 /policy {revision_id}。"
    )


def correct_how(token: str, labels: Sequence[str]) -> str:
    """How something about a file set aside is put right before it is submitted."""
    return f"信息不对或缺了的，改好再提交，一次一项：/correct {token} 施行日期 2026-11-01。可改：{'、'.join(labels)}。"


def no_field(label: str, labels: Sequence[str]) -> str:
    """There is nothing of that name to put right."""
    return f"没有“{label[:20]}”这一项；可改：{'、'.join(labels)}。"


def original_at(url: str) -> str:
    """Where the original stands beside what was read of it."""
    return f"原件和读出的内容并排，在工作台看：{url}"


def scan_begins(name: str, n_pages: int) -> str:
    """A scan was taken in."""
    return f"{name}是扫描件或照片，共 {n_pages} 页，正在识别文字。读完后这里就有预览，您可以先做别的事。"


def scan_progress(name: str, n_done: int, n_pages: int) -> str:
    """How far it is."""
    return f"{name}：正在识别，已读完 {n_done} 页，正在读第 {n_done + 1}/{n_pages} 页。"


def scan_read(name: str, n_pages: int) -> str:
    """It is read."""
    return f"{name}：{n_pages} 页已读完，请看预览。"


def span(first: str, last: str, count: int) -> str:
    """``第一条 — 第七条，7 条``."""
    return f"{first} — {last}，{count} 条" if first != last else first


def effect(start: str, end: str) -> str:
    """From when to when it may be quoted."""
    if not start:
        return "没有日期，暂不用于回答"
    if end and end < start:
        return f"没有一天会用于回答：{start} 起才能引用，而 {end} 之后已有别的版本"
    return f"{start} 起" + (f"，至 {end}" if end else "")


def repair(problem: ParseProblem) -> str:
    """One likely scanning error, old → new."""
    likelihood = LIKELIHOODS[problem.likelihood]
    return f"“{problem.found}” → “{problem.proposed}”（{likelihood}：…{problem.where}…）"


def more(count: int) -> str:
    """The end of a list that was cut."""
    return f"另有 {count} 条"


def confirm(n_new: int, n_changed: int) -> str:
    """The question before anything is written."""
    parts = [f"新增 {n_new} 份" if n_new else "", f"更新 {n_changed} 份" if n_changed else ""]
    return f"确认导入（{'、'.join(filter(None, parts))}）？"


def correct_or_confirm(n_new: int, n_changed: int, n_files: int) -> str:
    """The same where something may be put right first."""
    example = "主题=专利" if n_files == 1 else "2 主题=专利（先写是第几份）"
    return f"{confirm(n_new, n_changed)}是请输入 y，否请直接回车；要改正写 {example}"


def indexing(n_articles: int) -> str:
    """The texts are stored; what follows takes a while and shows no steps."""
    return f"已存好，正在把 {n_articles} 条写入索引，大约每千条要几秒；中断了也不要紧，服务或下次启动会自动补上。"


def which_file(n_files: int) -> str:
    """A correction that names no file of several, or none of them."""
    return f"请先写是第几份（1 到 {n_files}），例如 2 主题=专利。"


def never_quoted(names: Sequence[str]) -> str:
    """What is stored without ever being used, and what helps."""
    return (
        f"{'、'.join(names)}：没有一天会用于回答，因为在它能引用以前已有别的版本；"
        "请核对版本和施行日期，例如在文件名后加“[年-月-日施行]”。"
    )
