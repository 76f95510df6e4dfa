"""Some simulated days of one outlet, from the first message to the last look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, func
from sqlmodel import Session, col, select

from benchmarks.simulation import ledger
from benchmarks.simulation.calendar import SHANGHAI
from benchmarks.simulation.forms import Forms, both
from benchmarks.simulation.office import ROOM, Office
from benchmarks.simulation.people import Asker, Member, StaffRoom, write_duty, write_follow_ups
from benchmarks.simulation.reckoning import Reckoning
from benchmarks.simulation.world import Dangers, World
from bot.database import open_engine
from bot.migrate import upgrade
from consultations.follow_ups import FollowUp
from consultations.messages import Address, Outbound
from consultations.received import ReceivedMessage
from consultations.tickets import Ticket, TicketEvent


@dataclass(frozen=True)
class Size:
    """How much is simulated. `visits`: how likely an asker comes on a day; `url`: another database than SQLite in the
    folder.
    """

    days: int
    askers: int
    staff: int
    first: date
    follow_up_days: int = 3
    visits: float = 0.45
    seed: int = 1
    kill: float = 0.01
    offices: int = 1
    url: str = ""
    tick_minutes: int = 5  # less than the ten after which the office takes itself to have been dark


@dataclass(frozen=True)
class Report:
    """What came of it: figures in the order in which one reads them, and everything that should not be."""

    figures: dict[str, object]
    faults: list[str]


def simulate(home: Path, size: Size, progress: Callable[[str], None] = lambda _words: None) -> Report:
    """Run the days in an empty folder; `progress` hears of each morning."""
    url = size.url or f"sqlite:///{home / 'zhixun.sqlite3'}"
    start = datetime.combine(size.first, datetime.min.time(), tzinfo=SHANGHAI)
    made = open_engine(url)
    upgrade(made, home / "backups", start)
    made.dispose()
    write_follow_ups(home / "follow_ups")
    offices = [Office(url, home, size.follow_up_days, is_alone=size.offices == 1) for _ in range(size.offices)]
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    chance = Random(size.seed)
    end, tick = start + timedelta(days=size.days), timedelta(minutes=size.tick_minutes)
    world = World(offices, engine, start, end, tick, chance, dangers(size, start))
    reckoning = Reckoning(world, size.follow_up_days)
    forms = Forms(world, reckoning.slack)
    askers = _askers(world, size, both(reckoning.did, forms.did))
    members = _members(size)
    room = StaffRoom(world, Random(f"{size.seed} room"), members)
    by_address = {address: each for each in askers for address in (each.telegram, each.window)}

    def hear(message: Outbound) -> None:
        if message.address == ROOM:
            room.hear(message)
        else:
            by_address[message.address].hear(message)

    world.hear, world.look = hear, reckoning.look

    def begin(day: int) -> None:
        progress(f"day {day + 1}: {len(world.written)} messages, {len(reckoning.faults)} faults")
        write_duty(home / "duty", members, day, start)

    begin(0)
    for day in range(1, size.days):
        world.at(start + timedelta(days=day), partial(begin, day))
    world.at(start + timedelta(days=min(2, size.days - 1), hours=9), world.ask_everybody)
    for each in askers:
        each.plan()
    try:
        world.run()
    finally:
        for office in offices:
            office.kill()
    reckoning.settle()
    wrong = [*reckoning.faults, *ledger.faults(world, askers), *forms.faults()]
    report = Report(_figures(world, reckoning) | forms.figures(), wrong)
    engine.dispose()
    return report


def dangers(size: Size, start: datetime) -> Dangers:
    """Killed at random all the time; dark for some hours, and over a day where there are days enough; once a day's
    clock is an hour fast for a while.
    """
    dark = [(start + timedelta(hours=34), start + timedelta(hours=36.5))]
    fast = [(start + timedelta(hours=14), start + timedelta(hours=14.5))]
    if size.days > 4:
        dark.append((start + timedelta(days=4, hours=15), start + timedelta(days=5, hours=19)))
        fast.append((start + timedelta(days=6, hours=10), start + timedelta(days=6, hours=16)))
    return Dangers(kill=size.kill, restart=size.kill / 5, dark=tuple(dark), fast=tuple(fast))


def _askers(world: World, size: Size, did: Callable[[str, Address, str], None]) -> list[Asker]:
    return [
        Asker(world, f"u{n}", Random(f"{size.seed} asker {n}"), did, visits=size.visits, has_window=n % 5 == 0)
        for n in range(size.askers)
    ]


def _members(size: Size) -> list[Member]:
    """Somebody is away for two days, somebody leaves in the middle, another one near the end."""
    members = [Member(f"s{n}") for n in range(size.staff)]
    members[-1] = replace(members[-1], absent=frozenset({size.days // 2, size.days // 2 + 1}))
    if size.staff >= 8:
        members[3] = replace(members[3], gone_from=size.days // 2)
        members[6] = replace(members[6], gone_from=size.days - 2)
    return members


def _figures(world: World, reckoning: Reckoning) -> dict[str, object]:
    with world.reading() as session:
        events = Counter(f"{each.from_state or 'new'} → {each.to_state}" for each in session.exec(select(TicketEvent)))
        follow_ups = Counter(f"{each.kind} {each.state}" for each in session.exec(select(FollowUp)))
        figures: dict[str, object] = {
            "messages sent in": len(world.written),
            "messages archived": _count(session, ReceivedMessage.id),
            "tickets": _count(session, Ticket.id),
            "moves of tickets": dict(events.most_common()),
            "messages that arrived": len(world.arrived),
            "arrived twice, in doubt": sum(n > 1 for n in world.arrivals.values()),
            "polls": len(reckoning.polls),
            "follow-ups in chat": len(reckoning.visits),
            "follow-ups by state": dict(sorted(follow_ups.items())),
            "kill -9 at work": world.events["killed at work"],
            "starts": world.events["starts"] + len(world.offices),
        }
    return figures


def _count(session: Session, column: object) -> int:
    return session.exec(select(func.count(col(column)))).one()
