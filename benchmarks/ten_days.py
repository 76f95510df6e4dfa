"""Ten simulated days: 200 askers and 10 members of staff on a fake clock, the office killed (``kill -9``) at random.

    python -m benchmarks.ten_days [--days 10] [--askers 200] [--staff 10] [--visits 0.45] [--offices 1] [--url postgresql://…]

Holiday, make-up Saturday, weekend and nights; races for tickets, silence, absence, people who leave; edits, votes taken
back, blocked bots, two channels; outages of hours and of a day, a clock that is an hour fast for a while. What should
have come out is reckoned a second time outside the product (`benchmarks/simulation/reckoning.py`, `ledger.py`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.service import table
from benchmarks.simulation.days import Size, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--askers", type=int, default=200)
    parser.add_argument("--staff", type=int, default=10)
    parser.add_argument("--visits", type=float, default=0.45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill", type=float, default=0.01)
    parser.add_argument("--offices", type=int, default=1)
    parser.add_argument("--tick-minutes", type=int, default=5)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    size = Size(first=date(2026, 10, 7), **vars(given))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zhixun-days-") as folder:
        report = simulate(Path(folder), size, lambda words: print(words, file=sys.stderr, flush=True))
    table(
        f"{size.days} days, {size.askers} askers, {size.staff} members of staff",
        {**report.figures, "seconds": round(time.monotonic() - started, 1), "faults": len(report.faults)},
    )
    for each in report.faults[:60]:
        print(" ", each)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
