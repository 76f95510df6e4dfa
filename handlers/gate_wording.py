"""The sentences staff read who may not do what they want: one each, with who may, and the cure."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import program

NOT_STAFF = "这只对工作人员开放。您可以直接输入问题。"


def not_listed(key: str, what: str, who: Sequence[str]) -> str:
    """Only listed staff may act."""
    return (
        f"您（{key}）不在工作人员名单里，不能{what}，这由{_names(who)}来做；"
        "请管理员把这个账号加进 duty/staff.toml 的 accounts，几秒内生效。"
    )


def list_is_faulty(what: str) -> str:
    """Nobody knows who is staff."""
    return f"工作人员名单有误，改好之前在群里不能{what}；请管理员运行 {program.name()} duty，看 duty/ 里哪一行怎么改。"


def has_left(name: str, what: str, who: Sequence[str]) -> str:
    """Somebody who left may not act."""
    return f"{name} 已离岗，不能{what}，这由{_names(who)}来做；要恢复，请管理员修改 duty/staff.toml 里的 until。"


def not_your_role(what: str, who: Sequence[str], roles: Sequence[str]) -> str:
    """Another role's work."""
    have = f"您的角色是{'、'.join(roles)}" if roles else "您还没有角色"
    return f"{what}由{_names(who)}来做，{have}；要调整，请管理员修改 duty/staff.toml 里的 roles。"


def not_here(what: str, number: str, who: Sequence[str]) -> str:
    """Not there, or another outlet's: the sentence is the same."""
    which = f"{what} {number}" if number else f"这个{what}"
    return f"没有找到{which}，或者归别的网点、由那里的{_names(who)}办理；请核对编号。"


def _names(who: Sequence[str]) -> str:
    return "、".join(who)
