# SPDX-License-Identifier: EUPL-1.2
"""P33: a missing security setting stops the start. Each required setting of each part is taken away in turn: the process
ends with exit code 2 and says which one; with all of them it serves."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import serve
from demo.desk import make as make_desk
from demo.town import Town
from tests.faults.promises import PromiseBroken
from tests.town import servers

SERVES = 99
NEIGHBOURS = {"KLUISJE_VAULT": "http://127.0.0.1:1", "KLUISJE_CONSENT": "http://127.0.0.1:1"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return servers(tmp_path_factory.mktemp("settings")).town


OWN = ("environment", "origin", "database")
REQUIRED = {
    "vault": (*OWN, "person_keys", "receipt_key", "log_policy", "directory_key", "subject_secret", "blobs"),
    "consent": (
        *(*OWN, "party", "log_host", "location", "catalogue", "receipt_key", "log_key", "bsn_secret", "emp_secret"),
        *("subject_secret", "person_keys", "identity_key", "directory_key"),
    ),
    "gateway": (
        *(*OWN, "organisations_key", "person_key", "identity_key", "identity_issuer", "pseudonym_key", "sign_in_key"),
        "providers",
    ),
    "chatbot": ("environment", "origin", "phone", "hours_nl", "hours_en"),
    "portal": ("environment", "origin", "api", "name", "phone", "contact", "provider", "pins"),
    "desk": (
        *(*OWN, "team", "gateway", "pins", "client_id", "client_key", "system_id", "system_key", "administrator_key"),
        "pepper_key",
    ),
}
"""The settings without which a part must not start; written down here, as a default makes one vanish from the code."""
EACH = [(part, f"KLUISJE_{part}_{name}".upper()) for part, names in REQUIRED.items() for name in names]
EACH += [("gateway", name) for name in (*NEIGHBOURS, "KLUISJE_SERVICE_KEY")]


def begins(part: str, environment: Mapping[str, str], told: Path) -> int:
    """The exit code of `python -m serve PART` with just these settings; SERVES once it would listen."""
    pid = os.fork()
    if not pid:
        code = -1
        try:
            os.environ.clear()
            os.environ.update(environment)
            sys.stderr = told.open("w")
            serve.uvicorn.run = lambda *_, **__: os._exit(SERVES)  # type: ignore[assignment]
            code = serve.main([part])
            sys.stderr.close()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def given_to(part: str, town: Town) -> dict[str, str]:
    """Every setting of a part; a desk has its own, and those of the page beside it."""
    own = make_desk(town, "http://localhost:8001").environment() if part == "desk" else {}
    return town.environment() | NEIGHBOURS | own


@pytest.mark.parametrize("part", REQUIRED)
def test_each_setting_that_the_code_requires_is_written_down(part: str) -> None:
    fields = getattr(importlib.import_module(f"{part}.settings"), f"{part.capitalize()}Settings").model_fields
    assert {name for name, field in fields.items() if field.is_required()} <= set(REQUIRED[part])


@pytest.mark.promise("P33")
@pytest.mark.parametrize("part", REQUIRED)
def test_with_all_settings_it_serves(part: str, town: Town, tmp_path: Path) -> None:
    assert begins(part, given_to(part, town), tmp_path / "told") == SERVES


@pytest.mark.promise("P33")
@pytest.mark.parametrize(("part", "name"), EACH)
def test_without_one_it_does_not(part: str, name: str, town: Town, tmp_path: Path) -> None:
    given = given_to(part, town)
    del given[name]
    code = begins(part, given, tmp_path / "told")
    if code != 2:
        raise PromiseBroken("P33", f"{part} ends with {code} without {name}")
    told = (tmp_path / "told").read_text()
    assert name.rpartition("_")[2].lower() in told.lower()


@pytest.mark.promise("P33")
@pytest.mark.parametrize("part", [part for part in REQUIRED if part != "portal"])  # it has no OAuth in it
def test_a_switch_that_loosens_stops_it(part: str, town: Town, tmp_path: Path) -> None:
    if part != "chatbot":  # it has no OAuth in it either
        given = town.environment() | NEIGHBOURS | {"AUTHLIB_INSECURE_TRANSPORT": "1"}
        assert begins(part, given, tmp_path / "told") == 2
    production = town.environment() | NEIGHBOURS | {f"KLUISJE_{part.upper()}_ENVIRONMENT": "production"}
    assert begins(part, production, tmp_path / "told") == 2, "plain http is for the demo"


WITH_A_DATABASE = ("vault", "consent", "gateway", "desk")


@pytest.mark.promise("P33")
@pytest.mark.parametrize("part", WITH_A_DATABASE)
def test_a_database_elsewhere_needs_tls(part: str, town: Town, tmp_path: Path) -> None:
    """The start stops and says what to do, without the address; with verified TLS it goes on."""
    name, role = f"KLUISJE_{part.upper()}_DATABASE", f"kluisje_{part}"
    open_, safe = (f"postgresql://{role}:secret@db.example/{role}{how}" for how in ("", "?sslmode=verify-full"))
    told = tmp_path / "told"
    for given in ({name: open_}, {name: safe, f"{name}_OWNER": open_}):
        if begins(part, given_to(part, town) | given, told) != 2:
            raise PromiseBroken("P33", f"{part} starts with a database over a network that anybody reads along on")
        assert "sslmode=verify-full" in told.read_text()
        assert "secret" not in told.read_text()
    assert begins(part, given_to(part, town) | {name: safe}, told) == SERVES


@pytest.mark.promise("P33")
@pytest.mark.parametrize("command", ["migrate", "migrate-desk", "move"])
def test_the_commands_of_an_administrator_need_it_too(command: str, town: Town, tmp_path: Path) -> None:
    part = "desk" if command == "migrate-desk" else "vault"
    told, open_ = tmp_path / "told", f"postgresql://kluisje_{part}_owner@db.example/kluisje_{part}"
    given = given_to(part, town) | {f"KLUISJE_{part.upper()}_DATABASE_OWNER": open_}
    assert begins(command, given, told) == 2
    assert f"KLUISJE_{part.upper()}_DATABASE_OWNER" in told.read_text()
    assert "sslmode=verify-full" in told.read_text()
