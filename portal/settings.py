# SPDX-License-Identifier: EUPL-1.2
"""The portal's settings (`KLUISJE_PORTAL_…`), read once at start. No database, no key: it has nothing to keep."""

from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import SettingsError, read_public

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ORIGIN = r"^https?://[a-z0-9.:\[\]-]+$"
"""Nothing that could end a directive of the page's policy: both origins stand in it."""
PINNED = {"format", "origin", "log", "directory", "identity", "consent"}
SHOWN = r"^[^<>\x00-\x1f\x7f]+$"


class PortalSettings(BaseSettings):
    """What the portal must be told.

    environment: `production`, or `demo` (plain http on this machine, a page about the demo). origin: the portal's own
    public origin. api: the origin of the installation that vault, consent and sign-in answer at; another one than ours,
    so that a fault in one page is no fault in the other. name, phone, contact: who runs the installation, the number
    that the screens tell people to call, an e-mail address for questions about privacy. provider: what the sign-in is
    called, such as DigiD. client_id: our registration as the person issuer's public client. pins: `pins.json`, whom the
    device believes. theme: the municipality's one style file. demo_page: plain text of the demo's commands, demo only.
    hosts: further `Host` names under which this process is reached. desk: the team whose desk this page is, where an
    organisation serves it beside `/desk/v1`; none for everybody else's page. moves_from: the folder of `pins.json` files that
    consent has too: with them the device checks who looked where its person was before.
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_PORTAL_", extra="ignore", frozen=True)

    environment: Literal["production", "demo"]
    origin: str = Field(pattern=ORIGIN)
    api: str = Field(pattern=ORIGIN)
    name: str = Field(pattern=SHOWN, max_length=80)
    phone: str = Field(pattern=r"^[0-9+() -]{2,30}$")
    contact: str = Field(pattern=r"^[^@\s<>\"]+@[^@\s<>\"]+$", max_length=120)
    provider: str = Field(pattern=SHOWN, max_length=40)
    pins: Path
    client_id: str = Field(default="app:portal", pattern=r"^app:[a-z0-9-]{1,40}$")
    theme: Path | None = None
    demo_page: Path | None = None
    hosts: tuple[str, ...] = ()
    moves_from: Path | None = None
    desk: str | None = Field(default=None, pattern=r"^urn:oin:[0-9]{20}:team:[a-z0-9-]{1,40}$")

    @model_validator(mode="after")
    def _safe(self) -> Self:
        for origin in (self.origin, self.api):
            local = self.environment == "demo" and urlsplit(origin).hostname in LOOPBACK
            if origin.startswith("http://") and not local:
                raise ValueError("origin and api must be https; plain http is for the demo on this machine only")
        if self.origin == self.api:
            raise ValueError("the portal needs an origin of its own: api is the installation's")
        if self.demo_page is not None and self.environment != "demo":
            raise ValueError("demo_page is for environment=demo only")
        return self


def read_before(settings: PortalSettings) -> list[dict[str, Any]]:
    """The pins of installations from which people may move in, each as it goes to the device. Raises SettingsError."""
    folder = settings.moves_from
    if folder is not None and not folder.is_dir():
        raise SettingsError("the folder of installations to move from is not there")
    return [_pinned(path) for path in (() if folder is None else sorted(folder.glob("*.json")))]


def _pinned(path: Path) -> dict[str, Any]:
    pins = read_public(path)
    if set(pins) != PINNED:
        raise SettingsError(f"the pins file has exactly {', '.join(sorted(PINNED))}")
    return pins


def read_pins(settings: PortalSettings) -> dict[str, Any]:
    """The pins as they go to the device, which checks every key itself. Raises SettingsError."""
    pins = _pinned(settings.pins)
    if pins["origin"] != settings.api:
        raise SettingsError("the pins file is for another installation than KLUISJE_PORTAL_API")
    return pins
