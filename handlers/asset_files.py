"""A ledger of assets (知识产权台账) sent as a spreadsheet in the talk: shown first, stored when a button says so.

Its bytes are read once, in a process of its own, and forgotten; what stays until the button is pressed are its rows, as
if they had been pasted.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from sqlmodel import Session

from consultations import dialogue
from consultations.asset_table import Sheet, is_table_of_assets, pasted, read_sheet
from consultations.messages import Inbound
from handlers import asset_wording, files
from handlers.assets import AWAITING, offer
from handlers.situation import Situation, standing
from handlers.talk import Replies, Talk, human_row, say
from handlers.wish import storable
from policies.readers import Refused
from policies.readers.isolated import read_rows

LARGEST_BYTES = 2 * 2**20  # a table of 2,000 assets has 0.2 MB
_ENDING = ".xlsx"


def is_wanted(session: Session, inbound: Inbound, now: datetime) -> bool:
    """Whether a door should fetch what is in the file: a spreadsheet of somebody who was asked for their assets, or
    whom no member of staff is helping, so that it can't be meant for them.
    """
    if not _is_spreadsheet(inbound) or inbound.attachments[0].size_bytes > LARGEST_BYTES:
        return False
    found = standing(session, inbound.address)
    awaiting = found[1].waits_for(now) if found and found[1] else ""
    return awaiting == AWAITING or found is None or found[2] is None


def is_ledger(situation: Situation) -> bool:
    """A spreadsheet where assets were asked for, or one that was fetched."""
    if not _is_spreadsheet(situation.inbound):
        return False
    return situation.awaiting == AWAITING or (situation.ticket is None and bool(_content(situation.inbound)))


def look_at_file(situation: Situation) -> Sheet | str:
    """What stands in the spreadsheet, or why it can't be read."""
    if situation.inbound.attachments[0].size_bytes > LARGEST_BYTES:
        return asset_wording.TOO_LARGE
    content = _content(situation.inbound)
    if not content:
        return (
            asset_wording.EMPTY_FILE if not situation.inbound.attachments[0].size_bytes else asset_wording.NOT_FETCHED
        )
    read = read_rows(content)
    if isinstance(read, Refused):
        return asset_wording.unreadable(read.reason)
    if situation.awaiting != AWAITING and not is_table_of_assets(read):
        return ""
    sheet = read_sheet(read)
    return sheet if sheet.problems else Sheet(sheet.rows, seen=sheet.seen, text=storable(pasted(read)))


def take_file(talk: Talk) -> Replies:
    """What would be taken up, with the buttons; every fault of a file that has one. Another table is any other file."""
    found: Sheet | str = talk.found
    if found == "":
        return files.from_asker(talk)
    dialogue.await_words(talk.dialogue, AWAITING, talk.now)
    if isinstance(found, str):
        return (say(talk, found, choices=(human_row(),)),)
    if found.problems:
        told = asset_wording.problems(found.problems)
        return (say(talk, asset_wording.not_saved(len(found.rows), found.n_wrong), told, choices=(human_row(),)),)
    if not found.rows:
        return (say(talk, asset_wording.ONLY_EXAMPLES, choices=(human_row(),)),)
    talk.received.text = found.text
    return offer(talk, found)


def _is_spreadsheet(inbound: Inbound) -> bool:
    names = [PurePath(each.name).suffix.lower() for each in inbound.attachments]
    return inbound.kind == "file" and names == [_ENDING]


def _content(inbound: Inbound) -> bytes:
    return inbound.attachments[0].content
