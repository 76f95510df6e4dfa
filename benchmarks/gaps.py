"""Measures the grouping of unanswered questions: time, and how well groups follow the cards their questions belong to.

    python benchmarks/gaps.py [--questions 5000]

The questions are wordings of the shipped cards: each card's wordings are one question, on purpose in very different
words, and many cards are close neighbours. So the figures are lower bounds: people repeat themselves more.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from knowledge.cards import SHIPPED_FOLDER, load_cards
from knowledge.cluster import Asked, Cluster, Likeness, cluster

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=5000)
    wanted = parser.parse_args().questions
    cards = [each for each in load_cards(SHIPPED_FOLDER).by_id.values() if not each.supersedes]
    wordings = [(each.card_id, text) for each in cards for text in (each.title, *each.variants)]
    started = time.perf_counter()
    likeness = Likeness(text for each in cards for text in (each.title, *each.variants[:3]))
    print(f"weights of the words of {len(cards)} cards: {time.perf_counter() - started:.2f} s")
    random.Random(7).shuffle(wordings)
    chosen = (wordings * (wanted // len(wordings) + 1))[:wanted]
    asked = [Asked(n, text, n, NOW - timedelta(minutes=n)) for n, (_, text) in enumerate(chosen)]
    started, busy = time.perf_counter(), time.process_time()
    found = cluster(asked, likeness)
    wall, cpu = time.perf_counter() - started, time.process_time() - busy
    print(f"{len(asked)} questions → {len(found)} groups: {wall:.2f} s, {cpu:.2f} s of them computing")
    report([owner for owner, _ in chosen], found)


def report(owners: list[str], found: list[Cluster]) -> None:
    sizes = Counter(owners)
    together = same = pure = 0
    for each in found:
        counts = Counter(owners[member.key] for member in each.members)
        together += _pairs(len(each.members))
        same += sum(map(_pairs, counts.values()))
        pure += max(counts.values())
    wanted = sum(map(_pairs, sizes.values()))
    print(f"pairs in one group that belong to one card: {same / max(together, 1):.3f}")
    print(f"pairs of one card that are in one group: {same / wanted:.3f}")
    print(f"questions in the group of their card's majority: {pure / len(owners):.3f}")
    print(f"largest group: {max(len(each.members) for each in found)}")


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


if __name__ == "__main__":
    main()
