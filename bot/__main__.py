"""The command line ``zhixun``: results on stdout, logs on stderr, exit codes that mean something.

What the codes mean stands in ``bot.command_line``; groups of commands in ``bot.command_groups``.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from bot import command_errors, logs, memory
from bot.command_groups import (
    aftercare,
    assets,
    broadcasts,
    cases,
    console,
    drafts,
    duty,
    enterprises,
    keeping,
    knowledge,
    ledgers,
    opinions,
    policies,
    questions,
    records,
    referrals,
    reports,
    retention,
    surveys,
    tickets,
    tokens,
    trainings,
    visitor_files,
    webhooks,
)
from bot.command_line import (
    ATTENTION,
    FAILED,
    WRONG_USE,
    Place,
    instance_settings,
)
from handlers import program

SERVICE = "服务"

app = typer.Typer(
    name="zhixun",
    help="知询：知识产权公共服务网点的咨询助手与知识库。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def place(
    home: Annotated[
        Path | None, typer.Option(envvar="ZHIXUN_HOME", help="实例文件夹，默认是程序旁边的 instance。")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="改用这个配置文件。")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="输出更多日志（stderr）。")] = False,
) -> None:
    """Chinese help for all commands stands with each command."""
    logs.configure(level=logging.DEBUG if verbose else logging.WARNING)
    Place.home = (home or program.default_home()).expanduser().resolve()
    Place.config, Place.is_verbose = config, verbose


@app.command(rich_help_panel=SERVICE)
def run(
    port: Annotated[
        int | None,
        typer.Option(help="这一次用的端口，代替配置里的 web.port；长期用的写进配置，console link 的链接用的是它。"),
    ] = None,
    show_logs: Annotated[
        bool, typer.Option("--logs", help="日志全部写到标准错误；不写就只显示警告，全部在实例的 logs 里。")
    ] = False,
) -> None:
    """启动服务：网站咨询窗口、定时任务，配置了令牌时还有 Telegram。"""
    import dataclasses

    memory.begin()
    from bot.service import serve

    settings = instance_settings()
    level = logging.DEBUG if Place.is_verbose else logging.INFO
    is_shown = show_logs or Place.is_verbose
    logs.configure(level=level, file=logs.file_in(Place.home), stderr_level=level if is_shown else logging.WARNING)
    if port is not None:
        settings = dataclasses.replace(settings, port=port)
    raise typer.Exit(serve(settings))


@app.command(rich_help_panel=SERVICE)
def doctor() -> None:
    """体检：设置、数据库、索引、渠道、卡片，逐项说明问题和办法。"""
    from bot import doctor as examination

    raise typer.Exit(ATTENTION if examination.examine(Place.home, Place.config) else 0)


GROUPS: dict[str, dict[str, typer.Typer | Callable[..., None]]] = {
    "咨询与办理": {
        "ask": questions.ask,
        "chat": questions.chat,
        "tickets": tickets.tickets,
        "files": visitor_files.files,
        "record": records.record,
        "opinions": opinions.opinions,
        "referrals": referrals.referrals,
        "assets": assets.assets,
        "enterprises": enterprises.enterprises,
        "ledgers": ledgers.ledgers,
        "duty": duty.duty,
        "console": console.console,
        "tokens": tokens.tokens,
        "webhooks": webhooks.webhooks,
        "calendar": duty.calendar,
    },
    "回访、评价与报告": {
        "follow-ups": aftercare.follow_ups,
        "improvements": aftercare.improvements,
        "surveys": surveys.surveys,
        "report": reports.report,
        "figures": reports.figures,
        "evaluation": reports.evaluation,
        "cases": cases.cases,
        "trainings": trainings.trainings,
    },
    "政策与知识": {
        "import": knowledge.import_,
        "policies": policies.policies,
        "compare": policies.compare,
        "match": policies.match,
        "broadcast": broadcasts.broadcast,
        "drafts": drafts.drafts,
        "gaps": questions.gaps,
        "guides": questions.guides,
        "check": knowledge.check,
        "why": questions.why,
        "reindex": knowledge.reindex,
        "evaluate": knowledge.evaluate,
    },
    "档案": {
        "archive": records.archive,
        "verify": records.verify,
        "audit": records.audit,
        "retention": retention.retention,
        "export": keeping.export,
        "backup": keeping.backup,
        "restore": keeping.restore,
    },
}
for panel, commands in GROUPS.items():
    for name, command in commands.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel)
        else:
            # A negative number or a reply that begins with a dash is no option.
            settings = {"ignore_unknown_options": True} if name == "tickets" else None
            app.command(name, rich_help_panel=panel, context_settings=settings)(command)


def main() -> None:
    """The entry point; what nobody foresaw is told in one Chinese sentence, with the details in the log."""
    command_errors.speak_chinese()
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        typer.echo(command_errors.wrong_use(error), err=True)
        sys.exit(WRONG_USE)
    except typer.Abort:
        typer.echo("已取消。", err=True)
        sys.exit(ATTENTION)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os._exit(0)  # the reader of our output has gone, as with `| head`
    except Exception as error:  # noqa: BLE001  the outermost door: whatever happened, the user gets a sentence
        import structlog

        structlog.get_logger("zhixun").debug("command.failed", exc_info=True)
        typer.echo(
            f"没有完成：{command_errors.failure(error)}\n"
            f"运行 {program.name()} doctor 可以查看哪一项不正常；加上 --verbose 可以看到细节。",
            err=True,
        )
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
