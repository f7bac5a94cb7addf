# SPDX-License-Identifier: EUPL-1.2
"""The rules as a municipality signed them: a folder with `signed.jwt` (`vault-catalogue+jwt`) that names each file by hash.

What is read is what was signed: no file more, none less, none changed. Whether this version may follow the one before is
asked where it is taken in, in the ledger (`consent.importing`).
"""

from pathlib import Path
from typing import Any

from consent.catalogue import CatalogueError, files_in, read
from consent.purposes import Catalogue
from formats.catalogue import Catalogue as Statement
from formats.catalogue import verify_catalogue
from formats.spelling import FormatError, H

SIGNED = "signed.jwt"


def load_signed(folder: Path, key: dict[str, Any], now: int) -> tuple[Catalogue, Statement]:
    """The rules in a folder and the statement that they are under. key: the municipality's public catalogue key.

    CatalogueError with all findings; OSError if the disk refuses.
    """
    files = files_in(folder)
    try:
        said = verify_catalogue((folder / SIGNED).read_text("ascii").strip(), key)
    except FileNotFoundError:
        raise CatalogueError([f"{SIGNED}: missing"]) from None
    except (FormatError, UnicodeDecodeError):
        raise CatalogueError([f"{SIGNED}: not signed with the catalogue key"]) from None
    findings = [f"{path}: not the file that was signed" for path in files if said.files.get(path) != H(files[path])]
    findings += [f"{path}: signed, and missing" for path in said.files if path not in files]
    if said.nbf > now:
        findings.append(f"{SIGNED}: not in force yet")
    if findings:
        raise CatalogueError(findings)
    rules = read(files)
    if (said.ver, set(said.recalled)) != (rules.version, set(rules.recalled)):
        raise CatalogueError(["package.yaml: version and recalled are not the signed ones"])
    return rules, said


def not_following(before: Statement, new: Statement) -> list[str]:
    """Why `new` may not follow the version that is known; nothing: it may. A published purpose is never edited and never
    taken out: grants name it, and its text has to stay what it was. It is followed by a version, or recalled."""
    found = []
    if (new.iss, new.ver, new.prv) != (before.iss, before.ver + 1, before.sid):
        found.append(f"{SIGNED}: version {new.ver} does not follow version {before.ver}")
    if new.iat < before.iat or new.nbf < before.nbf:
        found.append(f"{SIGNED}: dates run back")
    purposes = [(path, h) for path, h in before.files.items() if path.startswith("purposes/")]
    found += [f"{path}: a published purpose is never edited" for path, h in purposes if new.files.get(path, h) != h]
    found += [
        f"{path}: a published purpose is recalled, not taken out" for path, _ in purposes if path not in new.files
    ]
    found += [f"package.yaml: {uri} was recalled for good" for uri in before.recalled if uri not in new.recalled]
    return found
