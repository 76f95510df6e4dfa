"""The command line as a person meets it: sentences in Chinese, exit codes that mean something."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.database import empty_log, open_engine
from tests.conftest import Begin

ROOT = Path(__file__).resolve().parents[2]


def zhixun(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ZHIXUN_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", "--home", str(home), *words],
        cwd=ROOT,
        env=environment | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def without_second_check(home: Path) -> None:
    """In this office nobody looks at replies before they leave: what chance draws is another test's matter."""
    classes = {"urgent": "紧急", "dispute": "纠纷", "compliance": "合规", "finance": "金融", "other": "其他"}
    (home / "duty").mkdir(parents=True, exist_ok=True)
    rules = "".join(f'[[risk]]\nid = "{key}"\nname = "{name}"\nshare = 0\n' for key, name in classes.items())
    (home / "duty" / "risks.toml").write_text(rules, encoding="utf-8")


def test_a_folder_that_is_not_there_is_no_sound_archive(tmp_path: Path) -> None:
    done = zhixun(tmp_path / "restored", "verify")
    assert (done.returncode, "没有档案可以核验" in done.stdout + done.stderr) == (3, True)
    assert not (tmp_path / "restored").exists()  # a restore into it still finds it empty


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ask",), "请写一个问题"),
        (("ask", "专利", "--as-of", "昨天"), "看不懂日期"),
        (("ask", "--batch", "没有这个文件.jsonl", "--out", "x"), "找不到文件"),
        (("import", "没有这个文件.md"), "找不到"),
        (("restore", "README.md", "--erasures", "没有.txt"), "去掉 --erasures"),
        (("evaluate", ".", "--engine", "lucene"), "没有名为 lucene 的引擎"),
        (("tickets", "吃饭"), "不认识"),
        (("guides", "nosuch"), "没有编号为 nosuch 的引导"),
        (("verify", "--code", "一二三"), "看不懂封存码 一二三"),
        (("export", "全部.csv"), "应当以 .zip 结尾"),
        (("export", "全部.zip", "--format", "pdf"), "没有 pdf 这种格式"),
        (("export", "全部.zip", "--personal"), "请加 --name"),
        (("tokens", "create", "示例", "--scope", "everything"), "没有 everything 这个范围"),
        (("webhooks", "add", "https://1.1.1.1/", "--event", "all"), "没有 all 这个事件"),
    ],
)
def test_wrong_use_is_told_in_chinese_and_gives_2(
    begin: Begin, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = zhixun(begin(tmp_path / "home"), *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_question_is_answered_on_stdout(tmp_path: Path) -> None:
    done = zhixun(tmp_path / "home", "ask", "外观设计专利保护多少年？")
    assert done.returncode == 0
    assert "15年" in done.stdout
    assert "依据" in done.stdout
    assert "试问" not in done.stderr


def test_trying_a_question_that_goes_to_a_person_says_that_nothing_was_registered(begin: Begin, tmp_path: Path) -> None:
    done = zhixun(begin(tmp_path / "home"), "ask", "转人工")
    assert "没有登记，也没有转给任何人" in done.stderr


def test_cards_that_wait_for_the_outlets_own_words_are_listed_with_what_they_lack(begin: Begin, tmp_path: Path) -> None:
    done = zhixun(begin(tmp_path / "home"), "check", "--empty")
    assert done.returncode == 0
    assert "outlet_contact" in done.stdout
    assert "缺什么" in done.stdout


def test_a_new_archive_is_whole(begin: Begin, tmp_path: Path) -> None:
    done = zhixun(begin(tmp_path / "home"), "verify")
    assert (done.returncode, done.stdout[:4]) == (0, "档案完好")


def test_a_guide_is_shown_as_a_tree_and_a_faulty_one_of_the_outlet_is_told(begin: Begin, tmp_path: Path) -> None:
    (begin(tmp_path / "home") / "guides").mkdir(exist_ok=True)
    (tmp_path / "home" / "guides" / "own.toml").write_text('[[guide]]\nid = "fee_reduction"\n', encoding="utf-8")
    listed = zhixun(tmp_path / "home", "guides")
    assert listed.returncode == 1
    assert "own.toml：引导 fee_reduction：缺少 last_reviewed" in listed.stdout
    shown = zhixun(tmp_path / "home", "guides", "fee_reduction", "--as-of", "2026-11-26")
    assert shown.returncode == 0
    assert "  2. 年费\n    从授权那一年算起，现在是第几年？ [year]" in shown.stdout
    assert "依据：《" in shown.stdout


def test_a_home_that_is_a_file_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    done = zhixun(tmp_path / "home", "ask", "专利")
    assert done.returncode == 3
    assert "--home" in done.stderr
    assert "Errno" not in done.stderr


def test_a_taken_port_is_told_before_anything_slow(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        done = zhixun(tmp_path / "home", "run", "--port", str(held.getsockname()[1]))
    assert done.returncode == 3
    assert "换一个端口" in done.stderr


def test_a_broken_configuration_stops_every_command_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[web]\nport = 'x'\n", encoding="utf-8")
    done = zhixun(tmp_path, "ask", "专利")
    assert done.returncode == 2
    assert "第 2 行" in done.stderr


def test_erased_words_do_not_stay_in_the_log_of_the_database(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE scratch (words TEXT)")
        connection.exec_driver_sql("INSERT INTO scratch VALUES ('张三的电话')")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM scratch")
    log = tmp_path / "a.sqlite3-wal"
    assert "张三的电话".encode() in log.read_bytes()
    empty_log(engine)
    assert all("张三的电话".encode() not in each.read_bytes() for each in tmp_path.iterdir())
    engine.dispose()


@pytest.mark.parametrize(("options", "typed", "n_kept"), [((), "n\n", 0), ((), "y\n", 1), (("--yes",), "", 1)])
def test_an_import_at_a_terminal_is_shown_and_written_when_confirmed(
    begin: Begin, tmp_path: Path, options: tuple[str, ...], typed: str, n_kept: int
) -> None:
    policy = tmp_path / "样灯办法(2020-01-31).md"
    policy.write_text("样灯办法\n第一条 灯要亮。\n第二条 本办法自2020年3月1日起施行。", encoding="utf-8")
    keyboard, terminal = os.openpty()
    os.write(keyboard, typed.encode())
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--home", str(begin(tmp_path / "home")), "import", *options, str(policy)],
        cwd=ROOT, stdin=terminal, capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ) | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    os.close(keyboard)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert ("第一条 — 第二条，2 条" in done.stdout) is (options == ())
    assert ("没有写入" in done.stdout) is (n_kept == 0)
    assert len(list((tmp_path / "home" / "originals").rglob("*.md"))) == n_kept


def test_a_wrong_citation_holds_a_reply_back_until_forced_and_is_told_of_a_broadcast(
    begin: Begin, tmp_path: Path
) -> None:
    home = begin(tmp_path / "home")
    without_second_check(home)
    law = "\n".join(["样灯法", *(f"第{n}条　灯要亮。" for n in "一二三"), "第四条　本法自2020年3月1日起施行。"])
    (tmp_path / "样灯法(2020-01-31).md").write_text(law, encoding="utf-8")
    assert zhixun(home, "import", str(tmp_path / "样灯法(2020-01-31).md")).returncode == 0
    chat = subprocess.run(
        [sys.executable, "-m", "bot", "--home", str(home), "chat"],
        cwd=ROOT, input="转人工\n", capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ) | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    number = next(word for word in chat.stdout.replace("，", " ").replace("。", " ").split() if word.startswith("GD-"))
    assert zhixun(home, "tickets", "claim", number).returncode == 0
    held = zhixun(home, "tickets", "reply", number, "依据样灯法第九条办理")
    assert held.returncode == 1
    assert "共4条，没有第九条" in held.stdout
    assert "--force" in held.stdout
    assert "已答复" not in held.stdout
    forced = zhixun(home, "tickets", "--force", "reply", number, "依据样灯法第九条办理")
    assert forced.returncode == 0
    assert "已答复" in forced.stdout
    assert zhixun(home, "tickets", "claim", number, "--name", "示例乙").returncode == 1  # it is somebody else's
    assert zhixun(home, "tickets", "claim", "GD-20200101-0001").returncode == 1
    assert zhixun(home, "tickets", "show", "GD-20200101-0001").returncode == 1
    assert "没有第九条" in zhixun(home, "broadcast", "new", "依据样灯法第九条").stdout


def agree(home: Path) -> None:
    """Somebody at the terminal subscribes."""
    subprocess.run(
        [sys.executable, "-m", "bot", "--home", str(home), "chat"],
        cwd=ROOT, input="同意\n", capture_output=True, text=True, timeout=120, check=True,
        env=dict(os.environ) | {"PYTHONUTF8": "1"},
    )  # fmt: skip


def test_a_broadcast_is_written_approved_by_another_and_watched(begin: Begin, tmp_path: Path) -> None:
    home, full = begin(tmp_path / "home"), tmp_path / "full.txt"
    agree(home)
    full.write_text("示例全文", encoding="utf-8")
    told = zhixun(home, "broadcast", "new", "示例通知", "--title", "示例", "--full", str(full), "--name", "示例甲")
    assert "现在 1 位（终端 1）" in told.stdout
    assert "［查看全文］" in told.stdout
    assert "1. 查看全文" in told.stdout
    early = zhixun(home, "broadcast", "approve", "1", "--approver", "示例乙")  # refused before anything is asked
    assert (early.returncode, early.stdout, "不能批准" in early.stderr) == (1, "", True)
    assert zhixun(home, "broadcast", "submit", "1").returncode == 0
    own = zhixun(home, "broadcast", "approve", "1", "--approver", "示例甲", "--yes")
    assert (own.returncode, "须由另一位" in own.stderr) == (1, True)
    assert "已批准" in zhixun(home, "broadcast", "approve", "1", "--approver", "示例乙", "--yes").stdout
    assert "已暂停" in zhixun(home, "broadcast", "pause", "1").stdout
    assert "已取消" in zhixun(home, "broadcast", "cancel", "1").stdout
    assert "已取消" in zhixun(home, "broadcast").stdout
    saved = zhixun(home, "broadcast", "segment", "示例", "--topics", "商标")
    assert "现在 1 位" in saved.stdout


def test_why_tells_how_an_archived_answer_came_about(begin: Begin, tmp_path: Path) -> None:
    home = begin(tmp_path / "home")
    subprocess.run(
        [sys.executable, "-m", "bot", "--home", str(home), "chat"],
        cwd=ROOT, input="外观设计专利保护多少年？\n", capture_output=True, text=True, timeout=120, check=False,
        env=dict(os.environ) | {"PYTHONUTF8": "1"},
    )  # fmt: skip
    done = zhixun(home, "archive", "外观设计专利保护")
    number = next(word for word in done.stdout.replace("│", " ").split() if word.startswith("ZX-"))
    told = zhixun(home, "why", number)
    assert told.returncode == 0
    assert "（采用）" in told.stdout
    assert "今天重新回答：结果相同。" in told.stdout
    unknown = zhixun(home, "why", "ZX-20200101-0001")
    assert (unknown.returncode, "没有找到这条咨询" in unknown.stdout) == (1, True)


def test_a_calendar_is_copied_corrected_and_its_faults_are_told(begin: Begin, tmp_path: Path) -> None:
    home = begin(tmp_path / "home")
    assert zhixun(home, "calendar", "2027", "--copy").returncode == 0
    own = home / "calendars" / "2027.toml"
    own.write_text(own.read_text(encoding="utf-8").replace("2027-10-03", "2027-10-07"), encoding="utf-8")
    shown = zhixun(home, "calendar", "2027")
    assert shown.returncode == 0
    assert "国庆节：10月1日（星期五）至10月7日（星期四）放假" in shown.stdout
    own.write_text(own.read_text(encoding="utf-8").replace("2027-10-07", "2027-09-07"), encoding="utf-8")
    shown = zhixun(home, "calendar", "2027")
    assert shown.returncode == 1
    assert "2027.toml 第 41 行：to（2027-09-07）早于 from（2027-10-01）" in shown.stdout
    assert "至10月7日（星期四）放假" in shown.stdout  # the last good one
    assert zhixun(home, "calendar", "2027", "--copy").returncode == 1
