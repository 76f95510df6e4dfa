"""Measuring on a labelled set: the figures, the run file, and a clear sentence for every broken set."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from knowledge.evaluate import EvaluationError, evaluate, ndcg, recall, reciprocal_rank
from knowledge.search import EngineName

DOCUMENTS = {"d1": "商标续展的期限", "d2": "专利年费的缴纳", "d3": "商业秘密的保护"}
QUESTIONS = {"q1": "商标什么时候续展", "q2": "年费怎么缴纳", "q3": "完全无关的天气问题呀"}
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\nq2\td3\t0\n"


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps({"_id": key, "title": "", "text": text}) for key, text in DOCUMENTS.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lines = [json.dumps({"_id": key, "text": text}) for key, text in QUESTIONS.items()]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels" / "dev.tsv").write_text(QRELS, encoding="utf-8")
    return folder


@pytest.mark.parametrize("engine", ["fast", "whoosh", "tantivy"])
def test_every_engine_is_measured(labelled: Path, engine: EngineName) -> None:
    report = evaluate(labelled, engine=engine)
    figures = report.systems[0]
    assert (report.split, report.n_documents, report.n_questions) == ("dev", 3, 2)
    assert figures.mrr == figures.ndcg == figures.recall[1] == 1.0
    assert figures.index_bytes > 0
    assert "MRR@10     1.0000" in report.table()


def test_the_run_file_has_one_line_per_question(labelled: Path, tmp_path: Path) -> None:
    out, seen = tmp_path / "run.jsonl", list[tuple[int, int]]()
    evaluate(labelled, out=out, progress=lambda done, total: seen.append((done, total)))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["query_id"] for line in lines] == ["q1", "q2"]
    assert lines[0]["results"][0][0] == "d1"
    assert set(lines[0]) == {"query_id", "results", "abstain", "latency_ms"}
    assert seen == [(1, 2), (2, 2)]


def test_the_baseline_is_measured_in_the_same_run(labelled: Path) -> None:
    report = evaluate(labelled, baseline=True)
    assert [each.system for each in report.systems] == ["知询 fast", "Whoosh + jieba"]
    assert report.systems[1].mrr > 0


def test_the_answering_side_may_decide_what_is_too_weak(labelled: Path) -> None:
    assert evaluate(labelled, abstains=lambda _: True).systems[0].abstained == 1.0


def test_a_packed_corpus_is_read(labelled: Path) -> None:
    plain = labelled / "corpus.jsonl"
    with gzip.open(labelled / "corpus.jsonl.gz", "wb") as handle:
        handle.write(plain.read_bytes())
    plain.unlink()
    assert evaluate(labelled).n_documents == 3


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("corpus.jsonl", None, "corpus.jsonl"),
        ("queries.jsonl", None, "queries.jsonl"),
        ("qrels/dev.tsv", None, "qrels"),
        ("corpus.jsonl", '{"_id": "d1"}\n{broken', "第 2 行不是 JSON"),
        ("corpus.jsonl", '["d1"]', "第 1 行缺少 _id"),
        ("corpus.jsonl", '{"_id": "d1"}\n{"_id": "d1"}', "重复"),
        ("corpus.jsonl", "", "是空的"),
        ("qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq1 d1 1", "第 2 行"),
        ("qrels/dev.tsv", "query-id\tcorpus-id\tscore\nq9\td1\t1", "q9"),
        ("qrels/dev.tsv", "query-id\tcorpus-id\tscore\n", "没有一条"),
    ],
)
def test_a_broken_set_is_told_in_plain_words(labelled: Path, file: str, content: str | None, complaint: str) -> None:
    if content is None:
        (labelled / file).unlink()
    else:
        (labelled / file).write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError, match=complaint):
        evaluate(labelled)


def test_wrong_bytes_are_told_in_plain_words(labelled: Path) -> None:
    (labelled / "corpus.jsonl").write_bytes("商标".encode("gb18030"))
    with pytest.raises(EvaluationError, match="UTF-8"):
        evaluate(labelled)


def test_several_splits_ask_for_one(labelled: Path) -> None:
    (labelled / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    with pytest.raises(EvaluationError, match="dev、test"):
        evaluate(labelled)
    assert evaluate(labelled, split="test").split == "test"
    with pytest.raises(EvaluationError, match="没有划分 none"):
        evaluate(labelled, split="none")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="没有文件夹"):
        evaluate(tmp_path / "nowhere")


def test_the_measures_are_the_usual_ones() -> None:
    relevant = {"a": 1, "b": 1}
    assert recall(["x", "a", "y"], relevant, 5) == 0.5
    assert reciprocal_rank(["x", "a", "y"], relevant) == 0.5
    assert ndcg(["a", "b"], relevant) == 1.0
    assert ndcg(["x", "a", "b"], relevant) == pytest.approx(0.6934, abs=1e-4)
