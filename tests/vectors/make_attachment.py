# SPDX-License-Identifier: EUPL-1.2
"""Made `attachment.json`. Kept to show where the frozen values came from; it refuses to overwrite."""

import json
from hashlib import sha256
from pathlib import Path

from formats.attachment import C2SP, context, encrypt_chunks
from formats.padding import padded_length
from formats.spelling import b64u

TARGET = Path(__file__).with_name("attachment.json")
PLACE = {
    "vlt": "6f0f6f53-9d2a-4c57-8f11-0a1b2c3d4e5f",
    "drw": "0b54f4ae-7d6c-4e0a-9a3b-1c2d3e4f5a6b",
    "rid": "c1d2e3f4-0516-4728-b94a-5b6c7d8e9fa0",
    "att": "2a3b4c5d-6e7f-4081-92a3-b4c5d6e7f809",
}


def text(length: int) -> bytes:
    """The plaintext of a case: byte i is i modulo 251."""
    return bytes(i % 251 for i in range(length))


def main() -> None:
    cases = []
    for length in (0, 1, 512, 513, 16_383, 16_384, 16_385, 100_000):
        key, salt = sha256(b"key%d" % length).digest(), sha256(b"salt%d" % length).digest()[:24]
        padded = text(length) + bytes(padded_length(length) - length)
        blob = b"".join(encrypt_chunks(key, salt, context(**PLACE), [padded]))
        entry = {"id": PLACE["att"], "key": b64u(key), "len": length, "h": b64u(sha256(blob).digest())}
        cases.append(
            {
                "entry": {**entry, "c2sp": C2SP},
                "salt": b64u(salt),
                "blob_length": len(blob),
                "blob": b64u(blob) if length < 1000 else None,
            }
        )
    made = {
        "about": "formats.md section 3, Attachment. Byte i of a file is i modulo 251; blob null: see h.",
        "place": PLACE,
        "context": b64u(context(**PLACE)),
        "padded_lengths": [
            [n, padded_length(n)] for n in (0, 1, 512, 513, 544, 545, 1024, 1025, 16_384, 16_385, 10**6, 10**8)
        ],
        "cases": cases,
    }
    with TARGET.open("x", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
