# SPDX-License-Identifier: EUPL-1.2
"""The compose file and the image as text: what a container may do, and that nothing the demo needs goes in."""

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
    assert "--require-hashes" in text
    for absent in ("COPY demo", "COPY tests", "COPY kluisje", "COPY . "):
        assert absent not in text
