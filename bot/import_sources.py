"""What ``zhixun import`` was told to import: files, folders, and addresses, which are fetched into a scratch folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handlers.import_policy import gather
from policies.intake import Prepared, prepare
from policies.readers import Recogniser, Refused
from policies.readers.web import Fetch, file_name, is_address

_UNNAMED = "网址"


@dataclass(frozen=True)
class Sources:
    """The files to import in their order; `skipped` are files in folders of formats we don't read, `origins` the
    addresses some were fetched from, `refused` why others could not be fetched.
    """

    files: Sequence[Path]
    skipped: Sequence[Path] = ()
    origins: Mapping[Path, str] = field(default_factory=dict)
    refused: Mapping[Path, Refused] = field(default_factory=dict)

    def prepare(self, path: Path, recognise: Recogniser | None = None) -> Prepared | Refused:
        """One of the files, read and parsed, with where it comes from; or why not."""
        return self.refused.get(path) or prepare(path, recognise, self.origins.get(path, ""))


def sources_of(named: Sequence[str], fetch: Fetch, scratch: Path) -> Sources:
    """What these names stand for; what is at an address is written into `scratch`, which must live until the end."""
    paths: list[Path] = []
    origins: dict[Path, str] = {}
    refused: dict[Path, Refused] = {}
    for number, name in enumerate(named):
        if not is_address(name):
            paths.append(Path(name))
            continue
        found, folder = fetch(name), scratch / str(number)
        if isinstance(found, Refused):
            path = folder / (file_name(Path(name).name) or _UNNAMED)
            refused[path] = found
        else:
            path = folder / found.name
            folder.mkdir()
            path.write_bytes(found.content)
            origins[path] = found.url
        paths.append(path)
    files, skipped = gather(paths)
    return Sources(files, skipped, origins, refused)
