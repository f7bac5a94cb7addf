# SPDX-License-Identifier: EUPL-1.2
"""Settings: read once at start from the environment; a missing required one stops the start (promise P33).

Each component has a subclass with its own prefix (`KLUISJE_VAULT_…`). Keys are files, never values: the environment
holds paths, the file holds the JWK. Nothing that guards anything has a default.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.address import safe_address

_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class SettingsError(Exception):
    """A setting is missing, unreadable or unsafe. Says which and what to do; the process must not start."""


class DatabaseSettings(BaseSettings):
    """Where a component's data lies; all that the commands migrate and move need to know.

    database: address of this component's own database: `sqlite:////data/vault.sqlite3`, or
    `postgresql://kluisje_vault@host/kluisje_vault?sslmode=verify-full` (chassis/address.py).
    database_owner: the same database on PostgreSQL as the role that owns it: for those commands only.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database: str
    database_owner: str | None = None

    @field_validator("database", "database_owner")
    @classmethod
    def _reached_safely(cls, url: str | None) -> str | None:
        return None if url is None else safe_address(url)


class ComponentSettings(DatabaseSettings):
    """What every component needs.

    environment: `production`, or `demo` (synthetic people, plain http on loopback allowed, demo sign-in).
    origin: the public origin of this installation, `https://host[:port]`, no slash at the end.
    portal_origin: the one browser origin that may call (CORS), or none.
    hosts: further `Host` names under which peers reach this process.
    """

    environment: Literal["production", "demo"]
    origin: str = Field(pattern=r"^https?://[^/\s]+$")
    portal_origin: str | None = None
    hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if os.environ.get("AUTHLIB_INSECURE_TRANSPORT"):
            raise ValueError("AUTHLIB_INSECURE_TRANSPORT must not be set")
        loopback_demo = self.environment == "demo" and self.origin.startswith(_LOOPBACK)
        if self.origin.startswith("http://") and not loopback_demo:
            raise ValueError("origin must be https; plain http is for the demo on this machine only")
        return self


def read_key(path: Path) -> dict[str, Any]:
    """A private JWK from a file that only its owner may read (mode 600 or 400).

    Raises SettingsError when the file is absent, readable by others, or not one JSON object.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the key file {path.name} is absent or not JSON") from error
    if mode & 0o077:
        raise SettingsError(f"the key file {path.name} can be read by others: set its mode to 600")
    if not isinstance(content, dict):
        raise SettingsError(f"the key file {path.name} does not hold one JWK")
    return content


def read_public(path: Path) -> dict[str, Any]:
    """A JSON object that is no secret: public JWK, JWK set, log policy. Raises SettingsError when unreadable."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the file {path.name} is absent or not JSON") from error
    if not isinstance(content, dict):
        raise SettingsError(f"the file {path.name} does not hold one JSON object")
    return content


def read_secret(path: Path) -> bytes:
    """32 or more random bytes from a file of mode 600 (an HMAC key). Raises SettingsError."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"the secret file {path.name} is absent") from error
    if mode & 0o077:
        raise SettingsError(f"the secret file {path.name} can be read by others: set its mode to 600")
    if len(content) < 32:
        raise SettingsError(f"the secret file {path.name} is shorter than 32 bytes")
    return content
