"""Imports generated policies into a new instance: seconds, memory, and how soon one more can be found.

    python benchmarks/import_policies.py [--policies 1000]

Eight of ten are text, one is a Word file, one a PDF (both read in a process of their own); 22 to 42 articles each.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from bot.application import Office, open_office
from bot.settings import load_settings
from handlers.import_policy import import_paths
from policies.review import Signature
from tests.policies.official import FORMATS, make

_KINDS = ("UTF-8 text", "Markdown", "GB18030 text", "Word, automatic numbers", "PDF")
_WEIGHTS = (0, 1, 2, 0, 1, 2, 0, 1, 3, 4)


def main() -> None:
    """Generate, import, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", type=int, default=1000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        n_articles = generate(Path(folder) / "incoming", asked.policies)
        office = open_office(load_settings(Path(folder) / "instance", None))
        before, computed = _megabytes(), _computing()
        seconds, n_new = bring(office, Path(folder) / "incoming")
        computed = _computing() - computed
        print(f"policies {n_new}, articles {n_articles}, {seconds:.1f} s, of it computing {computed:.1f} s")
        print(f"peak memory {_megabytes():.0f} MB ({before:.0f} MB before the import)")
        generate(Path(folder) / "one", 1, first=asked.policies)
        office.search.refresh()
        seconds, _ = bring(office, Path(folder) / "one")
        computed = _computing()
        office.search.refresh()
        taken_up = _computing() - computed
        print(f"one more policy: imported in {seconds:.2f} s, taken up by the search in {taken_up:.2f} s of computing")
        office.close()


def generate(folder: Path, count: int, *, first: int = 0) -> int:
    """Write the files; how many articles they have."""
    folder.mkdir()
    n_articles = 0
    for seed in range(first, first + count):
        policy = make(seed)
        written = FORMATS[_KINDS[_WEIGHTS[seed % 10]]](policy)
        (folder / f"{seed:05d}").mkdir()
        (folder / f"{seed:05d}" / written.name).write_bytes(written.content)
        n_articles += len(policy.articles)
    return n_articles


def bring(office: Office, folder: Path) -> tuple[float, int]:
    """Import a folder; ``(seconds, new policies)``."""
    started = time.perf_counter()
    by = Signature("terminal:benchmark", "benchmark", office.desk.now())
    report = import_paths([folder], writing=office.writing, index=office.index, home=office.settings.home, by=by)
    return time.perf_counter() - started, report.count("new")


def _computing() -> float:
    """Processor seconds of this process and of the readers it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _megabytes() -> float:
    """The most memory this process ever had; readers of hostile formats have processes of their own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
