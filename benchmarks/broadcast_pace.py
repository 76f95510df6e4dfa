"""How near a broadcast comes to Telegram's 30 messages a second, and what it costs a person who asks meanwhile.

python -m benchmarks.broadcast_pace [recipients]
"""

from __future__ import annotations

import sys
import time

from benchmarks.service import Service, table

PER_SECOND = 30.0  # Telegram's limit for one bot, enforced by the fake's buckets
PERSON = 7
QUESTIONS = 5


def main() -> int:
    recipients = int(sys.argv[1]) if len(sys.argv) > 1 else 900
    service = Service()
    service.fake.ask("limit", on=True)
    service.start()
    _ask(service, 6)  # the first question of a process loads dictionaries
    service.broadcast(recipients)
    service.wait(lambda: len(_broadcast(service)) > recipients // 10, 60)
    waits = []
    for _ in range(QUESTIONS):
        waits.append(_ask(service, PERSON))
        time.sleep(3)
    service.wait(service.is_done, 600)
    sent_at = [each["at"] for each in _broadcast(service)]
    others = len([each for each in service.fake.delivered() if sent_at[0] <= each["at"] <= sent_at[-1]]) - recipients
    refused = service.fake.state["refused_429"]
    service.close()
    seconds = sent_at[-1] - sent_at[0]
    # The replies to the person take turns of the same bot: they count as messages sent.
    share = (recipients + others - 1) / PER_SECOND / seconds
    table(
        f"broadcast to {recipients} with a person asking {QUESTIONS} times",
        {
            "seconds": f"{seconds:.1f} (floor {recipients / PER_SECOND:.1f}, with {others} replies in between)",
            "share of the floor": f"{share:.1%}",
            "answered 429": refused,
            "a person's reply after (s)": [round(wait, 2) for wait in waits],
        },
    )
    return 0 if share >= 0.97 and refused == 0 and max(waits) < 1 else 1


def _ask(service: Service, person: int) -> float:
    """Seconds until the first reply to a question arrived."""
    before = len(service.fake.delivered(person))
    asked_at = time.time()
    service.fake.say(person, "商标注册要多久？")
    service.wait(lambda: len(service.fake.delivered(person)) > before, 30)
    return float(service.fake.delivered(person)[before]["at"]) - asked_at


def _broadcast(service: Service) -> list[dict[str, float]]:
    return [each for each in service.fake.delivered() if each["chat"]["id"] >= 10_000]


if __name__ == "__main__":
    sys.exit(main())
