"""The Whoosh index of record: everything that can be found, derived from the database and the card files.

Delete the folder and nothing is lost: the caller compares `Index.sources()` with what should be there and replaces
what is missing. Whoosh writes new files and renames one small table of contents at the end, so a process killed at any
moment leaves the last commit readable; a folder that can't be read is emptied and filled again by the caller.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import re
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from whoosh import fields, query, writing
from whoosh import index as whoosh_index
from whoosh.analysis import Analyzer, Token

from knowledge.passages import Passage, PassageKind
from knowledge.tokenise import normalise, positioned_tokens, ranking_text, tokens

# Part of the name of Whoosh's files: a new schema or a new spelling of tokens starts an empty index.
FORMAT = "zhixun5"

_ALWAYS_FROM, _ALWAYS_TO = date.min.toordinal(), date.max.toordinal()
_LOCK_TIMEOUT_SECONDS = 60.0
_OF_OUTLETS = ("outlet", "instead_of")
_log = logging.getLogger(__name__)


class IndexBusyError(Exception):
    """Another process has been writing the index for a minute."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"另一个进程正在更新索引（{folder}）。请等它结束后再试。")


@dataclass(frozen=True)
class Fragment:
    """A piece of a passage as staff see it; `marked` where it matches what they searched for."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class StaffHit:
    """A passage found by staff: `title` and `excerpt` join to readable text, matching words marked."""

    passage: Passage
    score: float
    title: tuple[Fragment, ...]
    excerpt: tuple[Fragment, ...]


def fingerprint(passages: Sequence[Passage]) -> str:
    """A short hash of all that the passages say, in any order: equal passages, equal fingerprint."""
    whole = hashlib.sha256()
    for line in sorted(_to_json(each) for each in passages):
        whole.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return whole.hexdigest()[:16]


def generation_of(sources: Mapping[str, str]) -> str:
    """See `Index.generation`. `sources` as `Index.sources` gives them."""
    content = "".join(f"{source}={mark};" for source, mark in sorted(sources.items()))
    return hashlib.sha256(f"{FORMAT}:{content}".encode()).hexdigest()[:16]


def units_of(passage: Passage) -> list[str]:
    """The texts a passage is found by: the whole of it first, then each wording of a card.

    An article is one text: the law's name, the path of chapters and the words themselves in one field, because as a
    separate field the law's name swamps the article (``docs/retrieval.md``). The whole of a card is its title, its
    other wordings and its answer.
    """
    heading = " ".join(part for part in (passage.title, passage.path) if part)
    if passage.law and passage.law not in heading:
        heading = f"{passage.law} {heading}"
    if passage.article.isdigit() and f"第{passage.article}条" not in normalise(heading):
        heading = f"{heading} 第{passage.article}条"
    whole = "\n".join((heading, *passage.wordings, passage.text))
    return [whole, passage.title, *passage.wordings] if passage.wordings else [whole]


class Index:
    """One folder with Whoosh's files. Safe to use from several threads; one process writes at a time."""

    def __init__(self, folder: Path, files: Any) -> None:  # noqa: ANN401  Whoosh has no types
        self.folder = folder
        self._files = files
        self._writing = threading.Lock()
        self._seen: tuple[object, dict[str, str]] = (None, {})

    @classmethod
    def open(cls, folder: Path) -> Index:
        """The index in this folder. A missing or unreadable one is made anew, empty: `sources()` tells what to add."""
        folder.mkdir(parents=True, exist_ok=True)
        try:
            index = cls(folder, whoosh_index.open_dir(str(folder), indexname=FORMAT))
            for _ in index.passages():
                pass
        except whoosh_index.EmptyIndexError:  # new, or written by an earlier release
            _log.info("index=%s is new", folder)
            return cls._anew(folder)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the files, the cure is the same: build anew
            _log.warning("index=%s unreadable, rebuilding: %s", folder, type(error).__name__)
            return cls._anew(folder)
        return index

    @classmethod
    def _anew(cls, folder: Path) -> Index:
        shutil.rmtree(folder)
        folder.mkdir(parents=True)
        return cls(folder, whoosh_index.create_in(str(folder), _schema(), indexname=FORMAT))

    def replace(self, sources: Mapping[str, Sequence[Passage]]) -> None:
        """Make these sources hold exactly these passages, in one commit: all of it is visible afterwards, or nothing.

        An empty sequence removes a source. Other sources stay as they are.

        Raises:
            IndexBusyError: Another process kept the index locked for a minute.
        """
        if not sources:
            return
        with self._writing:
            writer = self._writer()
            try:
                present = self.sources()  # under the lock: nobody adds more
                # All at once: each look for what to delete opens the whole index.
                if outdated := [query.Term("source", each) for each in sources if each in present]:
                    writer.delete_by_query(query.Or(outdated))
                for source_id, passages in sources.items():
                    _add_source(writer, source_id, passages)
                writer.commit()
            except BaseException:
                writer.cancel()
                raise

    def sources(self) -> dict[str, str]:
        """What is indexed: source id → fingerprint of its passages."""
        stamp = self._stamp()
        if self._seen[0] != stamp:
            with self._files.searcher() as searcher:
                found = searcher.documents(kind="source")
                self._seen = (stamp, {each["source"]: each["fingerprint"] for each in found})
        return dict(self._seen[1])

    def passages_of(self, sources: Iterable[str]) -> Iterator[Passage]:
        """The passages of these sources, source by source in the order in which they were added."""
        with self._files.searcher() as searcher:
            for source in sources:
                for stored in searcher.documents(source=source):
                    if "passage" in stored:
                        yield _from_json(stored["passage"])

    def passages(self) -> Iterator[Passage]:
        """All passages, in the order in which they were added."""
        with self._files.reader() as reader:
            for stored in reader.all_stored_fields():
                if "passage" in stored:
                    yield _from_json(stored["passage"])

    @property
    def generation(self) -> str:
        """A hash of what is indexed: it changes with every commit that changes something, and equal content has an
        equal generation on every machine.
        """
        return generation_of(self.sources())

    def searcher(self) -> Any:  # noqa: ANN401  Whoosh has no types
        """A Whoosh searcher over the last commit; close it after use."""
        return self._files.searcher()

    def staff_search(
        self,
        text: str,
        *,
        kind: PassageKind | None = None,
        law: str | None = None,
        on: date | None = None,
        limit: int = 10,
    ) -> list[StaffHit]:
        """What staff find, best first, matching words marked.

        Words in quotation marks (“…” or "…") must occur literally; the rest only ranks. `on` keeps what is in force on
        that day; without it superseded versions are found too. An empty text lists the passages the filters leave.
        """
        phrases = [found.group(1) for found in _QUOTED.finditer(text)]
        with self._files.searcher() as searcher:
            found = searcher.search(_staff_query(text, phrases), filter=filters(kind, law, on), limit=limit * 20)
            best: dict[str, float] = {}
            for hit in found:
                best.setdefault(hit["owner"], hit.score)
            wanted = list(best)[:limit]
            return [_staff_hit(searcher, owner, best[owner], phrases or [text]) for owner in wanted]

    def _stamp(self) -> object:
        generation = self._files.latest_generation()
        toc = self.folder / f"_{FORMAT}_{generation}.toc"
        return (generation, toc.stat().st_mtime_ns if toc.exists() else 0)

    def _writer(self) -> Any:  # noqa: ANN401
        try:
            return writing.SegmentWriter(self._files, timeout=_LOCK_TIMEOUT_SECONDS, delay=0.05, limitmb=128)
        except whoosh_index.LockError as error:
            raise IndexBusyError(self.folder) from error


def filters(kind: PassageKind | None, law: str | None, on: date | None) -> Any:  # noqa: ANN401
    """A Whoosh query for passages of this kind and law that are in force on a day; ``None`` filters nothing."""
    wanted: list[Any] = [query.Term("kind", kind)] if kind else []
    if law:
        wanted.append(query.Term("law", law))
    if on:
        day = on.toordinal()
        wanted += [query.NumericRange("first_day", None, day), query.NumericRange("last_day", day, None)]
    return query.And(wanted) if wanted else None


# --- documents -------------------------------------------------------------------------------------------------------


class OurAnalyser(Analyzer):  # type: ignore[misc]  # Whoosh has no types
    """Our ranking tokens with true positions: a character and the pair it begins share one, so phrases match."""

    def __call__(self, value: str, **_: object) -> Iterator[Any]:
        """One Whoosh token each; Whoosh's own flags change nothing."""
        token = Token(positions=True)
        place, seen = -1, -1
        for text, start in positioned_tokens(ranking_text(value)):
            place += start != seen
            token.text, token.pos, seen = text, place, start
            token.boost = 1.0
            yield token


def _schema() -> Any:  # noqa: ANN401
    return fields.Schema(
        owner=fields.ID(stored=True),  # the passage a text belongs to
        source=fields.ID(stored=True),
        kind=fields.ID(),
        law=fields.ID(),
        # One term a day: there are few days, and Whoosh's tiers for wide ranges were a quarter of all postings.
        first_day=fields.NUMERIC(int, shift_step=0),
        last_day=fields.NUMERIC(int, shift_step=0),
        body=fields.TEXT(analyzer=OurAnalyser(), phrase=True),
        passage=fields.STORED(),
        fingerprint=fields.STORED(),
    )


def _add_source(writer: Any, source_id: str, passages: Sequence[Passage]) -> None:  # noqa: ANN401
    if not passages:
        return
    writer.add_document(source=source_id, kind="source", fingerprint=fingerprint(passages))
    for passage in passages:
        for n, unit in enumerate(units_of(passage)):
            whole = {"passage": _to_json(passage)} if n == 0 else {}
            writer.add_document(
                owner=passage.passage_id,
                source=source_id,
                kind=passage.kind,
                law=passage.law,
                first_day=passage.effective_from.toordinal() if passage.effective_from else _ALWAYS_FROM,
                last_day=passage.effective_to.toordinal() if passage.effective_to else _ALWAYS_TO,
                body=unit,
                **whole,
            )


def _to_json(passage: Passage) -> str:
    """Without what only passages of outlets have: those of everybody read as before there were such."""
    said = {name: value for name, value in vars(passage).items() if value or name not in _OF_OUTLETS}
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=date.isoformat)


def _from_json(text: str) -> Passage:
    value = json.loads(text)
    for day in ("effective_from", "effective_to"):
        value[day] = date.fromisoformat(value[day]) if value[day] else None
    for several in ("wordings", "negatives", "service_items", "instead_of"):
        value[several] = tuple(value.get(several, ()))
    return Passage(**value)


# --- staff search ----------------------------------------------------------------------------------------------------

_QUOTED = re.compile(r"[“\"「]([^“”\"「」]{1,100})[”\"」]")
_EXCERPT_CHARACTERS = 120


def _staff_query(text: str, phrases: Sequence[str]) -> Any:  # noqa: ANN401
    loose = [query.Term("body", token) for token in dict.fromkeys(tokens(text[:1000]))]
    strict = [each for each in map(_phrase, phrases) if each is not None]
    if strict:
        return query.AndMaybe(query.And(strict), query.Or(loose))
    return query.Or(loose) if loose else query.Not(query.Term("kind", "source"))


def _phrase(text: str) -> Any:  # noqa: ANN401
    steps: dict[int, str] = {}
    for token, start in positioned_tokens(ranking_text(text)):
        steps.setdefault(start, token)
    signs = list(steps.values())
    if len(signs) < 2:
        return query.Term("body", signs[0]) if signs else None
    return query.Phrase("body", signs)


def _staff_hit(searcher: Any, owner: str, score: float, wanted: Sequence[str]) -> StaffHit:  # noqa: ANN401
    passage = next(_from_json(each["passage"]) for each in searcher.documents(owner=owner) if "passage" in each)
    marks = [mark for text in wanted for mark in marks_of(text)]
    return StaffHit(passage, score, marked(passage.title, marks), _excerpt(passage.text, marks))


def marks_of(text: str) -> list[str]:
    """What to mark for a search text: its pairs of characters and words; or else its single characters."""
    found = list(dict.fromkeys(tokens(text)))
    return [each for each in found if len(each) > 1] or found


def marked(text: str, marks: Sequence[str]) -> tuple[Fragment, ...]:
    """The text in fragments, those that match any of the marks marked; neighbouring matches join."""
    if not text:
        return ()
    pattern = "|".join(re.escape(each) for each in sorted(marks, key=len, reverse=True))
    touched = bytearray(len(text))
    for found in re.finditer(f"(?=({pattern}))", text, re.IGNORECASE) if pattern else ():
        touched[found.start(1) : found.end(1)] = b"\1" * (found.end(1) - found.start(1))
    cuts = [0, *(n for n in range(1, len(text)) if touched[n] != touched[n - 1]), len(text)]
    return tuple(Fragment(text[a:b], bool(touched[a])) for a, b in itertools.pairwise(cuts))


def _excerpt(text: str, marks: Sequence[str]) -> tuple[Fragment, ...]:
    """The stretch of the text with the first match near its beginning, whole when it is short."""
    if len(text) <= _EXCERPT_CHARACTERS:
        return marked(text, marks)
    first = next((len(each.text) for each in marked(text, marks)[:1] if not each.marked), 0)
    start = max(0, min(first - 20, len(text) - _EXCERPT_CHARACTERS))
    stretch = text[start : start + _EXCERPT_CHARACTERS]
    before, after = "…" * (start > 0), "…" * (start + _EXCERPT_CHARACTERS < len(text))
    return marked(before + stretch + after, marks)
