"""Questions through the whole turn in one process: inbox, retrieval, archive, outbox mark.

    python benchmarks/turns.py [--texts FOLDER] [--engine fast] [--questions 2000]

Prints questions per second (two turns at a time, as the doors work), the latency of question → reply inside
the process, the share of the turn without retrieval, start-up time and memory. `--texts` imports official texts first.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot import inbox
from bot.application import Office, open_office
from bot.settings import ConversationSettings, SearchSettings, Settings
from consultations import outbox
from consultations.messages import Address, Inbound
from handlers.import_policy import import_paths
from handlers.turn import take_turn
from policies.review import Signature

ROOT = Path(__file__).resolve().parents[1]
CHATS_AT_A_TIME = 2  # as the doors do
CHATS = 300
BATCH = 100  # updates Telegram hands over at once


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        talk = ConversationSettings(messages_per_minute=600)
        settings = Settings(home=Path(folder), conversation=talk, search=SearchSettings(engine=arguments.engine))
        office = open_office(settings)
        if arguments.texts:
            import_paths(
                [arguments.texts],
                writing=office.writing,
                index=office.index,
                home=settings.home,
                by=Signature("benchmark", "benchmark", office.desk.now()),
            )
        office.close()
        started = time.perf_counter()
        office = open_office(settings)
        print(f"engine {arguments.engine}, next start {time.perf_counter() - started:.2f} s")
        questions = load_questions(arguments.questions)
        office.answerer.answer(questions[0], office.desk.now().date())
        print(f"memory before {memory_mb()} MB")
        report_answering(office, questions[:400], "just started")
        office.shelf.prepare(len(office.cards.by_id))  # the service does so in its first 20 seconds
        report_answering(office, questions[:400], "cards prepared")
        report_turns(office, questions)
        print(f"memory after {memory_mb()} MB")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--engine", choices=["fast", "whoosh", "tantivy"], default="fast")
    parser.add_argument("--questions", type=int, default=2000)
    return parser.parse_args()


def load_questions(n: int) -> list[str]:
    source = (ROOT / "tests" / "relevance" / "heldout.jsonl").read_text(encoding="utf-8")
    own = [json.loads(line)["question"] for line in source.splitlines() if line.strip()]
    return [own[i % len(own)] for i in range(n)]


def report_answering(office: Office, questions: Sequence[str], state: str) -> None:
    on = office.desk.now().date()
    took, worked = [], []
    for question in questions:
        started, at_work = time.perf_counter(), time.process_time()
        office.answerer.answer(question, on)
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - at_work) * 1000)
    print(f"question → answer       p50 {statistics.median(took):6.1f} ms   p95 {quantile(took):6.1f} ms   {state}")
    print(f"     of it computing    p50 {statistics.median(worked):6.1f} ms   p95 {quantile(worked):6.1f} ms")


def report_turns(office: Office, questions: Sequence[str]) -> None:
    took: list[float] = []
    started = time.perf_counter()
    with ThreadPoolExecutor(CHATS_AT_A_TIME) as pool:
        for first in range(0, len(questions), BATCH):
            batch = questions[first : first + BATCH]
            store(office, batch, first)
            replies = list(pool.map(lambda each: turn(office, *each), enumerate(batch, first)))
            took += [each[0] for each in replies]
            finish(office, [identity for each in replies for identity in each[1]])
    seconds = time.perf_counter() - started
    print(f"question → stored reply p50 {statistics.median(took):6.1f} ms   p95 {quantile(took):6.1f} ms (2 at a time)")
    print(f"whole turn, sustained   {len(questions) / seconds:6.1f} questions/s ({len(questions)} questions)")


def store(office: Office, batch: Sequence[str], first: int) -> None:
    now = office.desk.now()
    updates = [
        inbox.Update(update_id=str(first + i), raw={"text": text}, chat_key=str((first + i) % CHATS), received_at=now)
        for i, text in enumerate(batch)
    ]
    with office.writing() as session:
        inbox.store(session, "telegram", updates)


def turn(office: Office, number: int, question: str) -> tuple[float, list[int]]:
    address = Address("telegram", str(number % CHATS))
    inbound = Inbound(address, f"m{number}", str(number), office.desk.now(), text=question)
    started = time.perf_counter()
    done = take_turn(inbound, office.desk)
    return (time.perf_counter() - started) * 1000, [each.outbox_id for each in done.replies if each.outbox_id]


def finish(office: Office, ids: Sequence[int]) -> None:
    with office.writing() as session:
        outbox.mark_sent(session, dict.fromkeys(ids, "sent"), office.desk.now())


def quantile(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def memory_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
