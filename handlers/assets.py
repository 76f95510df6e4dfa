"""The ledger of one's own assets (知识产权台账) in the talk: write it down, see what is due, be reminded or not."""

from __future__ import annotations

from sqlmodel import Session

from consultations import assets, audit, dialogue, reminders
from consultations.asset_table import Sheet, are_lines, read_lines
from consultations.assets import AssetImport, AssetLedger, LedgerFullError
from consultations.messages import Block, Choice
from consultations.received import ReceivedMessage
from handlers import asset_wording, wording
from handlers.remind_assets import foreseen, upcoming
from handlers.situation import Situation
from handlers.talk import Replies, Talk, everyday_choices, human_row, row, say
from handlers.wish import identity

AWAITING = "assets"
_SOON = 365  # days shown when somebody looks


def show(talk: Talk) -> Replies:
    """What is due within a year, and what one can do; without a ledger, how to write one."""
    ledger = assets.of_contact(talk.session, talk.contact.key)
    held = assets.holdings(talk.session, ledger.key) if ledger else ()
    if ledger is None or not held:
        return _ask_for_lines(talk, asset_wording.EMPTY)
    dialogue.await_words(talk.dialogue, AWAITING, talk.now)
    today = talk.office.day(talk.now)
    due = upcoming(talk.session, talk.desk, ledger, today, _SOON)
    lines = [asset_wording.due_line(each.asset, each.deadline, today) for each in due[: asset_wording.SHOWN]]
    head = f"您的台账有 {len(held)} 件，一年内有 {len(due)} 项期限。"
    is_on = asset_wording.IS_ON if ledger.reminders == "yes" else asset_wording.IS_OFF
    switch = (asset_wording.OFF, "asset:off") if ledger.reminders == "yes" else (asset_wording.ON, "asset:on")
    numbered = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))
    choices = (row((asset_wording.ADD, "asset:add"), switch), human_row())
    return (say(talk, head, numbered, is_on, Block("note", asset_wording.OFFICIAL), choices=choices),)


def are_lines_wanted(situation: Situation) -> bool:
    """Assets written down where we asked for them; anything else is a question of its own."""
    is_text = situation.inbound.kind == "text" and not situation.wish.verb
    return is_text and situation.awaiting == AWAITING and are_lines(situation.inbound.text)


def take_text(talk: Talk) -> Replies:
    """Lines we asked for: shown as they were understood, stored only when a button says so."""
    sheet = read_lines(talk.inbound.text)
    if sheet.problems:
        dialogue.await_words(talk.dialogue, AWAITING, talk.now)
        return (say(talk, asset_wording.NOT_SAVED, asset_wording.problems(sheet.problems), choices=(human_row(),)),)
    return offer(talk, sheet)


def offer(talk: Talk, sheet: Sheet) -> Replies:
    """What taking up the assets of this message would do, which reminders would follow, and the buttons."""
    ledger = assets.of_contact(talk.session, talk.contact.key)
    changes = assets.compare(assets.holdings(talk.session, ledger.key) if ledger else (), sheet.rows)
    if not changes.added and not changes.changed:
        return (say(talk, asset_wording.NOTHING_NEW, choices=everyday_choices()),)
    number = talk.received.key
    today = talk.office.day(talk.now)
    follows = asset_wording.foreseen(foreseen(talk.desk, sheet.rows, today, _SOON), today)
    buttons = (
        row((asset_wording.SAVE, f"asset:remind:{number}")),
        row((asset_wording.SAVE_ONLY, f"asset:save:{number}"), (asset_wording.DROP, "asset:drop")),
    )
    return (say(talk, asset_wording.preview(changes), follows, choices=buttons),)


def press(talk: Talk) -> Replies:
    """A pressed ``asset:<what>:<id>``."""
    what, _, which = talk.wish.argument.partition(":")
    if what == "add":
        return _ask_for_lines(talk)
    if what == "drop":
        return (say(talk, asset_wording.DROPPED, choices=everyday_choices()),)
    if what in ("on", "off"):
        return _switch(talk, "yes" if what == "on" else "no")
    if what == "done":
        return _finish(talk, identity(which))
    if what == "undo":
        return _undo(talk, identity(which))
    return _save(talk, identity(which), is_wanted=what == "remind") if what in ("save", "remind") else _stale(talk)


def _ask_for_lines(talk: Talk, lead: str = "") -> Replies:
    dialogue.await_words(talk.dialogue, AWAITING, talk.now)
    return (say(talk, lead, asset_wording.HOW, choices=(human_row(),)),)


def _save(talk: Talk, received_id: int | None, *, is_wanted: bool) -> Replies:
    """Take up the lines of an earlier message of the same person."""
    sheet = _lines_of(talk.session, received_id, talk.contact.key)
    if sheet is None:
        return _stale(talk)
    actor = f"contact:{talk.contact.id}"
    ledger = assets.open_ledger(talk.session, enterprise="", contact_id=talk.contact.key, actor=actor, now=talk.now)
    changes = assets.compare(assets.holdings(talk.session, ledger.key), sheet.rows)
    if not changes.added and not changes.changed:
        return (say(talk, asset_wording.NOTHING_NEW, choices=everyday_choices()),)
    try:
        done = assets.take_up(talk.session, ledger, sheet.rows, actor, talk.now)
    except LedgerFullError as error:
        return (say(talk, str(error), choices=(human_row(),)),)
    said = [asset_wording.saved(len(changes.added), len(changes.changed))]
    if is_wanted:
        said.append(_turn_on(talk, ledger))
    buttons = (row((asset_wording.MORE_SOON, "assets"), (asset_wording.UNDO, f"asset:undo:{done.id}")),)
    return (say(talk, *said, Block("note", asset_wording.OFFICIAL), choices=(*buttons, *_resume(talk, ledger))),)


def _lines_of(session: Session, received_id: int | None, contact_id: int) -> Sheet | None:
    letter = session.get(ReceivedMessage, received_id) if received_id else None
    if letter is None or letter.contact_id != contact_id or not letter.text:
        return None
    sheet = read_lines(letter.text)
    return None if sheet.problems or not sheet.rows else sheet


def _switch(talk: Talk, answer: str) -> Replies:
    ledger = assets.of_contact(talk.session, talk.contact.key)
    if ledger is None:
        return _ask_for_lines(talk, asset_wording.EMPTY)
    if answer == "yes":
        return (say(talk, _turn_on(talk, ledger), choices=_resume(talk, ledger)),)
    ledger.reminders = "no"
    return (say(talk, asset_wording.TURNED_OFF, choices=(row((asset_wording.ON, "asset:on")),)),)


def _turn_on(talk: Talk, ledger: AssetLedger) -> str:
    """Reminders from now on, also of what fell due while they were off."""
    ledger.reminders, ledger.checked_on = "yes", None
    is_refused = not talk.contact.may_be_followed_up
    return asset_wording.REFUSED_BEFORE if is_refused else asset_wording.TURNED_ON


def _resume(talk: Talk, ledger: AssetLedger) -> tuple[tuple[Choice, ...], ...]:
    is_refused = ledger.reminders == "yes" and not talk.contact.may_be_followed_up
    return (row((wording.RESUME, "consent:yes")),) if is_refused else ()


def _finish(talk: Talk, reminder_id: int | None) -> Replies:
    reminder = reminders.owned(talk.session, reminder_id, talk.contact.key)
    if reminder is None:
        return _stale(talk)
    is_new = reminders.finish(talk.session, reminder, f"contact:{talk.contact.id}", talk.now)
    return (say(talk, asset_wording.MARKED if is_new else asset_wording.MARKED_BEFORE, choices=everyday_choices()),)


def _undo(talk: Talk, import_id: int | None) -> Replies:
    done = talk.session.get(AssetImport, import_id) if import_id else None
    ledger = assets.of_contact(talk.session, talk.contact.key)
    if done is None or ledger is None or done.ledger_id != ledger.key:
        return _stale(talk)
    is_undone = assets.undo(talk.session, done, talk.now)
    if is_undone:
        audit.note(talk.session, "asset_undone", talk.contact.key, f"contact:{talk.contact.id}", talk.now)
    said = asset_wording.UNDONE if is_undone else asset_wording.NOT_UNDONE
    return (say(talk, said, choices=everyday_choices()),)


def _stale(talk: Talk) -> Replies:
    return (say(talk, wording.STALE_PRESS, choices=everyday_choices()),)
