# SPDX-License-Identifier: EUPL-1.2
"""Parts that speak over a network take each other, and nobody else: mutual TLS (docs/settings.md, serve.py)."""

import ssl
import urllib.request
from pathlib import Path

import pytest

from tests import certificates
from tests.town import PARTS, Servers

pytestmark = pytest.mark.parametrize("servers", ["separate"], indirect=True)


def _get(port: int, scheme: str, tls: ssl.SSLContext | None) -> int:
    with urllib.request.urlopen(f"{scheme}://127.0.0.1:{port}/health/live", timeout=5, context=tls) as answer:
        return int(answer.status)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_takes_whom_the_authority_knows(servers: Servers, tmp_path: Path, part: str) -> None:
    known, port = servers.town.folder / "tls", servers.processes[part].port
    assert _get(port, "https", certificates.context(known, "front")) == 200
    certificates.make_certificates(tmp_path, ["front"])
    stranger = certificates.context(known, None)
    stranger.load_cert_chain(tmp_path / "front.pem", tmp_path / "front.key")
    for scheme, tls in (("https", certificates.context(known, None)), ("https", stranger), ("http", None)):
        with pytest.raises(OSError):
            _get(port, scheme, tls)
