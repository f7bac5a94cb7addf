# SPDX-License-Identifier: EUPL-1.2
"""The desk's settings (`KLUISJE_DESK_…`), read once at start. Keys are files; nothing that guards has a default (P33)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ComponentSettings, SettingsError, read_key, read_public
from formats import jose
from formats.spelling import FormatError, public_ec

LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")


class DeskSettings(ComponentSettings):
    """team: the one team of this desk. gateway: the origin of the installation. pins: `pins.json` of it, whom we believe
    (the consent service's keys sign events). client_id, client_key: our registration for caseworkers (`ask`, `read`) and
    its private ES256 JWK. system_id, system_key: our registration as a system (`learn`). administrator_key: public ES256
    JWK of whoever signs the first member list. pepper_key: 32 random bytes behind the peppers of members' words.
    poll_seconds: seconds between two looks for events; 0: only what is pushed to `/door/events` comes.
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_DESK_", extra="ignore", frozen=True)

    team: str = Field(pattern=r"^urn:oin:[0-9]{20}:team:[a-z0-9-]{1,40}$")
    gateway: str = Field(pattern=r"^https?://[a-z0-9.:\[\]-]+$")
    pins: Path
    client_id: str = Field(pattern=r"^oin:[0-9]{20}:[a-z0-9-]{1,40}$")
    client_key: Path
    system_id: str = Field(pattern=r"^oin:[0-9]{20}:[a-z0-9-]{1,40}$")
    system_key: Path
    administrator_key: Path
    pepper_key: Path
    poll_seconds: int = Field(default=10, ge=0, le=3600)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        local = self.environment == "demo" and self.gateway.startswith(LOOPBACK)
        if not (self.gateway.startswith("https://") or local):
            raise ValueError("gateway must be https; plain http is for the demo on this machine only")
        if self.gateway == self.origin:
            raise ValueError("the desk needs an origin of its own: gateway is the installation's")
        if self.client_id == self.system_id:
            raise ValueError("caseworkers and the system are two registrations: client_id and system_id differ")
        if self.portal_origin is not None:
            raise ValueError("no other origin may call the desk: remove PORTAL_ORIGIN")
        return self


def read_signing_key(path: Path) -> dict[str, str]:
    """A private ES256 JWK from its file. Raises SettingsError."""
    try:
        return jose.private_ec(read_key(path), "sig")
    except FormatError as error:
        raise SettingsError(f"the key file {path.name} does not hold a private ES256 JWK") from error


def read_administrator_key(settings: DeskSettings) -> dict[str, str]:
    """The public key that signs the first member list. Raises SettingsError."""
    try:
        return public_ec(read_public(settings.administrator_key), "sig")
    except FormatError as error:
        raise SettingsError("KLUISJE_DESK_ADMINISTRATOR_KEY does not hold one public ES256 JWK") from error


def read_consent_keys(settings: DeskSettings) -> Mapping[str, Any]:
    """The keys that sign events, by thumbprint, from the pins. Raises SettingsError."""
    pins = read_public(settings.pins)
    try:
        keys = {key["kid"]: public_ec(key, "sig") for key in pins["consent"]}
    except (FormatError, KeyError, TypeError) as error:
        raise SettingsError("the pins file names no keys of the consent service") from error
    if pins.get("origin") != settings.gateway or not keys:
        raise SettingsError("the pins file is for another installation than KLUISJE_DESK_GATEWAY")
    return keys
