"""How well questions find what they should: a labelled set in the BEIR layout, measured with the product's own parts.

A set is a folder with ``corpus.jsonl`` or ``corpus.jsonl.gz`` (``_id``, ``title``, ``text``), ``queries.jsonl``
(``_id``, ``text``) and ``qrels/<split>.tsv`` (query id, document id, relevance; one heading line).
"""

from __future__ import annotations

import gzip
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, Protocol

from knowledge.index import Index
from knowledge.meaning import Meaning, Progress
from knowledge.passages import Hit, Passage
from knowledge.search import EngineName, Search, open_search
from knowledge.tokenise import warm_up, words

# No passage of a labelled set has dates; any day will do.
_DAY = date(2026, 1, 1)
_DEPTH = 10
_LABELS = {"semantic": "知询 {} + 语义", "product": "知询 {}", "baseline": "Whoosh + jieba"}

Qrels = Mapping[str, Mapping[str, int]]


class EvaluationError(Exception):
    """The set can't be measured; the message says which file or line, and what it should be."""


@dataclass(frozen=True)
class LabelledSet:
    """A set as read: passages, question texts by id, and what is relevant to each question (document id → gain)."""

    passages: Sequence[Passage]
    questions: Mapping[str, str]
    relevant: Qrels
    split: str


@dataclass(frozen=True)
class Figures:
    """One system on one set. Recall, MRR and nDCG are means over the questions (0–1)."""

    system: str
    recall: Mapping[int, float]
    mrr: float
    ndcg: float
    abstained: float
    build_seconds: float
    index_bytes: int
    p50_ms: float
    p95_ms: float
    questions_per_second: float


@dataclass(frozen=True)
class EvaluationReport:
    """What was measured: the product by words, before it the product by meaning too and after it the baseline when
    they were asked for.
    """

    folder: Path
    split: str
    n_documents: int
    n_questions: int
    systems: tuple[Figures, ...] = field(default_factory=tuple)

    def table(self) -> str:
        """The figures for people, one block per system."""
        lines = [f"测评集 {self.folder.name}（{self.split}）：{self.n_documents} 个文档，{self.n_questions} 个问题"]
        for each in self.systems:
            lines += [
                "",
                f"[{each.system}]",
                *(f"Recall@{k:<4} {value:.4f}" for k, value in each.recall.items()),
                f"MRR@10     {each.mrr:.4f}",
                f"nDCG@10    {each.ndcg:.4f}",
                f"不作答     {each.abstained:.1%}",
                f"建索引     {each.build_seconds:.1f} 秒",
                f"索引大小   {each.index_bytes / 1e6:.1f} MB",
                f"延迟       p50 {each.p50_ms:.2f} 毫秒，p95 {each.p95_ms:.2f} 毫秒",
                f"吞吐       每秒 {each.questions_per_second:.0f} 个问题",
            ]
        return "\n".join(lines)


class Finder(Protocol):
    """A system under measurement: question → hits, best first."""

    def __call__(self, question: str) -> list[Hit]:
        """The best ten."""
        ...


# Below this coverage the best passage rather shares words with the question than answers it (docs/retrieval.md).
WEAK_COVERAGE = 0.45


def is_weak(hits: Sequence[Hit]) -> bool:
    """Whether the evidence is too weak to answer from. The answering side has a finer rule; this one needs no cards."""
    return not hits or hits[0].coverage < WEAK_COVERAGE


def evaluate(  # noqa: PLR0913  one call measures everything; all but the folder have defaults
    folder: Path,
    *,
    split: str | None = None,
    engine: EngineName = "fast",
    out: Path | None = None,
    baseline: bool = False,
    vectors: Path | None = None,
    progress: Progress | None = None,
    abstains: Callable[[Sequence[Hit]], bool] = is_weak,
) -> EvaluationReport:
    """Measure retrieval on a labelled set.

    Args:
        folder: The set; see the module.
        split: Which ``qrels/<split>.tsv``; may be omitted when there is only one.
        engine: The ranking engine.
        out: Where to write one JSON line per question: ``query_id``, ``results`` (id and score), ``abstain``,
            ``latency_ms``; of the first system.
        baseline: Also measure plain Whoosh over jieba words, in the same run.
        vectors: Also measure searching by meaning; what is made of the documents is kept in this file.
        progress: Called with documents or questions done and all of them.
        abstains: Whether the product would not answer from these hits.

    Raises:
        EvaluationError: A file is missing or a line can't be read.
    """
    labelled = read_set(folder, split)
    warm_up()
    with tempfile.TemporaryDirectory(prefix="zhixun-evaluate-") as temporary:
        lines: list[dict[str, Any]] = []
        build: dict[str, Callable[[], Finder]] = {}
        if vectors is not None:
            meaning = Meaning(vectors)
            build["semantic"] = lambda: _product(
                labelled.passages, Path(temporary, "semantic"), engine, meaning, progress
            )
        build["product"] = lambda: _product(labelled.passages, Path(temporary, "product"), engine)
        if baseline:
            build["baseline"] = lambda: _baseline(labelled.passages, Path(temporary, "baseline"))
        systems = []
        for name, make in build.items():
            started = time.perf_counter()
            find = make()
            seconds = time.perf_counter() - started
            run = _run(find, labelled, abstains, progress)
            size = sum(file.stat().st_size for file in Path(temporary, name).rglob("*") if file.is_file())
            systems.append(_figures(_LABELS[name].format(engine), run, labelled, seconds, size))
            lines = lines or run
    if out is not None:
        out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return EvaluationReport(folder, labelled.split, len(labelled.passages), len(labelled.relevant), tuple(systems))


# --- reading ---------------------------------------------------------------------------------------------------------


def read_set(folder: Path, split: str | None = None) -> LabelledSet:
    """A labelled set, checked. Questions without a relevant document in the split are left out.

    Raises:
        EvaluationError: See `evaluate`.
    """
    if not folder.is_dir():
        _refuse(f"没有文件夹 {folder}。请检查路径。")
    corpus = next((folder / name for name in ("corpus.jsonl", "corpus.jsonl.gz") if (folder / name).is_file()), None)
    if corpus is None:
        _refuse(f"{folder} 里没有 corpus.jsonl 或 corpus.jsonl.gz。请放入文档文件。")
    passages = [
        Passage(key, "evaluate", "article", str(line.get("title") or ""), str(line.get("text") or ""))
        for key, line in _records(corpus).items()
    ]
    questions = {key: str(line.get("text") or "") for key, line in _records(folder / "queries.jsonl").items()}
    chosen = _split(folder, split)
    relevant = _qrels(folder / "qrels" / f"{chosen}.tsv")
    if missing := [key for key in relevant if key not in questions]:
        _refuse(f"qrels/{chosen}.tsv 提到的问题 {missing[0]} 不在 queries.jsonl 里。请补上这个问题。")
    if not relevant:
        _refuse(f"qrels/{chosen}.tsv 里没有一条相关的标注，无法测评。")
    return LabelledSet(passages, questions, relevant, chosen)


def _refuse(message: str) -> NoReturn:
    raise EvaluationError(message)


def _records(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        record = _record(line, file, number)
        if record["_id"] in found:
            _refuse(f"{file.name} 第 {number} 行：编号 {record['_id']} 重复。请让每个 _id 只出现一次。")
        found[record["_id"]] = record
    if not found:
        _refuse(f"{file.name} 是空的。请放入至少一行。")
    return found


def _record(line: str, file: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        _refuse(f"{file.name} 第 {number} 行不是 JSON。请检查引号和逗号。")
    if not isinstance(record, dict) or not isinstance(record.get("_id"), str | int):
        _refuse(f"{file.name} 第 {number} 行缺少 _id。每行应是带 _id 和 text 的 JSON 对象。")
    return record | {"_id": str(record["_id"])}


def _lines(file: Path) -> Iterator[str]:
    try:
        with (
            gzip.open(file, "rt", encoding="utf-8-sig")
            if file.suffix == ".gz"
            else file.open(encoding="utf-8-sig") as handle
        ):
            yield from handle
    except FileNotFoundError:
        _refuse(f"没有文件 {file}。请检查测评集是否完整。")
    except UnicodeDecodeError:
        _refuse(f"{file.name} 不是 UTF-8 编码。请转换后再试。")
    except (OSError, EOFError) as error:
        _refuse(f"{file.name} 读不出来（{error}）。请重新复制这个文件。")


def _split(folder: Path, split: str | None) -> str:
    names = sorted(file.stem for file in (folder / "qrels").glob("*.tsv"))
    if split in names:
        return str(split)
    if not names:
        _refuse(f"{folder} 里没有 qrels/*.tsv。请放入标注文件。")
    if split is None and len(names) == 1:
        return names[0]
    listed = "、".join(names)
    if split is None:
        _refuse(f"这个测评集有多个划分：{listed}。请用 --split 指定一个。")
    _refuse(f"没有划分 {split}。可用的有：{listed}。")


def _qrels(file: Path) -> Qrels:
    relevant: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(file), start=1):
        cells = line.rstrip("\r\n").split("\t")
        if not line.strip() or (number == 1 and not cells[-1].lstrip("-").isdigit()):
            continue
        if len(cells) not in {3, 4} or not cells[-1].lstrip("-").isdigit():
            _refuse(f"{file.name} 第 {number} 行应是用制表符分开的三列：问题编号、文档编号、相关度（整数）。")
        if (gain := int(cells[-1])) > 0:
            relevant.setdefault(cells[0], {})[cells[-2]] = gain
    return relevant


# --- systems ---------------------------------------------------------------------------------------------------------


def _product(
    passages: Sequence[Passage],
    folder: Path,
    engine: EngineName,
    meaning: Meaning | None = None,
    progress: Progress | None = None,
) -> Finder:
    search = _search(passages, folder, engine, meaning)
    search.learn(progress=progress)
    return lambda question: search.find(question, on=_DAY, limit=_DEPTH)


def _search(passages: Sequence[Passage], folder: Path, engine: EngineName, meaning: Meaning | None) -> Search:
    if engine != "whoosh":
        return Search.over(passages, folder, engine, meaning)
    index = Index.open(folder)
    index.replace({"evaluate": passages})
    return open_search(index, engine=engine, meaning=meaning)


def _baseline(passages: Sequence[Passage], folder: Path) -> Finder:
    """Whoosh as one would set it up in an afternoon: one field of words cut by jieba, its default ranking."""
    from whoosh import analysis, fields, query
    from whoosh import index as whoosh_index

    # Words go in cut and joined by a sign that no word contains.
    analyser = analysis.RegexTokenizer(r"[^\x1f]+")
    schema = fields.Schema(place=fields.STORED(), body=fields.TEXT(analyzer=analyser, phrase=False))
    folder.mkdir(parents=True)
    files = whoosh_index.create_in(str(folder), schema)
    writer = files.writer(limitmb=256)
    for place, passage in enumerate(passages):
        writer.add_document(place=place, body="\x1f".join(words(f"{passage.title} {passage.text}")))
    writer.commit()
    searcher = files.searcher()

    def find(question: str) -> list[Hit]:
        wanted = query.Or([query.Term("body", word) for word in dict.fromkeys(words(question))])
        return [Hit(passages[hit["place"]], hit.score, 1.0) for hit in searcher.search(wanted, limit=_DEPTH)]

    return find


def _run(
    find: Finder, labelled: LabelledSet, abstains: Callable[[Sequence[Hit]], bool], progress: Progress | None
) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for query_id in labelled.relevant:
        started = time.perf_counter()
        hits = find(labelled.questions[query_id])
        latency_ms = (time.perf_counter() - started) * 1000
        results = [[hit.passage.passage_id, round(hit.score, 4)] for hit in hits]
        line = {"query_id": query_id, "results": results, "abstain": abstains(hits)}
        lines.append(line | {"latency_ms": round(latency_ms, 3)})
        if progress:
            progress(len(lines), len(labelled.relevant))
    return lines


# --- figures ---------------------------------------------------------------------------------------------------------


def _figures(
    system: str, run: Sequence[dict[str, Any]], labelled: LabelledSet, build_seconds: float, index_bytes: int
) -> Figures:
    judged = [([key for key, _ in line["results"]], labelled.relevant[line["query_id"]]) for line in run]
    times = sorted(line["latency_ms"] for line in run)
    return Figures(
        system=system,
        recall={k: _mean(recall(found, relevant, k) for found, relevant in judged) for k in (1, 5, 10)},
        mrr=_mean(reciprocal_rank(found, relevant) for found, relevant in judged),
        ndcg=_mean(ndcg(found, relevant) for found, relevant in judged),
        abstained=_mean(float(line["abstain"]) for line in run),
        build_seconds=build_seconds,
        index_bytes=index_bytes,
        p50_ms=times[len(times) // 2],
        p95_ms=times[min(len(times) - 1, math.ceil(len(times) * 0.95) - 1)],
        questions_per_second=1000 * len(times) / max(sum(times), 1e-6),
    )


def _mean(values: Iterator[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def recall(found: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """The share of the relevant documents among the first k."""
    return len(set(found[:k]) & relevant.keys()) / len(relevant)


def reciprocal_rank(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """1 / place of the first relevant document among the first ten; 0 when there is none."""
    return next((1 / place for place, key in enumerate(found[:_DEPTH], start=1) if key in relevant), 0.0)


def ndcg(found: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Discounted gain of the first ten, as a share of the best possible (linear gains, as trec_eval counts)."""
    gains = [relevant.get(key, 0) for key in found[:_DEPTH]]
    best = sorted(relevant.values(), reverse=True)[:_DEPTH]
    return _discounted(gains) / _discounted(best)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
