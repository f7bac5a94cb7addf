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
    python -m serve after-restore                lets consent go on over an older database: everybody paused, another log
    python -m serve restored-vault FILE          erases again in the vault who was erased since, by the list beside that file
    python -m serve restored-gateway             ends every sign-in of a restored gateway
    python -m serve import-organisation FILE     takes in what the directory signed of a team: its keys, how it is shown
    python -m serve organisations                lists the teams, what of each counts, and what waits until when
    python -m serve withdraw-key TEAM#SID        the keys of one statement count no more
    python -m serve suspend-organisation|resume-organisation TEAM
    python -m serve resume-sign-in|resume-caseworker TEAM#WHO    whom a team took out and listed again may sign in, and look
    python -m serve register-client FILE         registers an organisation's application at the gateway
    python -m serve clients                      lists them, and until when their keys count
    python -m serve suspend-client|resume-client|end-client ID
    python -m serve replace-client-keys ID FILE  gives one a new key; with --at-once the old one counts no more
    python -m serve register-receiver FILE       says where a team's signed events are pushed to
    python -m serve check-catalogue [FOLDER]     what is wrong with the rules in a folder, all of it, before they are signed
    python -m serve catalogue-pages [FOLDER]     writes a page for each purpose of the rules in use
    python -m serve contracts [FOLDER]           writes the contracts of the parts, openapi/*.yaml

Settings come from the environment (docs/settings.md). A missing required one stops the start. Parts are imported inside
functions here and in administration.py, nowhere else, so that a vault process never loads OAuth code.
"""

import argparse
import gc
import json
import os
import signal
import ssl
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

if __name__ == "__main__":
    gc.disable()  # what a start makes it keeps: looking for circles meanwhile is a quarter of it. The house looks, once.

import uvicorn
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.types import ASGIApp

import administration
from chassis import logs
from chassis.application import Application
from chassis.calls import Inside, Peer
from chassis.clock import Clock
from chassis.house import House
from chassis.outside import Outside
from chassis.settings import ComponentSettings, DatabaseSettings, SettingsError, read_key

PARTS = ("vault", "consent", "gateway")
"""The parts with a contract and a database."""
SPEAKING = (*PARTS, "chatbot")
"""The parts with a contract. The portal has none, and neither of the two has a database."""
ROOMS = (*SPEAKING, "portal")
DESK = "desk"
"""No part of an installation: an organisation runs it, beside its own copy of the page."""
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
    """The database address of each part: as itself, and as the owner of its tables. Nothing else of its settings is
    needed, so whoever migrates holds no key. Raises SettingsError."""
    found = {}
    for part in parts:
        prefix = f"KLUISJE_{part.upper()}_"
        try:
            own = DatabaseSettings(_env_prefix=prefix)
        except ValidationError as error:
            wrong = error.errors()[0]
            raise SettingsError(f"{prefix}{str(wrong['loc'][0]).upper()}: {wrong['msg']}") from error
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


def migrate_all(parts: Sequence[str]) -> None:
    """Brings the databases of these parts to this release."""
    from chassis.migrating import migrate, role_of

    for part, (url, owner) in databases(parts).items():
        migrate(part, owner, role=role_of(url))


def move_to_postgresql(folder: Path) -> int:
    """Brings each part's file in `folder` to its database on PostgreSQL, all of it or nothing of a part."""
    from chassis.migrating import migrate, role_of
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


def _ends(number: int, frame: FrameType | None) -> None:
    """The server has its own handler while it serves, and hands the signal on to this one when it is done."""
    raise SystemExit(0)


def run(parts: Sequence[str], clock: Clock) -> None:
    """Serves until a signal ends it: open answers are finished first, at most 5 seconds. Exit code 0, also when it comes
    before we listen (the first process of a container gets no signal that it has no handler for)."""
    signal.signal(signal.SIGTERM, _ends)
    settings = ServeSettings()
    app = house(parts, clock, settings)
    watch(app, settings)
    tls: dict[str, Any] = {}
    if settings.tls_certificate is not None and settings.tls_key is not None:
        tls = {"ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}
        if settings.tls_ca is not None:
            tls |= {"ssl_ca_certs": str(settings.tls_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    uvicorn.run(app, host=settings.host, port=settings.port, **SERVER, **tls)


def _to_ourselves(settings: ServeSettings) -> ssl.SSLContext:
    """With our own certificate, where callers need one; else (a desk, its own public door) without asking for a name."""
    context = ssl.create_default_context() if settings.tls_ca is None else _mutual_tls(settings)
    context.check_hostname = False
    if settings.tls_ca is None:
        context.verify_mode = ssl.CERT_NONE
    return context


def health() -> int:
    """0 when the process on our port is ready, else 1."""
    settings, context, scheme = ServeSettings(), None, "http"
    if settings.tls_certificate is not None:
        context, scheme = _to_ourselves(settings), "https"
    try:
        with urllib.request.urlopen(
            f"{scheme}://127.0.0.1:{settings.port}/health/ready", timeout=5, context=context
        ) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


def described(clock: Clock) -> dict[str, Application]:
    """Every part that has a contract, and the desk, of a throw-away demo town that is gone already."""
    from demo.desk import make as make_desk
    from demo.town import make

    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as place:
        town = make(Path(place), "http://127.0.0.1:8000")
        desk = make_desk(town, "http://localhost:8001")
        try:
            os.environ.update(town.environment())
            parts = house(SPEAKING, clock, ServeSettings()).parts
            os.environ.update(desk.environment())
            return parts | house((DESK,), clock, ServeSettings()).parts
        finally:
            os.environ.clear()
            os.environ.update(before)


def write_contracts(folder: Path, clock: Clock) -> int:
    """Writes the OpenAPI document of each part to `<folder>/<part>.yaml`."""
    import yaml

    class _Contracts(yaml.SafeDumper):
        """Texts of more lines as they are."""

    def shown(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    _Contracts.add_representer(str, shown)
    folder.mkdir(exist_ok=True)
    for name, part in described(clock).items():
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
        *administration.COMMANDS,
        "contracts",
    )
    parser.add_argument("what", nargs="?", default="all", choices=("all", *ROOMS, DESK, *commands))
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE|ID|TEAM")
    parser.add_argument("second", nargs="?", type=Path, metavar="FILE")
    parser.add_argument("--at-once", action="store_true", help="replace-client-keys: the old key leaked")
    given = parser.parse_args(arguments)
    if given.what in commands:
        gc.enable()
    clock = clock or Clock()
    logs.configure()
    parts = (given.what,) if given.what in (*ROOMS, DESK) else ROOMS
    try:
        if given.what == "health":
            return health()
        if given.what == "migrate":
            migrate_all(PARTS)
        elif given.what == "migrate-desk":
            migrate_all((DESK,))
        elif given.what == "move":
            return move_to_postgresql(given.file)
        elif given.what in administration.COMMANDS:
            return administration.COMMANDS[given.what](given, clock)
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
