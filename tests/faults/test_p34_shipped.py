# SPDX-License-Identifier: EUPL-1.2
"""P34: we know what we ship. Every package of the image, from its locks: pinned, with hashes, under a licence on the list."""

import json
import re
import tomllib

import pytest

import sbom
from sbom import NotKnown, cyclonedx, is_allowed, of_npm, of_python, pinned, shipped
from tests.town import ROOT

pytestmark = pytest.mark.promise("P34")
LOCK = (ROOT / sbom.SERVER).read_text("utf-8")
PORTAL = (ROOT / sbom.PORTAL).read_text("utf-8")
HASH = "    --hash=sha256:" + "0" * 64 + "\n"


def test_the_image_is_what_the_list_says() -> None:
    found = shipped()
    python = {one.name.lower(): one for one in found if one.kind == "pypi"}
    direct = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *direct["dependencies"],
        *(one for extra in ("server", "telemetry") for one in direct["optional-dependencies"][extra]),
    ]
    for one in wanted:
        assert re.split(r"[\[>=<]", one)[0].lower() in python, one
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert f"--require-hashes -r /src/{sbom.SERVER}" in image, "the image is built from this very lock"
    assert len(re.findall(r"pip install", image)) == 1, "and from nothing else"
    tried = {name.lower(): number for name, number, _ in pinned((ROOT / "requirements.lock").read_text("utf-8"))}
    assert {name: one.version for name, one in python.items()}.items() <= tried.items(), (
        "what was tried is what is shipped"
    )
    assert len({one.purl for one in found}) == len(found)
    assert {one.name for one in found if one.kind == "npm"} >= {"preact", "jose"}
    assert not any(one.name in ("vite", "typescript") for one in found), "what only builds the page is not shipped"
    print(f"{len(found)} packages, {sum(len(one.hashes) for one in found)} hashes")


def test_the_same_locks_make_the_same_bytes() -> None:
    first, again = (json.dumps(cyclonedx(shipped(), "kluisje", "1")) for _ in range(2))
    assert first == again
    told = json.loads(first)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    for one in told["components"]:
        assert one["hashes"], one["name"]
        assert one["licenses"][0]["expression"], one["name"]
    assert "audited" not in first


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("left-pad>=1.0\n" + HASH, "left-pad>=1.0 is not pinned"),
        ("left-pad @ https://example.org/left-pad.zip\n" + HASH, "left-pad is not pinned"),
        ("-e ../left-pad\n", "-e is not pinned"),
        ("left-pad==1.0\n", "left-pad has no hash"),
        ("left-pad==1.0 \\\n    --hash=md5:abc\n", "left-pad has no hash"),
        ("left-pad==1.0 \\\n" + HASH, "left-pad is locked and not installed"),
        ("pytest==0.1 \\\n" + HASH, "pytest is installed in"),
    ],
)
def test_what_is_not_known_is_not_shipped(more: str, why: str) -> None:
    with pytest.raises(NotKnown, match=re.escape(why)):
        list(of_python(LOCK + more))


def test_a_package_of_the_page_has_its_hash_too() -> None:
    lock = json.loads(PORTAL)
    del lock["packages"]["node_modules/preact"]["integrity"]
    with pytest.raises(NotKnown, match="preact has no sha512"):
        list(of_npm(json.dumps(lock)))


def test_a_licence_that_is_not_on_the_list_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for good in ("MIT", "MIT OR GPL-3.0-only", "Apache-2.0 AND MIT", "MPL-2.0 AND (GPL-2.0-only OR MIT)"):
        assert is_allowed(good), good
    bad = (
        "GPL-3.0-only",
        "MIT AND AGPL-3.0-only",
        "GPL-3.0-only AND (MIT OR ISC)",
        "none stated",
        "",
        "(MIT",
        "MIT MIT",
    )
    for one in bad:
        assert not is_allowed(one), one
    monkeypatch.setattr(sbom, "licence_of", lambda name: "AGPL-3.0-only" if name == "orjson" else "MIT")
    with pytest.raises(NotKnown, match=re.escape("orjson is under AGPL-3.0-only")):
        shipped()
