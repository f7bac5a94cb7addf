# SPDX-License-Identifier: EUPL-1.2
"""Certificates of client keys (PKIoverheid, `x5c` of RFC 7517): whose they are, of which key, and until when. Pure.

In production a client's key comes with its chain, up to a root that this installation pins; the organisation's number
stands in `serialNumber` of the subject. No network: that one was withdrawn is not seen here, its client is suspended.
"""

from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy, PolicyBuilder, Store, VerificationError
from joserfc.jwk import import_key

MOST = 5
"""Certificates in a chain."""


class CertificateError(Exception):
    """The chain does not show that this key is this organisation's. Says why."""


def read_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The roots that are believed, from a PEM file. Raises CertificateError."""
    try:
        found = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise CertificateError("the file of roots holds no PEM certificates") from error
    return found


def check_certificate(jwk: Any, oin: str, roots: Sequence[x509.Certificate], now: int) -> int:
    """Checks the `x5c` of a public JWK; answers when its certificate ends (seconds). Raises CertificateError.

    oin: the 20 digits that must stand in the subject. The certificate is of this very key, may sign, and chains to one
    of the roots at `now`.
    """
    own, *between = _chain(jwk.get("x5c"))
    if _spki(own.public_key()) != _spki(import_key({n: v for n, v in jwk.items() if n != "x5c"}).public_key):
        raise CertificateError("the certificate is of another key")
    numbers = [str(one.value) for one in own.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    if numbers != [oin]:
        raise CertificateError("the certificate is of another organisation: its serialNumber is not the client's OIN")
    leaf = ExtensionPolicy.permit_all().require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs)
    try:
        builder = PolicyBuilder().store(Store(list(roots))).time(datetime.fromtimestamp(now, UTC)).max_chain_depth(MOST)
        builder = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=leaf)
        builder.build_client_verifier().verify(own, between)
    except (VerificationError, ValueError) as error:  # ValueError: no root is believed
        raise CertificateError("the certificate does not chain to a root that is pinned here, now") from error
    return int(own.not_valid_after_utc.timestamp())


def _signs(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("not for signing")


def _chain(given: Any) -> list[x509.Certificate]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        raise CertificateError("in production a key has x5c: its certificate and those between it and the root")
    try:
        return [x509.load_der_x509_certificate(b64decode(one, validate=True)) for one in given]
    except (ValueError, TypeError) as error:
        raise CertificateError("x5c holds something that is no certificate") from error


def _spki(key: Any) -> bytes:
    try:
        return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    except (UnsupportedAlgorithm, AttributeError) as error:
        raise CertificateError("the certificate is of another kind of key") from error
