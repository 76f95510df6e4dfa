"""``zhixun duty``: who is on duty, and who would get a question."""

from __future__ import annotations

from datetime import datetime

from bot.application import Office
from bot.screen import say
from handlers import give_out, ticket_wording
from handlers.talk import office_time


def show(office: Office, moment: datetime) -> bool:
    """Print everybody on the list at that moment; whether every file of the duty book is right."""
    say(give_out.duty_now(office.desk, moment))
    return _told_of_faults(office)


def preview(office: Office, question: str, moment: datetime) -> bool:
    """Print who would get a question, and why; whether every file of the duty book is right."""
    answer = office.answerer.answer(question, office_time(office.desk.settings).day(moment))
    with office.reading() as session:
        say(give_out.preview(session, office.desk, question, answer, moment))
    return _told_of_faults(office)


def _told_of_faults(office: Office) -> bool:
    for problem in office.desk.duty.problems:
        say(f"有误：{problem}改好之前沿用上一次正确的内容（没有过，群里就谁都不能办理）。")
    if office.desk.duty.lost:
        say(ticket_wording.duty_lost(office.desk.duty.lost))
    return not office.desk.duty.problems
