"""A private copy of the compilation in memory: what an import would do is done there, and nobody waits for it.

Inside the database it would hold the write lock for as long as it takes, seconds for a folder of laws.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import create_engine, insert, select
from sqlalchemy.pool import StaticPool
from sqlmodel import Session, SQLModel

from policies.compilation import Article, Policy, Revision
from policies.review import RevisionEvent

_TABLES = [SQLModel.metadata.tables[str(each.__tablename__)] for each in (Policy, Revision, Article, RevisionEvent)]


@contextmanager
def rehearsal(reading: Callable[[], AbstractContextManager[Session]], titles: Collection[str]) -> Iterator[Session]:
    """A session on a copy that ends with it.

    Args:
        reading: Opens the session that is copied from.
        titles: The policies that are to be had with their articles; the others come without.
    """
    engine = create_engine("sqlite://", poolclass=StaticPool, hide_parameters=True)
    policies, revisions, articles, _ = _TABLES
    theirs = select(revisions.c.id).join(policies, policies.c.id == revisions.c.policy_id)
    wanted = articles.c.revision_id.in_(theirs.where(policies.c.title.in_(titles)))
    try:
        SQLModel.metadata.create_all(engine, _TABLES)
        with reading() as source, engine.begin() as copy:
            for table, chosen in ((policies, None), (revisions, None), (articles, wanted)):
                some = select(table) if chosen is None else select(table).where(chosen)
                if rows := [dict(each) for each in source.connection().execute(some).mappings()]:
                    copy.execute(insert(table), rows)
        with Session(engine, expire_on_commit=False) as session:
            yield session
    finally:
        engine.dispose()
