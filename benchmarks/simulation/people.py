"""The people: askers who ask, go on, change their mind, rate, ignore, block and come back; staff who race, reply, fall
silent, are away and leave. Each has a chance of their own, so that adding one changes nobody else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlmodel import Session

from benchmarks.simulation.calendar import SHANGHAI, next_working
from benchmarks.simulation.forms import OPINION
from benchmarks.simulation.office import ROOM
from benchmarks.simulation.world import World
from consultations.messages import Address, Choice, Inbound, InboundKind, Outbound
from consultations.tickets import Ticket

KINDS = {"答": 0.36, "问": 0.1, "难": 0.26, "个": 0.06, "诉": 0.04, "急": 0.08, "闲": 0.1}
ITEMS = ("B01", "B05", "B08", "B09", "B10", "B12")
REPLY = "示例答复"
_CODE = re.compile(r"/link (\d{8})")


def choices_of(message: Outbound) -> list[Choice]:
    """The buttons of a message in reading order."""
    return [choice for row in message.choices for choice in row]


@dataclass
class Asker:
    """One person, with one or two channels. `did` is told what they said about a ticket (vote, solved, refusal)."""

    world: World
    name: str
    chance: Random
    did: Callable[[str, Address, str], None]
    visits: float = 0.45  # how likely on a day
    has_window: bool = False
    is_erased: bool = False
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _last: Inbound | None = None

    @property
    def telegram(self) -> Address:
        """Their chat."""
        return Address("telegram", self.name)

    @property
    def window(self) -> Address:
        """Their page of the website window."""
        return Address("web", f"w{self.name}")

    def plan(self) -> None:
        """Some days they have something to ask, at any hour; those with two channels link them first."""
        day = self.world.start.astimezone(SHANGHAI).date()
        while (morning := datetime.combine(day, time(0), tzinfo=SHANGHAI)) < self.world.end:
            if self.chance.random() < self.visits:
                hour = self.chance.choice([*range(8, 22)] * 3 + [*range(24)])
                self.world.at(morning + timedelta(hours=hour, minutes=self.chance.uniform(0, 60)), self.visit)
            day += timedelta(days=1)
        if self.has_window:
            self.world.after(self.chance.uniform(1, 60), lambda: self.say(self.telegram, "/link"))

    def visit(self) -> None:
        """One visit: a question, sometimes another, sometimes a dozen at once; sometimes goodbye for good."""
        address = self.window if self.has_window and self.chance.random() < 0.5 else self.telegram
        if address in self.world.unreachable:
            if self.chance.random() < 0.5:
                return
            self.world.unreachable.discard(address)
            self.send(address, "unblocked")
        self.ask(address)
        if self.chance.random() < 0.35:
            self.world.after(self.chance.uniform(0, 15), lambda: self.ask(address))
        if self.chance.random() < 0.03:
            for _ in range(12):
                self.world.after(0.5, lambda: self.ask(address))
        if self.chance.random() < 0.06:
            words = f"/opinion {OPINION} {self.name}-{next(self._ids)}"
            self.world.after(self.chance.uniform(1, 30), lambda: self.say(address, words))
        if self.chance.random() < 0.04:
            self.world.after(self.chance.uniform(5, 600), lambda: self.block(address))
        if self.chance.random() < 0.01:
            self.world.after(self.chance.uniform(5, 600), lambda: self.leave(address))

    def ask(self, address: Address) -> None:
        """A question of some kind; no two are the same."""
        kind = self.chance.choices(list(KINDS), list(KINDS.values()))[0]
        words = f"{kind}：示例问题 {self.name}-{next(self._ids)} {self.chance.choice(ITEMS)}"
        self.say(address, "转人工" if self.chance.random() < 0.03 else words)

    def block(self, address: Address) -> None:
        """Stop the bot; some channels tell us so, others let us find out."""
        if address.channel != "telegram":
            return
        self.world.unreachable.add(address)
        self.world.blockers.add(address)
        if self.chance.random() < 0.5:
            self.send(address, "blocked")

    def leave(self, address: Address) -> None:
        """Unsubscribe, or have everything erased."""
        if self.chance.random() < 0.7:
            self.say(address, "/stop")
            self.did("refused", address, "")
        else:
            self.is_erased = True
            self.send(address, "choice", action="erase:sure")
            self.did("refused", address, "")

    def say(self, address: Address, text: str) -> None:
        """Type something."""
        self._last = self.send(address, "text", text=text)

    def press(self, address: Address, action: str) -> None:
        """Press a button; some press twice."""
        self.send(address, "choice", action=action)
        if self.chance.random() < 0.05:
            self.send(address, "choice", action=action)
        verb, _, argument = action.partition(":")
        if verb == "solved" and argument.endswith(":no"):
            self.did("low", address, argument.partition(":")[0])
        if action == "consent:no":
            self.did("refused", address, "")
        if verb == "follow":
            self.did("answered", address, argument)

    def vote(self, message: Outbound, option: int | None) -> None:
        """Vote in a poll, or take the vote back."""
        votes = () if option is None else (option,)
        self.send(message.address, "vote", action=message.poll_key, votes=votes)
        if option is not None:
            ticket = message.poll_key.partition(":")[2]
            self.did("voted", message.address, ticket)
            if option >= 3:
                self.did("low", message.address, ticket)

    def send(self, address: Address, kind: InboundKind, **parts: object) -> Inbound:
        """Any event; one in thirty is delivered a second time by the channel."""
        message_id = f"{address.chat_id}/{next(self._ids)}"
        made = Inbound(address, message_id, address.chat_id, self.world.now, kind, **parts)  # type: ignore[arg-type]
        made = replace(made, foreign_message_id=made.foreign_message_id or message_id)
        self.world.write(made)
        if self.chance.random() < 0.03:
            self.world.after(self.chance.uniform(0, 3), lambda: self.world.write(made))
        return made

    def hear(self, message: Outbound) -> None:
        """A message arrived; what it moves them to do."""
        address, buttons = message.address, {each.action.partition(":")[0]: each for each in choices_of(message)}
        if code := _CODE.search(message.plain_text):
            self.world.after(2, lambda: self.say(self.window, f"/link {code[1]}"))
        elif message.poll_key:
            self._rate(message)
        elif "q" in buttons:
            self._fill_in(address, message)
        elif "follow" in buttons:
            if self.chance.random() < 0.75:
                offered = [each for each in choices_of(message) if each.action.startswith("follow")]
                self._later(1, 1800, lambda: self.press(address, self.chance.choice(offered).action))
                if self.chance.random() < 0.1:  # and says something else later
                    self._later(1800, 2000, lambda: self.press(address, self.chance.choice(offered).action))
        elif REPLY in message.plain_text:
            self._react_to_reply(message, buttons)
        else:
            self._press_something(address, message)

    def _rate(self, message: Outbound) -> None:
        if self.chance.random() < 0.75:
            option = self.chance.choice([0, 0, 1, 1, 2, 3, 4])
            self._later(1, 1800, lambda: self.vote(message, option))
            if self.chance.random() < 0.1:
                other = self.chance.choice([None, 0, 3])
                self._later(1800, 2000, lambda: self.vote(message, other))

    def _fill_in(self, address: Address, message: Outbound) -> None:
        """One question of a questionnaire: some option, or words; sometimes it is left for another day."""
        chosen = self.chance.choice([each for each in choices_of(message) if each.action.startswith("q:")])
        if self.chance.random() < 0.95:
            minutes = self.chance.uniform(0.2, 3)
            self.world.after(minutes, lambda: self.press(address, chosen.action))
            if chosen.action.endswith(":write"):
                self.world.after(minutes + 1, lambda: self.say(address, f"示例说明 {self.name}-{next(self._ids)}"))

    def _react_to_reply(self, message: Outbound, buttons: dict[str, Choice]) -> None:
        address, drawn = message.address, self.chance.random()
        if drawn < 0.3:
            self._later(1, 90, lambda: self.say(address, f"追问 {self.name}-{next(self._ids)}"))
        elif drawn < 0.36:
            self._later(1, 30, lambda: self._edit(address))
        elif drawn < 0.4:
            self._later(1, 30, lambda: self.say(address, "撤回上一条"))
        elif drawn < 0.65 and "done" in buttons:
            self._later(1, 600, lambda: self.press(address, buttons["done"].action))

    def _edit(self, address: Address) -> None:
        if self._last is not None and self._last.address == address:
            words = f"{self._last.text} 改"
            self.send(address, "edit", text=words, foreign_message_id=self._last.message_id)

    def _press_something(self, address: Address, message: Outbound) -> None:
        """Judge an answer, choose what was asked back, agree to be written to, want a person."""
        wanted = {"good": 0.15, "bad": 0.1, "pick": 0.4, "solved": 0.6, "words": 0.3, "consent": 0.4, "human": 0.05}
        for each in choices_of(message):
            verb = each.action.partition(":")[0]
            likely = 0.04 if each.action == "consent:no" else wanted.get(verb, 0.0)
            if self.chance.random() < likely:
                self._later(0.2, 20, lambda action=each.action: self.press(address, action))  # type: ignore[misc]
                if verb == "words":
                    self._later(20, 25, lambda: self.say(address, f"感谢 {self.name}-{next(self._ids)}"))
                return

    def _later(self, soonest: float, latest: float, act: Callable[[], None]) -> None:
        self.world.after(self.chance.uniform(soonest, latest), act)


@dataclass
class Member:
    """One member of staff. Absent on some days, gone from one day on."""

    name: str
    absent: frozenset[int] = frozenset()  # days since the start
    gone_from: int = 10**6


@dataclass
class StaffRoom:
    """The staff chat: ten people who read the same messages."""

    world: World
    chance: Random
    members: list[Member]
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _racing: set[str] = field(default_factory=set)

    def hear(self, message: Outbound) -> None:
        """A message in the room; somebody may act on it."""
        thread = message.thread_key
        for each in choices_of(message):
            verb, _, argument = each.action.partition(":")
            if verb == "claim" and argument not in self._racing and self.chance.random() < 0.85:
                self._racing.add(argument)
                self._at_work(1, 70, lambda ticket=argument: self._race(ticket))  # type: ignore[misc]
            if verb == "check" and each.action.endswith(":pass") and self.chance.random() < 0.85:
                self._at_work(2, 90, lambda action=each.action: self._press(action, thread))  # type: ignore[misc]
            if verb == "visit" and self.chance.random() < 0.3:
                self._at_work(10, 500, lambda action=each.action: self._press(action, thread))  # type: ignore[misc]
                return
        if "追问" in message.plain_text and thread and self.chance.random() < 0.85:
            self._at_work(2, 120, lambda: self._answer_again(thread))

    def _race(self, ticket: str) -> None:
        """Several press the same button in the same moment; then whoever has it goes on."""
        self._racing.discard(ticket)
        racers = self.chance.sample(self._there(), k=min(len(self._there()), self.chance.choice([1, 1, 2, 4])))
        presses = [self._inbound(each, "choice", action=f"claim:{ticket}") for each in racers]
        if presses:
            self.world.write(*presses)
        holder = self._holder(f"ticket:{ticket}")
        if holder is not None:
            self._begin(holder, f"ticket:{ticket}")

    def _begin(self, member: Member, thread: str) -> None:
        drawn = self.chance.random()
        if drawn < 0.1:
            return  # falls silent
        if drawn < 0.15:
            self._at_work(2, 60, lambda: self._say(member, thread, "/release 示例：请同事办理"))
        elif drawn < 0.19:
            self._at_work(2, 60, lambda: self._say(member, thread, "/transfer 南站 示例"))
        elif drawn < 0.22:
            self._at_work(2, 60, lambda: self._merge(member, thread))
        elif drawn < 0.27:
            self._at_work(2, 60, lambda: self._say(member, thread, "/kind 检索"))
            self._at_work(60, 120, lambda: self._reply(member, thread))
        elif drawn < 0.35:
            self._at_work(60, 200, lambda: self._say(member, thread, "/note 示例：在查"))
            self._at_work(200, 300, lambda: self._reply(member, thread))
        else:
            self._at_work(3, 150, lambda: self._reply(member, thread))

    def _reply(self, member: Member, thread: str) -> None:
        if member not in self._there():
            return
        self._say(member, thread, f"{REPLY} {next(self._ids)} 号")
        if self.chance.random() < 0.75:
            self._at_work(5, 200, lambda: self._close(member, thread))

    def _answer_again(self, thread: str) -> None:
        holder = self._holder(thread)
        if holder is not None and holder in self._there():
            self._say(holder, thread, f"{REPLY} {next(self._ids)} 号")

    def _close(self, member: Member, thread: str) -> None:
        if member not in self._there():
            return
        self.world.write(self._inbound(member, "choice", action=f"close:{thread.removeprefix('ticket:')}"))
        if self.chance.random() < 0.06:
            self._at_work(1, 900, lambda: self._say(member, thread, "/reopen"))

    def _merge(self, member: Member, thread: str) -> None:
        """Into some other ticket; whether that may be is for the office to say."""
        with self.world.reading() as session:
            ticket = session.get(Ticket, int(thread.removeprefix("ticket:")))
            other = session.get(Ticket, self.chance.randint(1, max(1, ticket.id or 1))) if ticket else None
            words = f"/merge {ticket.number} {other.number}" if ticket and other else "/merge"
        self._say(member, thread, words)
        self._at_work(10, 100, lambda: self._reply(member, thread))

    def _say(self, member: Member, thread: str, text: str) -> None:
        if member in self._there():
            self.world.write(self._inbound(member, "text", text=text, thread_key=thread))

    def _press(self, action: str, thread: str) -> None:
        there = self._there()
        if there:
            self.world.write(self._inbound(self.chance.choice(there), "choice", action=action, thread_key=thread))

    def _holder(self, thread: str) -> Member | None:
        with self.world.reading() as session:
            ticket = _leading(session, int(thread.removeprefix("ticket:")))
            key = ticket.holder if ticket is not None else ""
        return next((each for each in self.members if f"staff:{each.name}" == key), None)

    def _there(self) -> list[Member]:
        day = (self.world.now - self.world.start).days
        return [each for each in self.members if day < each.gone_from and day not in each.absent]

    def _at_work(self, soonest: float, latest: float, act: Callable[[], None]) -> None:
        at = next_working(self.world.now + timedelta(minutes=self.chance.uniform(soonest, latest)))
        self.world.at(at + timedelta(seconds=self.chance.uniform(0, 600)), act)

    def _inbound(self, member: Member, kind: InboundKind, **parts: object) -> Inbound:
        name = member.name
        return Inbound(ROOM, f"room/{next(self._ids)}", name, self.world.now, kind, sender_name=name, **parts)  # type: ignore[arg-type]


def _leading(session: Session, ticket_id: int) -> Ticket | None:
    ticket = session.get(Ticket, ticket_id)
    return session.get(Ticket, ticket.merged_into) if ticket and ticket.merged_into else ticket


# The days after closing on which each service item is followed up: sooner than the shipped rules, so that all of it
# happens within the days simulated, and the people have time to answer.
FOLLOWED_UP = {
    "dispute": (("B05", "B09"), (1, 3)),
    "referral": (("B06", "B12", "B13"), (1, 3, 5)),
    "training": (("B10",), (2, 4)),
}


def write_follow_ups(folder: Path) -> None:
    """The outlet's own rules of follow-ups, in place of the shipped ones of the same names."""
    folder.mkdir(exist_ok=True)
    lines = [
        f'[[rule]]\nid = "{name}"\nname = "示例{name}"\nservice_items = {list(items)}\ndays = {list(days)}\n'
        f'script = ["示例"]\nphone_for_score = {str(name == "dispute").lower()}\n'
        for name, (items, days) in FOLLOWED_UP.items()
    ]
    (folder / "rules.toml").write_text("".join(lines), encoding="utf-8")


def write_duty(folder: Path, members: list[Member], day: int, start: datetime) -> None:
    """The duty book as it stands on a day: who has left is no longer in it, who is away stands in it."""
    folder.mkdir(exist_ok=True)
    first = start.astimezone(SHANGHAI).date()
    lines = ['[[outlet]]\nid = "north"\nname = "北站"\n[[outlet]]\nid = "south"\nname = "南站"\n']
    for n, each in enumerate(members):
        if day >= each.gone_from:
            continue
        lines.append(f'[[staff]]\nid = "{each.name}"\nname = "示例{each.name}"\naccounts = ["staff:{each.name}"]\n')
        lines.append(f'outlet = "{"south" if n % 3 == 2 else "north"}"\nleader = {str(n < 2).lower()}\n')
        away = [first + timedelta(days=n) for n in sorted(each.absent)]
        lines += [f'[[absence]]\nstaff = "{each.name}"\nfrom = {on}\nto = {on}\n' for on in away]
    scratch = folder / "staff.scratch"
    scratch.write_text("".join(lines), encoding="utf-8")
    scratch.replace(folder / "staff.toml")
