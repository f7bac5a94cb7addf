# SPDX-License-Identifier: EUPL-1.2
"""A municipality's rules as a package: a folder of files with `signed.jwt`. Sign your own, compare with another's, take over.

    kluisje catalogue new-key|show-key|sign|diff|take-over

What is compared and taken over is `formats.rules`. Whether a package is good is for the register's
own check (`python -m serve check-catalogue FOLDER`); run it before you sign. Source: consent.md section 2.
"""

from collections.abc import Mapping
from pathlib import Path

from formats.catalogue import Catalogue, sign_catalogue, verify_catalogue
from formats.jose import Jwk, public
from formats.rules import PACKAGE, SIGNED, check_files, recalled_in, taken_over, version_of
from formats.spelling import FormatError, H


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a package by their path below `folder`: YAML and JSON, nothing else."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".yaml", ".json")
    }
    if PACKAGE not in found:
        raise ValueError(f"{folder} is no catalogue: it has no package.yaml")
    return found


def signed_in(folder: Path, key: Jwk) -> Catalogue | None:
    """The statement that a package is under, checked with the public key; None: it was never signed."""
    try:
        return verify_catalogue((folder / SIGNED).read_text("ascii").strip(), key)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise FormatError("catalogue") from None


def check_package(folder: Path, key: Jwk) -> dict[str, bytes]:
    """The files of a package, each as it was signed: none more, none less, none changed. FormatError otherwise."""
    files, said = files_in(folder), signed_in(folder, key)
    if said is None:
        raise FormatError("catalogue")
    check_files(files, said.token, key)
    return files


def sign_package(folder: Path, key: Jwk, party: str, *, now: int) -> Catalogue:
    """Signs the next version of a folder and writes `signed.jwt`. ValueError with what to do when it may not be signed: the
    version was not raised, or a purpose that was signed before was edited or taken out."""
    files, before = files_in(folder), signed_in(folder, public(key))
    version, recalled = version_of(files), recalled_in(files)
    wanted = 1 if before is None else before.ver + 1
    if version != wanted:
        raise ValueError(f"this is version {wanted}: write it in package.yaml")
    for path, h in {} if before is None else before.files.items():
        if path.startswith("purposes/") and H(files.get(path, b"")) != h:
            raise ValueError(f"{path} was signed before: restore it, and make a next version of it or recall it")
    gone = [] if before is None else [uri for uri in before.recalled if uri not in recalled]
    if gone:
        raise ValueError(f"{gone[0]} was recalled for good: leave it in package.yaml")
    token = sign_catalogue(key, iss=party, previous=before, iat=now, nbf=now, files=files, recalled=recalled)
    (folder / SIGNED).write_text(token + "\n", "ascii")
    return verify_catalogue(token, public(key))


def take_over(folder: Path, theirs: Mapping[str, bytes], names: list[str]) -> list[str]:
    """Copies purposes of another package into a folder (`taken_over`); the paths that were written. ValueError where the
    same name says something else."""
    written = taken_over(files_in(folder), theirs, names)
    for path, content in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return list(written)
