# SPDX-License-Identifier: EUPL-1.2
"""Builds the vault: its settings, keys and tables become one application under `/vault/v1`."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from chassis.application import Application
from chassis.application import build as build_application
from chassis.callers import Callers, Tokens
from chassis.clock import Clock
from chassis.database import Database, at_head
from chassis.journal import Journal
from chassis.logs import log
from chassis.problems import At, Problem, not_found, unavailable
from chassis.settings import read_public, read_secret
from vault import store_devices
from vault.api import routes
from vault.blobs import Blobs
from vault.component import Vault
from vault.permits import Permits
from vault.refusals import (
    BadSignature,
    BlobLost,
    ChainMoved,
    EpochClosed,
    NotAllowed,
    NotHere,
    NotWhole,
    OverQuota,
    PermitRefused,
    PermitUsed,
    PlaceMismatch,
    StepUpNeeded,
    VersionExists,
)
from vault.settings import VaultSettings, read_log_policy
from vault.sweeping import sweep_for_ever
from vault.tables import journal, seen

VERSION = "1.0.0"
DESCRIPTION = """De kluis bewaart wat iemand verzegeld heeft, en kan niets ervan openen. Iemands eigen apparaat
brengt en haalt; een organisatie krijgt alleen wat in het logboek staat, één keer, op dat moment.

The vault keeps what a person has sealed and can open none of it. The person's own device brings and fetches; an
organisation gets only what stands in the log, once, at that moment.
"""


def _mismatch(error: Exception) -> Problem:
    member = error.member if isinstance(error, PlaceMismatch) else ""
    return Problem("place-mismatch", "Send it to the place that its header names.", [At("body", "", member)])


def _not_whole(error: Exception) -> Problem:
    assert isinstance(error, NotWhole)
    return Problem("invalid-input", "It is not what was announced.", [At(error.where, error.at, error.code)])


def _blob_lost(_: Exception) -> Problem:
    log().error("alarm-blob-lost", part="vault")
    return unavailable()


def _said(slug: str, detail: str) -> Callable[[Exception], Problem]:
    return lambda _: Problem(slug, detail)


PROBLEMS: Mapping[type[Exception], Callable[[Exception], Problem]] = {
    NotHere: lambda _: not_found(),
    PlaceMismatch: _mismatch,
    BadSignature: _said("bad-signature", "Sign it with the key that counts now, and show consent's receipt for it."),
    ChainMoved: _said("chain-moved", "Another device was first: read again, then repeat."),
    EpochClosed: _said("epoch-closed", "Seal it with the drawer's newest key."),
    VersionExists: _said("version-exists", "Another device was first, or this id was used: read again, then repeat."),
    NotAllowed: _said("not-allowed", "This stays as it is."),
    StepUpNeeded: _said("step-up-needed", "Sign in again, then ask within ten minutes."),
    PermitRefused: _said("permit-refused", "The permit does not open this now."),
    PermitUsed: _said("permit-used", "Ask again: a permit opens once."),
    OverQuota: lambda _: Problem("too-large", "Make room first.", [At("body", "", "quota")]),
    NotWhole: _not_whole,
    BlobLost: _blob_lost,
}


def build(settings: VaultSettings, *, clock: Clock) -> Application:
    """The vault's application, over a database that was migrated. Raises SettingsError when a key file is absent or
    unsafe."""
    database = Database(settings.database)
    permits = Permits(read_log_policy(settings.log_policy), clock, database, one_process=settings.processes == "one")
    vault = Vault(
        settings=settings,
        database=database,
        clock=clock,
        journal=Journal("vault", VERSION, journal),
        blobs=Blobs(settings.blobs),
        permits=permits,
        receipt_key=read_public(settings.receipt_key),
        directory_key=read_public(settings.directory_key),
        subject_secret=read_secret(settings.subject_secret),
    )
    audience = f"{settings.origin}/vault/v1"
    callers = Callers(
        origin=settings.origin,
        tokens=Tokens(f"{settings.origin}/person", audience, read_public(settings.person_keys)),
        audience=audience,
        parts={} if settings.gateway_key is None else {"gateway": read_public(settings.gateway_key)},
        database=database,
        seen=seen,
        stands=store_devices.stands,
        clock=clock,
    )
    sweeping: list[asyncio.Task[None]] = []

    async def start() -> None:
        # In memory mode the first second takes no permit: wait for the next one, so that being up means being ready.
        for _ in range(20):
            if permits.ready():
                break
            await asyncio.sleep(0.06)
        sweeping.append(asyncio.create_task(sweep_for_ever(vault)))

    async def stop() -> None:
        for task in sweeping:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        database.close()

    async def ready() -> bool:
        return permits.ready() and await database.read(lambda c: at_head("vault", c))

    return build_application(
        "vault",
        version=VERSION,
        title="Kluisje vault",
        description=DESCRIPTION,
        router=routes(vault),
        identify=callers.identify,
        security="person",
        problems=PROBLEMS,
        origin=settings.origin,
        portal_origin=settings.portal_origin,
        hosts=settings.hosts,
        start=start,
        stop=stop,
        ready=ready,
        state={"vault": vault},
    )
