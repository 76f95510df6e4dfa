"""Publish policies: files become revisions with articles, revisions become passages the assistant can find.

Each file is one transaction; the index follows in one commit at the end. What it does not hold yet stands in the rows:
killed in between, the running service takes it up within seconds, and `heal_index` at the next start.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import insert
from sqlmodel import Session, col, select

from handlers import policy_wording
from knowledge.passages import Passage
from policies.compilation import STANDING, Article, Policy, Revision, articles_of, policy_titled, revisions_of
from policies.completion import added, complete, completion
from policies.conflicts import date_conflicts, issuer_conflict, replacement
from policies.draft import ParseProblem
from policies.intake import Prepared, prepare, retitled
from policies.known import KnownInstruments, shipped
from policies.layers import instead_of, same_place
from policies.originals import keep_original
from policies.profile import FIELDS, ProfileError, circle_of, level_of, put_right
from policies.publication import edition_of, replace_edition, settle_days, waiting_for_index
from policies.readers import FORMATS, Refused
from policies.recognition import Proposal, fill, recognise
from policies.rehearsal import rehearsal
from policies.review import OPEN, STATE_NAMES, Signature, State, begin, bring
from policies.validity import start_of

Outcome = Literal["new", "changed", "duplicate", "refused"]
ReadFile = tuple[Path, Prepared | Refused]
Sessions = Callable[[], AbstractContextManager[Session]]
Corrections = Mapping[Path, Mapping[str, str]]  # what people put right about files before they are imported, by field
NO_WORDS: Mapping[str, str] = {}
NO_CORRECTIONS: Corrections = {}
_OF_PROGRAMME = ("window", "conditions", "materials")  # fields of a programme that are proposed one by one
_NEVER = date.max  # a revision held back is in the index for staff, on no day for the assistant


class PassageIndex(Protocol):
    """What publishing needs of `knowledge.index.Index`."""

    def replace(self, sources: Mapping[str, Sequence[Passage]]) -> None:
        """Replace all passages of each source in one commit; an empty sequence removes the source."""
        ...

    def sources(self) -> dict[str, str]:
        """Fingerprint of each source's passages."""
        ...


class PassageCards(Protocol):
    """What healing needs of `knowledge.cards.Cards`."""

    def sources(self) -> Mapping[str, Sequence[Passage]]:
        """All card passages by their source."""
        ...


class PolicyRefusedError(Exception):
    """What was wanted of a policy can't be done; the message says why and what helps."""


@dataclass(frozen=True)
class ImportedFile:
    """What became of one file. `reason` is filled when refused, and names the other file for duplicates; `conflicts`
    are what it collides with in the compilation, `proposals` what was read off its words for people to confirm.
    """

    path: Path
    outcome: Outcome
    reason: str = ""
    title: str = ""
    version: str = ""
    n_articles: int = 0
    effective_from: date | None = None
    effective_to: date | None = None
    problems: tuple[ParseProblem, ...] = ()
    conflicts: tuple[ParseProblem, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def is_never_quoted(self) -> bool:
        """Whether another version takes over before this one begins: stored, it would answer on no day."""
        days = self.effective_from, self.effective_to
        return self.outcome in ("new", "changed") and None not in days and days[1] < days[0]  # type: ignore[operator]


@dataclass(frozen=True)
class ImportReport:
    """What became of each file, in the order given; `skipped` are files in folders of formats we don't read."""

    files: tuple[ImportedFile, ...] = ()
    skipped: tuple[Path, ...] = ()
    dry_run: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many files had that outcome."""
        return sum(each.outcome == outcome for each in self.files)


def import_paths(  # noqa: PLR0913  one optional wish each, all named
    paths: Iterable[Path],
    *,
    writing: Sessions,
    index: PassageIndex,
    home: Path,
    by: Signature,
    dry_run: bool = False,
    progress: Callable[[int, int, Path], None] | None = None,
) -> ImportReport:
    """Import files and folders; what became of each.

    Args:
        paths: Files, or folders that are searched with all their subfolders.
        writing: Opens one writing session; each file gets its own.
        index: Follows in one commit after the last file.
        home: The instance folder; originals are kept in ``originals``.
        by: The administrator who publishes at once what they import; whoever else brings a file in makes a draft.
        dry_run: Do everything in a copy in memory: nothing is written.
        progress: Called before each file with (done, total, path).
    """
    files, skipped = gather(paths)
    read = ((path, prepare(path)) for path in with_progress(files, progress))
    if dry_run:
        outcomes = rehearse(list(read), reading=writing, by=by)
    else:
        outcomes = import_prepared(read, writing=writing, index=index, home=home, by=by)
    return ImportReport(tuple(outcomes), tuple(skipped), dry_run)


def rehearse(
    read: Sequence[ReadFile], *, reading: Sessions, by: Signature, words: Corrections = NO_CORRECTIONS
) -> list[ImportedFile]:
    """What would become of files that were read, with what people put right about them; nobody waits for it."""
    titles = {each.draft.title for _, each in read if isinstance(each, Prepared)}
    titles |= {title for each in words.values() if (title := each.get("title"))}
    with rehearsal(reading, titles) as session:
        return [
            _publish(session, path, each, by, is_confirmed=True, words=words.get(path, NO_WORDS)) for path, each in read
        ]


def import_prepared(  # noqa: PLR0913  one optional wish each, all named
    read: Iterable[ReadFile],
    *,
    writing: Sessions,
    index: PassageIndex,
    home: Path,
    by: Signature,
    is_confirmed: bool = False,
    words: Corrections = NO_CORRECTIONS,
    indexing: Callable[[int], AbstractContextManager[object]] = lambda _: nullcontext(),
) -> list[ImportedFile]:
    """Import files as they were read; one that has changed since is refused.

    Programmes read off notices are written only when somebody saw and confirmed them. `words` is what people put right
    beforehand, `indexing` what is shown while that many articles go into the index.
    """
    outcomes = [
        _import_one(path, each, writing, home, by, is_confirmed=is_confirmed, words=words.get(path, NO_WORDS))
        for path, each in read
    ]
    with indexing(sum(each.n_articles for each in outcomes if each.outcome in ("new", "changed"))):
        index_waiting(writing, writing, index)
    return outcomes


def draft_policy(session: Session, prepared: Prepared, by: Signature, uploaders: Iterable[Signature] = ()) -> Revision:
    """A draft of a file for another to review; neither `by` nor `uploaders`, who sent it in, may.

    Raises:
        PolicyRefusedError: The same text is here already, published or on its way, and this file adds nothing to it.
    """
    same = select(Revision).where(
        col(Revision.state).in_([*STANDING, *OPEN]), Revision.content_hash == prepared.content_hash
    )
    policy = policy_titled(session, prepared.draft.title)
    revision = _revision(prepared, shipped(), "draft")
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


def passages_of(session: Session, revision: Revision) -> list[Passage]:
    """The passages of a revision; empty when it is not public or a whole text of the same version covers it."""
    if revision.state not in STANDING or revision.hold_reason == "covered" or revision.id is None:
        return []
    policy = session.get_one(Policy, revision.policy_id)
    return [_passage(policy, revision, article) for article in articles_of(session, revision.id)]


def index_waiting(reading: Sessions, writing: Sessions, index: PassageIndex) -> int:
    """Bring what was published, corrected or given other days since into the index, in one commit; how many revisions.

    The index first, the mark afterwards: killed in between, the next call does it again.
    """
    with reading() as session:
        sources = {f"revision:{each.id}": passages_of(session, each) for each in waiting_for_index(session)}
    if not sources:
        return 0
    index.replace(sources)
    with writing() as session:
        for each in waiting_for_index(session):
            each.is_indexed = sources.get(f"revision:{each.id}") == passages_of(session, each)
    return len(sources)


def heal_index(reading: Sessions, index: PassageIndex, cards: PassageCards) -> int:
    """Bring the index in line with the database and the cards; how many sources were missing, stale or orphaned."""
    from knowledge.index import fingerprint

    expected = _expected(reading, cards)
    present = index.sources()
    wrong: dict[str, Sequence[Passage]] = {
        source: passages for source, passages in expected.items() if present.get(source) != fingerprint(passages)
    }
    wrong |= {source: () for source in present if source not in expected}
    if wrong:
        index.replace(wrong)
    return len(wrong)


def reindex(reading: Sessions, index: PassageIndex, cards: PassageCards) -> int:
    """Write all passages to the index anew, in one commit; how many."""
    expected = _expected(reading, cards)
    gone: dict[str, Sequence[Passage]] = {source: () for source in index.sources() if source not in expected}
    index.replace(expected | gone)
    return sum(len(passages) for passages in expected.values())


def _expected(reading: Sessions, cards: PassageCards) -> dict[str, Sequence[Passage]]:
    with reading() as session:
        revisions = session.exec(select(Revision).where(col(Revision.state).in_(STANDING))).all()
        found: dict[str, Sequence[Passage]] = {f"revision:{each.id}": passages_of(session, each) for each in revisions}
    found |= cards.sources()
    return {source: passages for source, passages in found.items() if passages}


def gather(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """``(files to import, files in folders left alone)``; a file named itself is always tried."""
    files: list[Path] = []
    skipped: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith((".", "~$")))
        files += [each for each in inside if each.suffix.lower() in FORMATS]
        skipped += [each for each in inside if each.suffix.lower() not in FORMATS]
    return list(dict.fromkeys(files)), skipped


def with_progress(files: Sequence[Path], progress: Callable[[int, int, Path], None] | None) -> Iterator[Path]:
    """The files, one after another; `progress` is called before each with (done, total, path)."""
    for done, path in enumerate(files):
        if progress is not None:
            progress(done, len(files), path)
        yield path


def _import_one(  # noqa: PLR0913  what, where to, and whose
    path: Path,
    prepared: Prepared | Refused,
    writing: Sessions,
    home: Path,
    by: Signature,
    *,
    is_confirmed: bool,
    words: Mapping[str, str],
) -> ImportedFile:
    if isinstance(prepared, Prepared) and not _is_kept(home, prepared):
        prepared = Refused("文件读取之后又变了，或原件存不下来；请检查文件和磁盘后重新导入。")
    with writing() as session:
        done = _publish(session, path, prepared, by, is_confirmed=is_confirmed, words=words)
        if done.outcome == "refused":
            session.rollback()
        return done


def _is_kept(home: Path, prepared: Prepared) -> bool:
    try:
        return keep_original(home, prepared.path, prepared.sha256)
    except OSError:
        return False


def _publish(  # noqa: PLR0913  what, whose, and what people said of it
    session: Session,
    path: Path,
    prepared: Prepared | Refused,
    by: Signature,
    *,
    is_confirmed: bool,
    words: Mapping[str, str] = NO_WORDS,
) -> ImportedFile:
    """Decide what a file is and store it; the session's owner commits, unless it is refused."""
    if isinstance(prepared, Refused):
        return ImportedFile(path, "refused", reason=prepared.reason)
    try:
        return _published(session, path, retitled(prepared, words), by, is_confirmed=is_confirmed, words=words)
    except ProfileError as error:
        return ImportedFile(path, "refused", reason=str(error))


def _published(  # noqa: PLR0913  what, whose, and what people said of it
    session: Session, path: Path, prepared: Prepared, by: Signature, *, is_confirmed: bool, words: Mapping[str, str]
) -> ImportedFile:
    policy = policy_titled(session, prepared.draft.title)
    published = revisions_of(session, policy.id) if policy and policy.id else []
    revision = _revision(prepared, shipped(), "published")
    if not is_confirmed:
        revision.programme = {}
    if words:
        policy = policy or _begun(session, prepared, words)
        revision.policy_id = policy.id or 0 if policy else 0
        put_right(session, revision, words)
    twin = _twin(session, prepared, published)
    news = added(revision, twin) if twin is not None and twin.content_hash == prepared.content_hash else []
    news += [FIELDS[name].label for name in words]
    if twin is not None and not news:
        return _report(path, "duplicate", prepared, twin)
    found = []
    if twin is not None:
        complete(revision, twin)
        put_right(session, revision, words)
        found.append(completion(twin, news))
    edition = edition_of(revision)
    replaced = [each for each in published if edition.is_of(each)]
    found += [
        replacement(each, _texts(session, each), prepared.draft.articles) for each in replaced if each is not twin
    ]
    found += issuer_conflict(policy, prepared.draft.issuer) if policy else []
    if policy is not None and policy.id is not None:
        replace_edition(session, policy.id, edition, by, "由新导入的文件更正")
    store(session, prepared, policy, revision, by, reason="管理员导入")
    settle_days(session, revision, shipped())
    if circle := circle_of(session, revision):
        found.append(ParseProblem("conflict", policy_wording.goes_round(circle)))
    found += date_conflicts(revision, [each for each in published if each not in replaced])
    return replace(_report(path, "changed" if replaced else "new", prepared, revision), conflicts=tuple(found))


def _begun(session: Session, prepared: Prepared, words: Mapping[str, str]) -> Policy | None:
    """The policy of a new title, when a programme nobody recognised is to begin with it."""
    if not any(name in words for name in _OF_PROGRAMME):
        return None
    policy = Policy(title=prepared.draft.title)
    session.add(policy)
    session.flush()
    return policy


def _texts(session: Session, revision: Revision) -> dict[str, str]:
    return {each.key: each.text for each in articles_of(session, revision.id or 0)}


def _twin(session: Session, prepared: Prepared, published: Sequence[Revision]) -> Revision | None:
    """A published revision from the same file, or with the same text under the same title."""
    same_text = [each for each in published if each.content_hash == prepared.content_hash]
    if same_text:
        return next((each for each in same_text if each.version == prepared.draft.version), same_text[0])
    same_file = select(Revision).where(Revision.sha256 == prepared.sha256, col(Revision.state).in_(STANDING))
    return session.exec(same_file).first()


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


def _revision(prepared: Prepared, known: KnownInstruments, state: State) -> Revision:
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


def _report(path: Path, outcome: Outcome, prepared: Prepared, revision: Revision) -> ImportedFile:
    repeated = outcome == "duplicate"
    return ImportedFile(
        path=path,
        outcome=outcome,
        reason=f"与已导入的“{revision.source_name}”内容相同。" if repeated else "",
        title=prepared.draft.title,
        version=revision.version,
        n_articles=len(prepared.draft.articles),
        effective_from=revision.effective_from,
        effective_to=revision.effective_to,
        problems=() if repeated else _problems(revision),
        proposals=() if repeated else _standing_proposals(prepared, revision),
    )


def _standing_proposals(prepared: Prepared, revision: Revision) -> tuple[Proposal, ...]:
    """The proposals that would be recorded; where somebody filled in a field before, theirs is."""
    found = recognise(prepared.draft)
    own = Revision(policy_id=0)
    fill(own, found)
    return tuple(
        each
        for each in found.proposals
        if (name := "programme" if each.field in _OF_PROGRAMME else each.field)
        and getattr(own, name) == getattr(revision, name)
    )


def _problems(revision: Revision) -> tuple[ParseProblem, ...]:
    return tuple(ParseProblem(**each) for each in json.loads(revision.problems))


def _passage(policy: Policy, revision: Revision, article: Article) -> Passage:
    held = bool(revision.hold_reason)
    return Passage(
        passage_id=f"art:{revision.id}:{article.key}",
        source_id=f"revision:{revision.id}",
        kind="article",
        title=f"{policy.title} {article.label}".strip(),
        text=article.text,
        path=article.path.replace("\n", " / "),
        law=policy.title,
        article=article.key,
        version=revision.version,
        effective_from=_NEVER if held else revision.effective_from,
        effective_to=revision.effective_to,
        outlet=revision.outlet,
        instead_of=instead_of(revision),
    )


def problem_counts(report: ImportReport) -> Counter[str]:
    """How often each kind of problem was found, for the summary line."""
    return Counter(problem.kind for each in report.files for problem in each.problems)
