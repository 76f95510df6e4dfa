"""``zhixun compare``: two versions of a policy beside each other, and the cards to review."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from bot.application import Office
from bot.screen import OUT, say, say_table
from consultations import broadcasts
from consultations.tickets import Staff
from handlers.compare_policies import Compared, citing_cards, compare_editions, name_of, numbers_of
from handlers.comparison_table import write_comparison
from handlers.policy_wording import counts_line
from handlers.push_changes import content_of_push
from handlers.send_broadcasts import about_revision
from knowledge.clauses import place_name
from policies.differences import KIND_NAMES, Change, Run, mark_change

_STYLES = {"kept": "", "removed": "red strike", "added": "green underline"}
_PLAIN = {"kept": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}  # where there are no colours, as wdiff marks words
_KIND_STYLES = {"added": "green", "removed": "red", "moved": "cyan", "same": "dim"}
_CONTEXT = 12  # characters of unchanged words shown on either side of a change
_STATES = {"needs review": "待复核", "succeeded": "已接替"}


def show(office: Office, title: str, earlier: str, later: str, *, is_whole: bool) -> None:
    """Print what changed; with `is_whole` also what did not, and every article in full."""
    compared = _compare(office, title, earlier, later)
    kind, words = Column("变化", max_width=8), "内容"
    numbers = Column("旧版 → 新版", max_width=24)
    table = Table(numbers, kind, words, title=_head(compared), show_lines=True)
    for change in compared.comparison.changes:
        if is_whole or change.kind not in ("same", "moved"):
            style = _KIND_STYLES.get(change.kind, "yellow")
            table.add_row(escape(numbers_of(change)), Text(KIND_NAMES[change.kind], style), _words(change, is_whole))
    say_table(table)
    moved = [numbers_of(each) for each in compared.comparison.changes if each.kind == "moved"]
    if moved and not is_whole:
        say(f"只有条号变了（{len(moved)} 条）：{'；'.join(moved)}")
    say(counts_line(compared.comparison.counts))
    n_cards = sum(each.state == "needs review" for each in citing_cards(office.cards, compared))
    if n_cards:
        say(f"有 {n_cards} 处卡片出处引用了变动的条款，加 --cards 列出。")


def save(office: Office, title: str, earlier: str, later: str, file: Path) -> None:
    """Write the comparison as a Word file."""
    compared = _compare(office, title, earlier, later)
    write_comparison(file, compared)
    say(f"{_head(compared)}已写入 {file}（{counts_line(compared.comparison.counts)}）。")


def show_cards(office: Office, title: str, earlier: str, later: str) -> bool:
    """Print the cards that cite an article that changed, with its old and new number; whether one needs review."""
    compared = _compare(office, title, earlier, later)
    found = citing_cards(office.cards, compared)
    columns = [Column(name) for name in ("状态", "卡片", "引用", "变化", "现在", "标题")]
    table = Table(*columns, title=f"引用了变动条款的卡片：{_head(compared)}")
    for each in found:
        now = "、".join(place_name(number) for number in each.became) or "无"
        cells = (_STATES[each.state], each.card_id, place_name(each.cited), KIND_NAMES[each.kind], now, each.title)
        table.add_row(*map(escape, cells))
    say_table(table)
    n_open = sum(each.state == "needs review" for each in found)
    say(f"待复核 {n_open}，已有接替卡片的 {len(found) - n_open}")
    return n_open > 0


def draft_push(  # noqa: PLR0913, PLR0917  the options of the command
    office: Office, versions: tuple[str, str, str], summary: str, link: str, articles: str, name: str
) -> int:
    """The number of a draft about two versions (title, earlier, later); `articles` are numbers with commas between."""
    chosen = [each.strip() for each in articles.replace("，", ",").split(",") if each.strip()]
    compared = _compare(office, *versions)
    content = content_of_push(compared, summary, link, chosen)
    with office.writing() as session:
        by = Staff(f"terminal:{name}", name)
        draft = broadcasts.draft(session, content, by, office.desk.now(), about=about_revision(compared.new))
        return draft.key


def _compare(office: Office, title: str, earlier: str, later: str) -> Compared:
    with office.reading() as session:
        return compare_editions(session, title, earlier, later)


def _head(compared: Compared) -> str:
    return f"《{compared.title}》{compared.old.version}版 → {compared.new.version}版"


def _words(change: Change, is_whole: bool) -> Text:
    if change.new is None:
        return _run(Run("removed", change.old[0].text))
    if not change.old:
        return _run(Run("added", change.new.text))
    if change.kind == "split":
        parts = [change.new, *change.old] if is_whole else [change.new]
        return Text("\n".join(f"{name_of(each)}　{each.text}" for each in parts))
    if change.is_only_references and not is_whole:
        return Text("只有所引条号不同", "dim")
    runs = mark_change(change)
    shown = Text()
    for at, run in enumerate(runs):
        short = run if is_whole or run.kind != "kept" else _shortened(run, at == 0, at + 1 == len(runs))
        shown.append_text(_run(short))
    return shown


def _shortened(run: Run, is_first: bool, is_last: bool) -> Run:
    """Unchanged words, only those beside a change."""
    before = "" if is_first else run.text[:_CONTEXT]
    after = "" if is_last else run.text[-_CONTEXT:]
    return run if len(before + after) >= len(run.text) else Run("kept", f"{before}…{after}")


def _run(run: Run) -> Text:
    return Text(run.text, _STYLES[run.kind]) if OUT.is_terminal else Text(_PLAIN[run.kind].format(run.text))
