# SPDX-License-Identifier: EUPL-1.2
"""A PDF with a real signature in it (ISO 32000, 12.8): a detached CMS over every byte but its own place.

Whoever opens and saves such a file breaks it: it has to be kept as it is, byte for byte.
"""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from demo.papers import letter

ROOM = 8192
"""Hex digits kept free for the signature."""


def signed_pdf() -> bytes:
    """The demo's letter, with a signature appended as an update: what stood there stays as it is."""
    whole = letter()
    start = len(whole)
    free = b"<" + b"0" * ROOM + b">"
    head = b"\n99 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /ByteRange "
    ranges = b"[0 %010d %010d %010d]"
    before = start + len(head) + len(ranges % (0, 0, 0)) + len(b" /Contents ")
    tail = b" >>\nendobj\nxref\n99 1\n%010d 00000 n \ntrailer\n<< /Size 100 /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    after = before + len(free)
    end = tail % (start + 1, whole.rfind(b"xref"), after + len(b" >>\nendobj\n"))
    first = whole + head + ranges % (before, after, len(end)) + b" /Contents "
    assert len(first) == before
    signature = _sign(first + end).hex().encode()
    return first + b"<" + signature.ljust(ROOM, b"0") + b">" + end


def _sign(octets: bytes) -> bytes:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "De Vlier")]),
    )
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    signer = (made.sign(key, SHA256()), key, SHA256())
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    return pkcs7.PKCS7SignatureBuilder().set_data(octets).add_signer(*signer).sign(Encoding.DER, options)
