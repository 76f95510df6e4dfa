"""kill -9 while questions wait: no question may be lost, none archived twice, few replies doubled.

python -m benchmarks.kill_questions [questions] [kills]
"""

from __future__ import annotations

import random
import sys
import time

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks.service import Service, table
from consultations.archive import Consultation
from consultations.received import ReceivedMessage

PEOPLE = 300
IN_FLIGHT = 16  # bot/delivery.py: on their way or not yet marked


def main() -> int:
    questions = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    chance, service = random.Random(1), Service()
    service.fake.ask("burst", people=PEOPLE, questions=questions, text="发明专利的保护期限是多少年？（{n}）")
    started = time.monotonic()
    for _ in range(kills):
        service.start()
        time.sleep(chance.uniform(0.5, 4))
        service.kill()
    waiting_at_the_end = service.unread() + service.fake.state["waiting"]
    service.start()
    service.wait(service.is_done, 900)
    seconds = time.monotonic() - started
    with service.reading() as session:
        received = session.connection().execute(select(func.count(col(ReceivedMessage.id)))).scalar_one()
        archived = session.connection().execute(select(func.count(col(Consultation.id)))).scalar_one()
        wordings = select(func.count(func.distinct(col(ReceivedMessage.text))))
        different = session.connection().execute(wordings).scalar_one()
    rows = service.rows()
    doubled = len(service.fake.delivered()) - rows.get("sent", 0)
    service.close()
    table(
        f"{kills} kills while {questions} questions wait",
        {
            "questions archived": archived,
            "messages received": received,
            "different questions": different,
            "lost": questions - different,
            "outbox rows": rows,
            "replies doubled": f"{doubled} (at most {IN_FLIGHT * kills} were in flight)",
            "still waiting at the last kill": waiting_at_the_end,
            "seconds in all": round(seconds, 1),
        },
    )
    is_good = archived == received == different == questions and set(rows) <= {"sent", "new"}
    return 0 if is_good and 0 <= doubled <= IN_FLIGHT * kills else 1


if __name__ == "__main__":
    sys.exit(main())
