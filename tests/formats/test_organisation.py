# SPDX-License-Identifier: EUPL-1.2
"""An organisation's keys count when the directory says so, the log has shown it for 72 hours, and witnesses
saw the log."""

from base64 import b64encode
from typing import Any

import pytest

from formats.checkpoint import cosign_note, make_proof, read_proof
from formats.organisation import WAIT, check_current, sign_organisation, verify_organisation
from formats.policy import LogPolicy
from formats.spelling import DAY
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.formats.test_event import look_at, made
from tests.vectors.cast import DIRECTORY, NOW, ORIGIN, TEAM, VLT, key, log_key, pub, witness_key

CERTIFICATE = b64encode(b"not a real certificate").decode()
TOKEN = sign_organisation(
    key("directory"),
    iss=DIRECTORY,
    sub=TEAM,
    enc=key("team", "enc"),
    sig=key("team"),
    x5c=(CERTIFICATE,),
    iat=NOW - WAIT,
    exp=NOW + 365 * DAY,
)
FOUND = verify_organisation(TOKEN, pub("directory"))
DELFT = witness_key("delft")
POLICY = LogPolicy({ORIGIN: log_key().vkey}, {"delft": DELFT.vkey}, {}, "delft")


def logged(witnessed: bool = True, **other: Any) -> dict[str, str]:
    """The look of the `org` event, cosigned."""
    look = look_at(made("org", **({"sid": FOUND.sid, "sub": TEAM, "at": NOW - WAIT} | other)))
    proof = read_proof(look["proof"])
    note = cosign_note(proof.note, DELFT, NOW) if witnessed else proof.note
    return look | {"proof": make_proof(proof.index, proof.hashes, note)}


def test_the_directorys_statement_is_read() -> None:
    assert (FOUND.iss, FOUND.sub, FOUND.x5c) == (DIRECTORY, TEAM, (CERTIFICATE,))
    assert (FOUND.enc, FOUND.sig) == (pub("team", "enc"), pub("team"))
    assert verify_organisation(twin(TOKEN), pub("directory")).sid == FOUND.sid


def test_every_forgery_is_refused() -> None:
    for _, forged in forgeries(TOKEN, key("directory"), key("mallory")):
        refused(verify_organisation, forged, pub("directory"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("iss", f"vault:{VLT}"), ("sub", f"vault:{VLT}"), ("sub", "x"), ("enc", pub("team")), ("sig",
        pub("team", "enc")),
        ("enc", key("team", "enc")), ("enc", None), ("pq", {}), ("x5c", None), ("x5c", ["not base64!"]),
        ("x5c", [""]), ("x5c", [1]),
        ("x5c", [CERTIFICATE + "\n"]), ("iat", NOW + 366 * DAY), ("exp", NOW - WAIT), ("exp", None),
    ],
)  # fmt: skip
def test_a_wrong_member_is_refused_though_truly_signed(path: str, value: Any) -> None:
    header, claims = parts_of(TOKEN)
    refused(verify_organisation, signed(header, edited(claims, path, value), key("directory")), pub("directory"))


def test_keys_count_after_72_hours_in_a_witnessed_log() -> None:
    assert check_current(FOUND, logged(), POLICY, NOW).event.claims["sub"] == TEAM
    refused(check_current, FOUND, logged(), POLICY, NOW - 1)
    refused(check_current, FOUND, logged(witnessed=False), POLICY, NOW)
    assert (
        check_current(FOUND, logged(witnessed=False), LogPolicy({ORIGIN: log_key().vkey}), NOW).index == 7
    )  # quorum none


def test_only_the_entry_of_this_very_statement_counts() -> None:
    refused(check_current, FOUND, logged(sub=TEAM + "x"), POLICY, NOW)
    refused(check_current, FOUND, logged(sid=verify_organisation(other(), pub("directory")).sid), POLICY, NOW)
    catalogue = look_at(made("catalogue", sid=FOUND.sid, sub=TEAM, at=NOW - WAIT))
    refused(check_current, FOUND, catalogue, LogPolicy({ORIGIN: log_key().vkey}), NOW)


def other() -> str:
    return sign_organisation(
        key("directory"),
        iss=DIRECTORY,
        sub=TEAM,
        enc=key("false", "enc"),
        sig=key("team"),
        iat=NOW,
        exp=NOW + DAY,
    )


def test_a_statement_ends() -> None:
    long_after = FOUND.exp
    refused(check_current, FOUND, logged(), POLICY, long_after)
    assert check_current(FOUND, logged(), POLICY, long_after - 1)
