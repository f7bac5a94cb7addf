# SPDX-License-Identifier: EUPL-1.2
"""A portal of its own for a test: settings, a small built bundle, and one request at a time without a network."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.app import Portal, build
from portal.bundle import integrity
from portal.settings import PortalSettings

API, ORIGIN = "https://kluis.example", "https://portaal.example"
MAP = "sha256-" + "A" * 43 + "="


def pins(folder: Path, **other: Any) -> Path:
    path = folder / "pins.json"
    told = {"format": 1, "origin": API, "log": "quorum none\n", "directory": [], "identity": [], "consent": []}
    path.write_text(json.dumps(told | other))
    return path


def settings(folder: Path, **other: Any) -> PortalSettings:
    given: dict[str, Any] = {
        "environment": "production",
        "origin": ORIGIN,
        "api": API,
        "name": "Gemeente Voorbeeldstad",
        "phone": "14 0123",
        "contact": "privacy@voorbeeldstad.example",
        "provider": "DigiD",
        "pins": pins(folder, origin=other.get("api", API)),
    }
    return PortalSettings(**(given | other))


def bundle(folder: Path, files: dict[str, bytes] | None = None, *, listed: dict[str, Any] | None = None) -> Path:
    """A built bundle in `folder/static`."""
    given = files or {
        "index.html": b"<!doctype html><title>Kluisje</title>",
        "assets/index-abcdefgh.js": b"export{};" * 200,
        "sw.js": b"1",
    }
    static = folder / "static"
    for name, body in given.items():
        path = static / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    hashes = {name: integrity(body) for name, body in given.items()}
    (static / "bundle.json").write_text(json.dumps(listed or {"format": 1, "importMap": MAP, "files": hashes}))
    return static


def portal(folder: Path, **other: Any) -> Portal:
    return build(settings(folder, **other), static=bundle(folder))


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(app: Portal, path: str, *, method: str = "GET", host: str = "portaal.example", **headers: str) -> Answer:
    """One request; `if_none_match="…"` is a header."""
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        raise AssertionError("the portal reads no body")

    given = [(b"host", host.encode())]
    given += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": given}
    asyncio.run(app(scope, receive, send))
    names = [name for name, _ in told[0]["headers"]]
    assert len(names) == len(set(names)), "a header stands twice"
    answered = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return Answer(told[0]["status"], answered, told[1]["body"])
