"""What went wrong with disk and database, in a Chinese sentence that names the cure; for commands and for the log."""

from __future__ import annotations

import errno

FULL = "磁盘空间不足，请清理后再试"
READ_ONLY = "文件夹只读，请换一个可写的位置（--home）"

SYSTEM_ERRORS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "文件大到了系统允许的上限，请放宽限制（ulimit -f）或清理后再试",
    errno.EACCES: "没有权限，请检查文件夹的所有者和权限",
    errno.EROFS: READ_ONLY,
    errno.ENOENT: "没有这个文件或文件夹，请检查路径",
    errno.EISDIR: "这是文件夹，不是文件，请检查路径",
    errno.ENAMETOOLONG: "文件名太长，请换一个短的",
    errno.ENOTDIR: "路径里有一段是文件，不是文件夹，请检查 --home",
    errno.EEXIST: "同名文件已存在，请检查 --home",
    errno.EMFILE: "打开的文件太多，请提高系统限制（ulimit -n）",
    errno.EIO: "磁盘读写出错，请检查磁盘是否已满或损坏",
}

# What SQLite and psycopg say, by a part of their sentence; SQLAlchemy passes it on behind a name of its own.
DATABASE_ERRORS = (
    ("database or disk is full", FULL),
    ("database is locked", "数据库正被别的程序占用，请关掉打开着数据库文件的程序，或稍后再试"),
    ("readonly database", READ_ONLY),
    ("disk I/O error", SYSTEM_ERRORS[errno.EIO]),
    ("unable to open database file", "打不开数据库文件，请检查文件夹是不是只读、磁盘是不是满了、所有者和权限对不对"),
    ("disk image is malformed", "数据库文件损坏，请停下服务，把最近的备份恢复到新文件夹"),
    ("connection", "数据库连不上，请检查 PostgreSQL 是否在运行、[database] url 是否正确"),
)


def known_failure(error: BaseException) -> str:
    """Cause and cure of a failure of disk or database; empty for anything else."""
    if isinstance(error, OSError) and error.errno in SYSTEM_ERRORS:
        return SYSTEM_ERRORS[error.errno]
    is_of_database = "sqlite3" in str(error) or "psycopg" in str(error)
    for words, sentence in DATABASE_ERRORS:
        if words in str(error) and (is_of_database or words != "connection"):
            return sentence
    return ""
