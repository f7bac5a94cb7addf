# SPDX-License-Identifier: EUPL-1.2
"""Two municipalities' rules as they travel: zips of their folders, each signed by its own key."""

import io
import shutil
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from formats.jose import new_signing_key, public
from kluisje.cataloguing import sign_package

SHIPPED = Path(__file__).parents[2] / "catalogue"
OURS, THEIRS = "urn:oin:00000001234567890000", "urn:oin:00000009876543210000"


@dataclass
class Packages:
    """mine, theirs: zips. key: public, of who signed theirs. signer: private, of who signs ours."""

    mine: bytes
    theirs: bytes
    key: dict[str, str]
    signer: dict[str, str]


def packed(folder: Path, top: str = "") -> bytes:
    """A folder as a zip. top: what stands before each name, as in a download."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            file.write(path, top + path.relative_to(folder).as_posix())
    return made.getvalue()


def unpack(octets: bytes, into: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(octets)) as file:
        file.extractall(into)
    return into


def packages(folder: Path) -> Packages:
    """Ours as shipped; theirs with a purpose of their own and a longer version 2 of one of ours."""
    signer, other = new_signing_key(), new_signing_key()
    mine, theirs = (Path(shutil.copytree(SHIPPED, folder / name)) for name in ("mine", "theirs"))
    school = (theirs / "purposes/back-to-school.1.yaml").read_text("utf-8")
    longer = school.replace("to-school:1", "to-school:2").replace("maxDays: 180", "maxDays: 365")
    (theirs / "purposes/back-to-school.2.yaml").write_text(longer, "utf-8")
    swim = (theirs / "purposes/sport-and-culture-fund.1.yaml").read_text("utf-8")
    (theirs / "purposes/zwolle.swimming.1.yaml").write_text(
        swim.replace("purpose:sport-and-culture-fund", "purpose:zwolle:swimming"), "utf-8"
    )
    sign_package(mine, signer, OURS, now=int(time.time()))
    sign_package(theirs, other, THEIRS, now=int(time.time()))
    return Packages(packed(mine), packed(theirs, "rules-main/"), public(other), signer)
