"""What the commands of ``zhixun`` do once an instance is open; results on stdout, progress on stderr."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table
from sqlmodel import Session

from bot import archive_index, batch
from bot.application import STAFF_DESK, Office, reviewed_of
from bot.archive_index import ArchiveIndex
from bot.screen import ERR, OUT, bar, say, say_table
from consultations import audit, outbox, ticket_messages, tickets
from consultations.messages import Inbound
from handlers import archive, why, wording
from handlers.ask import compose_text
from handlers.laws import known_editions
from handlers.outlet_of_asker import answer_at, outlet_of_asker
from handlers.publish_policy import reindex
from handlers.record_sheet import ACTIONS, CHANNELS
from handlers.talk import office_time
from handlers.turn import Turn, take_turn
from knowledge.guide_tree import tree


def end_noted(
    office: Office, end: Callable[[Session, int, datetime], bool], number: int, verb: audit.Verb, by: str
) -> bool:
    """Whether `end` found that number and ended it; that it did stands in the audit trail with `by`."""
    now = office.desk.now()
    with office.writing() as session:
        is_done = end(session, number, now)
        if is_done:
            audit.note(session, verb, 0, f"{STAFF_DESK.channel}:{by}", now)
    return is_done


def ask_once(office: Office, question: str, on: date) -> None:
    """Print one answer. A look-up for the person at the keyboard: it is not archived, ``chat`` is."""
    with office.reading() as session:
        outlet = outlet_of_asker(session, office.desk, None, question, None)
    answer = answer_at(office.desk, question, on, outlet=outlet)
    say(compose_text(answer))
    if (local := office.desk.duty.book.outlets.get(answer.layer)) is not None:
        say(wording.local_answer(local.name))
    if answer.related:
        say("相关问题：" + "；".join(title for _, title in answer.related))
    if answer.action != "answer":
        ERR.print("（这只是试问：没有登记，也没有转给任何人。要真的提问，请用 chat 或各咨询渠道。）", highlight=False)


def ask_batch(office: Office, questions: Path, out: Path, on: date) -> None:
    """Answer a file of questions, with progress."""
    with questions.open("rb") as source:
        total = sum(1 for line in source if line.strip())
    with bar("正在回答", total) as progress:

        def advance(n_lines: int) -> None:
            progress.update(progress.task_ids[0], completed=n_lines)

        done = batch.answer_file(
            questions, out, answerer=office.answerer, compose=compose_text, on=on, progress=advance
        )
    ERR.print(f"已写出 {done.n_lines} 行：{out}", highlight=False)
    if done.n_unreadable:
        ERR.print(
            f"其中 {done.n_unreadable} 行读不懂，在结果里标明了：每行要写成 "
            '{"id": "1", "question": "……"}；每行只写一个问题的，文件名请以 .txt 结尾。',
            markup=False,
            highlight=False,
        )


def learn_meaning(office: Office) -> None:
    """Make the vectors of new passages now, with progress, when the instance searches by meaning."""
    if not office.search.is_by_meaning:
        return
    office.search.refresh()
    with bar("正在理解文字的意思", None) as progress:

        def advance(done: int, total: int) -> None:
            progress.update(progress.task_ids[0], completed=done, total=total)

        office.search.learn(progress=advance)


def show_archive(office: Office, words: Sequence[str], limit: int) -> bool:
    """Print the consultations with all these words, the newest first; ``False`` when a number named is not there."""
    zone = ZoneInfo(office.settings.outlet.time_zone)
    index = ArchiveIndex(office.settings.home / archive_index.FILE)
    with bar("正在更新档案索引", None) as progress:

        def advance(done: int, total: int) -> None:
            progress.update(progress.task_ids[0], completed=done, total=total)

        index.catch_up(office.reading, progress=advance)
    with office.reading() as session:
        lines = archive.search(session, *words, limit=limit, index=index)
    number, at = Column("编号", no_wrap=True), Column("时间", no_wrap=True)
    table = Table(number, at, Column("办理", no_wrap=True), "问题", "答复", show_lines=True)
    for each in lines:
        when = each.created_at.astimezone(zone).strftime("%m-%d %H:%M")
        numbers = f"{each.number}\n{each.ticket_number}".strip()
        done = (CHANNELS.get(each.channel, each.channel), ACTIONS.get(each.action, each.action), each.service_item)
        cells = (numbers, when, "\n".join(filter(None, done)), each.question[:80], each.reply[:60])
        table.add_row(*(escape(cell) for cell in cells))
    is_named = len(words) == 1 and archive.NUMBER.fullmatch(words[0]) is not None
    nothing = (
        f"档案里没有 {words[0]}，请核对编号。"
        if is_named
        else f"档案里没有同时含有“{'、'.join(words)}”的咨询：可以少写几个词，或改用咨询编号、工单号。"
    )
    say_table(table, nothing)
    if lines:
        say(f"共 {len(lines)} 条" + ("（还有更多，请加词缩小范围）" if len(lines) == limit else ""))
    return bool(lines) or not is_named


def show_why(office: Office, consultation: str) -> bool:
    """Print how an archived answer came about, masked; whether there is such a consultation."""
    told = why.why(office.desk, consultation)
    say(told)
    return told != wording.WHY_UNKNOWN


def act_as_staff(office: Office, text: str, name: str, ask: Callable[[str], bool] | None = None) -> bool:
    """Do what a staff member types in the staff room (``/tickets``, ``/claim GD-…``) and print what comes back.

    Args:
        office: The instance.
        text: As typed in the room.
        name: Who acts.
        ask: Whether a reply with a wrong citation is to be sent anyway; ``None`` when nobody can be asked.

    Returns:
        Whether something needs attention: a reply was held back, what was asked for was not done, or the ticket named
        is not there.
    """
    before = _trace(office, text)
    turn = _staff_turn(office, Inbound(STAFF_DESK, uuid.uuid4().hex, name, office.desk.now(), text=text))
    is_undone = _is_unknown(text, before) or (_is_act(text) and _trace(office, text) == before)
    if not turn.replies:  # in a staff chat the thread shows the new state; here nobody else would
        _print_state(office, text)
    pressed = {each.label: each.action for reply in turn.replies for line in reply.choices for each in line}
    if wording.SEND_ANYWAY not in pressed:
        return is_undone
    if ask is None:
        OUT.print("没有发送。改好后再执行一次；确认无误，加上 --force 仍然发送。", highlight=False)
        return True
    action = pressed[wording.SEND_ANYWAY if ask("仍然发送？") else wording.REVISE]
    now = office.desk.now()
    _staff_turn(office, Inbound(STAFF_DESK, uuid.uuid4().hex, name, now, kind="choice", action=action))
    return action == pressed[wording.REVISE]


# What changes a ticket; a look at one (``show``, ``check`` without a decision) changes nothing.
ACTS = frozenset({"claim", "close", "reply", "note", "release", "assign", "transfer", "merge", "reopen", "kind"})


def _is_unknown(text: str, trace: object) -> bool:
    """Whether a look names a ticket that left no trace."""
    verb, *named = text.removeprefix("/").split()
    return verb in {"ticket", "check", "card"} and bool(named) and trace is None


def _is_act(text: str) -> bool:
    verb, *rest = text.removeprefix("/").split()
    return verb in ACTS or (verb == "check" and len(rest) > 1)


def _trace(office: Office, text: str) -> object:
    """What every act leaves behind on the ticket named: state, people, kind, history, words; ``None`` without one."""
    with office.reading() as session:
        ticket = tickets.by_number(session, text.split()[1]) if len(text.split()) > 1 else None
        if ticket is None:
            return None
        told = (len(tickets.history_of(session, ticket.key)), len(ticket_messages.of_ticket(session, ticket.key)))
        return ticket.state, ticket.holder, ticket.assignee, ticket.kind, ticket.merged_into, *told


def _staff_turn(office: Office, inbound: Inbound) -> Turn:
    """One turn of staff, its replies printed and marked as sent."""
    turn = take_turn(replace(inbound, sender_name=inbound.sender_id), office.desk)
    for reply in turn.replies:
        say(reply.plain_text)
    with office.writing() as session:
        shown = {each.outbox_id: "terminal" for each in turn.replies if each.outbox_id}
        outbox.mark_sent(session, shown, office.desk.now())
    return turn


def _print_state(office: Office, text: str) -> None:
    with office.reading() as session:
        ticket = tickets.by_number(session, text.split()[1]) if len(text.split()) > 1 else None
        if ticket is not None:
            say(f"{ticket.number} · {tickets.STATE_NAMES[ticket.state]}")


def rebuild_index(office: Office) -> None:
    """Make the index anew from database and cards."""
    n_passages = reindex(office.reading, office.index, office.cards)
    learn_meaning(office)
    OUT.print(f"索引已重建：{n_passages} 段", highlight=False)


def check_all_cards(office: Office) -> bool:
    """Print what is wrong with cards, facts and guides, and how many are well; whether anything is wrong."""
    from knowledge.check import MEANING, check_cards

    reviewed, faults = reviewed_of(office.settings.home)
    today = office_time(office.desk.settings).day(office.desk.now())
    report = check_cards(
        office.cards,
        office.index.passages(),
        today,
        reviewed=reviewed,
        known=known_editions(),
        guides=office.guides,
    )
    for line in (*faults, *report.problems, *report.needs_attention, *report.contradictions):
        say(str(line))
    for each in office.cards.overrides:
        say(f"本网点改写：{each.card_id}（{each.title}）{each.reason}")
    table = Table("数量", "核对结果", box=None, show_header=False)
    for name, count in report.counts.items():
        if count or name == "proven":
            table.add_row(str(count), MEANING[name])
    if report.contradictions:
        table.add_row(str(len(report.contradictions)), "互相矛盾")
    say_table(table)
    if report.counts["empty"]:
        say("待补充的是哪些、各缺什么：check --empty")
    return bool(faults) or not report.is_sound


def list_empty_cards(office: Office) -> None:
    """Print the cards that wait for the outlet's own words: id, question, what is missing."""
    table = Table("编号", "问题", "缺什么")
    for card in sorted(office.cards.by_id.values(), key=lambda each: each.service_items):
        if card.is_empty:
            table.add_row(*map(escape, (card.card_id, card.title, card.missing)))
    say_table(table, nothing="没有待补充的卡片。")


def list_guides(office: Office) -> bool:
    """Print all guides and what is wrong with others; whether all is well."""
    table = Table("编号", "标题", "事项", "最多几步", "结论", "应复核")
    for each in office.guides.by_id.values():
        n_endings, longest = len(each.leaves) + len(each.gaps), each.longest_from(each.first.step_id)
        items = "、".join(each.service_items)
        table.add_row(each.guide_id, escape(each.title), items, str(longest), str(n_endings), str(each.review_due))
    say_table(table)
    for problem in office.guides.problems:
        say(problem)
    return not office.guides.problems


def show_guide(office: Office, guide_id: str, on: date) -> None:
    """Print one guide as a tree of questions, choices and endings."""
    for line in tree(office.desk.guides, guide_id, on):
        say(line)


def evaluate_folder(  # noqa: PLR0913  the options of the command
    folder: Path, split: str | None, engine: str, out: Path | None, *, baseline: bool, vectors: Path | None
) -> None:
    """Measure retrieval over a labelled set and print the figures; with `vectors` also by meaning."""
    from knowledge.evaluate import evaluate

    with bar("正在测评", None) as progress:

        def advance(done: int, total: int) -> None:
            progress.update(progress.task_ids[0], completed=done, total=total)

        chosen = cast("Literal['fast', 'whoosh', 'tantivy']", engine)
        report = evaluate(
            folder, split=split, engine=chosen, out=out, baseline=baseline, vectors=vectors, progress=advance
        )
    say(report.table())
