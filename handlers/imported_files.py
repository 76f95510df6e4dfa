"""What became of files that were imported, or would: one value a file, with its problems and what is proposed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from policies.compilation import Revision
from policies.draft import ParseProblem
from policies.intake import Prepared
from policies.recognition import Proposal, fill, recognise

Outcome = Literal["new", "changed", "duplicate", "refused"]
OF_PROGRAMME = ("window", "conditions", "materials")  # fields of a programme that are proposed one by one


@dataclass(frozen=True)
class ImportedFile:
    """What became of one file. `reason` is filled when refused, and names the other file for duplicates; `conflicts`
    are what it collides with in the compilation, `proposals` what was read off its words for people to confirm.
    """

    path: Path
    outcome: Outcome
    reason: str = ""
    title: str = ""
    version: str = ""
    n_articles: int = 0
    effective_from: date | None = None
    effective_to: date | None = None
    problems: tuple[ParseProblem, ...] = ()
    conflicts: tuple[ParseProblem, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def is_never_quoted(self) -> bool:
        """Whether another version takes over before this one begins: stored, it would answer on no day."""
        days = self.effective_from, self.effective_to
        return self.outcome in ("new", "changed") and None not in days and days[1] < days[0]  # type: ignore[operator]


@dataclass(frozen=True)
class ImportReport:
    """What became of each file, in the order given; `skipped` are files in folders of formats we don't read."""

    files: tuple[ImportedFile, ...] = ()
    skipped: tuple[Path, ...] = ()
    dry_run: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many files had that outcome."""
        return sum(each.outcome == outcome for each in self.files)


def report_of(path: Path, outcome: Outcome, prepared: Prepared, revision: Revision) -> ImportedFile:
    """What became of a file, as the revision it gave, or repeats, tells."""
    repeated = outcome == "duplicate"
    return ImportedFile(
        path=path,
        outcome=outcome,
        reason=f"与已导入的“{revision.source_name}”内容相同。" if repeated else "",
        title=prepared.draft.title,
        version=revision.version,
        n_articles=len(prepared.draft.articles),
        effective_from=revision.effective_from,
        effective_to=revision.effective_to,
        problems=() if repeated else _problems(revision),
        proposals=() if repeated else _standing_proposals(prepared, revision),
    )


def _standing_proposals(prepared: Prepared, revision: Revision) -> tuple[Proposal, ...]:
    """The proposals that would be recorded; where somebody filled in a field before, theirs is."""
    found = recognise(prepared.draft)
    own = Revision(policy_id=0)
    fill(own, found)
    return tuple(
        each
        for each in found.proposals
        if (name := "programme" if each.field in OF_PROGRAMME else each.field)
        and getattr(own, name) == getattr(revision, name)
    )


def _problems(revision: Revision) -> tuple[ParseProblem, ...]:
    return tuple(ParseProblem(**each) for each in json.loads(revision.problems))
