"""A file that was read becomes a revision with its articles: published, or a draft for another to review."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import insert
from sqlmodel import Session, col, select

from handlers import policy_wording
from handlers.publish_policy import PolicyRefusedError
from policies.compilation import STANDING, Article, Policy, Revision, policy_titled, revisions_of
from policies.completion import added, complete
from policies.intake import Prepared
from policies.known import KnownInstruments, shipped
from policies.layers import same_place
from policies.profile import level_of
from policies.recognition import fill, recognise
from policies.review import OPEN, STATE_NAMES, Signature, State, begin, bring
from policies.validity import start_of


def draft_policy(session: Session, prepared: Prepared, by: Signature, uploaders: Iterable[Signature] = ()) -> Revision:
    """A draft of a file for another to review; neither `by` nor `uploaders`, who sent it in, may.

    Raises:
        PolicyRefusedError: The same text is here already, published or on its way, and this file adds nothing to it.
    """
    same = select(Revision).where(
        col(Revision.state).in_([*STANDING, *OPEN]), Revision.content_hash == prepared.content_hash
    )
    policy = policy_titled(session, prepared.draft.title)
    revision = revision_of(prepared, shipped(), "draft")
    twins = session.exec(same).all()
    for twin in twins:
        if twin.state in OPEN or not added(revision, twin):
            raise PolicyRefusedError(policy_wording.same_text(twin.id or 0, STATE_NAMES[twin.state]))
    for twin in twins:
        complete(revision, twin)
    store(session, prepared, policy, revision, by, reason=prepared.path.name)
    for each in uploaders:
        bring(session, revision, each, policy_wording.UPLOADED)
    return revision


def store(  # noqa: PLR0913  what, whose, and how it begins
    session: Session, prepared: Prepared, policy: Policy | None, revision: Revision, by: Signature, *, reason: str
) -> None:
    """Store a new revision with its articles; of a new policy when there is none yet."""
    if policy is None:
        policy = Policy(title=prepared.draft.title)
        session.add(policy)
        session.flush()
    policy.issuer = policy.issuer or prepared.draft.issuer
    revision.policy_id = policy.id or 0
    same_place(revision, revisions_of(session, revision.policy_id))
    begin(session, revision, by, reason)
    session.execute(insert(Article), _rows(prepared, revision))


def revision_of(prepared: Prepared, known: KnownInstruments, state: State) -> Revision:
    """What a file becomes, not stored and of no policy yet."""
    draft, start = prepared.draft, start_of(prepared.draft, known)
    end = known.end_of(draft.title, draft.version)
    ends = [day for day in (draft.effective_to, end.effective_to if end else None) if day]
    problems = [*prepared.problems, *([start.problem] if start.problem else [])]
    found = recognise(draft)
    revision = Revision(
        policy_id=0,
        state=state,
        version=draft.version,
        is_excerpt=draft.is_excerpt,
        is_draft=draft.is_draft,
        is_superseded=draft.superseded,
        doc_number=draft.doc_number,
        issuer=draft.issuer,
        level=level_of(draft.issuer or found.region),
        adopted_on=draft.adopted_on,
        published_on=draft.published_on,
        starts_on=start.on,
        starts_earliest=start.earliest,
        start_source=start.source,
        ends_on=min(ends, default=None),
        repeals="\n".join(draft.repeals),
        basis=list(draft.basis),
        repeals_on=draft.clause_from or start.on,
        note=known.note_of(draft.title, draft.version),
        front=draft.front,
        source_name=prepared.path.name,
        origin=prepared.origin,
        sha256=prepared.sha256,
        content_hash=prepared.content_hash,
        problems=json.dumps([asdict(each) for each in problems], ensure_ascii=False),
    )
    fill(revision, found)
    return revision


def _rows(prepared: Prepared, revision: Revision) -> list[dict[str, object]]:
    return [
        {
            "revision_id": revision.id,
            "position": position,
            "key": article.key,
            "label": article.label,
            "path": "\n".join(article.path),
            "text": article.text,
        }
        for position, article in enumerate(prepared.draft.articles)
    ]
