"""The running service: doors open, due rows leave, jobs tick, until a signal asks it to stop.

A stop may come at any moment (kill -9 is one): whatever was accepted is in the database, and the next start goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from bot import archive_index, erasures, logs, memory, schedule, seal_codes
from bot.application import Office, console_address, open_office, service_list
from bot.archive_index import ArchiveIndex
from bot.delivery import Delivery
from bot.doors import identity_provider, interface, public_pages
from bot.health import Health
from bot.housekeeping import keep_house
from bot.leader import Leadership
from bot.settings import Settings
from bot.settings_file import SettingsFile
from bot.watch import Watch
from bot.webhooks import Sender
from consultations import contacts, visitor_files
from consultations.messages import Address
from handlers import (
    correct_answers,
    deadlines,
    faulty_files,
    follow_up,
    program,
    read_scans,
    remind_assets,
    remind_ledgers,
    remind_opinions,
    remind_programmes,
    remind_trainings,
    remind_visits,
    review_list,
    scheduled_reports,
    self_check,
    send_broadcasts,
    survey,
    take_back,
    take_effect,
    undelivered,
)
from handlers.expire import expire
from handlers.stored_files import StoredFiles
from handlers.talk import office_time
from handlers.turn import take_turn
from web import uploads
from web.api.app import add_api
from web.api.callers import may_read_numbers
from web.app import WindowPage, make_app
from web.console import enterprises, files, policies
from web.console.app import add_console
from web.console.console import Console
from web.console.links import first_link
from web.limits import Limits
from web.metrics import Metrics
from web.public import add_public_pages
from web.window import Window

if TYPE_CHECKING:  # loaded when Telegram is switched on: 15 MB
    from bot.channels.telegram import Telegram
    from bot.channels.telegram_sending import TelegramSettings

log = structlog.get_logger(__name__)

LEARN_SECONDS = 3.0  # of every five, so that a first start with many passages leaves the processor to answers
CARDS_PREPARED = 50  # of every second, a tenth of it: all of them in 20 seconds
INDEX_SECONDS = 2.0  # of every thirty
EXPIRE_SECONDS = 20.0  # of every hour


class PortTakenError(Exception):
    """The website window cannot open its port."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"网站窗口打不开 {host}:{port}（{reason}）：请关闭占用它的程序，或用 --port 换一个端口。")


@dataclass(frozen=True)
class _Running:
    """What is up: the instance and its doors."""

    office: Office
    window: Window
    programs: Window  # askers of other programs, by the HTTP interface
    telegram: Telegram | None
    delivery: Delivery
    leadership: Leadership
    heartbeat: schedule.Heartbeat


def serve(settings: Settings, say: Callable[[str], None] = lambda text: print(text, flush=True)) -> int:  # noqa: T201
    """Run until SIGINT or SIGTERM; the exit code. Where the website window is goes to `say`.

    Raises:
        PortTakenError: Another program holds the port.
    """
    return asyncio.run(_serve(settings, say))


async def _serve(settings: Settings, say: Callable[[str], None]) -> int:
    listener = _listen(settings) if settings.web.enabled else None
    say("正在启动，通常几秒；第一次，或换了新版本，要久一点 …")
    office = await asyncio.to_thread(open_office, settings)
    try:
        running = _build(office)
        stopping = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopping.set)
        await asyncio.to_thread(deadlines.adopt, office.desk)
        server = _web_server(running) if listener is not None else None  # before the jobs want the processor
        scheduler = schedule.start(_jobs(running), running.heartbeat)
        try:
            await _until(stopping, _doors(running, server, listener), partial(_announce, running, listener, say))
            await running.delivery.flush()
            if running.telegram is not None:
                await running.telegram.close()
        finally:
            scheduler.shutdown(wait=False)
    finally:
        office.close()
    return 0


def _build(office: Office) -> _Running:
    window, programs = Window(office.desk), Window(office.desk, name="api")
    telegram = _telegram(office)
    leadership = Leadership(office.engine)
    delivery = Delivery(
        [window, programs, *filter(None, [telegram])],
        writing=office.writing,
        now=office.desk.now,
        on_permanent=partial(_mark_blocked, office),
        lead=leadership.lead,
        alone_on=("telegram",),
        is_quiet=office_time(office.desk.settings).is_quiet,
    )
    window.on_work = programs.on_work = delivery.wake
    heartbeat = schedule.Heartbeat(office.desk.now)
    return _Running(office, window, programs, telegram, delivery, leadership, heartbeat)


def _telegram(office: Office) -> Telegram | None:
    if not office.settings.is_telegram_on:
        return None
    from bot.channels.telegram import open_telegram

    wanted = _telegram_settings(office.settings, partial(_file_of, office))
    return open_telegram(wanted, writing=office.writing, reading=office.reading, now=office.desk.now)


def _telegram_settings(
    settings: Settings, file_of: Callable[[int], tuple[str, bytes] | None] = lambda _number: None
) -> TelegramSettings:
    from bot.channels.telegram_sending import TelegramSettings

    section = settings.telegram
    return TelegramSettings(
        token=section.token,
        base_url=section.base_url,
        mode=section.mode,
        webhook_url=section.webhook_url,
        webhook_secret=section.webhook_secret,
        staff_chat_id=section.staff_chat_id,
        file_of=file_of,
    )


def _file_of(office: Office, number: int) -> tuple[str, bytes] | None:
    """Name and bytes of a file in our folder."""
    with office.reading() as session:
        row = visitor_files.get(session, number)
        name, sha256 = (row.name, row.sha256) if row is not None else ("", "")
    content = StoredFiles(office.settings.home).read(sha256)
    return (name, content) if content is not None else None


def _mark_blocked(office: Office, address: Address) -> None:
    with office.writing() as session:
        contacts.mark_blocked(session, address)


def _jobs(running: _Running) -> list[schedule.Job]:
    """The table of periodic jobs. Each looks at due rows; what it moves into the outbox leaves at once."""
    office, wake = running.office, running.delivery.wake

    def then_wake(send_due: Callable[..., int]) -> Callable[[], int]:
        def run() -> int:
            moved = send_due(office.desk)
            if moved:
                wake()
            return moved

        return run

    faults = partial(seal_codes.nightly, office.desk, office.settings.home)
    look = partial(self_check.run_due, look=office.contradictions, faults=faults)
    periods, watch = office.settings.retention.periods, Watch(office.settings)
    learning = schedule.Job("meaning", 5, partial(office.search.learn, seconds=LEARN_SECONDS))
    return [
        *([learning] if office.search.is_by_meaning else []),
        schedule.Job("survey", 15, then_wake(survey.send_due)),
        schedule.Job("follow_up", 15, then_wake(follow_up.send_due)),
        schedule.Job("deadlines", 5, then_wake(deadlines.Watch().send_due)),
        schedule.Job("opinions", 60, then_wake(remind_opinions.send_due)),
        schedule.Job("assets", 60, then_wake(remind_assets.run_due)),
        schedule.Job("visits", 60, then_wake(remind_visits.send_due)),
        schedule.Job("ledgers", 600, then_wake(remind_ledgers.run_due)),
        schedule.Job("programmes", 600, then_wake(remind_programmes.run_due)),
        schedule.Job("trainings", 60, then_wake(remind_trainings.run_due)),
        schedule.Job("undelivered", 15, then_wake(undelivered.send_due)),
        schedule.Job("leavers", 15, then_wake(take_back.Leavers().send_due)),
        schedule.Job("faulty_files", 30, then_wake(faulty_files.Faults(watch.problems).send_due)),
        schedule.Job("scans", 1, then_wake(read_scans.run_due)),
        schedule.Job("policies", 60, then_wake(take_effect.run_due)),
        schedule.Job("review_list", 600, then_wake(review_list.run_due)),
        schedule.Job("broadcasts", 3, then_wake(send_broadcasts.run_due)),
        schedule.Job("corrections", 600, then_wake(correct_answers.run_due)),
        schedule.Job("approved_corrections", 15, then_wake(correct_answers.send_approved)),
        schedule.Job("index", 1, lambda: int(office.refresh())),
        schedule.Job("cards", 1, second_time(whole(partial(office.shelf.prepare, CARDS_PREPARED), CARDS_PREPARED))),
        schedule.Job("memory", 60, memory.keeper()),
        schedule.Job("self_check", 600, then_wake(look)),
        schedule.Job("reports", 600, then_wake(partial(scheduled_reports.run_due, home=office.settings.home))),
        schedule.Job("archive_index", 30, partial(_index_archive, office)),
        schedule.Job("webhooks", 5, Sender(office.desk, office.settings.api.webhook_networks).run),
        schedule.Job("erasures", 15, partial(erasures.Export(office.settings.home).run, office)),
        schedule.Job("watch", 30, lambda: watch.look() and 0),
        schedule.Job("housekeeping", 600, partial(keep_house, office)),
        schedule.Job("retention", 3600, partial(expire, office.desk, periods, seconds=EXPIRE_SECONDS)),
    ]


def second_time(run: Callable[[], int]) -> Callable[[], int]:
    """Work that leaves the first tick to the doors, which open at the same moment."""
    ticks = itertools.count()
    return lambda: run() if next(ticks) else 0


def whole(part: Callable[[], int], n_full: int) -> Callable[[], int]:
    """Work done a part at a time, told once: nothing as long as parts are full, all of it when one is not."""
    n_done = 0

    def run() -> int:
        nonlocal n_done
        n_moved = part()
        n_done += n_moved
        if n_moved >= n_full:
            return 0
        n_all, n_done = n_done, 0
        return n_all

    return run


def _index_archive(office: Office) -> int:
    """Take up what is new in the archive, a little at a time; what was erased is forgotten at once."""
    index = ArchiveIndex(office.settings.home / archive_index.FILE)
    return index.catch_up(office.reading, seconds=INDEX_SECONDS)


def _doors(running: _Running, server: uvicorn.Server | None, listener: socket.socket | None) -> list[Awaitable[Any]]:
    doors: list[Awaitable[Any]] = [running.leadership.run(), running.delivery.run()]
    if running.telegram is not None:
        take = partial(_take, running)
        doors.append(running.telegram.run(take, running.delivery, running.leadership.lead))
    if server is not None and listener is not None:
        doors.append(server.serve(sockets=[listener]))
    return doors


def _take(running: _Running, inbound: Any) -> Any:  # noqa: ANN401  bound here so that the channel knows no desk
    return take_turn(inbound, running.office.desk)


async def _until(stopping: asyncio.Event, doors: list[Awaitable[Any]], announce: Callable[[], None]) -> None:
    """Run all doors until asked to stop; a door that fails stops the service, for the supervisor to start it anew."""
    tasks = [asyncio.ensure_future(each) for each in doors]
    stop = asyncio.ensure_future(stopping.wait())
    announce()
    try:
        finished, _ = await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
        for each in finished - {stop}:
            each.result()
    finally:
        for each in [*tasks, stop]:
            each.cancel()
        await asyncio.gather(*tasks, stop, return_exceptions=True)


# ---- the website


def _listen(settings: Settings) -> socket.socket:
    """A bound socket, before anything slow happens, so that a taken port is told at once."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.web.host, settings.listening_port))
    except OSError as error:
        listener.close()
        raise PortTakenError(settings.web.host, settings.listening_port, error.strerror or str(error)) from error
    return listener


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the service stops it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _web_server(running: _Running) -> uvicorn.Server:
    settings = running.office.settings
    page = WindowPage(settings.outlet.name, settings.web.allowed_origins)
    health = Health(running.office, running.heartbeat, running.leadership)
    hook = None
    if running.telegram is not None and settings.telegram.mode == "webhook":
        hook = running.telegram.webhook.route(_telegram_settings(settings).webhook_path)
    limits = Limits(
        settings.web.requests_per_minute,
        settings.web.body_kilobytes * 1024,
        settings.web.trusted_proxies,
        larger={
            uploads.PATH: uploads.MOST_READ,
            policies.IMPORT: policies.LARGEST_FORM,
            files.SEND: files.LARGEST_FORM,
            enterprises.IMPORT: enterprises.LARGEST_FORM,
        },
        free=(hook.path,) if hook else (),  # Telegram calls as often as people write, with a secret
    )
    programs = interface(running.office, running.programs, running.delivery.wake)
    metrics = Metrics(health.measures, partial(may_read_numbers, programs))
    app = make_app(running.window, page, health.state, limits=limits, metrics=metrics)
    add_public_pages(app, public_pages(running.office))
    if settings.api.enabled:
        add_api(app, programs)
    stored, trusted = StoredFiles(settings.home), settings.web.trusted_proxies
    wake = running.delivery.wake
    console = Console(
        running.office.desk,
        settings.home,
        on_work=wake,
        trusted=trusted,
        files=stored,
        settings=SettingsFile(running.office.desk, settings),
        identity=identity_provider(settings),
        show_work=running.delivery.show_work,
        is_typing=running.window.is_typing,
        service_list=partial(service_list, settings),
    )
    add_console(app, console)
    uploads.add_uploads(app, running.window, stored)
    if hook is not None:
        app.router.routes.insert(0, hook)
    config = uvicorn.Config(
        app, log_level="warning", lifespan="off", access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    return _Server(config)


def _announce(running: _Running, listener: socket.socket | None, say: Callable[[str], None]) -> None:
    settings = running.office.settings
    say("知询已启动。")
    if listener is not None:
        host, port = listener.getsockname()[:2]
        say(f"网站咨询窗口：http://{f'[{host}]' if ':' in host else host}:{port}/  （服务对象在这里提问）")
        address = console_address(replace(settings, port=port))
        say(f"工作台：{address}/console  （工作人员在这里办理）")
    if running.telegram is None:
        say("Telegram：未启用（需要时设置 telegram.token）")
    say(f"实例文件夹：{settings.home}")
    if listener is not None and (first := first_link(running.office.desk, address)):
        _welcome(*first, say)
    say(f"\n日志在 {logs.file_in(settings.home)}；体检：{program.name()} doctor；按 Ctrl-C 停止。")


def _welcome(name: str, link: str, say: Callable[[str], None]) -> None:
    """What to do first, as long as nobody can sign in to the console."""
    say("\n第一次使用，请接着做：")
    say(f"  1. 工作台还没有人能登录：请{name}在浏览器里打开下面的链接，设置密码（24 小时内有效，只能用一次）：")
    say(f"     {link}")
    say("  2. 在工作台的“设置”里填网点名称、电话和上下班时间。")
    say(f"  3. 导入政策原文：{program.name()} import 放政策的文件夹")
    say("  以后每一步见 docs/first-day.md。")
