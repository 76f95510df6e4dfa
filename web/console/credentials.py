"""What proves who somebody is: a password (argon2), the code of an authenticator app (TOTP), recovery codes."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200  # characters
N_RECOVERY_CODES = 10
STEP_SECONDS = 30  # of a code, as every authenticator app has it (RFC 6238)
_HASHER = PasswordHasher()  # the library's defaults are those of RFC 9106 for little memory
_NOBODYS = _HASHER.hash(secrets.token_urlsafe())  # verified for names nobody has, so that they take as long


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether that is the password; ``None`` for a name nobody has, which takes as long to refuse."""
    try:
        return _HASHER.verify(password_hash or _NOBODYS, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def fault_of(password: str, again: str, name: str) -> str:
    """Why this can't be a new password, with the cure; empty when it can."""
    if password != again:
        return "两次输入的密码不一样，请重新输入。"
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return f"密码要 {SHORTEST_PASSWORD} 到 {LONGEST_PASSWORD} 个字，可以用一句只有您知道的话。"
    if len(set(password)) < SHORTEST_PASSWORD // 2 or name in password:
        return "这个密码太容易猜：请不要用重复的字，也不要包含自己的姓名。"
    return ""


def new_secret() -> str:
    """A fresh secret for an authenticator app."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The half minute that code belongs to, now or one beside it (clocks differ); ``None`` when it is wrong."""
    step, totp, typed = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret), code.encode()
    near = (step, step - 1, step + 1)
    return next((each for each in near if secrets.compare_digest(totp.generate_otp(each).encode(), typed)), None)


def qr_code(secret: str, staff: str, outlet: str) -> str:
    """The picture an authenticator app reads, as a ``data:`` address."""
    address = pyotp.TOTP(secret).provisioning_uri(name=staff, issuer_name=outlet)
    return segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")


def text_code(text: str) -> str:
    """The picture a phone reads that text from, as a ``data:`` address."""
    return segno.make(text, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")


def new_recovery_codes() -> tuple[str, ...]:
    """Codes for the day the phone is lost, each for one time: ``k7mp2-x9q4d``, 50 random bits."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    halves = ("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2 * N_RECOVERY_CODES))
    return tuple(f"{first}-{second}" for first, second in zip(halves, halves, strict=True))


def hashes_of(codes: Sequence[str]) -> list[str]:
    """What is kept of recovery codes."""
    return [hash_of(plain_code(each)) for each in codes]


def plain_code(code: str) -> str:
    """A code as typed, also with the full-width signs of a Chinese keyboard: without blanks and hyphens, in small
    letters.
    """
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").lower()


def new_token() -> str:
    """A fresh secret for a cookie or a link: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of something random: nobody guesses it, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()
