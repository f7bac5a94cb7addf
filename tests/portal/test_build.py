# SPDX-License-Identifier: EUPL-1.2
"""What is committed is what the source makes: built anew in another folder, byte for byte; and of which licences."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from portal.bundle import STATIC, read_bundle
from tests.browser import building

LOCK = json.loads((building.WEB / "package-lock.json").read_text("utf-8"))["packages"]
OPEN = {
    "MIT",
    "ISC",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "EUPL-1.2",
    "MPL-2.0",
    "CC0-1.0",
    "Unlicense",
}
OPEN |= {"BlueOak-1.0.0", "Python-2.0", "CC-BY-4.0", "Zlib"}
SHIPPED = {"MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "EUPL-1.2", "CC0-1.0"}
_IMPORTED = re.compile(r"""\b(?:from|import)\s*["']\./([^"']+\.js)["']""")
NEVER = re.compile(r"^@utrecht/design-tokens$|^@amsterdam/.*-tokens$|^@rijkshuisstijl-community/")


def _files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_the_committed_build_is_what_the_source_makes(tmp_path: Path) -> None:
    """With the packages of the lock alone, installed anew, by the Node of our own lock."""
    if not building.NODE.exists():
        pytest.skip("the lock's Node is not installed: make test installs it")
    copy = building.source(tmp_path)
    building.install(copy)
    assert _files(building.build(copy)) == _files(STATIC)


def test_the_committed_build_is_whole_and_every_script_has_its_hash() -> None:
    bundle = read_bundle()
    page = bundle.files["/index.html"].body.decode()
    map_text = re.search(r'<script type="importmap">(.*?)</script>', page)
    assert map_text is not None
    digest = hashlib.sha256(map_text[1].encode()).digest()
    assert building.integrity_of(digest, 256) == bundle.import_map
    mapped = json.loads(map_text[1])["integrity"]
    scripts = {path: one for path, one in bundle.files.items() if path.startswith("/assets/") and path.endswith(".js")}
    assert mapped.keys() == scripts.keys()
    for path, one in scripts.items():
        assert mapped[path] == building.integrity_of(hashlib.sha384(one.body).digest(), 384), path
    assert re.findall(r"<script(?! type=\"importmap\")(?![^>]*integrity=)", page) == []
    assert "://" not in re.sub(r"https?://www\.w3\.org/[^\"']*", "", page), "the page names no other place"


def _packages() -> dict[str, dict[str, object]]:
    return {name.rpartition("node_modules/")[2]: entry for name, entry in LOCK.items() if name}


def test_every_package_has_an_open_licence() -> None:
    for name, entry in _packages().items():
        licence = str(entry.get("license", "none"))
        words = {word for word in re.split(r"[()\s]+|\bOR\b|\bAND\b", licence) if word}
        assert words & OPEN, f"{name}: {licence}"
        if not entry.get("dev"):
            assert words & SHIPPED, f"{name} goes to people with licence {licence}"


def test_no_look_that_belongs_to_somebody_else_is_used() -> None:
    assert [name for name in _packages() if NEVER.search(name)] == []


def test_packages_are_named_to_the_last_figure_and_come_from_the_registry_alone() -> None:
    own = json.loads((building.WEB / "package.json").read_text("utf-8"))
    for name, version in (own["dependencies"] | own["devDependencies"]).items():
        assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version), f"{name}: {version}"
    for name, entry in _packages().items():
        assert str(entry.get("integrity", "")).startswith("sha512-"), name


def test_the_budgets_of_what_is_sent() -> None:
    """portal.md: the person's entry at most 60 kB of script and 25 kB of style, 16 kB of it before the first picture.
    What the entry imports is asked for together with it, or a thin line would wait for it once more."""
    files = read_bundle().files
    page = files["/index.html"].body.decode()
    first = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page))
    named, head = set(first), page.partition("</head>")[0]
    waiting = [path for path in first if path.endswith(".js")]
    while waiting:  # and what they import before they run
        found = set(_IMPORTED.findall(files[waiting.pop()].body.decode()))
        waiting += {f"/assets/{name}" for name in found} - first
        first |= {f"/assets/{name}" for name in found}
    assert sum(path.endswith(".js") for path in first) > 1, "the imports of the entry are no longer found"
    assert first == named, "some are asked for only when another one has come"

    def packed(end: str, paths: set[str]) -> int:
        return sum(len(files[path].packed or files[path].body) for path in paths if path.endswith(end))

    assert packed(".js", first) <= 60_000, packed(".js", first)
    assert packed(".css", {path for path in files if path.startswith("/assets/")}) <= 25_000
    assert 0 < packed(".css", set(re.findall(r'href="(/assets/[^"]+)"', head))) <= 16_000
