"""Updates with one field broken, good questions among them: nothing hangs, no good question is lost.

python -m benchmarks.mutated_updates [updates]
"""

from __future__ import annotations

import copy
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.service import Service, table
from bot import inbox

GOOD_EVERY = 25
FIRST_GOOD_PERSON = 500_000
WRONG: tuple[Any, ...] = (None, "x", -1, 0, [], {}, 10**20, True, "\x00\ud800", "长" * 5000)

Json = dict[str, Any]


def main() -> int:
    updates = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    chance, service = random.Random(3), Service()
    service.start()
    started = time.monotonic()
    good = set()
    for number in range(updates):
        service.fake.ask("push", update=mutated(chance, number))
        if number % GOOD_EVERY == 0:
            person = FIRST_GOOD_PERSON + number
            service.fake.say(person, "专利年费怎么交？")
            good.add(person)
    service.wait(lambda: not service.unread() and not service.fake.state["waiting"], 900)
    service.wait(lambda: good <= {each["chat"]["id"] for each in service.fake.delivered()}, 900)
    seconds = time.monotonic() - started
    answered = good & {each["chat"]["id"] for each in service.fake.delivered()}
    with service.reading() as session:
        states = inbox.count_by_state(session)
    service.close()
    table(
        f"{updates} updates with one field mutated, {len(good)} good questions among them",
        {
            "good questions lost": len(good - answered),
            "inbox": states,
            "seconds": round(seconds, 1),
        },
    )
    return 0 if answered == good and not states.get("new") else 1


def mutated(chance: random.Random, number: int) -> Json:
    """A well-formed update of a random kind with one field taken out or made wrong."""
    update: Json = copy.deepcopy(chance.choice(kinds(number)))
    fields = list(_fields(update))
    container, name = chance.choice(fields)
    if chance.random() < 0.4:
        del container[name]
    else:
        container[name] = chance.choice(WRONG)
    return update


def kinds(number: int) -> list[Json]:
    """One update of each kind we ask Telegram for."""
    person = {"id": 1000 + number % 50, "is_bot": False, "first_name": "示例", "language_code": "zh-hans"}
    chat = {"id": person["id"], "type": "private", "first_name": "示例"}
    message = {"message_id": 900_000 + number, "date": 1_790_000_000, "chat": chat, "from": person, "text": "你好"}
    file = {"file_id": f"F{number}", "file_unique_id": "u", "file_name": "a.pdf", "file_size": 10}
    member = {"user": {"id": 1000, "is_bot": True, "first_name": "b"}, "status": "member"}
    return [
        {"message": message},
        {"message": message | {"document": file, "caption": "请看"}},
        {"message": message | {"photo": [{"file_id": "P", "file_unique_id": "p", "width": 1, "height": 1}]}},
        {"edited_message": message | {"edit_date": 1_790_000_001}},
        {
            "callback_query": {
                "id": f"C{number}",
                "from": person,
                "chat_instance": "1",
                "data": "my",
                "message": message,
            }
        },
        {"poll_answer": {"poll_id": "P1", "user": person, "option_ids": [0], "option_persistent_ids": ["0"]}},
        {
            "my_chat_member": {
                "chat": chat,
                "from": person,
                "date": 1,
                "old_chat_member": member,
                "new_chat_member": member,
            }
        },
    ]


def _fields(value: Json) -> Iterator[tuple[Json, str]]:
    for name, part in value.items():
        yield value, name
        if isinstance(part, dict):
            yield from _fields(part)


if __name__ == "__main__":
    sys.exit(main())
