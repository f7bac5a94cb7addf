# SPDX-License-Identifier: EUPL-1.2
"""A film of 100 MB is sealed and opened on a phone: it passes through, it is never held."""

import subprocess
import sys
from pathlib import Path

STORY = """
import resource
from hashlib import sha256
from formats.attachment import open_attachment, seal_attachment
from formats.spelling import new_id

MB = 1_000_000
place = {"vlt": new_id(), "drw": new_id(), "rid": new_id()}
blob_file, seen = open(BLOB, "w+b"), sha256()
def film():
    for number in range(100):
        piece = number.to_bytes(4) * (MB // 4)
        seen.update(piece)
        yield piece
list(open_attachment(list(w := seal_attachment([b"warm"], **place)), w.entry, **place))
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sealing = seal_attachment(film(), **place)
for piece in sealing:
    blob_file.write(piece)
blob_file.seek(0)
back, length = sha256(), 0
for piece in open_attachment(iter(lambda: blob_file.read(65_536), b""), sealing.entry, **place):
    back.update(piece)
    length += len(piece)
assert length == 100 * MB and back.digest() == seen.digest()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle)
"""


def test_a_film_of_100_megabytes_passes_through_8(tmp_path):
    story = STORY.replace("BLOB", repr(str(tmp_path / "film")))
    ran = subprocess.run(
        [sys.executable, "-c", story],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) <= 8 * 1024  # KiB over idle; performance.md asks 32 MB, aims at 8
