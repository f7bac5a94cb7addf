# SPDX-License-Identifier: EUPL-1.2
"""Other installations from which people may move in: whose receipts and logs are believed here.

One file each, the same `pins.json` that clients of that installation are given, put in a folder by this one's owner.
Without it anybody could bring a chain of their own making under a pseudonym that organisations know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chassis.settings import SettingsError
from formats.jose import Jwk, peek
from formats.policy import LogPolicy, read_policy
from formats.receipt import Receipt, verify_receipt
from formats.spelling import FormatError, check_list, parse_json, public_ec


@dataclass(frozen=True)
class Elsewhere:
    """Another installation. consent: public keys of its receipts, by thumbprint. log: keys of every shard of its log."""

    origin: str
    consent: Mapping[str, Jwk]
    log: LogPolicy


Installations = Mapping[str, Elsewhere]
"""By origin."""


def read_installations(folder: Path | None) -> Installations:
    """Every `*.json` of the folder. Raises SettingsError when one of them is no pins file, or two are of one origin."""
    found: dict[str, Elsewhere] = {}
    for path in () if folder is None else sorted(folder.glob("*.json")):
        try:
            told = parse_json(path.read_bytes())
            keys = [public_ec(jwk, "sig") for jwk in check_list(told["consent"], 20)]
            made = Elsewhere(str(told["origin"]), {key["kid"]: key for key in keys}, read_policy(told["log"]))
        except (OSError, FormatError, KeyError, TypeError) as error:
            raise SettingsError(f"{path.name} among the installations to move from is no pins file") from error
        if made.origin in found:
            raise SettingsError(f"{path.name} among the installations to move from is of one that stands there already")
        found[made.origin] = made
    if folder is not None and not folder.is_dir():
        raise SettingsError("the folder of installations to move from is not there")
    return found


def acknowledged(installations: Installations, receipt: str, *, vlt: str, sid: str, typ: str) -> Receipt:
    """One of these installations' word that it entered exactly this statement. Raises FormatError."""
    kid = peek(receipt)[0]["kid"]
    for one in installations.values():
        if kid in one.consent:
            found = verify_receipt(receipt, one.consent[kid])
            if (found.vlt, found.sid, found.of) != (vlt, sid, typ):
                raise FormatError("receipt")
            return found
    raise FormatError("key")
