"""kill -9 during a broadcast: nobody silently left out, nobody written to twice, the doubtful ones listed.

python -m benchmarks.kill_broadcast [recipients] [kills]
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from sqlmodel import select

from benchmarks.service import Service, table
from consultations.outbox import OutboxMessage

IN_FLIGHT = 16  # bot/delivery.py
PER_SECOND = 30  # messages of one bot


def main() -> int:
    recipients = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    chance, service = random.Random(2), Service()
    service.broadcast(recipients)
    started = time.monotonic()
    for _ in range(kills):
        service.start()
        time.sleep(chance.uniform(0.1, 0.9) * recipients / PER_SECOND / kills)
        service.kill()
    service.start()
    service.wait(service.is_done, 900)
    seconds = time.monotonic() - started
    reached = Counter(each["chat"]["id"] for each in service.fake.delivered())
    with service.reading() as session:
        held = select(OutboxMessage.chat_id).where(OutboxMessage.state == "unsure")
        unsure = {int(each) for each in session.exec(held)}
    rows = service.rows(1)
    service.close()
    everybody = set(range(10_000, 10_000 + recipients))
    silently_lost = everybody - set(reached) - unsure
    doubled = [chat for chat, times in reached.items() if times > 1]
    table(
        f"{kills} kills during a broadcast to {recipients}",
        {
            "reached": len(reached),
            "silently lost": len(silently_lost),
            "doubled": len(doubled),
            "listed as unsure": f"{len(unsure)}, of which {len(unsure - set(reached))} were not reached",
            "outbox rows": rows,
            "seconds in all": round(seconds, 1),
        },
    )
    is_good = not silently_lost and not doubled and len(unsure) <= IN_FLIGHT * kills
    return 0 if is_good and sum(rows.values()) == recipients else 1


if __name__ == "__main__":
    sys.exit(main())
