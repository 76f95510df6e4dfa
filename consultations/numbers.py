"""Numbers to say on the phone: ``ZX-20261123-0001`` (档案), ``GD-…`` (工单), ``YJ-…`` (意见), ``DJ-…`` (对接),
``AL-…`` (案例), ``PX-…`` (培训).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

CONSULTATION, TICKET, OPINION, REFERRAL, CASE, TRAINING = "ZX", "GD", "YJ", "DJ", "AL", "PX"


class DayCounter(SQLModel, table=True):
    """The last number given out on one day (office time zone) for one kind of record."""

    __tablename__ = "day_counter"

    prefix: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    last: int


def next_number(session: Session, prefix: str, day: date) -> str:
    """The next number of that day; never given twice, no gap unless the transaction is rolled back.

    At least four digits; the 10,000th simply has five. PostgreSQL holds the counter's row until the transaction ends:
    ask for a number late in the turn.
    """
    # Both databases say INSERT … ON CONFLICT DO UPDATE; only SQLAlchemy's spelling has two homes.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = insert(DayCounter).values(prefix=prefix, day=day, last=1)
    counted = first.on_conflict_do_update(index_elements=["prefix", "day"], set_={"last": col(DayCounter.last) + 1})
    last = session.connection().execute(counted.returning(col(DayCounter.last))).scalar_one()
    return f"{prefix}-{day:%Y%m%d}-{last:04d}"
