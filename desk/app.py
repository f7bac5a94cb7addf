# SPDX-License-Identifier: EUPL-1.2
"""Builds the desk: its API under `/desk/v1`, and the ways to the gateway under `/door`. serve.py puts the page beside."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter

from chassis import application
from chassis.application import Application, Faults
from chassis.clock import Clock
from chassis.database import Database, at_head
from chassis.journal import Journal
from chassis.outside import Abroad
from chassis.settings import read_secret
from desk import api, api_cases, api_comparing, api_depositing, api_published, api_relaying
from desk.callers import Callers, signed_out
from desk.component import Desk
from desk.gateway_client import GatewayClient, Registration
from desk.keeping import Keeping
from desk.learning import Learning
from desk.members import Members
from desk.refusals import PROBLEMS, Over
from desk.relaying import Relaying
from desk.rings import Rings
from desk.sessions import Sessions
from desk.settings import DeskSettings, read_administrator_key, read_consent_keys, read_signing_key
from desk.tables import journal as outbox
from desk.ways import PATH, Ways

VERSION = "1.0.0"
TITLE = "Kluisje desk"
DESCRIPTION = (
    "Het bureau van een team, bij de organisatie zelf. De server stuurt door, en bewaart wat op slot is; hij kan niets "
    "openen. Alleen de eigen pagina kan hem oproepen, met een sessie en de kop `Kluisje-Desk: 1`.\n\n"
    "A team's desk, run by the organisation. The server relays and keeps what is sealed; it opens nothing. Only its own "
    "page can call it: a session cookie that `/door/in` sets, the header `Kluisje-Desk: 1` on every call, and the "
    "browser's `Origin` on every call but GET. No other origin may."
)
FAULTS: Faults = {**PROBLEMS, Over: lambda error: signed_out()}


@dataclass(frozen=True)
class Made:
    """api: `/desk/v1`. ways: everything under `/door`. desk: its parts. learning: for who brings events."""

    api: Application
    ways: Ways
    desk: Desk
    learning: Learning
    database: Database


def build(settings: DeskSettings, *, clock: Clock) -> Made:
    """Makes the desk. Raises SettingsError."""
    caseworker = Registration(settings.client_id, read_signing_key(settings.client_key))
    system = Registration(settings.system_id, read_signing_key(settings.system_key))
    first_key, consent_keys = read_administrator_key(settings), read_consent_keys(settings)
    database, journal, sessions = Database(settings.database), Journal("desk", VERSION, outbox), Sessions()
    gateway = GatewayClient(
        Abroad(settings.gateway),
        clock,
        origin=settings.gateway,
        back=f"{settings.origin}{PATH}/back",
        caseworker=caseworker,
        system=system,
    )
    members = Members(
        team=settings.team,
        first_key=first_key,
        database=database,
        clock=clock,
        journal=journal,
        sessions=sessions,
        gateway=gateway,
    )
    rings = Rings(pepper_key=read_secret(settings.pepper_key), database=database, clock=clock, journal=journal)
    learning = Learning(
        team=settings.team,
        keys=consent_keys,
        gateway=gateway,
        members=members,
        database=database,
        clock=clock,
        journal=journal,
    )
    hosts = frozenset(host.encode() for host in {settings.origin.split("://", 1)[1], *settings.hosts})
    ways = Ways(
        origin=settings.origin,
        hosts=hosts,
        gateway=gateway,
        sessions=sessions,
        learning=learning,
        database=database,
        clock=clock,
        journal=journal,
    )
    relaying = Relaying(gateway=gateway, sessions=sessions, database=database, clock=clock, journal=journal)
    keeping = Keeping(members=members, database=database, clock=clock, journal=journal)
    desk = Desk(clock, sessions, gateway, members, rings, relaying, keeping, ways)
    callers = Callers(
        sessions=sessions,
        members=members,
        database=database,
        clock=clock,
        origin=settings.origin,
        cookie=ways.cookie,
    )
    tasks = set[asyncio.Task[None]]()

    async def start() -> None:
        tasks.add(asyncio.create_task(learning.for_ever(settings.poll_seconds)))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await gateway.close()
        database.close()

    async def ready() -> bool:
        return await database.read(lambda c: at_head("desk", c))

    router = APIRouter()
    for each in (api, api_relaying, api_depositing, api_published, api_cases, api_comparing):
        each.add(router, desk)
    made = application.build(
        "desk",
        version=VERSION,
        title=TITLE,
        description=DESCRIPTION,
        router=router,
        identify=callers.identify,
        security="caseworker",
        problems=FAULTS,
        origin=settings.origin,
        portal_origin=None,
        hosts=settings.hosts,
        start=start,
        stop=stop,
        ready=ready,
        state={"desk": desk, "learning": learning},
    )
    return Made(made, ways, desk, learning, database)
