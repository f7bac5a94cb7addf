# SPDX-License-Identifier: EUPL-1.2
"""Another municipality's rules beside ours, for whoever decides about taking some over: told in words, and prepared as a
package that the owner of the rules reads, fills in and signs. No key of a catalogue comes here; nothing is kept.

A package is a zip of its folder, as one downloads it. What is in it was written by strangers: little is read, no file is
unpacked, and whatever is wrong with it is one refusal.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from chassis.problems import At, Problem
from formats.catalogue import Catalogue
from formats.jose import Jwk
from formats.rules import (
    PACKAGE,
    SIGNED,
    Change,
    Clash,
    check_files,
    differences,
    raised,
    taken_over,
    to_take,
    version_of,
)
from formats.spelling import FormatError, public_ec

MOST_FILES, MOST_BYTES = 500, 1024 * 1024
"""Of one package, as it is after unpacking."""
_WRONG = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What rules of a wrong shape end in: they are data of strangers, and no rule here looks at every member."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What taking over would change about ours. said: who signed theirs, as which version. titles: what can be taken, name ->
    title."""

    said: Catalogue
    ours: int
    changes: list[Change]
    titles: dict[str, str]


def compare(mine: bytes, theirs: bytes, key: Mapping[str, Any], lang: Literal["nl", "en"]) -> Compared:
    """Two packages, theirs checked with the public key of who signs it. Raises Problem invalid-input."""
    own, _ = unpacked(mine, "mine")
    other, token = unpacked(theirs, "theirs")
    said = _signed(other, token, key)
    try:
        return Compared(said, version_of(own), differences(own, other, lang), to_take(own, other, lang))
    except _WRONG as error:
        raise _unlike_rules() from error


def take(mine: bytes, theirs: bytes, key: Mapping[str, Any], names: list[str]) -> tuple[bytes, list[str]]:
    """(our package with these purposes of theirs and the next version, to be signed; what was written). Raises Problem."""
    own, signed = unpacked(mine, "mine")
    other, token = unpacked(theirs, "theirs")
    _signed(other, token, key)
    try:
        written = taken_over(own, other, names)
        files = own | written | {PACKAGE: raised(own)}
    except Clash as error:
        told = "One of these has the name of something of ours and says something else: rename ours, or leave it out."
        raise Problem("invalid-input", told, [At("body", "purposes", "clash")]) from error
    except _WRONG as error:
        raise _unlike_rules() from error
    kept = {} if signed is None else {SIGNED: signed.encode()}  # the signer goes on from the version before
    return _packed(files | kept), sorted(written)


def unpacked(octets: bytes, at: str) -> tuple[dict[str, bytes], str | None]:
    """(files by path, statement or None) of a zip of a package's folder. Raises Problem invalid-input."""
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            listed = [one for one in packed.infolist() if not one.is_dir()]
            if len(listed) > MOST_FILES or sum(one.file_size for one in listed) > MOST_BYTES:
                raise _refused(at)
            found = {one.filename: _content(packed, one) for one in listed}
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,  # packed in a way that zipfile does not know
        RuntimeError,
        EOFError,
        OSError,
        *_WRONG,
    ) as error:
        raise _refused(at) from error
    tops = [PurePosixPath(name).parent for name in found if PurePosixPath(name).name == PACKAGE]
    if not tops:
        raise _refused(at)
    top = min(tops, key=lambda one: len(one.parts))
    files = {
        str(PurePosixPath(name).relative_to(top)): content
        for name, content in found.items()
        if PurePosixPath(name).is_relative_to(top)
    }
    token = files.pop(SIGNED, None)
    try:
        statement = None if token is None else token.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise _refused(at) from error
    return {path: content for path, content in files.items() if path.endswith((".yaml", ".json"))}, statement


def _content(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """At most what the list of the zip says: a longer one lies."""
    with packed.open(one) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) != one.file_size:
        raise ValueError("length")
    return content


def _packed(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _signed(files: Mapping[str, bytes], token: str | None, key: Mapping[str, Any]) -> Catalogue:
    try:
        public: Jwk = public_ec(key, "sig")
    except FormatError as error:
        raise Problem(
            "invalid-input", "Send the public ES256 JWK of who signs their rules.", [At("body", "key", "key")]
        ) from error
    try:
        return check_files(files, token or "", public)
    except FormatError as error:
        told = "Their package is not as it was signed with this key: ask them for it anew."
        raise Problem("invalid-input", told, [At("body", "theirs", "signature")]) from error


def _unlike_rules() -> Problem:
    """What was met beside each other does not tell whose it is."""
    told = (
        "One of the two is not written as the rules of a package are, or does not have what is asked of it: check both."
    )
    return Problem("invalid-input", told, [At("body", at, "package") for at in ("theirs", "mine")])


def _refused(at: str) -> Problem:
    told = "Send a zip of the folder of a package: package.yaml, its YAML and JSON files, at most 1 MiB."
    return Problem("invalid-input", told, [At("body", at, "package")])
