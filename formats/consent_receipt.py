# SPDX-License-Identifier: EUPL-1.2
"""The consent receipt: what was agreed, for the person to keep. Signed JSON-LD after ISO/IEC TS 27560 and
DPV.

Record `https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr`, type `dpv:ConsentReceipt`. Each change of state
makes a new receipt whose list of states has one more; no state is ever taken out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from formats.jose import Jwk, public, sign, verify
from formats.spelling import (
    FormatError,
    check_hash,
    check_id,
    check_int,
    check_list,
    check_members,
    check_one_of,
    check_organisation,
    check_text,
    check_vault,
    sid,
)

CONSENT_RECEIPT = "consent-receipt+jwt"
PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
STATES = (
    "ConsentRequested", "ConsentGiven", "RenewedConsentGiven", "ConsentRefused", "ConsentWithdrawn",
    "ConsentRevoked", "ConsentExpired", "ConsentInvalidated",
)  # fmt: skip
ALLOWING = ("ConsentGiven", "RenewedConsentGiven")
_CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
}
_BODY = (
    "@context", "@type", "dct:conformsTo", "dct:identifier", "dct:created", "dpv:hasDataSubject",
    "dpv:hasNotice", "dpv:hasPurpose", "dpv:hasLegalBasis", "dpv:hasPersonalData", "dpv:hasDataController",
    "dpv:hasRecipient", "dpv:hasStorageCondition", "dpv:hasJurisdiction", "dpv:hasConsentControl",
    "dpv:hasRight", "dpv:hasImpactAssessment", "dpv:hasConsentStatus",
)  # fmt: skip
_STATE = ("@type", "dpv:isIndicatedBy", "dpv:hasIndicationMethod", "dpv:isIndicatedAtTime")
_REPRESENTATIVE = "dpv:hasRepresentative"  # only where another person decided


@dataclass(frozen=True, slots=True)
class Entity:
    """A controller or recipient as a receipt names it."""

    id: str
    name: str
    address: str
    contact: str


@dataclass(frozen=True, slots=True)
class State:
    """One state of the consent: which, shown by what (a sid or a log entry), how, and when (seconds)."""

    state: str
    indicated_by: str
    method: str
    at: int


@dataclass(frozen=True, slots=True)
class ConsentReceipt:
    """A consent receipt that was checked. `body` is its JSON-LD; `sid` names the grant, or is None before
    there is one."""

    token_sid: str
    iss: str
    vlt: str
    jti: str
    iat: int
    sid: str | None
    body: Mapping[str, Any]

    @property
    def state(self) -> str:
        """The newest state."""
        return str(self.body["dpv:hasConsentStatus"][-1]["@type"]).removeprefix("dpv:")


def receipt_body(
    *,
    jti: str,
    vlt: str,
    iat: int,
    notice: tuple[int, str, str],
    purpose: str,
    legal_basis: str,
    drawers: Iterable[str],
    controller: Entity,
    recipient: Entity,
    storage: tuple[str, str, str],
    withdraw_at: str,
    assessment: str,
    states: Sequence[State],
    representative: str | None = None,
) -> dict[str, Any]:
    """The JSON-LD of a receipt. `notice`: when shown (seconds), language, H(text). `storage`: place,
    duration, deletion. `withdraw_at`: where to withdraw. `representative`: who decided for the person, a
    pseudonym."""
    shown, language, text_hash = notice
    place, duration, deletion = storage
    body: dict[str, Any] = {
        "@context": dict(_CONTEXT),
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": PROFILE,
        "dct:identifier": jti,
        "dct:created": _moment(iat),
        "dpv:hasDataSubject": f"vault:{vlt}",
        "dpv:hasNotice": {"dct:date": _moment(shown), "dct:language": language, "dpv:hasHash": text_hash},
        "dpv:hasPurpose": purpose,
        "dpv:hasLegalBasis": legal_basis,
        "dpv:hasPersonalData": list(drawers),
        "dpv:hasDataController": _entity(controller),
        "dpv:hasRecipient": _entity(recipient),
        "dpv:hasStorageCondition": {
            "dpv:hasLocation": place, "dpv:hasDuration": duration, "dpv:hasDeletion": deletion
        },
        "dpv:hasJurisdiction": "loc:NL",
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": withdraw_at},
        "dpv:hasRight": "eu-gdpr:A7-3",
        "dpv:hasImpactAssessment": assessment,
        "dpv:hasConsentStatus": [_state(one) for one in states],
    }  # fmt: skip
    return body if representative is None else body | {_REPRESENTATIVE: representative}


def issue_consent_receipt(
    key: Jwk, *, iss: str, vlt: str, jti: str, iat: int, sid: str | None, body: Mapping[str, Any]
) -> str:
    """The receipt over a `body` made by `receipt_body`, signed by the consent registry."""
    claims = {"iss": iss, "sub": f"vault:{vlt}", "jti": jti, "iat": iat, "sid": sid, "body": dict(body)}
    token = sign(claims, CONSENT_RECEIPT, key)
    verify_consent_receipt(token, public(key))  # what we would refuse we do not sign
    return token


def verify_consent_receipt(token: str, consent_key: Jwk) -> ConsentReceipt:
    """A consent receipt, checked with the registry's pinned key; every field of the profile must be there."""
    claims = verify(token, CONSENT_RECEIPT, consent_key)
    check_members(claims, ("iss", "sub", "jti", "iat", "sid", "body"))
    found = ConsentReceipt(
        sid(token),
        check_organisation(claims["iss"]),
        check_vault(claims["sub"]),
        check_id(claims["jti"]),
        check_int(claims["iat"]),
        None if claims["sid"] is None else check_hash(claims["sid"]),
        claims["body"],
    )
    _check_body(found)
    return found


def _check_body(found: ConsentReceipt) -> None:
    body = found.body
    names = (*_BODY, _REPRESENTATIVE) if isinstance(body, dict) and _REPRESENTATIVE in body else _BODY
    check_members(body, names)
    fixed = {
        "@context": _CONTEXT, "@type": "dpv:ConsentReceipt", "dct:conformsTo": PROFILE,
        "dct:identifier": found.jti, "dct:created": _moment(found.iat),
        "dpv:hasDataSubject": f"vault:{found.vlt}", "dpv:hasJurisdiction": "loc:NL",
        "dpv:hasRight": "eu-gdpr:A7-3",
    }  # fmt: skip
    if any(body[name] != value for name, value in fixed.items()):
        raise FormatError("receipt")
    _check_texts(body["dpv:hasNotice"], ("dct:date", "dct:language", "dpv:hasHash"))
    check_hash(body["dpv:hasNotice"]["dpv:hasHash"])
    for name in ("dpv:hasPurpose", "dpv:hasLegalBasis", "dpv:hasImpactAssessment"):
        check_text(body[name], 500)
    for drawer in check_list(body["dpv:hasPersonalData"], 200):
        check_text(drawer)
    for name in ("dpv:hasDataController", "dpv:hasRecipient"):
        _check_texts(body[name], ("@id", "dpv:hasName", "dpv:hasAddress", "dpv:hasContact"))
    storage = ("dpv:hasLocation", "dpv:hasDuration", "dpv:hasDeletion")
    _check_texts(body["dpv:hasStorageCondition"], storage)
    _check_texts(body["dpv:hasConsentControl"], ("@type", "dpv:isExercisedAt"))
    states = check_list(body["dpv:hasConsentStatus"], 200)
    for state in states:
        _check_texts(state, _STATE)
        check_one_of(state["@type"].removeprefix("dpv:"), STATES)
    if not states:
        raise FormatError("receipt")
    if _REPRESENTATIVE in body:
        check_text(body[_REPRESENTATIVE])


def _check_texts(value: Any, names: tuple[str, ...]) -> None:
    check_members(value, names)
    for name in names:
        check_text(value[name], 500)


def _entity(one: Entity) -> dict[str, str]:
    return {
        "@id": one.id, "dpv:hasName": one.name, "dpv:hasAddress": one.address, "dpv:hasContact": one.contact
    }  # fmt: skip


def _state(one: State) -> dict[str, str]:
    return {
        "@type": f"dpv:{one.state}",
        "dpv:isIndicatedBy": one.indicated_by,
        "dpv:hasIndicationMethod": one.method,
        "dpv:isIndicatedAtTime": _moment(one.at),
    }


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
