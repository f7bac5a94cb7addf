# SPDX-License-Identifier: EUPL-1.2
"""What surrounds the town: its addresses and keys in files, calls through the door, and how answers are read."""

import base64
import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.types import ASGIApp, Message

from chassis.calls import Reply
from consent.settings import ConsentSettings
from formats.jose import new_signing_key, public
from formats.spelling import DAY, b64u
from kluisje.cataloguing import sign_package
from tests import databases
from tests.consent.registry import NOW

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "https://kluisje.example"
PORTAL = "https://mijn.kluisje.example"
PARTY = "urn:oin:00000001111111110000"
IDENTITY = "urn:oin:00000002222222220000"
DIRECTORY = "urn:oin:00000003333333330000"
GEZAG = "urn:oin:00000004444444440000"
MUNICIPALITY = "urn:oin:00000001234567890000"
CATALOGUE_KEY = new_signing_key()
BACK_TO_SCHOOL = "urn:kluisje:purpose:back-to-school:1"
SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"


async def call(
    app: ASGIApp, method: str, path: str, body: Any = None, *, query: str = "", headers: Mapping[str, str] | None = None
) -> Reply:
    """One request through the door, as from the network."""
    content = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
    sent = {"host": "kluisje.example", "accept": "application/json"} | dict(headers or {})
    if body is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(content))}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "client": None, "server": None,
    }  # fmt: skip
    got: dict[str, Any] = {"body": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            got["status"] = message["status"]
            got["headers"] = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            got["body"] += message.get("body", b"")

    await app(scope, receive, send)
    return Reply(got["status"], got["headers"], got["body"])


def slug(reply: Reply) -> str:
    """The slug of a problem."""
    return str(reply.json()["type"]).rpartition(":")[2]


def places(reply: Reply) -> set[tuple[str, str]]:
    """(place, code) of each fault a problem tells."""
    return {(fault["at"], fault["code"]) for fault in reply.json()["errors"]}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWS that we made."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def new_bsn() -> str:
    """A synthetic number that passes the eleven test."""
    while True:
        digits = [secrets.randbelow(10) for _ in range(8)]
        check = sum(w * d for w, d in zip(range(9, 1, -1), digits, strict=True)) % 11
        if check < 10:
            return "".join(map(str, digits)) + str(check)


def secret(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def signed_rules(folder: Path) -> Path:
    """The shipped rules as version 1 of a municipality."""
    if not folder.exists():
        shutil.copytree(ROOT / "catalogue", folder)
        sign_package(folder, CATALOGUE_KEY, MUNICIPALITY, now=NOW - 100 * DAY)
    return folder


def settings_in(folder: Path, keys: Mapping[str, Mapping[str, Any]]) -> ConsentSettings:
    """Every setting, with its keys in files."""
    log = Ed25519PrivateKey.generate()
    octets = (log.private_bytes_raw(), log.public_key().public_bytes_raw())
    log_jwk = {"kty": "OKP", "crv": "Ed25519", "d": b64u(octets[0]), "x": b64u(octets[1])}

    def known(name: str) -> Path:
        path = folder / f"{name}.public.json"
        path.write_text(json.dumps(public({"catalogue": CATALOGUE_KEY, **keys}[name])))
        return path

    issuer = folder / "person.json"
    issuer.write_text(json.dumps({"keys": [public(keys["person"])]}))
    return ConsentSettings(
        environment="production",
        origin=ORIGIN,
        portal_origin=PORTAL,
        database=databases.url_of(folder / "consent.sqlite3"),
        party=PARTY,
        log_host="kluisje.example",
        location="Zwolle, Nederland",
        catalogue=signed_rules(folder / "rules"),
        catalogue_key=known("catalogue"),
        receipt_key=secret(folder / "receipt.json", json.dumps(keys["receipt"]).encode()),
        log_key=secret(folder / "log.json", json.dumps(log_jwk).encode()),
        bsn_secret=secret(folder / "bsn", secrets.token_bytes(32)),
        emp_secret=secret(folder / "emp", secrets.token_bytes(32)),
        subject_secret=secret(folder / "subject", secrets.token_bytes(32)),
        person_keys=issuer,
        identity_key=known("identity"),
        directory_key=known("directory"),
        gezag_key=known("gezag"),
        kept_checkpoint=folder / "kept.checkpoint",
    )
