# SPDX-License-Identifier: EUPL-1.2
"""`vault-catalogue+jwt`: the rules of a municipality (purposes, drawers, schemas, ages, texts), signed as one
version.

The statement names each file by path and hash; the next version names the one before. A purpose is recalled
by its URI.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    FormatError,
    H,
    check_hash,
    check_int,
    check_list,
    check_members,
    check_organisation,
    check_text,
    sid,
)

CATALOGUE = "vault-catalogue+jwt"
_PATH = re.compile(r"[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*").fullmatch


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Version `ver` by `iss`, in force from `nbf` (seconds): path -> H(file), and the URIs it recalls."""

    token: str
    sid: str
    iss: str
    ver: int
    prv: str | None
    iat: int
    nbf: int
    files: Mapping[str, str]
    recalled: tuple[str, ...]


def sign_catalogue(
    key: Jwk,
    *,
    iss: str,
    previous: Catalogue | None,
    iat: int,
    nbf: int,
    files: Mapping[str, bytes],
    recalled: Iterable[str] = (),
) -> str:
    """The next version over these files (path -> content); version 1 where there is none before."""
    claims: dict[str, Any] = {
        "iss": iss,
        "ver": previous.ver + 1 if previous else 1,
        "prv": previous.sid if previous else None,
        "iat": iat,
        "nbf": nbf,
        "files": [{"path": path, "h": H(files[path])} for path in sorted(files)],
        "rec": [{"uri": uri} for uri in recalled],
    }
    token = sign(claims, CATALOGUE, key)
    catalogue_follows(previous, verify_catalogue(token, public(key)))  # what we would refuse we do not sign
    return token


def verify_catalogue(token: str, catalogue_key: Jwk) -> Catalogue:
    """A version, checked with the pinned catalogue key."""
    claims = verify(token, CATALOGUE, catalogue_key)
    check_members(claims, ("iss", "ver", "prv", "iat", "nbf", "files", "rec"))
    ver = check_int(claims["ver"], 1)
    if (claims["prv"] is None) != (ver == 1):
        raise FormatError("catalogue")
    files = [_file(one) for one in check_list(claims["files"])]
    if not files or [path for path, _ in files] != sorted({path for path, _ in files}):
        raise FormatError("catalogue")
    return Catalogue(
        token,
        sid(token),
        check_organisation(claims["iss"]),
        ver,
        None if claims["prv"] is None else check_hash(claims["prv"]),
        check_int(claims["iat"]),
        check_int(claims["nbf"]),
        dict(files),
        tuple(_recalled(one) for one in check_list(claims["rec"])),
    )


def catalogue_follows(previous: Catalogue | None, new: Catalogue) -> None:
    """Refuses unless `new` is the version right after `previous` (None: the first). Dates never run back."""
    if previous is None:
        allowed = new.ver == 1
    else:
        linked = (new.iss, new.ver, new.prv) == (previous.iss, previous.ver + 1, previous.sid)
        allowed = linked and new.iat >= previous.iat and new.nbf >= previous.nbf
    if not allowed:
        raise FormatError("catalogue")


def check_file(catalogue: Catalogue, path: str, content: bytes) -> None:
    """Refuses unless the catalogue names this very file."""
    if catalogue.files.get(path) != H(content):
        raise FormatError("catalogue")


def _file(given: Any) -> tuple[str, str]:
    check_members(given, ("path", "h"))
    path = check_text(given["path"])
    if not _PATH(path):
        raise FormatError("path")
    return path, check_hash(given["h"])


def _recalled(given: Any) -> str:
    check_members(given, ("uri",))
    return check_text(given["uri"], 500)
