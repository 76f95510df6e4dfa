"""Latency of retrieval by engine and size, over passages of invented text (fixed seed).

    python benchmarks/retrieval.py [fast whoosh tantivy] [--sizes 3000 10000 50000]

Whoosh is measured up to 3,000 passages unless sizes are named: beyond that it is not what it is for.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from datetime import date
from pathlib import Path

from knowledge.index import Index
from knowledge.passages import Passage
from knowledge.search import Search, open_search

DAY = date(2026, 11, 23)
SIZES = (3_000, 10_000, 50_000)
N_QUESTIONS = 300


def invented(n_passages: int) -> list[Passage]:
    """Passages of 40–260 characters: words of two characters from a vocabulary with a natural (Zipf) distribution."""
    chance = random.Random(7)
    signs = [chr(0x4E00 + n) for n in range(2_500)]
    vocabulary = ["".join(chance.choices(signs, k=2)) for _ in range(20_000)]
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    lengths = [chance.randint(20, 130) for _ in range(n_passages)]
    words = iter(chance.choices(vocabulary, weights, k=sum(lengths)))
    texts = ("".join(next(words) for _ in range(length)) for length in lengths)
    return [Passage(f"art:{n}", "all", "article", f"第{n}条", text) for n, text in enumerate(texts)]


def measure(engine: str, passages: list[Passage], folder: Path) -> str:
    """One line of the table."""
    started = time.perf_counter()
    if engine == "whoosh":
        index = Index.open(folder)
        index.replace({"all": passages})
        search = open_search(index, engine="whoosh")
    else:
        search = Search.over(passages, folder, "tantivy" if engine == "tantivy" else "fast")
    built = time.perf_counter() - started
    chance = random.Random(8)
    times = []
    for passage in chance.choices(passages, k=N_QUESTIONS if engine != "whoosh" else 100):
        start = chance.randrange(len(passage.text) - 15)
        question = passage.text[start : start + chance.randint(6, 30)]
        started = time.perf_counter()
        search.find(question, on=DAY)
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    return f"{engine:8} {len(passages):7,} {built:9.1f} s {p50:9.2f} ms {p95:9.2f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", default=["fast", "whoosh", "tantivy"])
    parser.add_argument("--sizes", nargs="+", type=int)
    arguments = parser.parse_args()
    print("engine   passages     build       p50          p95")
    for engine in arguments.engines:
        for size in arguments.sizes or (SIZES[:1] if engine == "whoosh" else SIZES):
            with tempfile.TemporaryDirectory() as folder:
                print(measure(engine, invented(size), Path(folder)), flush=True)


if __name__ == "__main__":
    main()
