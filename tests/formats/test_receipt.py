# SPDX-License-Identifier: EUPL-1.2
"""The registry's receipts and events, an organisation's closing, and the consent receipt."""

from typing import Any

import pytest

from formats.consent_receipt import (
    ALLOWING,
    STATES,
    ConsentReceipt,
    Entity,
    State,
    issue_consent_receipt,
    receipt_body,
    verify_consent_receipt,
)
from formats.receipt import (
    issue_receipt,
    issue_security_event,
    sign_closing,
    verify_closing,
    verify_receipt,
    verify_security_event,
)
from formats.spelling import H, b64u
from tests.formats.refusals import edited, forgeries, parts_of, refused, signed, twin
from tests.vectors.cast import CONSENT, DRW, GNT, NOW, PURPOSE, TEAM, VLT, ident, key, pub, secret

GRANT_SID = H("grant")
RECEIPT = issue_receipt(
    key("consent"),
    iss=CONSENT,
    vlt=VLT,
    sid=GRANT_SID,
    of="vault-revoke+jwt",
    iat=NOW,
    idx=41,
    entry=secret("entry"),
)
CLOSING = sign_closing(key("team"), iss=TEAM, vlt=VLT, gnt=GNT, iat=NOW)
EVENT = issue_security_event(
    key("consent"),
    iss=CONSENT,
    aud=TEAM,
    kind="grant-ended",
    dataref=f"/gateway/v1/grants/{GNT}",
    iat=NOW,
    jti=ident("set"),
)
ENTITY = Entity(TEAM, "Jeugdteam Zuid", "Stadhuisplein 1, Zwolle", "privacy@example.org")
BODY = receipt_body(
    jti=ident("consent receipt"), vlt=VLT, iat=NOW, notice=(NOW, "nl", PURPOSE["h"]), purpose=PURPOSE["uri"],
    legal_basis="eu-gdpr:A6-1-a", drawers=["school"], controller=ENTITY, recipient=ENTITY,
    storage=("Nederland", "P30D", "erased within 14 days of the end"), withdraw_at="https://kluisje.example/",
    assessment="https://catalogue.example/dpia/7", states=[State("ConsentGiven", GRANT_SID,
    "signed on own device", NOW)],
)  # fmt: skip
CONSENT_RECEIPT = issue_consent_receipt(
    key("consent"), iss=CONSENT, vlt=VLT, jti=ident("consent receipt"), iat=NOW, sid=GRANT_SID, body=BODY
)
ALL: dict[str, tuple[str, str, Any]] = {
    "receipt": (RECEIPT, "consent", verify_receipt),
    "closing": (CLOSING, "team", verify_closing),
    "security event": (EVENT, "consent", verify_security_event),
    "consent receipt": (CONSENT_RECEIPT, "consent", verify_consent_receipt),
}


@pytest.mark.parametrize("name", ALL)
def test_every_forgery_is_refused(name: str) -> None:
    token, signer, check = ALL[name]
    check(token, pub(signer))
    check(twin(token), pub(signer))
    for _, forged in forgeries(token, key(signer), key("mallory")):
        refused(check, forged, pub(signer))
    refused(check, token, pub("mallory"))
    for other in ALL:
        if other != name:
            refused(ALL[other][2], token, pub(signer))


WRONG: list[tuple[str, str, Any]] = [
    ("receipt", "iss", f"vault:{VLT}"), ("receipt", "sub", VLT), ("receipt", "sub", TEAM), ("receipt", "sid",
    None),
    ("receipt", "sid", "x"), ("receipt", "of", "stop"), ("receipt", "of", ""), ("receipt", "iat", "1"),
    ("receipt", "log", {}),
    ("receipt", "log.idx", -1), ("receipt", "log.entry", b64u(bytes(31))), ("receipt", "log", {"idx": 1,
    "entry": H("x"), "x": 1}),
    ("closing", "ans", "forgotten"), ("closing", "ans", "kept"), ("closing", "until", NOW), ("closing", "art",
    "15 Jeugdwet"),
    ("closing", "iss", f"vault:{VLT}"), ("closing", "vlt", f"vault:{VLT}"), ("closing", "gnt", "x"),
    ("closing", "iat", None),
    ("security event", "events", {}), ("security event", "events", []), ("security event", "aud", "x"),
    ("security event", "jti", "x"),
    ("security event", "events", {"urn:kluisje:event:a": {"dataref": "/"},
    "urn:kluisje:event:b": {"dataref": "/"}}),
    ("security event", "events", {"urn:other:a": {"dataref": "/"}}), ("security event", "events",
    {"urn:kluisje:event:": {"dataref": "/"}}),
    ("security event", "events", {"urn:kluisje:event:a": {"dataref": "/", "subject": "x"}}),
    ("consent receipt", "sid", "x"), ("consent receipt", "jti", ident("other")), ("consent receipt", "sub",
    f"vault:{ident('x')}"),
    ("consent receipt", "iat", NOW + 1), ("consent receipt", "body", None), ("consent receipt", "iss", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value"), WRONG)
def test_a_wrong_member_is_refused_though_truly_signed(name: str, path: str, value: Any) -> None:
    token, signer, check = ALL[name]
    header, claims = parts_of(token)
    refused(check, signed(header, edited(claims, path, value), key(signer)), pub(signer))


def test_a_receipt_says_where_in_the_log() -> None:
    found = verify_receipt(RECEIPT, pub("consent"))
    assert (found.iss, found.vlt, found.sid, found.of) == (CONSENT, VLT, GRANT_SID, "vault-revoke+jwt")
    assert (found.iat, found.idx, found.entry) == (NOW, 41, secret("entry"))


def test_a_stop_by_sign_in_alone_has_no_statement() -> None:
    given: dict[str, Any] = {"iss": CONSENT, "vlt": VLT, "iat": NOW, "idx": 0, "entry": secret("e")}
    assert verify_receipt(issue_receipt(key("consent"), sid=None, of="stop", **given), pub("consent")).sid is None
    refused(issue_receipt, key("consent"), sid=GRANT_SID, of="stop", **given)
    refused(issue_receipt, key("consent"), sid=None, of="vault-revoke+jwt", **given)


def test_a_closing_is_erased_or_kept_with_both() -> None:
    found = verify_closing(CLOSING, pub("team"))
    assert (found.ans, found.until, found.art, found.gnt, found.vlt, found.iss) == (
        "erased",
        None,
        None,
        GNT,
        VLT,
        TEAM,
    )
    given: dict[str, Any] = {"iss": TEAM, "vlt": VLT, "gnt": GNT, "iat": NOW}
    kept = verify_closing(sign_closing(key("team"), until=NOW + 9, art="7.3.8 Jeugdwet", **given), pub("team"))
    assert (kept.ans, kept.until, kept.art) == ("kept", NOW + 9, "7.3.8 Jeugdwet")
    refused(sign_closing, key("team"), until=NOW, **given)
    refused(sign_closing, key("team"), art="x", **given)


def test_a_security_event_only_says_where_to_look() -> None:
    found = verify_security_event(EVENT, pub("consent"))
    assert (found.kind, found.dataref, found.aud) == ("grant-ended", f"/gateway/v1/grants/{GNT}", TEAM)
    assert parts_of(EVENT)[1]["events"] == {"urn:kluisje:event:grant-ended": {"dataref": f"/gateway/v1/grants/{GNT}"}}


# -- the consent receipt -------------------------------------------------------------------------------------


def read() -> ConsentReceipt:
    return verify_consent_receipt(CONSENT_RECEIPT, pub("consent"))


def test_a_consent_receipt_is_read_as_issued() -> None:
    found = read()
    assert (found.vlt, found.jti, found.sid, found.state) == (
        VLT,
        ident("consent receipt"),
        GRANT_SID,
        "ConsentGiven",
    )
    assert found.state in ALLOWING
    assert found.body["dct:created"] == "2026-09-21T14:13:20Z"
    assert found.body["dpv:hasNotice"]["dpv:hasHash"] == PURPOSE["h"]
    assert DRW not in CONSENT_RECEIPT


def reissued(body: Any) -> str:
    header, claims = parts_of(CONSENT_RECEIPT)
    return signed(header, claims | {"body": body}, key("consent"))


def test_any_field_left_out_or_empty_is_refused() -> None:
    fields = 0
    for name in BODY:
        refused(verify_consent_receipt, reissued({n: v for n, v in BODY.items() if n != name}), pub("consent"))
        for wrong in (None, "", {}, []):
            if (name, wrong) != ("dpv:hasPersonalData", []):
                refused(verify_consent_receipt, reissued(BODY | {name: wrong}), pub("consent"))
        if isinstance(BODY[name], dict):
            for inner in BODY[name]:
                rest = {n: v for n, v in BODY[name].items() if n != inner}
                refused(verify_consent_receipt, reissued(BODY | {name: rest}), pub("consent"))
        fields += 1
    assert fields == 18
    for inner in BODY["dpv:hasConsentStatus"][0]:
        rest = {n: v for n, v in BODY["dpv:hasConsentStatus"][0].items() if n != inner}
        refused(verify_consent_receipt, reissued(BODY | {"dpv:hasConsentStatus": [rest]}), pub("consent"))
    refused(verify_consent_receipt, reissued(BODY | {"extra": "x"}), pub("consent"))
    refused(verify_consent_receipt, reissued(BODY | {"dpv:hasPersonalData": ["school", ""]}), pub("consent"))
    empty = BODY["dpv:hasStorageCondition"] | {"dpv:hasDuration": ""}
    refused(verify_consent_receipt, reissued(BODY | {"dpv:hasStorageCondition": empty}), pub("consent"))
    no_hash = BODY["dpv:hasNotice"] | {"dpv:hasHash": "no hash"}
    refused(verify_consent_receipt, reissued(BODY | {"dpv:hasNotice": no_hash}), pub("consent"))


def test_states_are_those_of_the_standard() -> None:
    given: dict[str, Any] = {
        "iss": CONSENT,
        "vlt": VLT,
        "jti": ident("consent receipt"),
        "iat": NOW,
        "sid": None,
    }
    for state in STATES:
        one = {**BODY["dpv:hasConsentStatus"][0], "@type": f"dpv:{state}"}
        body = BODY | {"dpv:hasConsentStatus": [*BODY["dpv:hasConsentStatus"], one]}
        token = issue_consent_receipt(key("consent"), body=body, **given)
        assert verify_consent_receipt(token, pub("consent")).state == state
    refused(
        issue_consent_receipt,
        key("consent"),
        body=BODY | {"dpv:hasConsentStatus": [{**one, "@type": "dpv:Maybe"}]},
        **given,
    )


def test_who_decides_for_another_is_named_apart() -> None:
    with_parent = BODY | {"dpv:hasRepresentative": f"vault:{ident('mother')}"}
    assert verify_consent_receipt(reissued(with_parent), pub("consent")).body["dpv:hasDataSubject"] == f"vault:{VLT}"
    refused(verify_consent_receipt, reissued(BODY | {"dpv:hasRepresentative": ""}), pub("consent"))
    made = receipt_body(
        jti=ident("r"), vlt=VLT, iat=NOW, notice=(NOW, "nl", H("t")), purpose="p", legal_basis="l",
        drawers=[],
        controller=ENTITY, recipient=ENTITY, storage=("a", "b", "c"), withdraw_at="w", assessment="d",
        states=[State("ConsentRequested", "x", "y", NOW)], representative=f"vault:{ident('mother')}",
    )  # fmt: skip
    assert made["dpv:hasRepresentative"] == f"vault:{ident('mother')}"
