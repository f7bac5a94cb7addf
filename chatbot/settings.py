# SPDX-License-Identifier: EUPL-1.2
"""The helper's settings (`KLUISJE_CHATBOT_…`), read once at start. No database, no key, no token: it keeps nothing."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chatbot.match import Margins

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ChatbotSettings(BaseSettings):
    """What the helper must be told.

    environment: `production`, or `demo` (plain http on this machine). origin: the installation's public origin.
    portal_origin: the one browser origin that may ask. hosts: further `Host` names. phone: the municipality's number,
    for who wants a person; hours_nl, hours_en: when it is answered. overlay: a municipality's own rules; municipality:
    the name that its new rules begin with. answer, ahead, sure, ask: the figures of the margin rule (chatbot/match.py).
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_CHATBOT_", extra="ignore", frozen=True)

    environment: Literal["production", "demo"]
    origin: str = Field(pattern=r"^https?://[^/\s]+$")
    phone: str = Field(pattern=r"^[0-9+() -]{2,30}$")
    hours_nl: str = Field(min_length=1, max_length=120)
    hours_en: str = Field(min_length=1, max_length=120)
    portal_origin: str | None = None
    hosts: tuple[str, ...] = ()
    overlay: Path | None = None
    municipality: str | None = Field(default=None, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    sure: float = Field(default=Margins.sure, ge=0, le=1)
    ask: float = Field(default=Margins.ask, ge=0, le=1)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        local = self.environment == "demo" and urlsplit(self.origin).hostname in LOOPBACK
        if self.origin.startswith("http://") and not local:
            raise ValueError("origin must be https; plain http is for the demo on this machine only")
        if (self.overlay is None) != (self.municipality is None):
            raise ValueError("an overlay needs municipality, the name that its new rules begin with, and the reverse")
        return self
