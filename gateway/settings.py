# SPDX-License-Identifier: EUPL-1.2
"""The gateway's settings (`KLUISJE_GATEWAY_…`) and the sign-in providers it trusts, read once at start.

Keys are files. Nothing here has a default that guards anything: without it the process does not start (P33).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import ComponentSettings, SettingsError, read_key, read_public
from formats import jose
from formats.spelling import FormatError

LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")
DEMO_PATH = "/demo-login"
ALGORITHMS = ("PS256", "ES256")
"""What clients and providers may sign with (FAPI 2.0 Security Profile, 5.4); nothing else, anywhere."""


class GatewaySettings(ComponentSettings):
    """organisations_key, person_key: private ES256 JWK of each issuer. published_keys: JSON of two JWK sets
    `{"organisations": {"keys": []}, "person": {"keys": []}}`, keys of before and after, for a rotation.
    identity_key: key of the identity issuer; identity_issuer: its OIN. pseudonym_key: 32 random bytes; changing them
    gives everybody a new pseudonym. sign_in_key: our ES256 JWK as relying party. providers: see `read_providers`.
    demo_people: the synthetic people of the demo sign-in; given only in the demo. directory_key: public key of the
    directory, whose statements of teams count when a client is registered; client_roots: PEM file of the roots that
    clients' certificates chain to. Without them no organisation's client is registered (in production).
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_GATEWAY_", extra="ignore", frozen=True)

    organisations_key: Path
    person_key: Path
    published_keys: Path | None = None
    identity_key: Path
    identity_issuer: str = Field(pattern=r"^urn:oin:[0-9]{20}$")
    pseudonym_key: Path
    sign_in_key: Path
    providers: Path
    demo_people: Path | None = None
    directory_key: Path | None = None
    client_roots: Path | None = None

    @model_validator(mode="after")
    def _demo_stays_a_demo(self) -> Self:
        if self.demo_people is not None and not demo_allowed(self.environment, self.origin):
            raise ValueError("demo sign-in is for environment=demo on this machine only: remove DEMO_PEOPLE")
        return self


def read_signing_key(path: Path) -> dict[str, str]:
    """A private ES256 JWK from its file. Raises SettingsError."""
    try:
        return jose.private_ec(read_key(path), "sig")
    except FormatError as error:
        raise SettingsError(f"the key file {path.name} does not hold a private ES256 JWK") from error


def demo_allowed(environment: str, origin: str) -> bool:
    """Whether the built-in demo sign-in may run: environment `demo`, and an origin that only this machine reaches."""
    local = tuple(place.replace("http:", "https:") for place in LOOPBACK)
    return environment == "demo" and origin.startswith((*LOOPBACK, *local))


@dataclass(frozen=True)
class Provider:
    """An OpenID provider people sign in at. acr: the levels that count as substantial or higher there."""

    issuer: str
    client_id: str
    algorithms: tuple[str, ...]
    acr: tuple[str, ...]


@dataclass(frozen=True)
class Providers:
    """citizens: the provider of people (a DigiD broker). organisations: OIN -> the provider of its caseworkers."""

    citizens: Provider
    organisations: Mapping[str, Provider]


def read_providers(settings: GatewaySettings) -> Providers:
    """Reads the providers file: `{"citizens": P, "organisations": {"<20 digits>": P}}` with
    P = `{"issuer", "clientId", "algorithms": ["ES256"], "acr": ["…"]}`. Raises SettingsError."""
    given = read_public(settings.providers)
    try:
        citizens = _provider(settings, given["citizens"])
        organisations = {oin: _provider(settings, one) for oin, one in given["organisations"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise SettingsError("the providers file lacks a member: see docs/settings.md") from error
    if not all(len(oin) == 20 and oin.isdigit() for oin in organisations):
        raise SettingsError("the providers file names organisations by their OIN of 20 digits")
    return Providers(citizens, organisations)


def _provider(settings: GatewaySettings, given: Mapping[str, Any]) -> Provider:
    issuer, acr, algorithms = str(given["issuer"]), tuple(given["acr"]), tuple(given["algorithms"])
    local = settings.environment == "demo" and issuer.startswith(LOOPBACK)
    if not (issuer.startswith("https://") or local):
        raise SettingsError("a sign-in provider must have an https issuer")
    if issuer == settings.origin + DEMO_PATH and settings.demo_people is None:
        raise SettingsError("the providers file names the demo sign-in, which is off: it is for the demo only")
    if not algorithms or not set(algorithms) <= set(ALGORITHMS):
        raise SettingsError("a sign-in provider signs with PS256 or ES256")
    if not acr or not all(isinstance(level, str) and level for level in acr):
        raise SettingsError("a sign-in provider needs the list of acr values that count as substantial or higher")
    return Provider(issuer, str(given["clientId"]), algorithms, acr)
