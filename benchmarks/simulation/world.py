"""The world around the office: its clock, what is to happen when, who wrote what and what reached whom."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from sqlalchemy import Engine
from sqlmodel import Session

from benchmarks.simulation.office import Command, Office, Outcome
from consultations.messages import Address, Inbound, Outbound

POINTS = 12  # a turn has about as many moments at which it may die
Act = Callable[[], None]


@dataclass(frozen=True)
class Dangers:
    """What befalls the office: how likely a command kills it or it is started anew, when it is dark (from, to), when
    its clock is an hour fast (from, to).
    """

    kill: float = 0.01
    restart: float = 0.002
    dark: tuple[tuple[datetime, datetime], ...] = ()
    fast: tuple[tuple[datetime, datetime], ...] = ()


@dataclass
class World:
    """One simulation. People put acts into it; it runs them in order of time and ticks in between."""

    offices: list[Office]
    engine: Engine
    start: datetime
    end: datetime
    tick_every: timedelta
    chance: Random
    dangers: Dangers
    hear: Callable[[Outbound], None] = lambda _message: None
    look: Callable[[Command], None] = lambda _command: None
    unreachable: set[Address] = field(default_factory=set)
    blockers: set[Address] = field(default_factory=set)
    written: dict[tuple[str, str], Inbound] = field(default_factory=dict)
    arrivals: Counter[int] = field(default_factory=Counter)
    arrived: dict[int, Outbound] = field(default_factory=dict)
    in_doubt: set[int] = field(default_factory=set)
    events: Counter[str] = field(default_factory=Counter)
    darkness: list[tuple[datetime, datetime]] = field(default_factory=list)
    now: datetime = field(init=False)
    _acts: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)
    _ticked: datetime | None = None

    def __post_init__(self) -> None:
        """Nothing happened yet."""
        self.now = self.start

    # --- what people use

    def at(self, moment: datetime, act: Act) -> None:
        """Do something then, when the simulation still goes on."""
        heapq.heappush(self._acts, (max(moment, self.now), next(self._order), act))

    def after(self, minutes: float, act: Act) -> None:
        """Do something in so many minutes."""
        self.at(self.now + timedelta(minutes=minutes), act)

    def write(self, *inbounds: Inbound) -> None:
        """People write or press, all at the same moment and at whatever office; delivered until an office has it."""
        for each in inbounds:
            self.written[each.address.channel, each.message_id] = each
        shares = [inbounds[n :: len(self.offices)] for n in range(len(self.offices))]
        begun = [
            (office, self._begin(office, self._command("turns", share)), share)
            for office, share in zip(self.chance.sample(self.offices, len(self.offices)), shares, strict=True)
            if share
        ]
        for office, command, share in begun:
            if not self._end(office, command).is_done:
                self._until_done("turns", share)
        if self.chance.random() < 0.2:
            self._until_done("deliver")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """The records, to look at."""
        with Session(self.engine) as session:
            yield session

    @property
    def office_now(self) -> datetime:
        """What the office's clock shows."""
        is_fast = any(start <= self.now < end for start, end in self.dangers.fast)
        return self.now + timedelta(hours=1) if is_fast else self.now

    # --- running

    def run(self) -> None:
        """From the start to the end, and then until everything due has left."""
        for each in self.offices:
            each.start(self.office_now)
        tick = self.start
        while tick <= self.end:
            while self._acts and self._acts[0][0] <= tick:
                moment, _, act = heapq.heappop(self._acts)
                self.now = max(self.now, moment)
                if (light := self._dark_until()) is not None:
                    heapq.heappush(self._acts, (light, next(self._order), act))
                else:
                    act()
            self.now = tick
            if self._dark_until() is None:
                self.tick()
            tick += self.tick_every
        self._acts.clear()
        self.tick()
        for each in self.offices:
            each.kill()

    def tick(self) -> None:
        """The periodic jobs, and whatever is due leaves."""
        for each in self.offices:
            self._tick_of(each)
        self._until_done("deliver")

    def _tick_of(self, office: Office) -> None:
        done = self._end(office, self._begin(office, self._command("tick"))).is_done
        while not done:
            done = self._end(office, self._begin(office, self._command("tick", may_die=False))).is_done

    def _dark_until(self) -> datetime | None:
        found = next((end for start, end in self.dangers.dark if start <= self.now < end), None)
        if found is not None:
            for each in self.offices:
                each.kill()
        return found

    def ask_everybody(self) -> None:
        """The outlet sends its questionnaires."""
        self._until_done("ask")

    def _until_done(self, verb: Literal["turns", "deliver", "ask"], inbounds: tuple[Inbound, ...] = ()) -> None:
        done = False
        while not done:
            office = self.chance.choice(self.offices)
            done = self._end(office, self._begin(office, self._command(verb, inbounds))).is_done

    def _command(
        self,
        verb: Literal["turns", "tick", "deliver", "ask"],
        inbounds: tuple[Inbound, ...] = (),
        *,
        may_die: bool = True,
    ) -> Command:
        dies = may_die and self.chance.random() < self.dangers.kill
        point = self.chance.randint(1, POINTS) if dies else 0
        return Command(verb, self.office_now, inbounds, frozenset(self.unreachable), point)

    def _begin(self, office: Office, command: Command) -> Command:
        if not office.is_up or self.chance.random() < self.dangers.restart:
            office.kill()
            office.start(command.now)
            self.events["starts"] += 1
        office.begin(command)
        return command

    def _end(self, office: Office, command: Command) -> Outcome:
        outcome = office.end()
        if not outcome.is_done:
            self.events["killed at work"] += 1
            self.in_doubt.update(each.row for each in outcome.sent)
        elif command.verb == "tick":
            self._note_dark(command.now)
        self.in_doubt.update(each.row for each in outcome.sent if not each.is_known)
        news = [each for each in outcome.sent if not self.arrivals[each.row]]
        for each in outcome.sent:
            self.arrivals[each.row] += 1
            self.arrived[each.row] = each.message
        self.events[command.verb] += 1
        if outcome.is_done:
            self.look(command)
        for each in news:
            self.hear(each.message)
        return outcome

    def _note_dark(self, now: datetime) -> None:
        """Between two ticks further apart than a hiccup nobody could act; a start alone is no such time."""
        if self._ticked is not None and now - self._ticked > timedelta(minutes=10):
            self.darkness.append((self._ticked, now))
        self._ticked = now
