# SPDX-License-Identifier: EUPL-1.2
"""In production a client's key has a certificate of the organisation itself. Certificates here are self-made."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, RSAKey

from formats import jose
from formats.spelling import DAY
from gateway import administering
from gateway.certificates import CertificateError, check_certificate, read_roots
from gateway.registering import RegistrationError
from gateway.settings import GatewaySettings
from tests import databases
from tests.gateway.office import OIN, Shifted, key_file, settings_for
from tests.gateway.test_administering import SIGNER, members_of, statement_at

NOW = 1_790_000_000
YEAR = 365 * DAY
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """A certificate authority like PKIoverheid: a root, and one below it that gives certificates out."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now
        self.root_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._made("Test root", self.root_key, self.root_key, "Test root", None)
        self.between = self._made("Test services", self.key, self.root_key, "Test root", 0)

    def _made(self, name: str, key: Private, by: Private, issuer: str, length: int | None, **leaf: Any) -> Any:
        ends, signs, ca = leaf.get("ends", self.now + YEAR), leaf.get("signs", True), "oin" not in leaf
        number = [] if ca else [x509.NameAttribute(NameOID.SERIAL_NUMBER, one) for one in leaf["oin"]]
        subject = x509.Name([*number, x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = {"digital_signature": signs, "key_cert_sign": ca, "crl_sign": ca}
        names |= {"content_commitment": False, "key_encipherment": not signs, "data_encipherment": False}
        names |= {"key_agreement": False, "encipher_only": False, "decipher_only": False}
        public = x509.SubjectKeyIdentifier.from_public_key
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.fromtimestamp(self.now - DAY, UTC))
            .not_valid_after(datetime.fromtimestamp(ends, UTC))
            .add_extension(x509.BasicConstraints(ca, length if ca else None), critical=True)
            .add_extension(x509.KeyUsage(**names), critical=True)
            .add_extension(public(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
            .sign(by, SHA256())
        )

    def given(self, key: Private, *oin: str, **leaf: Any) -> list[str]:
        """The `x5c` of a key: its certificate, and the one between it and the root."""
        own = self._made("Jeugdteam Zuid", key, self.key, "Test services", None, oin=oin, **leaf)
        return [b64encode(one.public_bytes(Encoding.DER)).decode() for one in (own, self.between)]


def _jwk(private: Mapping[str, Any]) -> tuple[dict[str, Any], Private]:
    """The public JWK, and the key of the library."""
    return dict(jose.public(private)), ECKey.import_key(dict(private)).private_key


def test_the_certificate_of_this_key_and_organisation_counts_until_it_ends() -> None:
    authority, (jwk, key) = Authority(), _jwk(jose.new_signing_key())
    jwk["x5c"] = authority.given(key, OIN, ends=NOW + 90 * DAY)
    assert check_certificate(jwk, OIN, [authority.root], NOW) == NOW + 90 * DAY
    assert check_certificate(jwk, OIN, [Authority().root, authority.root], NOW) == NOW + 90 * DAY
    big = rsa.generate_private_key(65537, 2048)
    rsa_jwk = RSAKey.import_key(big.public_key()).as_dict(private=False) | {"x5c": authority.given(big, OIN)}
    assert check_certificate(rsa_jwk, OIN, [authority.root], NOW) == NOW + YEAR


def test_any_other_certificate_is_refused() -> None:
    authority, (jwk, key), (_, other) = Authority(), _jwk(jose.new_signing_key()), _jwk(jose.new_signing_key())
    good = authority.given(key, OIN)
    roots = [authority.root]
    self_made = Authority().given(key, OIN)
    for x5c, why, believed, now in (
        (None, "in production", roots, NOW),
        ([], "in production", roots, NOW),
        (good * 3, "in production", roots, NOW),
        (["x"], "no certificate", roots, NOW),
        ([1], "no certificate", roots, NOW),
        (authority.given(other, OIN), "another key", roots, NOW),
        (authority.given(key, "0" * 20), "another organisation", roots, NOW),
        (authority.given(key), "another organisation", roots, NOW),
        (authority.given(key, OIN, "0" * 20), "another organisation", roots, NOW),
        (good[:1], "does not chain", roots, NOW),
        (self_made, "does not chain", roots, NOW),
        (good, "does not chain", [], NOW),
        (good, "does not chain", roots, NOW + 2 * YEAR),
        (good, "does not chain", roots, NOW - 2 * DAY),
        (authority.given(key, OIN, signs=False), "does not chain", roots, NOW),
    ):
        with pytest.raises(CertificateError, match=why):
            check_certificate(jwk | ({} if x5c is None else {"x5c": x5c}), OIN, believed, now)


def test_roots_are_read_from_a_file() -> None:
    authority = Authority()
    assert read_roots(authority.root.public_bytes(Encoding.PEM)) == (authority.root,)
    with pytest.raises(CertificateError):
        read_roots(b"nothing")


@pytest.mark.promise("P16")
async def test_in_production_no_organisations_client_is_registered_without_its_certificate(tmp_path: Path) -> None:
    clock = Shifted()
    authority, (jwk, key) = Authority(clock.now()), _jwk(jose.new_signing_key())
    (tmp_path / "roots.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    directory = key_file(tmp_path / "directory.json", jose.public(SIGNER))
    given = settings_for(
        tmp_path, "http://127.0.0.1:8000", directory_key=directory, client_roots=tmp_path / "roots.pem"
    )
    databases.migrated("gateway", tmp_path / "gateway.sqlite3")
    office = replace(administering.office_of(GatewaySettings(**given), clock), environment="production")
    statement = statement_at(clock.now())

    def file(x5c: list[str] | None, **more: Any) -> dict[str, Any]:
        whole = jwk if x5c is None else jwk | {"x5c": x5c}
        return {"registration": members_of(whole, **more), "organisation": statement}

    for x5c, why in ((None, "in production"), (authority.given(key, "0" * 20), "another organisation")):
        with pytest.raises(RegistrationError, match=why):
            await administering.register(office, file(x5c))
    with pytest.raises(RegistrationError, match="CLIENT_ROOTS"):
        await administering.register(replace(office, roots=()), file(authority.given(key, OIN)))
    assert await administering.listing(office) == []
    ends = clock.now() + 90 * DAY
    client = await administering.register(office, file(authority.given(key, OIN, ends=ends)))
    [found] = await administering.listing(office)
    assert found["keys"] == {jwk["kid"]: ends}, "the key counts no longer than its certificate"
    with pytest.raises(RegistrationError, match="in production"):
        await administering.replace_keys(office, client.id, {"keys": [jose.public(jose.new_signing_key())]})
    after, second = _jwk(jose.new_signing_key())
    await administering.replace_keys(office, client.id, {"keys": [after | {"x5c": authority.given(second, OIN)}]})
    [found] = await administering.listing(office)
    assert list(found["keys"].values()) == pytest.approx([clock.now() + YEAR, clock.now() + 30 * DAY], abs=5)
    assert json.loads(json.dumps(found))["state"] == "in use"
    office.database.close()
