# SPDX-License-Identifier: EUPL-1.2
"""Another municipality's rules on the desk: compared in words, prepared to be signed; what is wrong with a package is a
refusal that says what to do."""

import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from consent.catalogue import load
from formats.jose import new_signing_key, public
from formats.rules import _read
from formats.spelling import b64u, unb64u
from kluisje.cataloguing import sign_package
from kluisje.http import Refused
from tests.desk.bureau import Bureau
from tests.desk.packages import OURS, Packages, packages, unpack

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    return packages(tmp_path_factory.mktemp("packages"))


def body(made: Packages, **other: Any) -> dict[str, Any]:
    return {"mine": b64u(made.mine), "theirs": b64u(made.theirs), "key": made.key} | other


async def test_what_differs_is_told_and_the_prepared_package_is_signed(
    bureau: Bureau, made: Packages, tmp_path: Path
) -> None:
    told = (await bureau.ans.call("POST", "/rule-comparisons", body(made))).json()
    assert (told["ours"], told["version"], told["party"]) == (1, 1, "urn:oin:00000009876543210000")
    assert [one["name"] for one in told["purposes"]] == ["back-to-school", "zwolle.swimming"]
    assert told["purposes"][0]["title"] == "Terug naar school"
    said = {(one["what"], one["said"]): one["more"] for one in told["changes"]}
    assert said["back-to-school 1 → 2", "hoogstens, in dagen: 180 → 365"] is True
    english = (await bureau.fatima.call("POST", "/rule-comparisons", body(made, lang="en"))).json()
    assert "at most, in days: 180 → 365" in {one["said"] for one in english["changes"]}
    wanted = body(made, purposes=["zwolle.swimming"])
    prepared = (await bureau.ans.call("POST", "/rule-take-overs", wanted)).json()
    assert prepared["written"] == ["purposes/zwolle.swimming.1.yaml"]
    folder = unpack(unb64u(prepared["package"]), tmp_path)
    assert not (folder / "purposes/back-to-school.2.yaml").exists()
    signed = sign_package(folder, made.signer, OURS, now=int(time.time()))
    assert signed.ver == 2, "it goes on from the version before"
    assert "urn:kluisje:purpose:zwolle:swimming:1" in load(folder).purposes


def changed(made: bytes, path: str, content: bytes) -> bytes:
    """A package with another file in the place of one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name.endswith(path) else old.read(name))
    return out.getvalue()


LAUGHS = b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 118))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("no-zip", "theirs"), ("no-package", "theirs"), ("huge", "theirs"), ("other-key", "theirs"), ("edited", "theirs"),
        ("no-key", "key"), ("ours-no-yaml", "theirs"), ("ours-laughs", "theirs"), ("unknown", "theirs"),
    ],
)  # fmt: skip
async def test_a_package_that_is_none_is_refused(bureau: Bureau, made: Packages, name: str, place: str) -> None:
    huge = changed(made.theirs, "roles.yaml", b"#" * 2_000_000)
    given = {
        "no-zip": {"theirs": b64u(b"PK not a zip")},
        "no-package": {"theirs": b64u(_zip("notes.txt"))},
        "huge": {"theirs": b64u(huge)},
        "other-key": {"key": public(new_signing_key())},
        "edited": {"theirs": b64u(changed(made.theirs, "roles.yaml", b"boss: {nl: baas, en: boss}\n"))},
        "no-key": {"key": {"kty": "EC"}},
        "ours-no-yaml": {"mine": b64u(changed(made.mine, "drawers.yaml", b"{"))},
        "ours-laughs": {"mine": b64u(changed(made.mine, "roles.yaml", LAUGHS))},
        "unknown": {"purposes": ["no-such"]},
    }[name]
    path = "/rule-take-overs" if name == "unknown" else "/rule-comparisons"
    with pytest.raises(Refused) as no:
        await bureau.ans.call("POST", path, body(made, **given))
    assert (no.value.status, no.value.slug) == (400, "invalid-input")
    both = name.startswith("ours") or name == "unknown"
    assert [one["at"] for one in no.value.errors] == (["theirs", "mine"] if both else [place]), (
        "whose it is, where that is known"
    )


def _zip(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(name, "x")
    return made.getvalue()


async def test_few_bytes_that_stand_for_millions_are_no_rules() -> None:
    with pytest.raises(ValueError):
        _read(LAUGHS)
