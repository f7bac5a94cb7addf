# SPDX-License-Identifier: EUPL-1.2
"""Builds consent: its settings, keys and tables become one registry, and one application under `/consent/v1`."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from chassis.application import Application
from chassis.application import build as build_application
from chassis.callers import Callers, Tokens
from chassis.clock import Clock
from chassis.database import Database, Unavailable, at_head
from chassis.journal import Journal
from chassis.logs import unexpected
from chassis.problems import At, Problem, not_found
from chassis.settings import SettingsError, read_key, read_public, read_secret
from consent import importing, looking, refusals, restoring, store_devices, tables
from consent.api import routes
from consent.asking import Asking, Replayed
from consent.catalogue import CatalogueError, load
from consent.catalogue_signed import load_signed
from consent.elsewhere import read_installations
from consent.ledger import Ledger, log_seed
from consent.look import LookRefused
from consent.purposes import Catalogue
from consent.rates import Rates
from consent.registry import Registry
from consent.settings import ConsentSettings
from consent.tending import tend
from formats.catalogue import Catalogue as Statement
from formats.spelling import FormatError

VERSION = "1.0.0"
TITLE = "Kluisje consent"
DESCRIPTION = """Het register zegt als enige ja of nee: wie wat van een jongere mag zien, waarvoor en tot wanneer. Elke
blik komt in een logboek dat iedereen kan narekenen. Het register kan niets lezen en kan zelf geen ja maken.

The registry alone says yes or no: who may see what of a young person, what for and until when. Every look is written
into a log that anybody can recompute. The registry can read nothing and cannot make a yes itself.
"""
EVERY = 60.0
"""Seconds between two looks at the hour: `tend` runs when a new hour has begun."""


_TOO_MUCH = {
    "not-listed": "the purpose does not list this",
    "recalled": "the purpose was recalled: use a newer one",
    "not-valid": "the purpose may not be asked on this day",
    "only-optional": "this may only be asked as something extra",
    "too-long": "this is longer than the purpose allows",
}


def _over_asking(error: Exception) -> Problem:
    """Ask less: each place, with what is too much about it."""
    assert isinstance(error, refusals.OverAsking)
    found = "; ".join(
        dict.fromkeys(f"{at.removeprefix('/request')}: {_TOO_MUCH[code]}" for at, code in error.wrong[:20])
    )
    return Problem(
        "over-asking", f"Ask less, or for another purpose. {found}.", [_at(at, code) for at, code in error.wrong]
    )


def _said(slug: str, detail: str) -> Callable[[Exception], Problem]:
    return lambda _: Problem(slug, detail)


def _at(at: str, code: str) -> At:
    """A place: a JSON pointer into the body, or the name of a query key."""
    return At("body" if at.startswith("/") else "query", at, code)


def _places(slug: str, detail: str) -> Callable[[Exception], Problem]:
    def problem(error: Exception) -> Problem:
        assert isinstance(error, refusals.Misplaced)
        return Problem(slug, detail, [_at(at, code) for at, code in error.wrong])

    return problem


_OUTSIDE = {
    "not-allowed": "This look is not allowed now. Signing in again does not help.",
    "grant-ended": "The grant has ended. Ask again if it is still needed.",
    "purpose-differs": "Open it for the purpose that the grant names.",
    "unavailable": "Try again later. Nothing was handed out.",
}


def _look_refused(error: Exception) -> Problem:
    assert isinstance(error, LookRefused)
    if error.outside == "not-found":
        return not_found()
    headers = {"Retry-After": "60"} if error.outside == "unavailable" else None
    return Problem(error.outside, _OUTSIDE[error.outside], headers=headers)


def _too_soon(error: Exception) -> Problem:
    assert isinstance(error, refusals.TooSoon)
    detail = "This question had no answer. Wait, or ask the person for a share code."
    return Problem("too-many", detail, headers={"Retry-After": str(error.wait)})


def _too_many(error: Exception) -> Problem:
    assert isinstance(error, refusals.TooMany)
    return Problem("too-many", "Wait as long as Retry-After says.", headers={"Retry-After": str(error.wait)})


PROBLEMS: Mapping[type[Exception], Callable[[Exception], Problem]] = {
    refusals.Absent: lambda _: not_found(),
    refusals.Unspelled: _said("bad-spelling", "A signed text is not in the form its format page asks."),
    refusals.Forged: _said("bad-signature", "Sign it with the key that counts now."),
    refusals.ChainMoved: _said("chain-moved", "Another device was first: read the chain again, then repeat."),
    refusals.Misplaced: _places("invalid-input", "Correct the places named in errors."),
    refusals.OverAsking: _over_asking,
    refusals.NotAsAsked: _places("not-as-asked", "Give what was asked, or less; see errors for the places."),
    refusals.KeyNotReady: _said("key-not-ready", "Wait until the organisation's key is 72 hours in the log."),
    refusals.StepUpNeeded: _said("step-up-needed", "Touch a passkey, or sign in again, and repeat."),
    refusals.ShareCodeNotGood: _said("share-code-not-good", "Ask the person for a new code."),
    refusals.RequestClosed: _said("request-closed", "The question is no longer open to that."),
    refusals.NotAllowed: _said("not-allowed", "This is not allowed. Signing in again does not help."),
    refusals.TooMuch: _said("too-large", "This is more than may be kept here for one person."),
    refusals.TooMany: _too_many,
    refusals.TooSoon: _too_soon,
    Replayed: _said("replayed", "Ask with a new proof: each counts once."),
    LookRefused: _look_refused,
}


def make_registry(settings: ConsentSettings, clock: Clock) -> Registry:
    """The registry over a database that was migrated. Start its ledger before use, close both after it.

    Raises SettingsError when a key file or the catalogue is absent, unsafe or not good.
    """
    try:
        seed = log_seed(read_key(settings.log_key))
    except FormatError as error:
        raise SettingsError(f"the key file {settings.log_key.name} does not hold an Ed25519 JWK") from error
    emp_secret, subject_secret = read_secret(settings.emp_secret), read_secret(settings.subject_secret)
    catalogue, signed = _catalogue(settings, clock.now())
    rates = Rates(
        reads_an_hour=settings.reads_an_hour,
        refused_deposits_an_hour=settings.refused_deposits_an_hour,
        questions_an_hour=settings.questions_an_hour,
        wrong_codes_an_hour=settings.wrong_codes_an_hour,
        bsn_questions_a_day=settings.bsn_questions_a_day,
    )
    database = Database(settings.database)
    journal = Journal("consent", VERSION, tables.journal)
    ledger = Ledger(database, clock, host=settings.log_host, seed=seed)

    def subject(vlt: str) -> str:
        return registry.subject(vlt)

    page = settings.portal_origin
    registry = Registry(
        database=database,
        ledger=ledger,
        asking=Asking(ledger, journal, clock, emp_secret=emp_secret, subject=subject, rates=rates),
        journal=journal,
        clock=clock,
        catalogue=catalogue,
        origin=settings.origin,
        party=settings.party,
        location=settings.location,
        page=None if page is None else (urlsplit(page).hostname or "", page),
        receipt_key=read_key(settings.receipt_key),
        identity_key=read_public(settings.identity_key),
        directory_key=read_public(settings.directory_key),
        gezag_key=None if settings.gezag_key is None else read_public(settings.gezag_key),
        bsn_secret=read_secret(settings.bsn_secret),
        emp_secret=emp_secret,
        subject_secret=subject_secret,
        rates=rates,
        catalogue_key=None if settings.catalogue_key is None else read_public(settings.catalogue_key),
        signed=signed,
        installations=read_installations(settings.moves_from),
        kept=settings.kept_checkpoint,
    )
    return registry


def _catalogue(settings: ConsentSettings, now: int) -> tuple[Catalogue, Statement | None]:
    """The rules, under the municipality's signature where its key is set. In production it must be."""
    if settings.catalogue_key is None and settings.environment == "production":
        raise SettingsError("KLUISJE_CONSENT_CATALOGUE_KEY is needed: in production the rules are signed")
    try:
        if settings.catalogue_key is None:
            return load(settings.catalogue), None
        return load_signed(settings.catalogue, read_public(settings.catalogue_key), now)
    except (OSError, CatalogueError) as error:
        findings = error.findings[:3] if isinstance(error, CatalogueError) else ["unreadable"]
        raise SettingsError(f"the catalogue cannot be used: {'; '.join(findings)}") from error


def build(settings: ConsentSettings, *, clock: Clock) -> Application:
    """Consent's application, over a database that was migrated. Raises SettingsError."""
    registry, kept = make_registry(settings, clock), settings.kept_checkpoint
    if kept is None and settings.environment == "production":
        raise SettingsError("KLUISJE_CONSENT_KEPT_CHECKPOINT is needed: in production a restore must be seen")
    audience = f"{settings.origin}/consent/v1"
    callers = Callers(
        origin=settings.origin,
        tokens=Tokens(f"{settings.origin}/person", audience, read_public(settings.person_keys)),
        audience=audience,
        parts={} if settings.gateway_key is None else {"gateway": read_public(settings.gateway_key)},
        database=registry.database,
        seen=tables.proofs,
        stands=store_devices.stands,
        clock=clock,
    )
    tending: list[asyncio.Task[None]] = []

    async def start() -> None:
        if kept is not None:
            await restoring.check(registry, kept)
            tending.append(asyncio.create_task(_keep_for_ever(registry, kept)))
        await registry.ledger.start()
        if kept is not None:
            await restoring.erase_again(registry, kept)
        await importing.publish_catalogue(registry)
        tending.append(asyncio.create_task(_tend_for_ever(registry)))

    async def stop() -> None:
        for task in tending:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await registry.ledger.close()
        if kept is not None and tending:
            with suppress(Unavailable, OSError):
                await restoring.keep(registry, kept)
        registry.database.close()

    async def ready() -> bool:
        """Database there, at this release, and the log begun: its key was checked at the start."""
        if not tending:
            return False
        return await registry.database.read(
            lambda connection: at_head("consent", connection) and looking.log_begun(connection)
        )

    return build_application(
        "consent",
        version=VERSION,
        title=TITLE,
        description=DESCRIPTION,
        router=routes(),
        identify=callers.identify,
        security="person",
        problems=PROBLEMS,
        origin=settings.origin,
        portal_origin=settings.portal_origin,
        hosts=settings.hosts,
        start=start,
        stop=stop,
        ready=ready,
        state={"registry": registry},
    )


async def _keep_for_ever(registry: Registry, kept: Path) -> None:
    """Keeps the newest checkpoint outside the database too. What fails is told and tried again."""
    while True:
        await asyncio.sleep(restoring.EVERY)
        try:
            await restoring.keep(registry, kept)
        except Exception as error:
            unexpected("consent", error)


async def _tend_for_ever(registry: Registry) -> None:
    """Runs `tend` at the start and in each new hour. A failing run is told and tried again in the next."""
    hour = -1
    while True:
        now = registry.clock.now() // 3600
        if now != hour:
            try:
                await tend(registry)
            except Exception as error:
                unexpected("consent", error)
            hour = now
        await asyncio.sleep(EVERY)
