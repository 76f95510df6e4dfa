"""What whoever runs the service has to hear before it hurts: a disk that fills up, files that can't be read any more.

A service goes on with the last good settings and cards, so a fault that was saved shows at the next start only, or in
answers that do not change. It is told in the log when it appears, and the staff rooms hear of files as of all others.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

import structlog

from bot.health import disk_of
from bot.settings import Settings, SettingsError, load_settings
from knowledge.shelf import unreadable

log = structlog.get_logger(__name__)


@dataclass
class Watch:
    """Looks after the folder of one instance; what was told once is told again when it was right in between."""

    settings: Settings
    _told: set[str] = field(default_factory=set)

    def look(self) -> int:
        """Look at disk and files; how many faults are new since the last look."""
        home = self.settings.home
        disk = disk_of(home)
        faults = {} if disk == "ok" else {f"disk.{disk}": ""}
        faults |= dict.fromkeys(self.problems(), "files.faulty")
        new = [each for each in faults if each not in self._told]
        for each in new:
            if event := faults[each]:
                log.warning(event, problem=each)
            else:
                log.warning(each, free_megabytes=shutil.disk_usage(home).free >> 20)
        self._told = set(faults)
        return len(new)

    def problems(self) -> tuple[str, ...]:
        """What is wrong with files the running service goes on without: settings, cards, facts, guides."""
        home = self.settings.home
        found = [
            f"{folder}/{name} 读不懂（不符合 TOML 格式），现在用的是改之前的内容：运行 doctor 看是哪一行"
            for folder in ("cards", "facts", "guides")
            for name in unreadable([home / folder])
        ]
        try:
            path = self.settings.path
            load_settings(home, path if path and path.parent != home else None)
        except SettingsError as error:
            found += [f"{each}运行中的服务不受影响，改好之前不要重启，重启会失败" for each in error.problems]
        return tuple(found)
