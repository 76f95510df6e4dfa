"""Questionnaires, opinions and answers to follow-ups: what must have come of them, reckoned from the records and from
what reached people, never by the product's rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from benchmarks.simulation.calendar import CLOSES, SHANGHAI, WORKED, is_quiet, moment
from benchmarks.simulation.office import ROUND, SURVEYS
from benchmarks.simulation.world import World
from consultations.contacts import Contact
from consultations.follow_ups import FollowUp
from consultations.messages import Address
from consultations.opinions import Opinion
from consultations.outbox import OutboxMessage
from consultations.received import ReceivedMessage
from consultations.surveys import SurveyAsking, SurveyResponse

OPINION = "示例意见"
OPINION_WORKDAYS = 5


@dataclass
class Forms:
    """Looks at the end. `answered`: what somebody pressed last under each follow-up; `rated`: tickets voted on."""

    world: World
    slack: timedelta
    answered: dict[int, str] = field(default_factory=dict)
    rated: set[str] = field(default_factory=set)

    def did(self, what: str, address: Address, argument: str) -> None:
        """An asker answered a follow-up or rated a ticket."""
        del address
        if what == "answered":
            follow_up, _, result = argument.partition(":")
            self.answered[int(follow_up)] = result
        if what == "voted":
            self.rated.add(argument)

    def faults(self) -> Iterator[str]:
        """Everything that is wrong, in words."""
        with self.world.reading() as session:
            contacts = {each.key: each for each in session.exec(select(Contact))}
            yield from self._asked_once(session, contacts)
            yield from self._thanked(session)
            yield from self._opinions(session, contacts)
            yield from self._answers(session, contacts)

    def figures(self) -> dict[str, object]:
        """How much of it there was."""
        with self.world.reading() as session:
            asked = Counter(each.survey for each in session.exec(select(SurveyAsking)) if each.state == "sent")
            done = Counter(each.survey for each in session.exec(select(SurveyResponse)) if each.finished_at)
            reminded = select(SurveyAsking).where(col(SurveyAsking.reminded_at).is_not(None))
            opinions = Counter(each.state for each in session.exec(select(Opinion)))
            return {
                "questionnaires asked": dict(sorted(asked.items())),
                "questionnaires handed in": dict(sorted(done.items())),
                "reminders of questionnaires": len(session.exec(reminded).all()),
                "follow-ups answered in chat": len(self.answered),
                "tickets rated": len(self.rated),
                "opinions": dict(sorted(opinions.items())),
            }

    def _asked_once(self, session: Session, contacts: dict[int, Contact]) -> Iterator[str]:
        """One invitation for everybody who was to be asked, one reminder at most, none to who had handed in."""
        rows = session.exec(select(OutboxMessage).where(col(OutboxMessage.dedupe_key).startswith("asking:"))).all()
        sent = {each.dedupe_key: each for each in rows}
        finished = {(each.survey, each.contact_id): each.finished_at for each in session.exec(select(SurveyResponse))}
        now = self.world.office_now
        for asking in session.exec(select(SurveyAsking).where(col(SurveyAsking.survey).in_(ROUND))):
            contact = contacts[asking.contact_id]
            if asking.state == "cancelled" and not self._is_unwelcome(contact):
                yield f"{asking.survey} was not sent to contact {contact.id}, who wanted nothing else"
            if asking.state == "sent" and contact.erased_at is None and f"asking:{asking.id}" not in sent:
                yield f"{asking.survey} is marked as sent to contact {contact.id} and never left"
            if asking.remind_at is not None and asking.remind_at <= now - self.slack and not is_quiet(now):
                yield f"the reminder of {asking.survey} to contact {contact.id} waits since {asking.remind_at}"
            reminder = sent.get(f"asking:{asking.id}:reminder")
            done_at = finished.get((asking.survey, asking.contact_id))
            if reminder is not None and done_at is not None and done_at < reminder.created_at:
                yield f"contact {contact.id} was reminded of {asking.survey} after handing it in"

    def _is_unwelcome(self, contact: Contact) -> bool:
        refused = contact.consent == "refused" or contact.erased_at is not None
        return refused or contact.is_blocked or contact.address in self.world.blockers

    def _thanked(self, session: Session) -> Iterator[str]:
        """Who was thanked has handed in, once; who handed in was thanked, unless out of reach meanwhile."""
        done = Counter(each.survey for each in session.exec(select(SurveyResponse)) if each.finished_at)
        for survey in ROUND:
            words = SURVEYS.by_id[survey].thanks
            told = [each.address for each in self.world.arrived.values() if words in each.plain_text]
            if len(told) > done[survey]:
                yield f"{len(told)} were thanked for {survey}, {done[survey]} handed it in"
            if done[survey] - len(told) > len(self.world.blockers):
                yield f"{done[survey]} handed in {survey}, {len(told)} were thanked"

    def _opinions(self, session: Session, contacts: dict[int, Contact]) -> Iterator[str]:
        """Each opinion stands in the ledger once, with the day by which it is to be replied to; nobody forgot it."""
        said = Counter(each.text for each in session.exec(select(Opinion)) if each.text.startswith(OPINION))
        letters = select(ReceivedMessage).where(ReceivedMessage.route == "opinion")
        for letter in session.exec(letters):
            contact = contacts.get(letter.contact_id or 0)
            words = letter.text.removeprefix("/opinion ")
            if contact is not None and contact.erased_at is None and said[words] != 1:
                yield f"{words} of contact {contact.id} stands in the ledger {said[words]} times"
        reminders = [each.plain_text for each in self.world.arrived.values() if "到期还没有答复" in each.plain_text]
        now = self.world.office_now
        for opinion in session.exec(select(Opinion)):
            if opinion.due_at != due_of(opinion.created_at):
                yield f"{opinion.number} of {opinion.created_at} is due {opinion.due_at}"
            is_late = opinion.state == "open" and opinion.due_at <= now - self.slack
            told = sum(opinion.number in each for each in reminders)
            if told > 1 or (
                is_late and not told and not is_quiet(now) and not any("另有" in each for each in reminders)
            ):
                yield f"{opinion.number} was due {opinion.due_at}, staff were told {told} times"

    def _answers(self, session: Session, contacts: dict[int, Contact]) -> Iterator[str]:
        """A follow-up somebody answered is not open any more; their last word counts."""
        for each in session.exec(select(FollowUp).where(col(FollowUp.id).in_(self.answered))):
            if contacts[each.contact_id].consent == "refused":
                continue
            if each.state != "answered" or each.result != self.answered[each.key]:
                yield f"{each.occasion} was answered {self.answered[each.key]} and is {each.state} {each.result}"


def due_of(created_at: datetime) -> datetime:
    """The end of the fifth day that is worked after that one."""
    later = [day for day in sorted(WORKED) if day > created_at.astimezone(SHANGHAI).date()]
    return moment(later[OPINION_WORKDAYS - 1], CLOSES)


def both(*told: Callable[[str, Address, str], None]) -> Callable[[str, Address, str], None]:
    """Tell each of them what somebody did."""

    def did(what: str, address: Address, argument: str) -> None:
        for each in told:
            each(what, address, argument)

    return did
