"""Old and foreign office formats (.doc, .wps, .xls, .ppt, OpenDocument), through LibreOffice if installed.

LibreOffice runs in a process group of its own, with a fresh profile that forbids macros and links, limited memory and
time, in a folder that is removed afterwards.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from policies.readers import LARGEST_FILE, Refused
from policies.readers.kinds import NAMES
from policies.readers.programs import run_limited

SECONDS = 60
MEMORY = 4 * 1024 * 1024 * 1024  # bytes of address space; LibreOffice maps about 2 GB before it reads anything
_PROGRAMS = ("soffice", "libreoffice")
# 宋体, in which we write, is on no Debian: a Chinese font stands in, else figures are set in another one, so wide
# that dates are torn. The font is in Debian's fonts-noto-cjk.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Font/Substitution">
<prop oor:name="Replacement"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Font/Substitution/FontPairs"><node oor:name="_0" oor:op="replace">
<prop oor:name="Always"><value>true</value></prop><prop oor:name="OnScreenOnly"><value>false</value></prop>
<prop oor:name="ReplaceFont"><value>宋体</value></prop>
<prop oor:name="SubstituteFont"><value>Noto Serif CJK SC</value></prop></node></item>
</oor:items>
"""


def office_program() -> str | None:
    """Where LibreOffice is; ``None`` when it is not installed."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def convert(kind: str, wanted: str, content: bytes, *, seconds: float = SECONDS) -> bytes | Refused:
    """The file as `wanted` (``.docx``, ``.xlsx``, ``.pptx``); a cure when LibreOffice is missing or can't read it."""
    program = office_program()
    if program is None:
        return Refused(
            f"这是{NAMES[kind]}，需要 LibreOffice 才能读取，本机没有安装；"
            f"请在 Word 或 WPS 中另存为 {wanted} 后再导入，或请管理员安装 LibreOffice。"
        )
    with tempfile.TemporaryDirectory(prefix="zhixun-") as folder:
        source = Path(folder) / f"source{kind}"
        source.write_bytes(content)
        try:
            run_limited(_command(program, source, wanted), source.parent, seconds=seconds, memory=MEMORY)
        except subprocess.TimeoutExpired:
            return Refused(f"读取这个{NAMES[kind]}超过 {seconds:g} 秒，已停止；请另存为 {wanted} 后再导入。")
        made = source.parent / "made" / f"source{wanted}"
        if not made.is_file() or made.stat().st_size > LARGEST_FILE:
            return Refused(
                f"{NAMES[kind]}已损坏、加了密码或过于复杂，LibreOffice 读不了；请用原软件打开后另存为 {wanted} 再导入。"
            )
        return made.read_bytes()


def _command(program: str, source: Path, wanted: str) -> list[str]:
    folder = source.parent
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
    command = [program, "--headless", "--norestore", f"-env:UserInstallation={profile.parent.as_uri()}"]
    return [*command, "--convert-to", wanted.removeprefix("."), "--outdir", str(folder / "made"), str(source)]
