"""What the doors of the service need: the interface for programs, the public pages, the identity provider.

Apart from `bot/application.py`, so that a command that opens an office does not load the web libraries.
"""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.application import Office, console_address, service_list
from bot.settings import Settings
from handlers.case_papers import PublicCases
from handlers.library import Library
from handlers.past_pushes import PastPushes
from handlers.talk import office_time
from web.api.callers import Interface
from web.console import single_sign_on
from web.console.identity import IdentityProvider, Registration
from web.public import PublicPages
from web.window import Window


def identity_provider(settings: Settings) -> IdentityProvider | None:
    """Who else proves people in the console, when that was agreed with somebody."""
    told = settings.sign_in
    if not told.issuer:
        return None
    return_to = f"{console_address(settings)}{single_sign_on.RETURN}"
    return IdentityProvider(
        Registration(told.issuer, told.client_id, told.client_secret, told.claim, told.name, return_to)
    )


def interface(office: Office, window: Window, on_work: Callable[[], None]) -> Interface:
    """What programs are served: `window` is the channel of their askers."""
    per_minute = office.settings.api.requests_per_minute
    library = public_pages(office).library
    return Interface(office.desk, window, library, lambda: office.cards.seen_from(""), per_minute, on_work)


def public_pages(office: Office) -> PublicPages:
    """What the public pages show: published policies, live cards, the service list when it is whole."""
    desk = office.desk
    library = Library(office.search, office.shelf, office.reading, lambda: office_time(desk.settings).day(desk.now()))
    pushes = PastPushes(office.reading, ZoneInfo(office.settings.outlet.time_zone))
    told = PublicCases(office.reading, ZoneInfo(office.settings.outlet.time_zone))
    return PublicPages(office.settings.outlet.name, library, lambda: service_list(office.settings).value, pushes, told)
