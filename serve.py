# SPDX-License-Identifier: EUPL-1.2
"""Puts the parts together: all in one process, or one part each. The only composition root.

    python -m serve                              every part in one process
    python -m serve vault|consent|gateway|chatbot|portal  one part, its neighbours over the network
    python -m serve desk                         a team's desk with its page: run by the organisation, not here
    python -m serve migrate                      brings the databases of the parts to this release
    python -m serve migrate-desk                 the same for the database of a desk
    python -m serve move FOLDER                  moves <part>.sqlite3 of a folder to the PostgreSQL of the settings
    python -m serve health                       asks the running process whether it is ready (exit code 0 or 1)
    python -m serve verify-log                   walks consent's whole log and recomputes all of it
    python -m serve import-organisation FILE     takes in what the directory signed of a team: its keys, how it is shown
    python -m serve organisations                lists the teams, what of each counts, and what waits until when
    python -m serve withdraw-key TEAM#SID        the keys of one statement count no more
    python -m serve suspend-organisation|resume-organisation TEAM
    python -m serve register-client FILE         registers an organisation's application at the gateway
    python -m serve clients                      lists them, and until when their keys count
    python -m serve suspend-client|resume-client|end-client ID
    python -m serve replace-client-keys ID FILE  gives one a new key; with --at-once the old one counts no more
    python -m serve register-receiver FILE       says where a team's signed events are pushed to
    python -m serve check-catalogue [FOLDER]     what is wrong with the rules in a folder, all of it, before they are signed
    python -m serve catalogue-pages [FOLDER]     writes a page for each purpose of the rules in use
    python -m serve contracts [FOLDER]           writes the contracts of the parts, openapi/*.yaml

Settings come from the environment (docs/settings.md). A missing required one stops the start. Parts are imported inside
functions here, and only here, so that a vault process never loads OAuth code.
"""

import argparse
import asyncio
import gc
import importlib
import json
import os
import ssl
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import logs
from chassis.answers import SECURITY_HEADERS
from chassis.application import Application
from chassis.calls import Inside, Outside, Peer
from chassis.clock import Clock
from chassis.database import migrate, role_of
from chassis.settings import ComponentSettings, SettingsError, read_key

PARTS = ("vault", "consent", "gateway")
"""The parts with a contract and a database."""
SPEAKING = (*PARTS, "chatbot")
"""The parts with a contract. The portal has none, and neither of the two has a database."""
ROOMS = (*SPEAKING, "portal")
DESK = "desk"
"""No part of an installation: an organisation runs it, beside its own copy of the page."""
COLLECT = (20_000, 20, 100)
"""How often the collector looks: a read makes few circles, and a look of the collector costs more than they hold."""
DIRECTORY_COMMANDS = (
    "import-organisation",
    "organisations",
    "withdraw-key",
    "suspend-organisation",
    "resume-organisation",
)
CLIENT_COMMANDS = (
    "register-client",
    "clients",
    "suspend-client",
    "resume-client",
    "end-client",
    "replace-client-keys",
)
SERVER: Mapping[str, Any] = {
    "http": "httptools",
    "loop": "asyncio",
    "lifespan": "on",
    "server_header": False,
    "proxy_headers": False,
    "access_log": False,
    "log_level": "error",
    "timeout_keep_alive": 75,
    "timeout_graceful_shutdown": 5,
}
"""How the server runs, also under measure (bench/server.py). What a proxy says of the caller is not looked at: nobody asks
for it here, and a forwarded address is anybody's word."""


@dataclass
class House:
    """The parts of one process as one ASGI app: `/vault/…`, `/consent/…`, `/gateway/…`, `/chatbot/…`, all else is the
    gateway's OAuth server; `/health/live` and `/health/ready` stand outside every contract. What comes under the
    portal's own `Host` is the portal's: it is another origin, also on the same port.
    """

    parts: dict[str, Application]
    other: ASGIApp | None = None
    portal: ASGIApp | None = None
    portal_hosts: frozenset[bytes] = frozenset()
    watches: tuple[Any, ...] = ()
    """Who looks on at each call (chassis/telemetry.py), the first outermost."""
    aside: tuple[Any, ...] = ()
    """What starts and stops with the parts: the management port, the queue of spans."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self, receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            part = self.parts.get(path[1 : path.find("/", 1)])
            if part is not None:
                await self._watched(part.name, part, scope, receive, send)
            elif path.startswith("/health/"):
                await self._health(path, send)
            elif self.portal is not None and self._is_portals(scope):
                await self._watched("portal", self.portal, scope, receive, send)
            elif self.other is not None:
                await self._watched("oauth", self.other, scope, receive, send)
            else:
                await _plain(send, 404)

    async def _watched(self, name: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        for watch in reversed(self.watches):
            app = partial(watch, name, app)
        await app(scope, receive, send)

    def _is_portals(self, scope: Scope) -> bool:
        """Whether the request is for the portal: by its host, or because nothing else is here."""
        return not self.parts or any(k == b"host" and v in self.portal_hosts for k, v in scope["headers"])

    async def _health(self, path: str, send: Send) -> None:
        """`live`: the process answers. `ready`: every part could serve a call now. No detail in either."""
        if path == "/health/live":
            await _plain(send, 200)
        elif path == "/health/ready":
            await _plain(send, 200 if await self.ready() else 503)
        else:
            await _plain(send, 404)

    async def ready(self) -> bool:
        """Whether every part could serve a call now."""
        return all([await part.ready() for part in self.parts.values()])

    async def start(self) -> None:
        for part in self.parts.values():
            await part.start()
        for one in self.aside:
            one.start()
        # What lives now lives for good: the collector need not look at it again (performance.md: p99 35 → 14 ms).
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)

    async def stop(self) -> None:
        for one in self.aside:
            one.stop()
        for part in reversed(self.parts.values()):
            await part.stop()


async def _plain(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*SECURITY_HEADERS]})
    await send({"type": "http.response.body", "body": b""})


async def _lifespan(house: House, receive: Receive, send: Send) -> None:
    """Starts and stops the parts with the server: mounted apps get no lifespan of their own."""
    await receive()
    try:
        await house.start()
    except Exception as error:
        logs.unexpected("serve", error)
        await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await house.stop()
    await send({"type": "lifespan.shutdown.complete"})


class ServeSettings(BaseSettings):
    """Where this process listens and where its neighbours are (`KLUISJE_…`).

    vault, consent: addresses of the neighbours, `https://vault:8443`, when they run elsewhere. service_key: the
    gateway's private ES256 JWK for its service tokens. tls_ca, tls_certificate, tls_key: PEM files for mutual TLS with
    them; plain http is taken on this machine only. management_port: where health and figures are told over plain http,
    for the machines around us; none: nowhere. traces_to: the OTLP address that spans go to; none: none are made.
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8000
    vault: str | None = None
    consent: str | None = None
    service_key: Path | None = None
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    management_port: int | None = None
    traces_to: str | None = Field(default=None, pattern=r"^https?://")


def house(parts: Sequence[str], clock: Clock, settings: ServeSettings) -> House:
    """Makes the parts of this process. Raises SettingsError, or ValidationError for a missing setting."""
    made = House({})
    if "vault" in parts:
        from vault.app import build as build_vault
        from vault.settings import VaultSettings

        made.parts["vault"] = build_vault(VaultSettings(), clock=clock)
    if "consent" in parts:
        from consent.app import build as build_consent
        from consent.settings import ConsentSettings

        made.parts["consent"] = build_consent(ConsentSettings(), clock=clock)
    if "gateway" in parts:
        from gateway.app import build as build_gateway
        from gateway.settings import GatewaySettings

        own = GatewaySettings()
        peers = {name: _neighbour(name, made.parts.get(name), own, settings, clock) for name in ("vault", "consent")}
        gateway = build_gateway(own, clock=clock, **peers)
        made.parts["gateway"], made.other = gateway.api, gateway.oauth
    if "chatbot" in parts:
        from chatbot.app import build as build_chatbot
        from chatbot.settings import ChatbotSettings

        made.parts["chatbot"] = build_chatbot(ChatbotSettings(), clock=clock)
    if "portal" in parts:
        from portal.app import build as build_portal
        from portal.settings import PortalSettings

        portal = build_portal(PortalSettings())
        made.portal, made.portal_hosts = portal, portal.hosts
    if DESK in parts:
        _desk(made, clock)
    return made


def _desk(made: House, clock: Clock) -> None:
    """The desk and, on the same origin, the page that calls it."""
    from desk.app import build as build_desk
    from desk.settings import DeskSettings
    from desk.ways import Front
    from portal.app import build as build_portal
    from portal.settings import PortalSettings

    own, page = DeskSettings(), PortalSettings()
    if (own.origin, own.gateway, own.team) != (page.origin, page.api, page.desk):
        raise SettingsError("KLUISJE_PORTAL_ORIGIN, _API and _DESK are the desk's origin, gateway and team")
    desk, portal = build_desk(own, clock=clock), build_portal(page)
    made.parts[DESK] = desk.api
    made.portal, made.portal_hosts = Front(desk.ways, portal), portal.hosts


def _neighbour(
    name: str, inside: ASGIApp | None, own: ComponentSettings, settings: ServeSettings, clock: Clock
) -> Peer:
    """The gateway's way to a neighbour: straight into this process, or over the network with a service token."""
    if inside is not None:
        return Inside("gateway", inside)
    address = getattr(settings, name)
    if address is None or settings.service_key is None:
        raise SettingsError(f"KLUISJE_{name.upper()} and KLUISJE_SERVICE_KEY say where {name} is and who calls it")
    local = own.environment == "demo" and address.startswith("http://127.0.0.1:")
    if not address.startswith("https://") and not local:
        raise SettingsError(f"KLUISJE_{name.upper()} must be https: parts speak over mutual TLS")
    return Outside(
        base=address,
        caller="gateway",
        audience=f"{own.origin}/{name}/v1",
        key=read_key(settings.service_key),
        clock=clock,
        tls=None if local else _mutual_tls(settings),
    )


def _mutual_tls(settings: ServeSettings) -> ssl.SSLContext:
    if settings.tls_ca is None or settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsError("KLUISJE_TLS_CA, KLUISJE_TLS_CERTIFICATE and KLUISJE_TLS_KEY are needed between parts")
    context = ssl.create_default_context(cafile=str(settings.tls_ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context


def databases(parts: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The database address of each part from its own settings: as itself, and as the owner of its tables."""
    found = {}
    for part in parts:
        module = importlib.import_module(f"{part}.settings")
        own = getattr(module, f"{part.capitalize()}Settings")()
        found[part] = own.database, own.database_owner or own.database
    return found


def watch(made: House, settings: ServeSettings) -> None:
    """Lets figures be kept and spans be made, where the settings ask for it."""
    if settings.management_port is not None:
        from chassis.management import Management
        from chassis.telemetry import Figures

        figures = Figures()
        made.watches += (figures.watch,)
        made.aside += (Management(settings.host, settings.management_port, made.ready, figures.registry),)
    if settings.traces_to is not None:
        from chassis.telemetry import spans_to

        spans = spans_to(settings.traces_to)
        made.watches, made.aside = (*made.watches, spans.watch), (*made.aside, spans)


def move_to_postgresql(folder: Path) -> int:
    """Brings each part's file in `folder` to its database on PostgreSQL, all of it or nothing of a part."""
    from chassis.moving import MoveError, move

    for part, (url, owner) in databases(PARTS).items():
        migrate(part, owner, role=role_of(url))
        try:
            counts = move(folder / f"{part}.sqlite3", owner)
        except MoveError as error:
            print(f"Not moved: {part}: {error}.", file=sys.stderr)
            return 1
        print(
            f"{part}: {sum(counts.values())} rows of {len(counts)} tables are there, counted and hashed on both sides"
        )
    return 0


def run(parts: Sequence[str], clock: Clock) -> None:
    """Serves until a signal ends it: open answers are finished first, at most 5 seconds."""
    settings = ServeSettings()
    app = house(parts, clock, settings)
    watch(app, settings)
    tls: dict[str, Any] = {}
    if settings.tls_certificate is not None and settings.tls_key is not None:
        tls = {"ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}
        if settings.tls_ca is not None:
            tls |= {"ssl_ca_certs": str(settings.tls_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    uvicorn.run(app, host=settings.host, port=settings.port, **SERVER, **tls)


def health() -> int:
    """0 when the process on our port is ready, else 1. It asks itself on this machine, so no name is checked."""
    settings, context, scheme = ServeSettings(), None, "http"
    if settings.tls_certificate is not None:
        context, scheme = _mutual_tls(settings), "https"
        context.check_hostname = False
    try:
        with urllib.request.urlopen(
            f"{scheme}://127.0.0.1:{settings.port}/health/ready", timeout=5, context=context
        ) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


async def _with_consent(clock: Clock, work: Callable[[Any], Awaitable[int]]) -> int:
    """Runs `work` with consent's registry, started and stopped around it."""
    from consent.app import make_registry
    from consent.settings import ConsentSettings

    registry = make_registry(ConsentSettings(), clock)
    await registry.ledger.start()
    try:
        return await work(registry)
    finally:
        await registry.ledger.close()
        registry.database.close()


def verify_log(clock: Clock) -> int:
    """Recomputes the whole log; prints what was found. 0 when all is as it was written."""
    from consent.proving import verify_log as walk

    async def work(registry: Any) -> int:
        report = await registry.database.read(lambda c: walk(c, registry.ledger.vkey))
        print(f"{report.shards} shards, {report.lines} lines, {report.people} people, {report.erased} erased")
        for fault in report.faults:
            print(f"FAULT {fault}")
        return 1 if report.faults else 0

    return asyncio.run(_with_consent(clock, work))


def administer_directory(what: str, clock: Clock, named: str, file: Path | None) -> int:
    """Runs one of the commands over the directory (consent/administering.py); 1 when it says no."""
    from consent import administering

    async def work(registry: Any) -> int:
        try:
            print(await administering.COMMANDS[what](registry, named, _object_in(file)))
        except (administering.NotDone, OSError, ValueError) as error:
            print(f"Not done: {error}.", file=sys.stderr)
            return 1
        return 0

    return asyncio.run(_with_consent(clock, work))


def _object_in(file: Path | None) -> dict[str, Any]:
    """The JSON object in a file; an empty one where there is no file."""
    content = {} if file is None else json.loads(file.read_text("utf-8"))
    if not isinstance(content, dict):
        raise ValueError("the file does not hold one JSON object")
    return content


def administer_clients(what: str, clock: Clock, named: str, file: Path | None, at_once: bool) -> int:
    """Runs one of the commands over the gateway's clients (gateway/administering.py); 1 when it says no."""
    from gateway import administering
    from gateway.registering import RegistrationError
    from gateway.settings import GatewaySettings

    office = administering.office_of(GatewaySettings(), clock)
    try:
        print(asyncio.run(administering.COMMANDS[what](office, named, _object_in(file), at_once)))
    except (RegistrationError, OSError, ValueError) as error:
        print(f"Not done: {error}.", file=sys.stderr)
        return 1
    finally:
        office.database.close()
    return 0


def register_receiver(file: Path) -> int:
    """Says where a team's signed events are pushed to, from its file (gateway/pushing.py)."""
    from chassis.database import Database
    from gateway.pushing import ReceiverError, register
    from gateway.settings import GatewaySettings

    own = GatewaySettings()
    database = Database(own.database)
    try:
        team = asyncio.run(register(database, json.loads(file.read_text("utf-8")), environment=own.environment))
    except ReceiverError as error:
        print(f"Not registered: {error}.", file=sys.stderr)
        return 1
    finally:
        database.close()
    print(f"Events of {team} go there from now on.")
    return 0


def check_catalogue(folder: Path) -> int:
    """Prints all that is wrong with the rules in a folder; 1 when there is something."""
    from consent.catalogue import CatalogueError, load

    try:
        found = load(folder)
    except CatalogueError as error:
        print("\n".join(error.findings), file=sys.stderr)
        return 1
    print(
        f"Version {found.version}: {len(found.purposes)} purposes, {len(found.schemas)} record types. Nothing is wrong."
    )
    return 0


def write_catalogue_pages(catalogue: Path, folder: Path) -> int:
    """Writes a page for each purpose of a catalogue to `folder`; pages of purposes that are gone go too."""
    from consent.catalogue import load
    from consent.catalogue_pages import pages

    made = pages(load(catalogue))
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, content in made.items():
        (folder / name).write_text(content, "utf-8")
    print(f"{folder}: {len(made)} pages")
    return 0


def write_contracts(folder: Path, clock: Clock) -> int:
    """Writes the OpenAPI document of each part to `<folder>/<part>.yaml`, from a throw-away demo town."""
    import yaml

    from demo.desk import make as make_desk
    from demo.town import make

    class _Contracts(yaml.SafeDumper):
        """Texts of more lines as they are."""

    def shown(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    _Contracts.add_representer(str, shown)
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as place:
        town = make(Path(place), "http://127.0.0.1:8000")
        desk = make_desk(town, "http://localhost:8001")
        try:
            os.environ.update(town.environment())
            parts = house(SPEAKING, clock, ServeSettings()).parts
            os.environ.update(desk.environment())
            parts |= house((DESK,), clock, ServeSettings()).parts
        finally:
            os.environ.clear()
            os.environ.update(before)
        folder.mkdir(exist_ok=True)
        for name, part in parts.items():
            # Through JSON first: what is served and what is committed are the same bytes of meaning.
            document = json.loads(json.dumps(part.document))
            text = yaml.dump(document, Dumper=_Contracts, sort_keys=False, allow_unicode=True, width=110)
            (folder / f"{name}.yaml").write_text(f"# SPDX-License-Identifier: EUPL-1.2\n{text}", "utf-8")
            print(f"{folder / name}.yaml: {sum(len(verbs) for verbs in document['paths'].values())} operations")
    return 0


def main(arguments: Sequence[str] | None = None, clock: Clock | None = None) -> int:
    """The command line. Answers the exit code; 2 when a setting is missing or unsafe."""
    parser = argparse.ArgumentParser(prog="python -m serve", description=(__doc__ or "").split("\n")[0])
    commands = (
        "migrate",
        "migrate-desk",
        "move",
        "health",
        "verify-log",
        *DIRECTORY_COMMANDS,
        *CLIENT_COMMANDS,
        "register-receiver",
        "contracts",
        "check-catalogue",
        "catalogue-pages",
    )
    parser.add_argument("what", nargs="?", default="all", choices=("all", *ROOMS, DESK, *commands))
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE|ID|TEAM")
    parser.add_argument("second", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("--at-once", action="store_true", help="replace-client-keys: the old key leaked")
    given = parser.parse_args(arguments)
    clock = clock or Clock()
    logs.configure()
    parts = (given.what,) if given.what in (*ROOMS, DESK) else ROOMS
    try:
        if given.what == "health":
            return health()
        if given.what == "migrate":
            for part, (url, owner) in databases(PARTS).items():
                migrate(part, owner, role=role_of(url))
        elif given.what == "migrate-desk":
            for part, (url, owner) in databases((DESK,)).items():
                migrate(part, owner, role=role_of(url))
        elif given.what == "move":
            return move_to_postgresql(given.file)
        elif given.what == "verify-log":
            return verify_log(clock)
        elif given.what in DIRECTORY_COMMANDS:
            file = given.file if given.what == "import-organisation" else None
            return administer_directory(given.what, clock, str(given.file), file)
        elif given.what in CLIENT_COMMANDS:
            file = given.file if given.what == "register-client" else given.second
            return administer_clients(given.what, clock, str(given.file), file, given.at_once)
        elif given.what == "register-receiver":
            return register_receiver(given.file)
        elif given.what == "check-catalogue":
            return check_catalogue(given.file or Path("catalogue"))
        elif given.what == "catalogue-pages":
            used = Path(os.environ.get("KLUISJE_CONSENT_CATALOGUE", "catalogue"))
            return write_catalogue_pages(used, given.file or Path("docs/catalogue"))
        elif given.what == "contracts":
            return write_contracts(given.file or Path("openapi"), clock)
        else:
            run(parts, clock)
    except ValidationError as error:
        missing = ", ".join(f"{e['loc'][0] if e['loc'] else 'settings'}: {e['msg']}" for e in error.errors())
        print(f"{error.title} does not start: {missing}. See docs/settings.md.", file=sys.stderr)
        return 2
    except SettingsError as error:
        print(f"Not started: {error}. See docs/settings.md.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
