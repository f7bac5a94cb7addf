# SPDX-License-Identifier: EUPL-1.2
"""What is in the image, as CycloneDX 1.6: `make sbom`, or `python -m sbom FILE`.

Read from the locks that the image is built from: every Python package of `requirements-server.lock` with the hashes that pip
compares, and every npm package that goes into the portal's files with the integrity that npm compares. Licences are those
that a package states of itself, as it is installed here. What is not on the list of licences, not pinned, without a hash,
or installed in another version stops it: then nothing is written. Vulnerabilities are not looked up here, and nothing here
says "audited".
"""

import json
import re
import sys
import tomllib
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any, cast

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parent
SERVER, PORTAL = "requirements-server.lock", "portal/web/package-lock.json"
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EUPL-1.2"),
        *("ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense"),
    }
)
"""SPDX ids under which something may be shipped with a work under EUPL-1.2."""
SAID_OTHERWISE = {
    "apache 2.0": "Apache-2.0", "apache software license": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "apache-2.0 license": "Apache-2.0",
    "bsd license": "BSD-3-Clause", "bsd": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "mit license": "MIT", "the mit license (mit)": "MIT", "isc license (iscl)": "ISC", "isc license": "ISC",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "python software foundation license": "PSF-2.0",
}  # fmt: skip
"""How packages write it that do not state an SPDX expression -> its id."""
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class NotKnown(Exception):
    """What we would ship is not what we know: each sentence names a package."""


@dataclass(frozen=True)
class Shipped:
    """One package. hashes: (algorithm, hex) of what may be downloaded for it."""

    kind: str  # pypi, npm
    name: str
    version: str
    licence: str
    hashes: tuple[tuple[str, str], ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def pinned(lock: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, version, hashes) of each package of a lock that this Python would install. Raises NotKnown."""
    at: tuple[str, str, str | None] | None = None
    hashes: list[str] = []
    for line in [*lock.splitlines(), ""]:
        if line.startswith((" ", "\t")):
            hashes += _HASH.findall(line)
            continue
        if at is not None and (at[2] is None or Marker(at[2]).evaluate()):
            if not hashes:
                raise NotKnown(f"{at[0]} has no hash")
            yield at[0], at[1], tuple(hashes)
        at, hashes = None, []
        if line and not line.startswith("#"):
            found = _PIN.match(line)
            if found is None:
                raise NotKnown(f"{line.split()[0]} is not pinned to one version")
            at = found["name"], found["version"], found["marker"]


def licence_of(name: str) -> str:
    """The SPDX expression that an installed package states, or what its classifiers come to."""
    told = cast(Message, metadata(name))
    said = [told.get("License-Expression") or ""]
    said += [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    said += [(told.get("License") or "").split("\n")[0]]
    for one in said:
        if one and one != "OSI Approved":
            return SAID_OTHERWISE.get(one.lower(), one)
    return "none stated"


def is_allowed(licence: str) -> bool:
    """Whether an SPDX expression can be met with licences of the list: one side of an OR, both sides of an AND."""
    words = licence.replace("(", " ( ").replace(")", " ) ").split()
    try:
        allowed = _either(words)
    except IndexError:
        return False
    return allowed and not words


def _either(words: list[str]) -> bool:
    """`a OR b …`, from the front of `words`, which loses what was read."""
    found = _both(words)
    while words[:1] == ["OR"]:
        words.pop(0)
        found = _both(words) or found
    return found


def _both(words: list[str]) -> bool:
    found = _one(words)
    while words[:1] == ["AND"]:
        words.pop(0)
        found = _one(words) and found
    return found


def _one(words: list[str]) -> bool:
    word = words.pop(0)
    if word != "(":
        return word in ALLOWED
    found = _either(words)
    return words.pop(0) == ")" and found


def of_python(lock: str) -> Iterator[Shipped]:
    """The packages of a Python lock. Raises NotKnown."""
    for name, wanted, hashes in pinned(lock):
        try:
            here = version(name)
        except PackageNotFoundError:
            raise NotKnown(f"{name} is locked and not installed: its licence cannot be read") from None
        if here != wanted:
            raise NotKnown(f"{name} is installed in {here}, and {wanted} is locked")
        yield Shipped("pypi", name, wanted, licence_of(name), tuple(("SHA-256", one) for one in hashes))


def of_npm(lock: str) -> Iterator[Shipped]:
    """The packages that the portal's files are made of; what only builds them is not shipped. Raises NotKnown."""
    for place, one in json.loads(lock)["packages"].items():
        if not place or one.get("dev") or one.get("optional") or one.get("devOptional"):
            continue
        name = place.rpartition("node_modules/")[2]
        algorithm, _, digest = str(one.get("integrity", "")).partition("-")
        if algorithm != "sha512":
            raise NotKnown(f"{name} has no sha512 integrity")
        yield Shipped(
            "npm", name, one["version"], one.get("license", "none stated"), (("SHA-512", b64decode(digest).hex()),)
        )


def shipped(root: Path = ROOT) -> list[Shipped]:
    """All that goes into the image, by name. Raises NotKnown for a licence that is not on the list too."""
    found = [*of_python((root / SERVER).read_text("utf-8")), *of_npm((root / PORTAL).read_text("utf-8"))]
    wrong = [f"{one.name} is under {one.licence}" for one in found if not is_allowed(one.licence)]
    if wrong:
        raise NotKnown("; ".join(wrong))
    return sorted(found, key=lambda one: (one.kind, one.name))


def cyclonedx(packages: Sequence[Shipped], name: str, number: str) -> Mapping[str, Any]:
    """The bill of materials. No time and no random number is in it: the same locks make the same bytes."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "kluisje", "name": name, "version": number,
                          "licenses": [{"license": {"id": "EUPL-1.2"}}]},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": one.purl,
                "name": one.name,
                "version": one.version,
                "purl": one.purl,
                "hashes": [{"alg": algorithm, "content": content} for algorithm, content in one.hashes],
                "licenses": [{"expression": one.licence}],
            }
            for one in packages
        ],
    }  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Writes it to the file that is named, or to the screen; 1 when something is not known."""
    try:
        packages = shipped()
    except NotKnown as error:
        print(f"Not written: {error}.", file=sys.stderr)
        return 1
    number = str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    text = json.dumps(cyclonedx(packages, "kluisje", number), indent=1) + "\n"
    if arguments:
        Path(arguments[0]).write_text(text, "utf-8")
        print(f"{arguments[0]}: {len(packages)} packages")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
