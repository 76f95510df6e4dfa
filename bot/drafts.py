"""``zhixun drafts``: card drafts at the command line, the same steps as in the staff chat."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Column, Table

from bot.application import STAFF_DESK, Office
from bot.screen import OUT, say, say_table
from consultations import card_drafts
from consultations.card_drafts import EDITABLE, STATE_NAMES, CardDraft
from consultations.permissions import MACHINE
from consultations.tickets import Staff
from handlers import override_card, review_card, wording
from handlers.discuss_drafts import draft_lines, kind_of, preview_lines
from handlers.draft_card import Wanted, look_at_gap, make_draft
from handlers.own_work import attempts_noted
from handlers.review_card import DraftRefusedError
from handlers.tell_askers import recipients, tell_askers, told, whom_to_tell
from knowledge.authored import FaultError
from knowledge.card_files import draft_fields, draft_toml
from policies.review import Signature

Ask = Callable[[str], bool]
CHOICES: Mapping[str, Wanted] = {"": "", "问法": "wording", "新卡片": "new"}


def list_all(office: Office) -> None:
    """Print every draft, the open ones first."""
    table = Table("编号", "状态", "种类", "标题", "编写", "审核", Column("待通知", justify="right"))
    with office.reading() as session:
        found = card_drafts.in_states(session, STATE_NAMES)
        for each in sorted(found, key=lambda draft: (not draft.is_open, -draft.key)):
            waiting = len(recipients(session, each)) if each.state == "published" else 0
            cells = (str(each.id), STATE_NAMES[each.state], kind_of(each), each.title, each.author_name)
            table.add_row(*map(escape, (*cells, each.reviewer_name, str(waiting or ""))))
    say_table(table, "还没有卡片草稿：用 gaps 看未答问题，或用 tickets card 工单号 转为草稿。")


def show(office: Office, number: int, *, as_toml: bool) -> None:
    """Print one draft with its history, or as a file to edit."""
    with office.reading() as session:
        draft = _found(card_drafts.get(session, number), number)
        n_people = len({each.contact_id for each in card_drafts.askers_of(session, number)})
        history = card_drafts.history_of(session, number)
        messages = told(session, draft)
        session.expunge_all()
    if as_toml:
        OUT.print(_as_toml(draft), markup=False, highlight=False, end="")
        return
    zone = ZoneInfo(office.settings.outlet.time_zone)
    say("\n".join(draft_lines(draft, n_people)))
    for each in history:
        states = " → ".join(STATE_NAMES[name] for name in dict.fromkeys((each.from_state, each.to_state)) if name)
        line = f"{each.at.astimezone(zone):%m-%d %H:%M} {each.actor_name} {states} {each.reason}"
        say(line.rstrip())
    if messages:
        counted = Counter(messages.values())
        found = [f"{state} {counted[state]}" for state in sorted(counted)]
        say(f"通知：{'，'.join(found)}")


def new(office: Office, question: int, choice: str, name: str) -> None:
    """Make a draft for a gap."""
    if choice not in CHOICES:
        _refuse(wording.DRAFT_CHOOSE_IN_WORDS)
    prospect = look_at_gap(office.desk, question)
    with office.writing() as session:
        made = make_draft(session, office.desk, prospect, _staff(name), office.desk.now(), wanted=CHOICES[choice])
        if made.offer is not None:
            _refuse(f"{wording.draft_offered(made.offer.title)}{wording.DRAFT_CHOOSE_IN_WORDS}")
        if made.draft is None:
            _refuse(made.reason)
        say(wording.draft_made(made.outcome, made.draft.key))


def edit(  # noqa: PLR0913  what to change, in which way
    office: Office, number: int, words: Mapping[str, str], name: str, *, file: Path | None, with_editor: bool
) -> None:
    """Change fields, given as words, as a file, or in an editor."""
    with office.reading() as session:
        draft = _found(card_drafts.get(session, number), number)
        session.expunge_all()
    changes: dict[str, Any] = {}
    if file is not None:
        changes |= _read(file)
    if with_editor:
        changes |= _edited(draft)
    for field in sorted(words, key=lambda each: each == "citations"):  # sources last: they prove the new answer
        changes |= (read := review_card.read_change(office.desk, draft, field, words[field], MACHINE))
        for changed_field, value in read.items():
            setattr(draft, changed_field, value)
    with office.writing() as session:
        changed = review_card.edit_draft(session, number, _staff(name), changes, office.desk.now())
    same = changed.revision == draft.revision
    OUT.print("没有改动。" if same else f"草稿 {number} 已修改。", highlight=False)


def submit(office: Office, number: int, name: str) -> None:
    """Hand a draft over for review."""
    with office.writing() as session:
        moved = review_card.submit_draft(session, number, _staff(name), office.desk.now())
    _print_state(moved)


def publish(office: Office, number: int, reviewer: str, *, is_confirmed: bool, ask: Ask) -> None:
    """Show the draft, publish it when confirmed, then offer to tell the askers."""
    show(office, number, as_toml=False)
    tried = review_card.try_out(office.desk, number)
    if tried.reasons:
        _refuse(wording.draft_unproven(tried.reasons))
    if not (is_confirmed or ask("确认发布？")):
        OUT.print("没有发布。", highlight=False)
        return
    by = _staff(reviewer)
    noted = attempts_noted(office.writing, "draft.review", Signature(by.key, by.name, office.desk.now()))
    with noted, office.writing() as session:
        draft = review_card.publish_draft(session, office.desk, tried, by, office.desk.now())
    office.refresh()
    OUT.print(f"草稿 {number} 已发布（卡片 {draft.card_id}），运行中的服务几秒内生效。", highlight=False)
    tell(office, number, is_confirmed=is_confirmed, ask=ask)


def tell(office: Office, number: int, *, is_confirmed: bool, ask: Ask) -> None:
    """Show how many would be told and what they would read; tell them when confirmed."""
    telling = whom_to_tell(office.desk, number)
    if telling is None:
        _refuse(wording.NOT_ANSWERING_YET)
    OUT.print(wording.will_tell(len(telling.questions), telling.n_others), highlight=False)
    if not telling.questions:
        return
    say("\n".join(preview_lines(telling)))
    if not (is_confirmed or ask("确认通知？")):
        OUT.print("没有通知。", highlight=False)
        return
    with office.writing() as session:
        draft = _found(card_drafts.get(session, number), number)
        n_people = tell_askers(session, office.desk, draft, telling, office.desk.now())
    OUT.print(f"已安排通知 {n_people} 位提问人；服务运行时发出，静默时段顺延。", highlight=False)


def reject(office: Office, number: int, reviewer: str, reason: str) -> None:
    """Turn a draft down."""
    with office.writing() as session:
        moved = review_card.reject_draft(session, number, _staff(reviewer), office.desk.now(), reason)
    _print_state(moved)


def give_back(office: Office, number: int, reviewer: str, reason: str) -> None:
    """Give a draft back to whoever writes it."""
    with office.writing() as session:
        moved = review_card.return_draft(session, number, _staff(reviewer), office.desk.now(), reason)
    _print_state(moved)


def withdraw(office: Office, number: int, name: str, reason: str) -> None:
    """Take a draft, or the card it became, down."""
    now = office.desk.now()
    with office.writing() as session:
        moved = review_card.withdraw_draft(session, office.desk, number, _staff(name), now, reason=reason)
    office.refresh()
    _print_state(moved)


def override(office: Office, card_id: str, outlet: str, reason: str, name: str) -> None:
    """Begin an outlet's own answer to what a card answers."""
    with office.writing() as session:
        draft = override_card.override_card(
            session, office.desk, card_id, outlet, reason, _staff(name), office.desk.now()
        )
        say("\n".join(draft_lines(draft, 0)))
        say(f"下一步：drafts edit {draft.key} 写上答复，drafts submit {draft.key}，再由另一个人 drafts publish。")


def list_overrides(office: Office) -> None:
    """Print what outlets answer in their own way: whose, which card, why, who, since when, how it stands."""
    table = Table("草稿", "网点", "卡片", "理由", "编写 / 审核", "起", "现状")
    zone = ZoneInfo(office.settings.outlet.time_zone)
    with office.reading() as session:
        for each in override_card.overview(session, office.desk):
            draft = each.draft
            since = f"{draft.published_at.astimezone(zone):%Y-%m-%d}" if draft.published_at else ""
            people = f"{draft.author_name} / {draft.reviewer_name}"
            card = f"{each.title}（{draft.overrides}）"
            standing = wording.OVERRIDE_STATES[each.standing]
            cells = (str(draft.id), each.outlet, card, draft.override_reason, people, since, standing)
            table.add_row(*map(escape, cells))
    say_table(table, wording.NO_OVERRIDES)


def stand_by(office: Office, number: int, reviewer: str) -> None:
    """Somebody looked again at an override whose card changed."""
    with office.writing() as session:
        override_card.stand_by(session, office.desk, number, _staff(reviewer), office.desk.now())
    office.refresh()
    say(wording.override_stands(number))


def _print_state(draft: CardDraft) -> None:
    OUT.print(wording.draft_moved(draft.key, STATE_NAMES[draft.state]), highlight=False)


def _found(draft: CardDraft | None, number: int) -> CardDraft:
    if draft is None:
        _refuse(wording.no_draft(number))
    return draft


def _refuse(sentence: str) -> NoReturn:
    raise DraftRefusedError(sentence)


def _staff(name: str) -> Staff:
    return Staff(f"{STAFF_DESK.channel}:{name}", name)


def _as_toml(draft: CardDraft) -> str:
    return draft_toml({name: getattr(draft, name) for name in EDITABLE})


def _read(file: Path) -> dict[str, Any]:
    try:
        return draft_fields(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        _refuse(f"读不了 {file}：请检查路径，并以 UTF-8 保存。")
    except FaultError as error:
        _refuse(f"{file.name}：{error}")


def _edited(draft: CardDraft) -> dict[str, Any]:
    """What the draft says after a visit to the editor; the text is kept when it can't be read."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".toml", delete=False) as file:
        file.write(_as_toml(draft))
    path = Path(file.name)
    try:
        subprocess.run([*command, str(path)], check=True)  # noqa: S603  the user's own editor
    except (OSError, subprocess.CalledProcessError):
        _refuse(f"打不开编辑器 {command[0]}：请设置环境变量 EDITOR，或改用 --file。")
    try:
        found = _read(path)
    except DraftRefusedError as error:
        _refuse(f"{error}您写的内容在 {path}，改好后用 --file 读入。")
    path.unlink()
    return found
