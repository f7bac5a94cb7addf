# SPDX-License-Identifier: EUPL-1.2
"""The committed build in memory: each file checked against `bundle.json`, packed once, ready to send.

`bundle.json`: `{"format": 1, "importMap": "sha256-…", "files": {"index.html": "sha384-…", …}}`, written by
web/integrity.ts. A file that differs, lacks or is too many stops the start: what is not in the list is not the page.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import SettingsError, read_public

STATIC = Path(__file__).parent / "static"
LIST = "bundle.json"
KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
_HASHED = re.compile(r"assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$").match
_IMPORT_MAP = re.compile(r"sha256-[A-Za-z0-9+/]{43}=").fullmatch


@dataclass(frozen=True)
class File:
    """One file. packed: the same in gzip when that is smaller. tag: for `If-None-Match`. forever: its name holds the
    hash of its contents, so it may be kept for good."""

    body: bytes
    packed: bytes | None
    kind: str
    tag: str
    forever: bool


@dataclass(frozen=True)
class Bundle:
    """import_map: the CSP source of the one inline script, `sha256-…`. files: by path, `/assets/…`."""

    import_map: str
    files: Mapping[str, File]


def file(body: bytes, kind: str, *, forever: bool = False) -> File:
    """A file to serve. The time of packing is not in it: the same bytes each time."""
    packed = gzip.compress(body, 9, mtime=0)
    smaller = packed if len(packed) < len(body) and not kind.startswith("image/png") else None
    return File(body, smaller, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"', forever)


def read_bundle(folder: Path = STATIC) -> Bundle:
    """The whole build. Raises SettingsError when it is not exactly what its list says."""
    listed = read_public(folder / LIST)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    try:
        hashes, import_map = dict(listed["files"]), str(listed["importMap"])
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError("the portal's bundle.json is not one") from error
    if listed.get("format") != 1 or not _IMPORT_MAP(import_map):
        raise SettingsError("the portal's bundle.json is not one")
    if found - {LIST} != set(hashes):
        raise SettingsError("the portal's static files are not those of bundle.json: run make portal")
    files = {}
    for name in sorted(found):
        body = (folder / name).read_bytes()
        kind = KINDS.get(Path(name).suffix)
        if name != LIST and hashes[name] != integrity(body):
            raise SettingsError(f"the portal's file {name} was changed after the build: run make portal")
        if kind is None:
            raise SettingsError(f"the portal's file {name} is of no kind that it serves")
        files[f"/{name}"] = file(body, kind, forever=_HASHED(name) is not None)
    if "/index.html" not in files:
        raise SettingsError("the portal's static files have no index.html: run make portal")
    return Bundle(import_map, files)


def integrity(body: bytes) -> str:
    """`sha384-…` as Subresource Integrity spells it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()
