# SPDX-License-Identifier: EUPL-1.2
"""A setting that is missing or unsafe stops the start; the demo sign-in starts in the demo only."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chassis.calls import Inside
from chassis.clock import Clock
from chassis.settings import SettingsError
from formats import jose
from gateway import app
from gateway.demo_login import DemoLogin
from gateway.settings import GatewaySettings, demo_allowed, read_providers
from tests import databases
from tests.gateway.office import OIN, SUBSTANTIAL, key_file, nobody, settings_for

ORIGIN = "http://127.0.0.1:8000"
PUBLIC = "https://gw.example"
REQUIRED = [
    "environment", "origin", "database", "organisations_key", "person_key", "identity_key", "identity_issuer",
    "pseudonym_key", "sign_in_key", "providers",
]  # fmt: skip


def _build(settings: GatewaySettings) -> app.Gateway:
    return app.build(settings, clock=Clock(), consent=Inside("gateway", nobody), vault=Inside("gateway", nobody))


def _production(folder: Path, **given: Any) -> dict[str, Any]:
    """Settings of a real installation: providers elsewhere, no demo."""
    made = settings_for(folder, PUBLIC, environment="production", demo_people=None)
    provider = {
        "issuer": "https://login.example",
        "clientId": "kluisje",
        "algorithms": ["PS256"],
        "acr": [SUBSTANTIAL],
    }
    made["providers"].write_text(json.dumps({"citizens": provider, "organisations": {OIN: provider}}))
    return made | given


@pytest.mark.promise("P33")
@pytest.mark.parametrize("name", REQUIRED)
def test_each_required_setting_missing_stops_the_start(tmp_path: Path, name: str) -> None:
    given = settings_for(tmp_path, ORIGIN)
    del given[name]
    with pytest.raises(ValidationError, match=name):
        GatewaySettings(**given)


@pytest.mark.promise("P33")
@pytest.mark.parametrize(
    "name", ["organisations_key", "person_key", "identity_key", "pseudonym_key", "sign_in_key", "providers"]
)
@pytest.mark.parametrize("fault", ["absent", "readable", "nonsense"])
def test_each_file_absent_open_or_nonsense_stops_the_start(tmp_path: Path, name: str, fault: str) -> None:
    given = settings_for(tmp_path, ORIGIN)
    path: Path = given[name]
    if fault == "absent":
        path.unlink()
    elif fault == "nonsense":
        path.write_text("{}")
    elif name == "providers":
        path.write_text('{"citizens": {}, "organisations": {}}')
    else:
        path.chmod(0o644)
    databases.migrated("gateway", tmp_path / "gateway.sqlite3")
    with pytest.raises(SettingsError):
        _build(GatewaySettings(**given))


@pytest.mark.promise("P33")
def test_the_two_issuers_never_share_a_key(tmp_path: Path) -> None:
    given = settings_for(tmp_path, ORIGIN)
    given["person_key"] = given["organisations_key"]
    with pytest.raises(SettingsError, match="share"):
        app.issuers(GatewaySettings(**given))


def test_keys_of_before_and_after_are_published_and_never_twice(tmp_path: Path) -> None:
    given = settings_for(tmp_path, ORIGIN)
    following = jose.new_signing_key()
    given["published_keys"] = tmp_path / "published.json"
    given["published_keys"].write_text(json.dumps({"person": {"keys": [jose.public(following)]}}))
    person, organisations = app.issuers(GatewaySettings(**given))
    assert [key["kid"] for key in person.published["keys"]] == [person.key["kid"], following["kid"]]
    assert len(organisations.published["keys"]) == 1
    assert not any("d" in key for key in person.published["keys"])
    key_file(given["person_key"], following)
    with pytest.raises(SettingsError, match="twice"):
        app.issuers(GatewaySettings(**given))


@pytest.mark.promise("P33")
def test_demo_sign_in_refuses_production_and_public_issuers(tmp_path: Path) -> None:
    given = settings_for(tmp_path, ORIGIN)
    login = GatewaySettings(**given)
    made = {"relying_key": {}, "callbacks": [], "levels": {}, "clock": Clock()}
    DemoLogin(login, **made)
    with pytest.raises(ValidationError, match="demo sign-in"):
        GatewaySettings(**_production(tmp_path / "a", demo_people=given["demo_people"]))
    with pytest.raises(ValidationError, match="demo sign-in"):
        GatewaySettings(**settings_for(tmp_path / "b", PUBLIC))
    with pytest.raises(SettingsError):
        DemoLogin(GatewaySettings(**_production(tmp_path / "c")), **made)
    bent = login.model_copy(update={"environment": "production"})  # not even past the settings' own check
    with pytest.raises(SettingsError):
        DemoLogin(bent, **made)


@pytest.mark.parametrize(
    ("environment", "origin", "allowed"),
    [
        ("demo", "http://127.0.0.1:8000", True),
        ("demo", "https://localhost:8443", True),
        ("demo", "https://gw.example", False),
        ("demo", "http://10.0.0.1", False),
        ("production", "http://127.0.0.1:8000", False),
        ("production", "https://gw.example", False),
    ],
)
def test_where_the_demo_sign_in_may_run(environment: str, origin: str, allowed: bool) -> None:
    assert demo_allowed(environment, origin) is allowed


@pytest.mark.promise("P33")
def test_production_has_no_demo_paths_and_no_demo_provider(tmp_path: Path) -> None:
    given = _production(tmp_path)
    databases.migrated("gateway", tmp_path / "gateway.sqlite3")
    gateway = _build(GatewaySettings(**given))
    paths = [route.path for route in gateway.oauth._inside.routes]  # type: ignore[attr-defined]
    assert paths
    assert not [path for path in paths if "demo" in path]


@pytest.mark.promise("P33")
@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": PUBLIC + "/demo-login"},
        {"issuer": "http://login.example"},
        {"algorithms": ["RS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"acr": []},
        {"acr": [""]},
    ],
)
def test_an_unsafe_provider_stops_the_start(tmp_path: Path, changed: dict[str, Any]) -> None:
    given = _production(tmp_path)
    providers = json.loads(given["providers"].read_text())
    providers["citizens"] |= changed
    given["providers"].write_text(json.dumps(providers))
    with pytest.raises(SettingsError):
        read_providers(GatewaySettings(**given))


@pytest.mark.promise("P33")
def test_authlibs_switch_for_plain_http_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with pytest.raises(ValidationError, match="AUTHLIB_INSECURE_TRANSPORT"):
        GatewaySettings(**settings_for(tmp_path, ORIGIN))
    monkeypatch.delenv("AUTHLIB_INSECURE_TRANSPORT")
    with pytest.raises(ValidationError, match="https"):
        GatewaySettings(**settings_for(tmp_path, "http://gw.example", demo_people=None))
