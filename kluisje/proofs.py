# SPDX-License-Identifier: EUPL-1.2
"""What is trusted beforehand, and what is checked with it: log, directory, identity issuer, consent.

`Pins` is one file, `pins.json`, that comes with the installation's address and never from it. Everything else
in this file is pure: lines of the log, receipts, an organisation's keys. Source: formats.md sections 6 and 8.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats.checkpoint import Checkpoint, check_growth
from formats.consent_receipt import ConsentReceipt, verify_consent_receipt
from formats.event import Event, Logged, verify_look
from formats.jose import Jwk, peek
from formats.listing import Listing, verify_listing
from formats.organisation import Organisation, check_current, verify_organisation
from formats.person import Person, verify_person
from formats.policy import LogPolicy, read_policy
from formats.receipt import Receipt, verify_receipt
from formats.spelling import FormatError, b64u, check_list, check_members, parse_json, public_ec, unb64u

_PINS = ("format", "origin", "log", "directory", "identity", "consent")
Keys = Mapping[str, Jwk]


class NotProven(Exception):
    """Something is not what it claims to be: it is not opened, not believed, and not shown as checked.

    reason: one word for programs, such as `forged`, `no-proof`, `older-head`, `log-changed`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True)
class Pins:
    """Whom to believe. origin: the installation's address. log: which log keys and witnesses. directory: who
    states organisations' keys. identity: who states whose vault it is. consent: who signs receipts. Keys by
    their thumbprint."""

    origin: str
    log: LogPolicy
    directory: Keys
    identity: Keys
    consent: Keys


def read_pins(data: bytes) -> Pins:
    """`{"format": 1, "origin", "log": <tlog-policy text>, "directory", "identity", "consent": [public JWK
    …]}`."""
    found = parse_json(data)
    check_members(found, _PINS)
    origin = found["origin"]
    if found["format"] != 1 or not isinstance(origin, str) or origin.endswith("/"):
        raise FormatError("pins")
    keys = (_keys(found[name]) for name in ("directory", "identity", "consent"))
    return Pins(origin, read_policy(found["log"]), *keys)


def load_pins(path: Path) -> Pins:
    """The pins in a file. FormatError when it holds something else."""
    return read_pins(path.read_bytes())


def _keys(given: Any) -> Keys:
    keys = [public_ec(jwk, "sig") for jwk in check_list(given, 20)]
    if not keys:
        raise FormatError("pins")
    return {key["kid"]: key for key in keys}


def pinned(token: str, keys: Keys) -> Jwk:
    """The pinned key that a token names; the signature is still to be checked with it."""
    header, _ = peek(token)
    if header["kid"] not in keys:
        raise FormatError("key")
    return keys[header["kid"]]


# -- statements of others ------------------------------------------------------------------------------------


def check_person(token: str, pins: Pins, *, vlt: str, jkt: str) -> Person:
    """The identity issuer's word that this vault, with this SIG, belongs to who signed in."""
    person = verify_person(token, pinned(token, pins.identity))
    if (person.vlt, person.jkt) != (vlt, jkt):
        raise FormatError("person")
    return person


def check_receipt(token: str, pins: Pins, *, vlt: str, sid: str | None) -> Receipt:
    """Consent's acknowledgement that this statement is entered (`sid` None: a stop by sign-in alone)."""
    receipt = verify_receipt(token, pinned(token, pins.consent))
    if (receipt.vlt, receipt.sid) != (vlt, sid):
        raise FormatError("receipt")
    return receipt


def check_consent_receipt(token: str, pins: Pins, *, vlt: str) -> ConsentReceipt:
    """A consent receipt about this vault."""
    receipt = verify_consent_receipt(token, pinned(token, pins.consent))
    if receipt.vlt != vlt:
        raise FormatError("receipt")
    return receipt


def check_listing(logged: Mapping[str, Any] | None, pins: Pins, *, sub: str, now: int) -> Listing | None:
    """How a team is shown as the directory states it, valid now and 72 hours in the log; None where nothing of that kind
    checks: then its own id is all there is to show."""
    try:
        if logged is None:
            return None
        token = logged["statement"]
        found = verify_listing(token, pinned(token, pins.directory))
        check_current(found, {name: logged[name] for name in ("event", "nonce", "proof")}, pins.log, now)
        return found if found.sub == sub else None
    except (FormatError, KeyError, TypeError):
        return None


def check_organisation_keys(logged: Mapping[str, Any], pins: Pins, *, sub: str, now: int) -> Organisation:
    """An organisation's or team's keys as the directory states them, valid now and 72 hours in the log.

    `logged`: `{"statement", "event", "nonce", "proof", …}` as consent's `/organisations` answers it."""
    token = logged["statement"]
    found = verify_organisation(token, pinned(token, pins.directory))
    if found.sub != sub:
        raise FormatError("organisation")
    check_current(found, {name: logged[name] for name in ("event", "nonce", "proof")}, pins.log, now)
    return found


# -- the log -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a vault's log, proven. outcome: `read`, `deposit`, `refused`, `statement`, `stop` or
    `recover`.

    by: the party that looked (or stopped); None for her own statements. at: seconds. drawers: ids looked at,
    grant: its id, why: the true reason of a refusal. of: the type of a statement.
    """

    n: int
    at: int
    outcome: str
    by: str | None
    grant: str | None
    drawers: tuple[str, ...]
    why: str | None
    of: str | None
    index: int
    origin: str
    event: Event

    @property
    def is_look(self) -> bool:
        """Whether somebody looked, tried to, or brought something: what "Wie keek?" shows."""
        return self.outcome in ("read", "deposit", "refused", "recover")


def line_of(found: Logged) -> Line:
    """A proven event about a vault, as a line."""
    event = found.event
    if event.n is None:
        raise FormatError("event")
    claims = event.claims
    drawers = tuple(str(one["id"]) for one in claims.get("drw", ()))
    by, grant, why, of = (claims.get(name) for name in ("by", "gnt", "why", "typ"))
    return Line(event.n, event.at, event.t, by, grant, drawers, why, of, found.index, found.origin, event)


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a vault, oldest first, and the checkpoints that they stand under (to be compared with each
    other)."""

    lines: tuple[Line, ...]
    checkpoints: tuple[Checkpoint, ...]


def check_lines(given: Iterable[Mapping[str, Any]], pins: Pins, *, vlt: str) -> Lines:
    """The whole list of a vault's lines (`{"n", "event", "nonce", "proof"}` in any order): each in the log,
    none missing.

    Numbers run from 0 without a gap and each line names the entry before it. An erased line (no event) keeps
    its number; what follows it still names its entry, so only the line itself is lost.
    """
    found: list[Line] = []
    checkpoints: dict[str, Checkpoint] = {}
    before: str | None = None
    for expected, line in enumerate(sorted(given, key=lambda one: int(one["n"]))):
        if line["n"] != expected:
            raise FormatError("gap")
        if line["event"] is None:
            before = ""  # not known any more: whatever the next line names
            continue
        look = {name: line[name] for name in ("event", "nonce", "proof")}
        logged = verify_look(look, pins.log, witnessed=False)
        event = logged.event
        if event.vlt != vlt or event.n != expected or before not in ("", event.prev):
            raise FormatError("chain")
        before = b64u(logged.entry)
        found.append(line_of(logged))
        checkpoints[logged.checkpoint.note] = logged.checkpoint
    return Lines(tuple(found), tuple(checkpoints.values()))


def steps(checkpoints: Iterable[Checkpoint]) -> list[tuple[Checkpoint, Checkpoint]]:
    """Neighbours to be compared, per log from small to large. Two of one size must agree at once."""
    pairs: list[tuple[Checkpoint, Checkpoint]] = []
    last: dict[str, Checkpoint] = {}
    for one in sorted(checkpoints, key=lambda each: (each.origin, each.size)):
        older = last.get(one.origin)
        if older is not None and older.size == one.size:
            check_growth(older, one, ())
        elif older is not None and older.size > 0:
            pairs.append((older, one))
        last[one.origin] = one
    return pairs


def check_step(older: Checkpoint, newer: Checkpoint, hashes: Sequence[str]) -> None:
    """Refuses unless the log only grew between two checkpoints. `hashes`: base64url, as `/consistency-proofs`
    gives them."""
    check_growth(older, newer, [unb64u(one) for one in hashes])
