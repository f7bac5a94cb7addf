# SPDX-License-Identifier: EUPL-1.2
"""Certificates of a town's machines: one authority of its own, and a certificate for each part and for the front door.

Parts take each other only with one of these (mutual TLS), on loopback as in production.
"""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 2


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(IPv4Address("127.0.0.1"))])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(names, critical=False)
        .sign(signer, hashes.SHA256())
    )


def _write(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    path.chmod(0o600)


def make_certificates(folder: Path, names: Iterable[str]) -> None:
    """Writes `ca.pem`, and `<name>.pem` with `<name>.key` for each name, good for two days on 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    root = ec.generate_private_key(ec.SECP256R1())
    of_root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Town")])
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(_certificate("Town", root, of_root, root, authority=True).public_bytes(pem))
    for name in names:
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(name, key, of_root, root, authority=False)
        (folder / f"{name}.pem").write_bytes(made.public_bytes(pem))
        _write(folder / f"{name}.key", key)


def environment(folder: Path, name: str) -> dict[str, str]:
    """The settings that make a part speak mutual TLS with its own certificate (docs/settings.md)."""
    return {
        "KLUISJE_TLS_CA": str(folder / "ca.pem"),
        "KLUISJE_TLS_CERTIFICATE": str(folder / f"{name}.pem"),
        "KLUISJE_TLS_KEY": str(folder / f"{name}.key"),
    }


def context(folder: Path, name: str | None) -> ssl.SSLContext:
    """What a caller of a part uses: the town's authority, and its own certificate, if it has one."""
    made = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if name is not None:
        made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made
