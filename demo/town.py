# SPDX-License-Identifier: EUPL-1.2
"""The synthetic town as files: keys, settings, people, and who stands in the directory. Made once per folder.

Every party has its own subfolder, as it would have its own machine: `servers/` (keys of the parts), `directory/` and
`identity/` (parties of their own), one per team, and `pins.json`, which clients are given beforehand.
"""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import serve
from chassis.clock import Clock
from demo.people import BROWSER_BACK, CASEWORKERS, CITIZENS, DIRECTORY, IDENTITY, LOGO, MUNICIPALITY, SYSTEMS, TEAMS
from formats.checkpoint import LOG, NoteKey, origin_at, shard_span
from formats.jose import new_signing_key, public
from formats.rules import SIGNED
from formats.spelling import b64u, unb64u
from kluisje.cataloguing import sign_package
from kluisje.keyring import TeamKeys, new_team_keys, read_team_keys
from kluisje.publishing import Face, publish_client, publish_face, publish_team

REGISTRY = "urn:oin:00000006000000004000"
WAITED = 4 * 86_400  # seconds: how long ago the town was listed, so that the 72 hours of a new key are over
CATALOGUE = Path(__file__).resolve().parent.parent / "catalogue"
ACR = "urn:kluisje:demo:substantial"


PAGE = """\
# Kluisje: a town to try
Nobody here exists. Everything runs on this machine; end it with Ctrl-C where you began it.
-> Open the portal
## Who you can be
{others} have no vault yet. Choose one of them at the sign-in and make it: your passkey, or seven words.
{first} has a vault already: the terminal played her day. Open it with her code, which the terminal shows.
## Somebody asks you
In the portal, choose Questions, then make a share code. In a second terminal, in this folder, Fatima of the youth team asks:
{ask}
Answer in the portal: yes, yes but less, or no. Then she looks:
{read}
Stop it in the portal, and let her look again. See it all at Who looked?
## Somebody brings you a letter
With another share code the team's post asks whether it may bring letters. After your yes it brings one:
{bring}
{letter}
"""


class Earlier(Clock):
    """A clock that runs behind: the town was listed in the directory some days ago."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now(self) -> int:
        return super().now() - self._seconds


@dataclass(frozen=True)
class Town:
    """A made town. origin: where it is served."""

    folder: Path
    origin: str

    @property
    def portal(self) -> str:
        """The portal's origin: the other name of this machine, so another origin on the same port. A passkey asks for
        a name; an address such as 127.0.0.1 has none."""
        return self.origin.replace("127.0.0.1", "localhost")

    @property
    def pins(self) -> Path:
        """What clients trust beforehand."""
        return self.folder / "pins.json"

    def team(self, slug: str) -> TeamKeys:
        """The private keys of a team, from its own folder."""
        return read_team_keys(self.folder / slug / "keys.json")

    def system(self, slug: str) -> TeamKeys:
        """The same team's keys with those of its system, which learns what happened after the yes."""
        return read_team_keys(self.folder / slug / "system.json")

    def database(self, part: str) -> dict[str, str]:
        """Where the data of a part lies, as its settings say it."""
        return {"DATABASE": f"sqlite:///{self.folder / 'data' / part}.sqlite3"}

    def environment(self) -> dict[str, str]:
        """The settings of all parts, as environment variables."""
        servers = self.folder / "servers"
        files = {path.stem.upper(): str(path) for path in servers.iterdir() if path.is_file()}
        common = {"ENVIRONMENT": "demo", "ORIGIN": self.origin}
        given = {
            "VAULT": (
                "PERSON_KEYS",
                "RECEIPT_KEY_PUBLIC",
                "LOG_POLICY",
                "DIRECTORY_KEY",
                "GATEWAY_KEY",
                "SUBJECT_SECRET",
            ),
            "CONSENT": (
                *("RECEIPT_KEY", "LOG_KEY", "BSN_SECRET", "EMP_SECRET", "SUBJECT_SECRET", "PERSON_KEYS"),
                *("IDENTITY_KEY_PUBLIC", "DIRECTORY_KEY", "GATEWAY_KEY", "CATALOGUE_KEY"),
            ),
            "GATEWAY": (
                *("ORGANISATIONS_KEY", "PERSON_KEY", "IDENTITY_KEY", "PSEUDONYM_KEY", "SIGN_IN_KEY"),
                *("PROVIDERS", "DEMO_PEOPLE", "DIRECTORY_KEY"),
            ),
        }
        made: dict[str, str] = {}
        for part, names in given.items():
            values = common | self.database(part.lower())
            values |= {name.removesuffix("_PUBLIC"): files[name] for name in names}
            values |= {"PORTAL_ORIGIN": self.portal}
            made |= {f"KLUISJE_{part}_{name}": value for name, value in values.items()}
        made |= {
            "KLUISJE_VAULT_BLOBS": str(self.folder / "data" / "blobs"),
            "KLUISJE_VAULT_PROCESSES": "one",
            "KLUISJE_CONSENT_PARTY": REGISTRY,
            "KLUISJE_CONSENT_LOG_HOST": "kluisje.example",
            "KLUISJE_CONSENT_LOCATION": "Voorbeeldstad",
            "KLUISJE_CONSENT_CATALOGUE": str(self.folder / "rules"),
            "KLUISJE_GATEWAY_IDENTITY_ISSUER": IDENTITY,
            "KLUISJE_CHATBOT_ENVIRONMENT": "demo",
            "KLUISJE_CHATBOT_ORIGIN": self.origin,
            "KLUISJE_CHATBOT_PORTAL_ORIGIN": self.portal,
            "KLUISJE_CHATBOT_PHONE": "14 0123",
            "KLUISJE_CHATBOT_HOURS_NL": "op werkdagen van 9 tot 17 uur",
            "KLUISJE_CHATBOT_HOURS_EN": "on weekdays from 9 to 17",
            "KLUISJE_PORTAL_ENVIRONMENT": "demo",
            "KLUISJE_PORTAL_ORIGIN": self.portal,
            "KLUISJE_PORTAL_API": self.origin,
            "KLUISJE_PORTAL_NAME": "Voorbeeldstad",
            "KLUISJE_PORTAL_PHONE": "14 0123",
            "KLUISJE_PORTAL_CONTACT": "privacy@voorbeeldstad.example",
            "KLUISJE_PORTAL_PROVIDER": "DigiDemo",
            "KLUISJE_PORTAL_PINS": str(self.pins),
            "KLUISJE_PORTAL_DEMO_PAGE": str(self.folder / "demo.txt"),
            "KLUISJE_SERVICE_KEY": str(self.folder / "servers" / "service_key.json"),
        }
        return made


def make(
    folder: Path, origin: str, *, citizens: Sequence[tuple[str, str, str]] = CITIZENS, listed_ago: int = WAITED
) -> Town:
    """The town in `folder`, made if it is not there yet; served at `origin` (`http://127.0.0.1:<port>`).

    citizens: (name, made-up BSN, birth date). listed_ago: seconds since its teams were listed. A town that exists keeps
    its keys and data; its addresses follow.
    """
    town = Town(folder.resolve(), origin)
    new = not town.pins.exists()
    if new:
        _make_keys(town.folder)
    _write_addresses(town, citizens, listed_ago)
    _sign_rules(town, Earlier(listed_ago))
    if new:
        settle(town, lambda: _list_everybody(town, Earlier(listed_ago)))
    if written_anew(town.folder / "portal.json", _portal_client(town)):
        settle(town, lambda: command("register-client", town.folder / "portal.json", Clock()))
    return town


def _make_keys(folder: Path) -> None:
    servers = folder / "servers"
    for place in (servers, folder / "data" / "blobs", folder / "directory", folder / "identity"):
        place.mkdir(parents=True, exist_ok=True)
    for name in ("receipt_key", "organisations_key", "person_key", "sign_in_key", "service_key", "identity_key"):
        private(servers / f"{name}.json", json.dumps(new_signing_key()).encode())
    for name in ("bsn_secret", "emp_secret", "subject_secret", "pseudonym_key"):
        private(servers / f"{name}.bin", secrets.token_bytes(32))
    private(servers / "log_key.json", json.dumps(_log_key()).encode())
    private(folder / "directory" / "key.json", json.dumps(new_signing_key()).encode())
    for team in TEAMS:
        (folder / team.slug).mkdir()
        new_team_keys(team.party, team.client).save(folder / team.slug / "keys.json")
    for slug, client, _ in SYSTEMS:
        own = read_team_keys(folder / slug / "keys.json")
        replace(own, client=client, client_key=new_signing_key()).save(folder / slug / "system.json")


def _sign_rules(town: Town, clock: Clock) -> None:
    """The municipality signs the rules as shipped, once: a town keeps those that it was made with."""
    rules = town.folder / "rules"
    if (rules / SIGNED).exists():
        return
    shutil.copytree(CATALOGUE, rules, dirs_exist_ok=True)
    key = new_signing_key()
    (town.folder / "municipality").mkdir(exist_ok=True)
    told = {"format": 1, "party": MUNICIPALITY, "key": key}
    private(town.folder / "municipality" / "catalogue-key.json", json.dumps(told).encode())
    (town.folder / "servers" / "catalogue_key.json").write_text(json.dumps(public(key), indent=1))
    sign_package(rules, key, MUNICIPALITY, now=clock.now())


def _log_key() -> dict[str, str]:
    key = Ed25519PrivateKey.generate()
    x, d = key.public_key().public_bytes_raw(), key.private_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": b64u(x), "d": b64u(d)}


def _write_addresses(town: Town, citizens: Sequence[tuple[str, str, str]], listed_ago: int) -> None:
    """Files that depend on the address and the half year: pins, policy, providers, people; and public halves."""
    servers, folder = town.folder / "servers", town.folder

    def read(path: Path) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    receipt, identity = public(read(servers / "receipt_key.json")), public(read(servers / "identity_key.json"))
    directory = public(read(folder / "directory" / "key.json"))
    person = public(read(servers / "person_key.json"))
    policy = _policy(read(servers / "log_key.json"), listed_ago)
    login = {"issuer": f"{town.origin}/demo-login", "algorithms": ["ES256"], "acr": [ACR]}
    organisations = {team.party[8:28]: {**login, "clientId": f"desk-{team.party[8:28]}"} for team in TEAMS}
    people = [
        {"at": "citizens", "sub": f"citizen-{bsn}", "name": name, "claims": {"bsn": bsn, "birth_date": birth}}
        for name, bsn, birth in citizens
    ]
    people += [
        {"at": organisations[team.party[8:28]]["clientId"], "sub": f"worker-{name.lower()}", "name": name, "claims": {}}
        for name, team in CASEWORKERS
    ]
    plain: Mapping[str, Any] = {
        "receipt_key_public": receipt,
        "identity_key_public": identity,
        "directory_key": directory,
        "gateway_key": public(read(servers / "service_key.json")),
        "person_keys": {"keys": [person]},
        "providers": {"citizens": {**login, "clientId": "citizens"}, "organisations": organisations},
        "demo_people": {"people": people},
    }
    for name, content in plain.items():
        (servers / f"{name}.json").write_text(json.dumps(content, indent=1))
    (servers / "log_policy.txt").write_text(policy)
    (folder / "demo.txt").write_text(_page(town, [name for name, _, _ in citizens[:3]]))
    pins = {"format": 1, "origin": town.origin, "log": policy}
    keys = {"directory": [directory], "identity": [identity], "consent": [receipt]}
    town.pins.write_text(json.dumps(pins | keys, indent=1))


def _page(town: Town, names: Sequence[str]) -> str:
    """The demo's own page, `/demo`: who is there, and the lines to run in a terminal."""
    root = Path(__file__).resolve().parent.parent
    program = Path(sys.executable)
    shown = program.relative_to(root) if program.is_relative_to(root) else program
    usual = town.folder == root / "var" / "demo"
    line = f"    {shown} -m demo.fatima %s" + ("" if usual else f" --folder {town.folder}")
    return PAGE.format(
        first=names[0],
        others=" and ".join(names[1:]),
        ask=line % "ask CODE",
        read=line % "read",
        bring=line % "bring CODE",
        letter=line % "letter",
    )


def _policy(log_key: Mapping[str, str], listed_ago: int) -> str:
    """The log's keys of the half year the town was listed in, of this one and of the next."""
    now = Clock().now()
    vkeys = dict.fromkeys((*log_vkeys(log_key, now - listed_ago), *log_vkeys(log_key, now)))
    return "".join(f"log {vkey}\n" for vkey in vkeys) + "quorum none\n"


def log_vkeys(log_key: Mapping[str, str], now: int) -> tuple[str, ...]:
    """The public keys of the half year of `now` and of the next, as a log policy pins them."""
    this = origin_at("kluisje.example", now)
    origins = (this, origin_at("kluisje.example", shard_span(this)[1]))
    return tuple(str(NoteKey(origin, LOG, unb64u(log_key["d"])).vkey) for origin in origins)


def settle(town: Town, work: Callable[[], None], further: Mapping[str, str] | None = None) -> None:
    """Databases, directory and clients, through the same commands an administrator uses. further: settings beside the
    town's."""
    before = dict(os.environ)
    os.environ.update(town.environment() | dict(further or {}))
    told = (town.folder / "settled.log").open("a", encoding="utf-8")
    try:
        with redirect_stdout(told), told:
            work()
    finally:
        os.environ.clear()
        os.environ.update(before)
        structlog.reset_defaults()  # those commands log to the file that is closed now


def _list_everybody(town: Town, clock: Clock) -> None:
    command("migrate", None, clock)
    signer = json.loads((town.folder / "directory" / "key.json").read_text())
    statements: dict[str, str] = {}

    def register(client: Mapping[str, Any], file: Path) -> None:
        """As the directory signed it, with its statement of the team."""
        statement = statements[client["team"]]
        signed = publish_client(signer, statement, client, now=clock.now())
        command("register-client", _written(file, {"registration": signed, "organisation": statement}), clock)

    for team in TEAMS:
        keys = town.team(team.slug)
        statement = statements[team.party] = publish_team(signer, DIRECTORY, keys.public(), now=clock.now())
        face = Face(
            role=team.role,
            name=team.name,
            address="Stadhuisplein 1, Voorbeeldstad",
            contact="privacy@voorbeeldstad.example",
            logo=LOGO,
        )
        listing = publish_face(signer, DIRECTORY, team.party, face, now=clock.now())
        listed = {"statement": statement, "listing": listing}
        command("import-organisation", _written(town.folder / team.slug / "listed.json", listed), clock)
        client: dict[str, Any] = {
            "client_id": team.client,
            "kind": team.kind,
            "client_name": {"nl": team.name, "en": team.name},
            "team": team.party,
            "actions": list(team.actions),
            "jwks": {"keys": [public(keys.client_key)]},
        }
        if team.kind == "caseworker":
            client |= {"redirect_uris": [BROWSER_BACK], "native": True}
        register(client, town.folder / team.slug / "client.json")
    for slug, identity, actions in SYSTEMS:
        keys = town.system(slug)
        client = {
            "client_id": identity,
            "kind": "system",
            "client_name": {"nl": "Zaaksysteem", "en": "Case system"},
            "team": keys.party,
            "actions": list(actions),
            "jwks": {"keys": [public(keys.client_key)]},
        }
        register(client, town.folder / slug / "system-client.json")
    app = {
        "client_id": "app:kluisje",
        "kind": "person",
        "client_name": {"nl": "Kluisje", "en": "Kluisje"},
        "redirect_uris": [BROWSER_BACK],
        "native": True,
    }
    command("register-client", _written(town.folder / "app.json", app), clock)


def _portal_client(town: Town) -> Mapping[str, Any]:
    """The portal as the person issuer's public client. Its address has the port, so it follows the town's."""
    return {
        "client_id": "app:portal",
        "kind": "person",
        "client_name": {"nl": "Kluisje", "en": "Kluisje"},
        "redirect_uris": [f"{town.portal}/"],
    }


def command(what: str, file: Path | None, clock: Clock) -> None:
    """One command of an administrator. Raises RuntimeError when it says no."""
    code = serve.main([what] if file is None else [what, str(file)], clock)
    if code != 0:
        raise RuntimeError(f"the town could not be made: {what} answered {code}")


def written_anew(path: Path, content: Mapping[str, Any]) -> bool:
    """Writes the file; whether it says something else than before."""
    before = path.read_text() if path.exists() else None
    return _written(path, content).read_text() != before


def _written(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False))
    return path


def private(path: Path, content: bytes) -> None:
    """A new file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
