"""What should have come out, reckoned a second time from what happened: which polls and follow-ups are due, who must
have been told, which moves are legal. It reads the records, never the product's rules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from benchmarks.simulation.calendar import after_quiet, is_quiet, next_working, worked_minutes
from benchmarks.simulation.office import Command
from benchmarks.simulation.people import FOLLOWED_UP
from benchmarks.simulation.world import World
from consultations.checks import ReplyCheck
from consultations.contacts import Contact
from consultations.follow_ups import FollowUp
from consultations.messages import Address
from consultations.outbox import OutboxMessage
from consultations.surveys import SurveyAsking
from consultations.ticket_messages import TicketMessage
from consultations.tickets import Ticket, TicketEvent
from consultations.timers import TicketTimer

ALIVE = frozenset({"open", "assigned", "claimed", "replied"})
MOVES = {
    "": {"open"},
    "open": {"assigned", "claimed", "withdrawn"},
    "assigned": {"open", "assigned", "claimed", "withdrawn"},
    "claimed": {"open", "assigned", "replied", "closed", "withdrawn"},
    "replied": {"open", "assigned", "closed", "withdrawn"},
    "closed": {"open", "archived"},
    "withdrawn": {"archived"},
    "archived": set[str](),
}
VISIT_DAYS = {item: days for items, days in FOLLOWED_UP.values() for item in items}
CLAIM_MINUTES = {"urgent": 5.0}
WATCH_EVERY = timedelta(minutes=30)
SILENT_MINUTES = {"urgent": 15.0}


@dataclass
class Reckoning:
    """Looks after every command. `faults` is what should not be, in words."""

    world: World
    follow_up_days: int
    faults: list[str] = field(default_factory=list)
    polls: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    low: set[int] = field(default_factory=set)
    _state: dict[int, str] = field(default_factory=lambda: defaultdict(str))
    _event: int = 0
    _surveys: dict[int, datetime] = field(default_factory=dict)
    _turns: Counter[int] = field(default_factory=Counter)
    _follow: dict[tuple[int, str, int], datetime] = field(default_factory=dict)
    _seq: Counter[tuple[int, str]] = field(default_factory=Counter)

    _watched: datetime | None = None

    @property
    def slack(self) -> timedelta:
        """Two ticks: one may come just before, one may be killed."""
        return 2 * self.world.tick_every + timedelta(minutes=1)

    def look(self, command: Command) -> None:
        """After a command was done."""
        with self.world.reading() as session:
            self._follow_events(session)
            if command.verb == "tick":
                if not is_quiet(command.now):
                    self._reckon_polls(session, command.now)
                    self._reckon_follow_ups(session, command.now)
                if self._watched is None or command.now - self._watched >= WATCH_EVERY:
                    self._watched = command.now
                    self._watch_deadlines(session, command.now)

    def did(self, what: str, address: Address, ticket: str) -> None:
        """An asker voted, said that it is not solved, or wants nothing unasked any more."""
        with self.world.reading() as session:
            if what == "refused":
                for each in session.exec(select(Contact).where(Contact.consent == "refused")):
                    self._forget(session, each.key)
                return
            if what == "answered":
                return  # `forms` looks after those
            found = session.get(Ticket, int(ticket))
            contact = session.get(Contact, found.contact_id) if found else None
            if found is None or contact is None or contact.address != address:
                return
            if what == "voted":
                self._call_off(found.key, "score_reminder")
            elif contact.consent != "refused":
                self.low.add(found.key)

    # --- tickets

    def _follow_events(self, session: Session) -> None:
        new = session.exec(select(TicketEvent).where(col(TicketEvent.id) > self._event).order_by(col(TicketEvent.id)))
        for each in new:
            assert each.id is not None
            self._event = each.id
            seen = self._state[each.ticket_id]
            if each.from_state == each.to_state != "assigned":
                continue
            if each.from_state != seen or each.to_state not in MOVES[seen]:
                self._fault(f"ticket {each.ticket_id} went from {seen} ({each.from_state}) to {each.to_state}")
            self._state[each.ticket_id] = each.to_state
            if each.to_state == "closed":
                self._closed(session, each)

    def _closed(self, session: Session, event: TicketEvent) -> None:
        ticket = session.get_one(Ticket, event.ticket_id)
        contact = session.get_one(Contact, ticket.contact_id)
        if contact.consent == "refused" or contact.erased_at is not None:
            return
        self._surveys[ticket.key] = after_quiet(event.at)
        self._turns[ticket.key] += 1
        self._call_off(ticket.key, "visit", "score_reminder")
        for days in VISIT_DAYS.get(ticket.service_item, (self.follow_up_days,)):
            self._plan(ticket.key, "visit", after_quiet(event.at + timedelta(days=days)))

    def _call_off(self, ticket_id: int, *kinds: str) -> None:
        for key in [each for each in self._follow if each[0] == ticket_id and each[1] in kinds]:
            del self._follow[key]

    def _plan(self, ticket_id: int, kind: str, due_at: datetime) -> None:
        self._seq[ticket_id, kind] += 1
        self._follow[ticket_id, kind, self._seq[ticket_id, kind]] = due_at

    def _forget(self, session: Session, contact_id: int) -> None:
        for ticket in session.exec(select(Ticket).where(Ticket.contact_id == contact_id)):
            self._surveys.pop(ticket.key, None)
            self._call_off(ticket.key, "visit", "score_reminder")

    # --- polls and follow-ups

    def _due(self, session: Session, waiting: dict[int, datetime], now: datetime) -> Iterator[tuple[Ticket, Contact]]:
        for ticket_id in [each for each, due_at in sorted(waiting.items(), key=lambda each: each[1]) if due_at <= now]:
            ticket = session.get_one(Ticket, ticket_id)
            yield ticket, session.get_one(Contact, ticket.contact_id)

    def _reckon_polls(self, session: Session, now: datetime) -> None:
        for ticket, contact in self._due(session, self._surveys, now):
            if ticket.key not in self._surveys:
                continue
            if contact.consent == "refused" or contact.erased_at is not None or contact.is_blocked:
                for each in session.exec(select(Ticket.id).where(Ticket.contact_id == contact.key)):
                    self._surveys.pop(each or 0, None)
                continue
            del self._surveys[ticket.key]
            if ticket.state in ALIVE:
                continue  # asked about when it is closed again
            turn = self._turns[ticket.key]
            self._must_have(session, f"survey:{ticket.key}" + (f":{turn}" if turn > 1 else ""), self.polls)
            self._call_off(ticket.key, "score_reminder")
            self._plan(ticket.key, "score_reminder", after_quiet(now + timedelta(hours=24)))

    def _reckon_follow_ups(self, session: Session, now: datetime) -> None:
        for ticket_id, kind, seq in sorted(each for each, due_at in self._follow.items() if due_at <= now):
            if (ticket_id, kind, seq) not in self._follow:
                continue
            ticket = session.get_one(Ticket, ticket_id)
            contact = session.get_one(Contact, ticket.contact_id)
            if contact.consent == "refused" or contact.erased_at is not None:
                self._forget(session, contact.key)
                continue
            del self._follow[ticket_id, kind, seq]
            if ticket.state not in ALIVE and not contact.is_blocked:
                self._must_have(session, f"follow_up:{ticket_id}:{kind}:{seq}", self.visits)

    def _must_have(self, session: Session, key: str, expected: set[str]) -> None:
        expected.add(key)
        if session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == key)).first() is None:
            self._fault(f"{key} is due and was not sent")

    # --- deadlines

    def _watch_deadlines(self, session: Session, now: datetime) -> None:
        living = select(Ticket).where(col(Ticket.state).in_(ALIVE), col(Ticket.merged_into).is_(None))
        for ticket in session.exec(living).all():
            if ticket.state != "replied" and now - ticket.due_at > self.slack:
                self._must_be_noticed(session, ticket)
            self._must_not_rest(session, ticket, now)
        self._watch_checks(session, now)
        late = select(FollowUp).where(FollowUp.state == "sent", col(FollowUp.escalate_at).is_not(None))
        for each in session.exec(late).all() if not is_quiet(now) else ():
            assert each.sent_at is not None
            if now - next_working(each.sent_at + timedelta(hours=24)) > self.slack:
                self._fault(f"{each.occasion} was sent at {each.sent_at}, nobody answered, nobody was told")

    def _watch_checks(self, session: Session, now: datetime) -> None:
        """A reply that waits for a second person is never forgotten: the leader is told, and will be told again."""
        for check in session.exec(select(ReplyCheck).where(ReplyCheck.state == "waiting")).all():
            mine = select(TicketTimer.due_at).where(
                TicketTimer.ticket_id == check.ticket_id,
                TicketTimer.kind == "check_stuck",
                TicketTimer.state == "waiting",
            )
            due_at = session.exec(mine).first()
            if due_at is None or due_at < now - self.slack:
                self._fault(f"the reply on ticket {check.ticket_id} waits to be checked, the leader hears at {due_at}")

    def _must_be_noticed(self, session: Session, ticket: Ticket) -> None:
        mine = select(TicketTimer).where(TicketTimer.ticket_id == ticket.key, TicketTimer.kind == "over")
        done = [each for each in session.exec(mine) if each.state == "done" and each.due_at >= ticket.due_at]
        keys = [f"over:{ticket.key}:{each.seq}:staff:room" for each in done]
        told = session.exec(select(OutboxMessage.id).where(col(OutboxMessage.dedupe_key).in_(keys))).first()
        if ticket.replied_at is None and told is None:
            self._fault(f"{ticket.number} ({ticket.state}) passed {ticket.due_at} unnoticed")

    def _must_not_rest(self, session: Session, ticket: Ticket, now: datetime) -> None:
        """Given to somebody who does not take it, or held by somebody silent: it must have been taken back."""
        since, limit = self._silence(session, ticket)
        if since is None:
            return
        lost = sum(worked_minutes(max(since, began), min(now, ended)) for began, ended in self.world.darkness)
        minutes = worked_minutes(since, now) - lost
        if minutes > limit + self.slack / timedelta(minutes=1):
            self._fault(f"{ticket.number} is {ticket.state} and rests for {minutes:.0f} working minutes")

    def _silence(self, session: Session, ticket: Ticket) -> tuple[datetime | None, float]:
        events = select(TicketEvent.at).where(TicketEvent.ticket_id == ticket.key).order_by(col(TicketEvent.id).desc())
        moved = session.exec(events).first()
        if ticket.state == "assigned":
            return moved, CLAIM_MINUTES.get(ticket.kind, 60.0)
        drafts = select(ReplyCheck.id).where(ReplyCheck.ticket_id == ticket.key, ReplyCheck.state == "waiting")
        limit = SILENT_MINUTES.get(ticket.kind, 240.0)
        if session.exec(drafts.where(col(ReplyCheck.is_after).is_(False))).first() is not None:
            return None, limit  # written, and in the hands of a colleague: `_watch_checks`
        mine = select(TicketMessage).where(TicketMessage.ticket_id == ticket.key).order_by(col(TicketMessage.id))
        said = session.exec(mine).all()
        if ticket.state == "claimed" and moved is not None:
            noted = [each.at for each in said if each.author == "note" and each.actor == ticket.holder]
            return max([moved, *noted]), limit
        if ticket.state == "replied":
            last = max((n for n, each in enumerate(said) if each.author == "staff"), default=-1)
            unanswered = [each.at for each in said[last + 1 :] if each.author == "asker"]
            return (max(unanswered[0], moved) if unanswered and moved else None), limit
        return None, limit

    def _fault(self, words: str) -> None:
        if words not in self.faults:
            self.faults.append(f"{self.world.now:%m-%d %H:%M} {words}")

    # --- at the end

    def settle(self) -> None:
        """Exactly the polls and follow-ups that were due, nothing beside them; nothing due was left lying."""
        with self.world.reading() as session:
            erased = {each.key for each in session.exec(select(Contact).where(col(Contact.erased_at).is_not(None)))}
            theirs = {each.key for each in session.exec(select(Ticket)) if each.contact_id in erased}
            self._compare(session, ("survey",), self.polls, theirs)
            self._compare(session, ("follow_up",), self.visits, theirs)
            second = set(session.exec(select(FollowUp.ticket_id).where(FollowUp.kind == "second")))
            by_phone = select(FollowUp.ticket_id).where(col(FollowUp.result).in_(("1", "2")))
            for ticket_id in second ^ (self.low | set(session.exec(by_phone))):
                self._fault(
                    f"a second contact about ticket {ticket_id}: {ticket_id in second}, low {ticket_id in self.low}"
                )
            self._nothing_left(session)

    def _compare(self, session: Session, kinds: tuple[str, ...], expected: set[str], erased: set[int]) -> None:
        rows = session.exec(select(OutboxMessage).where(col(OutboxMessage.kind).in_(kinds))).all()
        keys = [each.dedupe_key or "" for each in rows if not (each.dedupe_key or "").startswith("asking:")]
        found = Counter(":".join(each.split(":")[:4]) for each in keys)  # questionnaires sent by hand: `forms`
        for key in set(found) - expected:
            self._fault(f"{key} was sent and not due")
        for key in expected - set(found):
            if int(key.split(":")[1]) not in erased:
                self._fault(f"{key} was due and is gone")

    def _nothing_left(self, session: Session) -> None:
        now = self.world.office_now
        for asking in session.exec(select(SurveyAsking).where(SurveyAsking.state == "waiting")).all():
            if asking.due_at <= now and not is_quiet(now):
                self._fault(f"survey of ticket {asking.ticket_id} waits since {asking.due_at}")
        for follow_up in session.exec(select(FollowUp).where(FollowUp.state == "waiting")).all():
            if follow_up.due_at <= now and not is_quiet(now):
                self._fault(f"{follow_up.occasion} waits since {follow_up.due_at}")
        for timer in session.exec(select(TicketTimer).where(TicketTimer.state == "waiting")).all():
            if timer.due_at <= now:
                self._fault(f"timer {timer.kind} of ticket {timer.ticket_id} waits since {timer.due_at}")
        for ticket in session.exec(select(Ticket)).all():
            if self._state[ticket.key] != ticket.state:
                self._fault(f"{ticket.number} is {ticket.state}, its history says {self._state[ticket.key]}")
