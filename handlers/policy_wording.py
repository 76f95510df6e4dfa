"""What people read about policies: comparing versions, review, what takes effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from handlers import program
from handlers.wording import day_name, version_name
from policies.compilation import Revision
from policies.differences import KIND_NAMES, Kind
from policies.profile import FIELDS

NEXT_PAGE = "下一页"
SHOW, SUBMIT, PUBLISH = "查看", "提交审核", "审核通过并发布"
GIVE_BACK, REJECT, COMPARE = "退回修改", "不通过", "与前一版对照"
REPEAL_WHY = "请写明废止的原因，例如“已被新办法取代”。"
POLICY_CHANGED = "这个版本在您看过之后又有变动，请再看一遍。"
WHICH_POLICY = "请写版本编号，例如 /policy 12；编号用 /policies 查看。"
CHANGED_MEANWHILE = "文件读取之后又变了，或原件存不下来；请检查文件和磁盘后重新导入。"
UPLOADED = "上传文件"
BOOK_CONTENTS, BOOK_GONE = "目录", "上一期收录、现已失效的"
NOTHING_CHANGED = "两个版本的文字没有不同，没有可以推送的。"
ANSWER_CHANGED = "规定或资料有更新，当时的答复有变化："
ANSWERED_TODAY = "您的问题现在的答复是："
NOTHING_TODAY = "现在怎么规定，请再问我一次，或点“转人工”。"
NO_OPEN_POLICIES = "没有采编中或待审核的政策。"
_MOST_LISTED = 20
COMPARE_HOW = "请写名称，可以写上两个版本的年份，例如 /compare 商标法 2019 2026。"
CHANGED_SINCE = "看过以后又有改动或已有人处理，请重新看一遍。"
NOTHING_WAITS = "没有待审核的政策。"
CHOOSE_AND_CONFIRM = "请勾选要批准的，并确认逐份看过。"


def version_number(seen: str) -> str:
    """What somebody saw, by its number."""
    return f"版本 {seen.partition(':')[0][:9]}"


def approved_together(n_published: int, n_refused: int) -> str:
    """How many of many went out."""
    return f"已发布 {n_published} 份" + (f"，没有发布 {n_refused} 份：" if n_refused else "。")


def not_approved(title: str, reason: str) -> str:
    """One that stays in review."""
    return f"{title}：{reason}"


def no_revision(revision_id: int | None) -> str:
    """Nothing has that number."""
    return f"没有编号为 {revision_id or '空'} 的版本；编号用 {program.name()} policies 或 /policies 查看。"


def same_text(revision_id: int, state: str) -> str:
    """The text is here already."""
    return f"文字与版本 {revision_id}（{state}）相同，没有另建。"


def no_service_item(codes: Iterable[str]) -> str:
    """Codes nobody knows."""
    return f"没有服务事项 {'、'.join(codes)}：请写编号，例如 B08。"


def goes_round(circle: Iterable[str]) -> str:
    """The links of policies form a circle."""
    return f"依据、替代关系成了一个圈：{' → '.join(circle)}。请先退回修改。"


def nothing_to_roll_back(revision_id: int) -> str:
    """The revision is what stands, or never stood."""
    return f"版本 {revision_id} 没有发布过，或者就是现在的文字，不必回退。"


def not_published(revision_id: int) -> str:
    """Only what is published is looked at again."""
    return f"版本 {revision_id} 不是已发布的版本，不必复核。"


def looked_at(day: date) -> str:
    """Into the history."""
    return f"已复核，下次 {day}"


def rolled_back(revision_id: int, reason: str) -> str:
    """The first line of the history of a copy."""
    return f"恢复版本 {revision_id} 的文字" + (f"：{reason}" if reason else "")


def waits_for_review(title: str, version: str, author: str) -> str:
    """To the staff rooms."""
    return f"政策待审核：{_named(title, version)}，{author} 提交。请另一位工作人员审核。"


def moved(revision_id: int, state: str) -> str:
    """What became of a revision."""
    return f"版本 {revision_id}：{state}。"


def published(revision_id: int, starts_on: date | None, today: date) -> str:
    """A revision was let out; from when it answers."""
    waits = starts_on is not None and starts_on > today
    when = f"自 {starts_on} 零时起用于回答，当天通知订阅者一次" if waits else "几秒内用于回答"
    return f"版本 {revision_id} 已发布，{when}。"


def took_effect(title: str, version: str, before: str) -> str:
    """To the subscribers, on the first day of a version."""
    ended = f"，此前的{version_name(before)}不再适用" if before else ""
    return f"《{title}》{version_name(version)}今天起施行{ended}。有具体问题请直接问我。"


def announced(broadcast_id: int) -> str:
    """Into the history."""
    return f"开始施行，通知订阅者（推送 {broadcast_id}）"


def due_line(revision_id: int, title: str, version: str) -> str:
    """One policy to look at again."""
    return f"{revision_id}　{_named(title, version)}"


def review_is_due(lines: Sequence[str]) -> str:
    """To the staff rooms."""
    more = (
        f"\n另有 {len(lines) - _MOST_LISTED} 部，用 {program.name()} policies --due 查看。"
        if len(lines) > _MOST_LISTED
        else ""
    )
    shown = "\n".join(lines[:_MOST_LISTED])
    then = f"核对后用 {program.name()} policies review-by 编号 新日期 记下。"
    return f"到复核日期的政策，请核对是否仍然有效：\n{shown}{more}\n{then}"


def interpretation_looked_at(number: int, day: date) -> str:
    """Into the history of the text."""
    return f"解读 {number} 已复核，下次 {day}"


def policy_line(revision_id: int, state: str, title: str, version: str, author: str) -> str:
    """One revision in a list."""
    return f"{revision_id}　{state}　{_named(title, version)}　{author}".rstrip()


def renamed(before: str, after: str) -> str:
    """The same file was imported under another title before."""
    return f"同一份文件已作为《{before}》导入：改名为《{after}》，由这份接替，原来名称下的这一份留档，不再引用。"


def renamed_to(title: str) -> str:
    """Into the history of the text under its former title."""
    return f"改名为《{title}》"


def no_longer(title: str, revision: Revision) -> str:
    """To whoever was answered with a text that ended, with nothing in its place."""
    day = f"到{day_name(revision.effective_to)}为止，以后" if revision.effective_to else "现在"
    return f"当时答复依据的《{title}》{day}不再适用。"


def history_line(at: str, actor: str, states: str, reason: str) -> str:
    """One line of a history."""
    return "　".join(filter(None, (at, actor, states, reason)))


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
    older, newer = (f"{each}版" if each else "未注明日期的版本" for each in versions)
    return f"《{title}》{older} → {newer}{pages}"


def push_needs_summary(most: int) -> str:
    """Staff must say what a change means."""
    return f"请用一两句大白话写明这次变化意味着什么（--summary），不超过 {most} 个字。"


PUSH_LINE = "· "  # how a change begins


def push_head(title: str, version: str, starts_on: date | None) -> str:
    """The first line of a push."""
    when = f"，自{day_name(starts_on)}起施行" if starts_on else ""
    return f"《{title}》有了新版本（{version_name(version)}{when}）。"


def push_line(numbers: str, kind: Kind, words: str) -> str:
    """One change: 第三十三条 → 第三十六条：“三个月”改为“二个月”."""
    named = f"（{KIND_NAMES[kind]}）" if kind in ("added", "removed", "split", "merged") else ""
    return f"{PUSH_LINE}{numbers}{named}：{words}"


def now_reads(words: str) -> str:
    """An article with many small changes."""
    return f"改了几处，现在是：{words}"


def push_more(n_more: int) -> str:
    """How many changes are not told."""
    return f"另有 {n_more} 处变化。"


def push_link(link: str) -> str:
    """Where the original stands."""
    return f"原文：{link}"


def not_among_changes(numbers: Iterable[str]) -> str:
    """Articles that did not change, or do not exist."""
    return f"新版第 {'、'.join(numbers)} 条没有变化，或没有这一条；用 compare 查看有变化的条款。"


REASON_OF_WHOM = "写了网点另作解读的理由，就要写明是哪个网点。"
INTERPRETATION_WAITS = "解读已登记，待另一位工作人员审核。"
INTERPRETATION_STALE = "没有这样的操作，请重新打开这一页。"


def no_interpretation(number: str) -> str:
    """There is none of that number."""
    return f"没有编号为 {number} 的解读。"


def interpretation_moved(state: str) -> str:
    """What it is now."""
    return f"解读{state}。"


def filled_in(written: Mapping[str, Sequence[str]]) -> str:
    """What was filled in of a policy published earlier, for its history."""
    return "补填：" + "；".join(f"{FIELDS[name].label} {'、'.join(words)}" for name, words in written.items())


def which_outlet(number: int) -> str:
    """It is said to be an outlet's own, and not of which."""
    how = f"policies edit {number} --outlet 网点"
    return f"版本 {number} 的层级是网点，请写明是哪个网点的：{how}。它只用来答复归那个网点的人。"


def interpretation(expert: str, day: date, text: str) -> str:
    """What an expert says, under the words of the law."""
    return f"政策解读（{expert}，{day_name(day)}；供参考，不是法规原文）：{text}"


def book_title(outlet: str) -> str:
    """On top of the printed compilation."""
    return f"{outlet}政策汇编"


def book_edition(number: int, day: date, marks: tuple[int, int, int]) -> str:
    """Which edition, and what the marks mean."""
    new, changed, gone = marks
    since = f"与上一期相比：新增 {new} 部（增），修改 {changed} 部（改），失效 {gone} 部（废）。" if number > 1 else ""
    return f"第 {number} 期，收录 {day_name(day)}有效的政策。{since}条款前的【增】【改】【移】是与上一期相比。"


def book_changes(counts: Mapping[Kind, int]) -> str:
    """Under the title of a policy that changed since the last edition."""
    return f"与上一期相比：{counts_line(counts)}"


def book_removed(names: Iterable[str]) -> str:
    """Articles of the last edition that are gone."""
    return f"【废】上一期的{'、'.join(names)}已删除"


def book_gone(title: str, version: str, last: date | None) -> str:
    """A policy of the last edition that is not in force any more."""
    until = f"，有效期到{day_name(last)}" if last else ""
    return f"【废】{_named(title, version)}{until}"


def counts_line(counts: Mapping[Kind, int]) -> str:
    """How much of what happened, as in 未变 3，修改 7."""
    return "，".join(f"{KIND_NAMES[kind]} {count}" for kind, count in counts.items()) or "没有条款"


def _named(title: str, version: str) -> str:
    return f"《{title}》{version}版" if version else f"《{title}》"


def _versions(versions: Sequence[str]) -> str:
    return f"资料里的版本：{'、'.join(each or '未注明' for each in versions) or '无'}。"
