"""The sentences about files (文件) that askers and staff read."""

from __future__ import annotations

from handlers import program

CLAIM_FIRST = "还没有人接单，文件没有发给服务对象。请先点“接单”，再发一次。"
OTHER_CHANNEL = "对方用的渠道不能收文件，没有发出。请写成文字，或请对方留下邮箱、到网点来取。"
STAYS_THERE = "文件留在对方的渠道里，这里看不到。请对方改发邮箱，或带到网点来。"
TOO_LARGE = "文件超过 20 MB"
NO_TICKET = "还没有在办的工单，请先点“转人工”，有了工单号再发文件"
NO_ROOM = "服务器现在放不下文件，请稍后再发，或带到网点来"
TOO_SLOW = "上传太慢，没有传完，请换个网络再发"
CUT_OFF = "没有传完，请检查网络后再发"
EMPTY = "文件是空的，请重新选择"
NOT_THERE = "这个文件不在了，请在对话里告诉工作人员，请对方重发。"
WAITS = "等二次复核，还没有发出"
NEVER_LEFT = "没有发出"
LEFT = "已发出"
BUSY = "现在发文件的人多，请过一会儿再发。"


def wrong_kind(suffix: str) -> str:
    """A kind that does not pass."""
    return f"不收 .{suffix} 文件，请用 PDF、Word、Excel、PPT、文本、图片、语音或视频" if suffix else "文件名没有后缀"


def too_many(most: int) -> str:
    """More than anybody can look at."""
    return f"一天最多发 {most} 个文件"


def at_once(most: int) -> str:
    """Too many under way from one visitor."""
    return f"一次最多同时发 {most} 个文件，请等前面的传完再发。"


def not_taken(name: str, why: str) -> str:
    """What a visitor of the window reads; nothing of the file was kept."""
    return f"“{name}”没有收下：{why.rstrip('。')}。"


def sent_by_visitor(name: str, n_bytes: int) -> str:
    """The visitor's own line."""
    return f"文件：{name}（{size(n_bytes)}）"


def stored_here(number: int, sha256: str) -> str:
    """What staff read about a file that lies on our machine; a chat may be on a foreign server."""
    return (
        f"文件 {number} 存在服务器上，不放进群里。要看：在服务器上运行 {program.name()} files save {number}。"
        f"校验（SHA-256 前 16 位）：{sha256[:16]}"
    )


def size(n_bytes: int) -> str:
    """How large a file is."""
    return f"{n_bytes / 2**20:.1f} MB" if n_bytes >= 2**20 else f"{max(1, round(n_bytes / 1024))} KB"


def refused(why: str) -> str:
    """What the asker reads."""
    return f"这个文件没有转给工作人员：{why}。可以压缩、换一种格式再发，或带到网点来。"


def not_passed_on(why: str) -> str:
    """What staff read."""
    return f"文件没有转来：{why}。已请对方换一种方式。"


def not_sent(why: str) -> str:
    """What staff read about their own file."""
    return f"文件没有发给服务对象：{why.rstrip('。')}。"


def held_by(number: str, name: str) -> str:
    """Somebody else's ticket."""
    return f"{number} 由 {name} 办理，文件没有发给服务对象。"


def file_named(names: str) -> str:
    """What stands above a file for the asker."""
    return f"文件：{names}\n"


def sent(number: str) -> str:
    """It is on its way."""
    return f"文件已发给 {number} 的服务对象。"


def gone(number: str) -> str:
    """A file whose bytes are not there any more, or are others."""
    return f"文件 {number} 在磁盘上不见了，或和收到时不一样：请管理员从备份里找。"
