"""Topics, region and industry (主题、区域、行业) of policies published before anybody proposed them.

They are shown with where they come from, and filled in when somebody says so.

Only what is empty is filled, from the words that stand; of what somebody wrote nothing changes, and no text does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from handlers import policy_wording
from policies.compilation import STANDING, Policy, Revision, articles_of
from policies.draft import DraftArticle, PolicyDraft
from policies.recognition import Proposal, recognise
from policies.review import Signature, note

_FIELDS = ("topics", "region", "industries")


@dataclass(frozen=True)
class Fillable:
    """A revision with what would be filled in, each with where it comes from."""

    revision: Revision
    title: str
    proposals: tuple[Proposal, ...]


def fillable(session: Session) -> Sequence[Fillable]:
    """The standing revisions that lack something their words tell, oldest first."""
    columns = select(Policy.title, Revision).join(Revision).where(col(Revision.state).in_(STANDING))
    found = []
    for title, revision in session.exec(columns.order_by(col(Revision.id))):
        lacking = [name for name in _FIELDS if not getattr(revision, name)]
        told = recognise(_draft(session, title, revision)).proposals if lacking else ()
        if proposals := tuple(each for each in told if each.field in lacking):
            found.append(Fillable(revision, title, proposals))
    return found


def fill_in(session: Session, chosen: Sequence[Fillable], by: Signature) -> int:
    """Fill in what was shown, where it is still empty; how many revisions changed."""
    n_changed = 0
    for each in chosen:
        revision = session.get_one(Revision, each.revision.id, populate_existing=True)
        written = {one.field: one.words for one in each.proposals if not getattr(revision, one.field)}
        for name, words in written.items():
            setattr(revision, name, words[0] if name == "region" else list(words))
        if written:
            note(session, revision, by, policy_wording.filled_in(written))
            n_changed += 1
    return n_changed


def _draft(session: Session, title: str, revision: Revision) -> PolicyDraft:
    articles = articles_of(session, revision.id or 0)
    texts = tuple(DraftArticle(each.key, each.label, tuple(each.path.split("\n")), each.text) for each in articles)
    return PolicyDraft(title, texts, issuer=revision.issuer, doc_number=revision.doc_number, version=revision.version)
