# SPDX-License-Identifier: EUPL-1.2
"""Builds the helper: its content, under a municipality's overlay, becomes one application under `/chatbot/v1`."""

from pathlib import Path
from typing import Any

from starlette.types import Scope

from chassis.application import Application
from chassis.application import build as build_application
from chassis.clock import Clock, show_moment
from chassis.logs import log
from chassis.problems import not_found
from chassis.settings import SettingsError
from chatbot.answering import Answering, Tally
from chatbot.api import Helper, routes
from chatbot.checks import faults_of
from chatbot.library import CONTENT, ContentError, read
from chatbot.match import Margins
from chatbot.ready import Library, make_ready, opened, weights_kept
from chatbot.settings import ChatbotSettings

VERSION = "1.0.0"
DESCRIPTION = """De hulp geeft antwoord uit regels die mensen schreven en nakeken. Het is een computer: het kent
niemand, onthoudt niets en kan niet in een kluis kijken.

The helper answers from rules that people wrote and checked. It is a computer: it knows nobody, remembers nothing and
can look into no vault.
"""


def build(settings: ChatbotSettings, *, clock: Clock, content: Path = CONTENT) -> Application:
    """The helper's application. Raises SettingsError when the content or the overlay is not right: file, line, why."""
    margins = Margins(settings.sure, settings.ask)
    answering = Answering(_library(settings, margins, content), margins, (settings.phone,))
    tally = Tally(_tell)
    hours: dict[Any, str] = {"nl": settings.hours_nl, "en": settings.hours_en}
    helper = Helper(answering, tally, clock, settings.phone, hours)

    async def start() -> None:
        return None

    async def stop() -> None:
        tally.close()

    async def ready() -> bool:
        return True

    return build_application(
        "chatbot",
        version=VERSION,
        title="Kluisje chatbot",
        description=DESCRIPTION,
        router=routes(helper),
        identify=_nobody,
        security=None,
        problems={},
        origin=settings.origin,
        portal_origin=settings.portal_origin,
        hosts=settings.hosts,
        start=start,
        stop=stop,
        ready=ready,
        state={},
    )


def _library(settings: ChatbotSettings, margins: Margins, folder: Path) -> Library:
    """The content, ready. An overlay is checked in full, with all that lies under it; ours alone was checked when it was
    written (tests/chatbot), so a start needs not do it again."""
    try:
        if settings.overlay is None:
            return opened(folder)
        content = read(settings.overlay, municipality=settings.municipality, content=folder)
        library = make_ready(content, weights_kept(folder))
        allowed = (settings.phone, *content.words.numbers)
        faults = [one for one in faults_of(library, margins, numbers=allowed, today=None) if one.grave]
        if faults:
            raise ContentError(faults)
    except ContentError as error:
        raise SettingsError(f"the helper's content is not right: {error}") from error
    return library


async def _nobody(scope: Scope, scheme: str) -> Any:
    """Nobody signs in here: no operation asks for it."""
    raise not_found()


def _tell(began: int, counts: dict[str, int]) -> None:
    """One line a week: how often each rule answered. No text, no person, no moment."""
    log().info("answers", part="chatbot", week=show_moment(began)[:10], counts=counts)
