# SPDX-License-Identifier: EUPL-1.2
"""Builds the gateway: the organisations' API, and beside it the OAuth endpoints of both issuers.

serve.py sends `/gateway/v1/…` to `api`, and every path that begins with one of `OAUTH_PATHS` to `oauth`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from chassis import application
from chassis.application import Application
from chassis.calls import Peer
from chassis.clock import Clock
from chassis.database import Database, at_head
from chassis.journal import Journal
from chassis.outside import Outward
from chassis.settings import SettingsError, read_public, read_secret
from formats import jose
from formats.spelling import FormatError
from gateway import issuing, rotating
from gateway.access import Access
from gateway.api import DESCRIPTION, PROBLEMS, TITLE, VERSION, routes
from gateway.attesting import Attesting
from gateway.authorizing import Authorizing
from gateway.callers import Callers
from gateway.consent_client import ConsentClient
from gateway.demo_login import DemoLogin
from gateway.discovering import discovery
from gateway.door import Door
from gateway.endpoints import Endpoints
from gateway.issuing import Issuer
from gateway.learning import Learning
from gateway.moving import Moving
from gateway.pushing import Pushing
from gateway.relaying import Relaying
from gateway.settings import DEMO_PATH, GatewaySettings, Providers, read_providers, read_signing_key
from gateway.signing_in import RelyingParty
from gateway.tables import journal as outbox
from gateway.vault_client import VaultClient

OAUTH_PATHS = ("/oauth/", "/person/", "/.well-known/", "/demo-login/")
ORGANISATIONS_PATH, PERSON_PATH = "/oauth", "/person"
HOUR = 3600


@dataclass(frozen=True)
class Gateway:
    """api: `/gateway/v1`. oauth: everything under `OAUTH_PATHS`. organisations, person: JWK sets that others pin."""

    api: Application
    oauth: ASGIApp
    database: Database
    organisations_keys: Mapping[str, Any]
    person_keys: Mapping[str, Any]


def build(settings: GatewaySettings, *, clock: Clock, consent: Peer, vault: Peer) -> Gateway:
    """Makes the gateway. consent, vault: its two neighbours. Raises SettingsError."""
    person, organisations = issuers(settings)
    providers = read_providers(settings)
    secret, sign_in_key = read_secret(settings.pseudonym_key), read_signing_key(settings.sign_in_key)
    database = Database(settings.database)
    journal = Journal("gateway", VERSION, outbox)
    asks, holds = ConsentClient(consent), VaultClient(vault)

    callbacks = [issuer.url("callback") for issuer in (person, organisations)]
    citizens = {"": RelyingParty(providers.citizens, sign_in_key, callbacks[0], clock)}
    teams = {
        oin: RelyingParty(provider, sign_in_key, callbacks[1], clock)
        for oin, provider in providers.organisations.items()
    }
    oauth_routes: list[Route] = []
    for issuer, parties in ((person, citizens), (organisations, teams)):
        oauth_routes += Endpoints(issuer, database=database, clock=clock, consent=asks).routes()
        oauth_routes += Authorizing(
            issuer,
            database=database,
            clock=clock,
            journal=journal,
            consent=asks,
            parties=parties,
            pseudonyms=secret,
        ).routes()
    attesting = Attesting(settings, person, database, clock, journal)
    oauth_routes += attesting.routes()
    oauth_routes += Moving(settings, person, database, clock, attesting=attesting, consent=asks).routes()
    oauth_routes += discovery(settings.origin, person, organisations)
    if settings.demo_people is not None:
        oauth_routes += _demo(settings, providers, sign_in_key, callbacks, clock)

    callers = Callers(organisations, database, clock)
    access = Access(consent=asks, vault=holds, database=database, clock=clock)
    learning = Learning(consent=asks, database=database, clock=clock)
    outward, tasks = Outward(), set[asyncio.Task[None]]()
    pushing = Pushing(consent=asks, database=database, clock=clock, outward=outward)

    async def start() -> None:
        for issuer in (person, organisations):
            await database.write(partial(rotating.take_up, issuer=issuer, now=clock.now()))
        tasks.add(asyncio.create_task(pushing.for_ever()))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await outward.close()
        await consent.close()
        await vault.close()
        database.close()

    async def ready() -> bool:
        return await database.read(lambda c: at_head("gateway", c))

    api = application.build(
        "gateway",
        version=VERSION,
        title=TITLE,
        description=DESCRIPTION,
        router=routes(access, Relaying(consent=asks, vault=holds), learning),
        identify=callers.identify,
        security="organisation",
        problems=PROBLEMS,
        origin=settings.origin,
        portal_origin=None,
        hosts=settings.hosts,
        start=start,
        stop=stop,
        ready=ready,
        state={},
    )
    hosts = {settings.origin.split("://", 1)[1], *settings.hosts}
    door = Door(
        Router(oauth_routes, redirect_slashes=False),
        frozenset(host.encode() for host in hosts),
        settings.portal_origin,
    )
    return Gateway(api, door, database, organisations.published, person.published)


def issuers(settings: GatewaySettings) -> tuple[Issuer, Issuer]:
    """(person, organisations): two issuers with their own keys. Raises SettingsError when a key is in both."""
    keys = read_signing_key(settings.person_key), read_signing_key(settings.organisations_key)
    further = {} if settings.published_keys is None else read_public(settings.published_keys)
    try:
        person_keys = issuing.published(keys[0], further.get("person", {}))
        organisations_keys = issuing.published(keys[1], further.get("organisations", {}))
    except FormatError as error:
        raise SettingsError("a published key is no public ES256 JWK, or stands there twice") from error
    if {key["kid"] for key in person_keys["keys"]} & {key["kid"] for key in organisations_keys["keys"]}:
        raise SettingsError("the two issuers must not share a key")
    origin = settings.origin
    person = Issuer(
        name=origin + PERSON_PATH,
        origin=origin,
        path=PERSON_PATH,
        key=keys[0],
        published=person_keys,
        kinds=frozenset({"person"}),
        audiences=(f"{origin}/vault/v1", f"{origin}/consent/v1", origin + PERSON_PATH),
        method="none",
        grant_types=("authorization_code", "refresh_token"),
        longest=12 * HOUR,
        idle=HOUR,
    )
    organisations = Issuer(
        name=origin,
        origin=origin,
        path=ORGANISATIONS_PATH,
        key=keys[1],
        published=organisations_keys,
        kinds=frozenset({"caseworker", "system"}),
        audiences=(f"{origin}/gateway/v1",),
        method="private_key_jwt",
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        longest=8 * HOUR,
        idle=8 * HOUR,
    )
    return person, organisations


def _demo(
    settings: GatewaySettings,
    providers: Providers,
    key: Mapping[str, Any],
    callbacks: list[str],
    clock: Clock,
) -> list[Route]:
    everyone = (providers.citizens, *providers.organisations.values())
    levels = {one.client_id: one.acr[0] for one in everyone if one.issuer == settings.origin + DEMO_PATH}
    login = DemoLogin(settings, relying_key=jose.public(key), callbacks=callbacks, levels=levels, clock=clock)
    return login.routes()
