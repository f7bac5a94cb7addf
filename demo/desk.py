# SPDX-License-Identifier: EUPL-1.2
"""The desk of one team of the synthetic town, as files: its keys and settings, as the organisation's own machine has
them. Its origin is another port of this machine, so another origin. Who works there comes in `demo/colleague.py`.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.clock import Clock
from chassis.settings import read_public
from demo.people import TEAMS
from demo.town import Town, command, private, settle, written_anew
from formats.jose import new_signing_key, public
from kluisje.publishing import publish_client

TEAM = TEAMS[0]
ADMINISTRATOR = "Ans"
KEEPERS = ("Fatima", "Karim")
CLIENT, SYSTEM = (f"oin:{TEAM.party[8:28]}:{name}" for name in ("bureau", "bureau-systeem"))


@dataclass(frozen=True)
class DemoDesk:
    """A made desk. folder: its machine. origin: where its page and API answer."""

    town: Town
    folder: Path
    origin: str

    def environment(self) -> dict[str, str]:
        """Its settings, as environment variables."""
        own = {
            "ENVIRONMENT": "demo",
            "ORIGIN": self.origin,
            "DATABASE": f"sqlite:///{self.folder / 'desk.sqlite3'}",
            "TEAM": TEAM.party,
            "GATEWAY": self.town.origin,
            "PINS": str(self.town.pins),
            "CLIENT_ID": CLIENT,
            "CLIENT_KEY": str(self.folder / "client_key.json"),
            "SYSTEM_ID": SYSTEM,
            "SYSTEM_KEY": str(self.folder / "system_key.json"),
            "ADMINISTRATOR_KEY": str(self.folder / "administrator.json"),
            "PEPPER_KEY": str(self.folder / "pepper.bin"),
        }
        page = {name: value for name, value in self.town.environment().items() if name.startswith("KLUISJE_PORTAL_")}
        page |= {
            "KLUISJE_PORTAL_ORIGIN": self.origin,
            "KLUISJE_PORTAL_NAME": TEAM.name,
            "KLUISJE_PORTAL_DESK": TEAM.party,
        }
        return page | {f"KLUISJE_DESK_{name}": value for name, value in own.items()}


def make(town: Town, origin: str) -> DemoDesk:
    """The desk of the town's first team, made if it is not there yet; served at `origin`. Its two registrations at the
    gateway follow its address."""
    desk = DemoDesk(town, town.folder / TEAM.slug / "desk", origin)
    if not desk.folder.exists():
        desk.folder.mkdir(parents=True)
        for name in ("client_key", "system_key", "administrator_key"):
            private(desk.folder / f"{name}.json", json.dumps(new_signing_key()).encode())
        private(desk.folder / "pepper.bin", secrets.token_bytes(32))
        key = public(json.loads((desk.folder / "administrator_key.json").read_text()))
        (desk.folder / "administrator.json").write_text(json.dumps(key, indent=1))
    for file, client in (("client.json", _caseworkers(desk)), ("system.json", _system(desk))):
        if written_anew(desk.folder / file, client):
            settle(town, partial(_register, desk, client))
    settle(town, lambda: command("migrate-desk", None, Clock()), desk.environment())
    return desk


def _register(desk: DemoDesk, client: Mapping[str, object]) -> None:
    """As the directory signed it, with its statement of the team."""
    signer = json.loads((desk.town.folder / "directory" / "key.json").read_text())
    statement = json.loads((desk.town.folder / TEAM.slug / "listed.json").read_text())["statement"]
    signed = publish_client(signer, statement, client, now=Clock().now())
    file = desk.folder / "registration.json"
    file.write_text(json.dumps({"registration": signed, "organisation": statement}))
    command("register-client", file, Clock())


def _caseworkers(desk: DemoDesk) -> Mapping[str, object]:
    return {
        "client_id": CLIENT,
        "kind": "caseworker",
        "client_name": {"nl": f"Bureau van {TEAM.name}", "en": f"Desk of {TEAM.name}"},
        "team": TEAM.party,
        "actions": ["ask", "read", "deposit"],
        "redirect_uris": [f"{desk.origin}/door/back"],
        "jwks": {"keys": [_public(desk.folder / "client_key.json")]},
    }


def _system(desk: DemoDesk) -> Mapping[str, object]:
    return {
        "client_id": SYSTEM,
        "kind": "system",
        "client_name": {"nl": f"Bureau van {TEAM.name}, meldingen", "en": f"Desk of {TEAM.name}, events"},
        "team": TEAM.party,
        "actions": ["learn"],
        "jwks": {"keys": [_public(desk.folder / "system_key.json")]},
    }


def _public(path: Path) -> dict[str, str]:
    return public(read_public(path))
