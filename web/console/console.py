"""What the console is made of, and how one of its pages is drawn."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from consultations.masking import mask
from consultations.messages import Address
from consultations.periods import HOW_WRITTEN, usual_on
from consultations.permissions import Action
from consultations.service_list import Listed
from handlers import program
from handlers.desk import Desk
from handlers.show_settings import SettingsPort
from handlers.stored_files import StoredFiles
from handlers.talk import office_time
from handlers.wording import moment_name
from web.console.identity import IdentityProvider

TEMPLATES = Path(__file__).parents[1] / "templates"
ROOT = "/console"


@dataclass(frozen=True)
class Entry:
    """A line of the navigation, shown to whoever may do `action`."""

    path: str
    name: str
    action: Action


@dataclass
class Console:
    """The console over one desk and the instance's folder `home`. `on_work` is called after something was done, so that
    messages leave at once. `trusted` are addresses of reverse proxies, `files` what visitors of the window sent,
    `settings` the file of settings, `identity` who else proves people. `show_work` shows askers that somebody writes to
    them, in the event loop; `is_typing` says whether an asker does. `service_list` is the published service list.
    """

    desk: Desk
    home: Path
    entries: Sequence[Entry] = ()
    on_work: Callable[[], None] = lambda: None
    trusted: Collection[str] = ()
    files: StoredFiles | None = None
    settings: SettingsPort | None = None
    identity: IdentityProvider | None = None
    show_work: Callable[[Iterable[Address]], None] = lambda _people: None
    is_typing: Callable[[Address], bool] = lambda _asker: False
    service_list: Callable[[], Listed] = lambda: Listed(None)
    pages: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.pages = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
        )
        self.pages.globals["outlet"] = self.desk.settings.outlet_name
        self.pages.globals["program"] = program.name()
        self.pages.globals["how_written"] = HOW_WRITTEN
        self.pages.globals["usual_periods"] = lambda: usual_on(self.today())
        self.pages.globals["fresh"] = lambda: secrets.token_urlsafe(12)
        self.pages.filters["moment"] = self.moment
        self.pages.filters["clock"] = self.clock
        self.pages.filters["day"] = _day
        self.pages.filters["masked"] = mask

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401  whatever it shows
        """A page of the console, drawn."""
        return HTMLResponse(self.pages.get_template(f"console/{template}").render(**values), status_code=status)

    def moment(self, at: datetime | None) -> str:
        """A moment as the office reads it; empty when there is none."""
        return moment_name(at, office_time(self.desk.settings).zone) if at else ""

    def clock(self, at: datetime | None) -> Markup:
        """The same, short, with the whole moment for machines and on hover."""
        if at is None:
            return Markup("")
        local = at.astimezone(office_time(self.desk.settings).zone)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S}", f"{local:%m-%d %H:%M}"
        )

    def today(self) -> date:
        """The office's day."""
        return office_time(self.desk.settings).day(self.desk.now())


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
