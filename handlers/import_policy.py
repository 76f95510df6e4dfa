"""Import policies: files become revisions with articles, published at once by the administrator who imports them.

Each file is one transaction; the index follows in one commit at the end (`publish_policy.index_waiting`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session, col, select

from handlers import policy_wording
from handlers.imported_files import OF_PROGRAMME, ImportedFile, ImportReport, report_of
from handlers.publish_policy import PassageIndex, Sessions, index_waiting
from handlers.store_policy import revision_of, store
from policies.compilation import STANDING, Policy, Revision, articles_of, policy_titled, revisions_of
from policies.completion import added, complete, completion
from policies.conflicts import date_conflicts, issuer_conflict, replacement
from policies.draft import ParseProblem
from policies.intake import Prepared, prepare, retitled
from policies.known import shipped
from policies.originals import keep_original
from policies.profile import FIELDS, ProfileError, circle_of, put_right
from policies.publication import edition_of, replace_edition, settle_days
from policies.readers import FORMATS, Refused
from policies.rehearsal import rehearsal
from policies.review import Signature

ReadFile = tuple[Path, Prepared | Refused]
Corrections = Mapping[Path, Mapping[str, str]]  # what people put right about files before they are imported, by field
NO_WORDS: Mapping[str, str] = {}
NO_CORRECTIONS: Corrections = {}


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
        prepared = Refused(policy_wording.CHANGED_MEANWHILE)
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
        given = retitled(prepared, words)
        twin = _twin(session, given, prepared.content_hash)
        return _published(session, path, given, twin, by, is_confirmed=is_confirmed, words=words)
    except ProfileError as error:
        return ImportedFile(path, "refused", reason=str(error))


def _published(  # noqa: PLR0913  what, instead of what, whose, and what people said of it
    session: Session,
    path: Path,
    prepared: Prepared,
    twin: Revision | None,
    by: Signature,
    *,
    is_confirmed: bool,
    words: Mapping[str, str],
) -> ImportedFile:
    policy = policy_titled(session, prepared.draft.title)
    published = revisions_of(session, policy.id) if policy and policy.id else []
    revision = revision_of(prepared, shipped(), "published")
    if not is_confirmed:
        revision.programme = {}
    if words:
        policy = policy or _begun(session, prepared, words)
        revision.policy_id = policy.id or 0 if policy else 0
        put_right(session, revision, words)
    news = added(revision, twin) if twin is not None and twin.content_hash == prepared.content_hash else []
    news += [FIELDS[name].label for name in words]
    old = _name_before(session, twin, policy) if twin is not None else None
    if twin is not None and not news:
        return report_of(path, "duplicate", prepared, twin)
    found = []
    if twin is not None:
        complete(revision, twin)
        put_right(session, revision, words)
        found.append(completion(twin, news))
    if old is not None and twin is not None:
        found.append(ParseProblem("conflict", policy_wording.renamed(old.title, prepared.draft.title)))
        replace_edition(session, twin.policy_id, edition_of(twin), by, policy_wording.renamed_to(prepared.draft.title))
        for each in revisions_of(session, twin.policy_id)[:1]:  # their days may rest on the one that has gone
            settle_days(session, each, shipped())
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
    return replace(
        report_of(path, "changed" if replaced or old is not None else "new", prepared, revision), conflicts=tuple(found)
    )


def _begun(session: Session, prepared: Prepared, words: Mapping[str, str]) -> Policy | None:
    """The policy of a new title, when a programme nobody recognised is to begin with it."""
    if not any(name in words for name in OF_PROGRAMME):
        return None
    policy = Policy(title=prepared.draft.title)
    session.add(policy)
    session.flush()
    return policy


def _texts(session: Session, revision: Revision) -> dict[str, str]:
    return {each.key: each.text for each in articles_of(session, revision.id or 0)}


def _name_before(session: Session, twin: Revision, policy: Policy | None) -> Policy | None:
    """The policy the same file is a version of under another title; ``None`` when it is this one."""
    return None if policy is not None and twin.policy_id == policy.id else session.get_one(Policy, twin.policy_id)


def _twin(session: Session, prepared: Prepared, own_hash: str) -> Revision | None:
    """A published revision from the same file, or with the same text under the same title or the file's own, whose
    hash of content is `own_hash`.
    """
    policy = policy_titled(session, prepared.draft.title)
    published = revisions_of(session, policy.id) if policy and policy.id else []
    same_text = [each for each in published if each.content_hash == prepared.content_hash]
    if same_text:
        return next((each for each in same_text if each.version == prepared.draft.version), same_text[0])
    is_same = (col(Revision.sha256) == prepared.sha256) | (col(Revision.content_hash) == own_hash)
    return session.exec(select(Revision).where(is_same, col(Revision.state).in_(STANDING))).first()
