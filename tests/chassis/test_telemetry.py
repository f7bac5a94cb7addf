# SPDX-License-Identifier: EUPL-1.2
"""What the machines around us are told: health and figures on a port of its own, spans to a collector; about nobody."""

import asyncio
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from chassis.calls import TRACE, Inside
from tests.ports import free_ports
from tests.town import Players, Servers, servers

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


class Collector(HTTPServer):
    """Takes spans as an OTLP collector does, and keeps them."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.bytes = b""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 the library's names
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.bytes += body
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    self.spans += [span for scope in resource.scope_spans for span in scope.spans]
                handler.send_response(200)
                handler.end_headers()

            def log_message(handler, *_: Any) -> None:  # noqa: N805
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Servers]:
    made = servers(tmp_path_factory.mktemp("watched"))
    [port] = free_ports(1)
    address = f"http://127.0.0.1:{collector.server_port}/v1/traces"
    made.processes["all"].environment |= {"KLUISJE_MANAGEMENT_PORT": str(port), "KLUISJE_TRACES_TO": address}
    made.start()
    yield made
    made.stop()


def _get(port: int, path: str, **headers: str) -> tuple[int, str]:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


async def test_a_day_in_figures_and_spans_names_nobody(watched: Servers, collector: Collector) -> None:
    process = watched.processes["all"]
    side = int(process.environment["KLUISJE_MANAGEMENT_PORT"])
    players = Players(watched)
    noor = await players.citizen("Noor")
    assert _get(process.port, "/consent/v1/purposes", traceparent=GIVEN)[0] == 200
    assert _get(process.port, "/consent/v1/made-up/of-noor")[0] == 404
    assert [_get(side, path)[0] for path in ("/health/live", "/health/ready", "/nothing")] == [200, 200, 404]
    status, figures = _get(side, "/metrics")
    assert status == 200
    assert re.search(
        r'kluisje_call_seconds_count\{operation="listPurposes",part="consent",status="200"\} [1-9]', figures
    )
    assert 'operation="none",part="consent",status="404"' in figures
    assert "kluisje_calls_open 0.0" in figures
    await players.close()
    process.stop(signal.SIGTERM)  # so that what is left in the queue is sent before the end
    named = {span.name: span for span in collector.spans}
    [ours] = [span for span in collector.spans if span.trace_id.hex() == GIVEN[3:35]]
    assert ours.name == "consent listPurposes"
    assert ours.parent_span_id.hex() == GIVEN[36:52]
    assert {"vault", "consent"} <= {name.split()[0] for name in named}
    seen = figures.encode() + collector.bytes
    for one in (noor.vlt, "/consent/v1", "made-up", players.town.folder.name):
        assert one.encode() not in seen, one
    process.start()
    process.wait()


def test_the_journal_continues_the_trace_of_the_call(watched: Servers) -> None:
    """A line of accountability has the trace it belongs to: the caller's, with our span in between, also unsampled."""

    async def made() -> None:
        players = Players(watched)
        await players.citizen("Noor")
        await players.close()

    asyncio.run(made())
    lines = [line for line in watched.processes["all"].log.read_bytes().splitlines() if line.startswith(b'{"action"')]
    assert lines
    assert all(re.fullmatch(r"[0-9a-f]{16}", orjson.loads(line)["parent_span_id"] or "") for line in lines[-2:])


async def test_the_trace_goes_along_to_a_neighbour() -> None:
    seen: list[Any] = []

    async def neighbour(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]).get(b"traceparent"))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    peer = Inside("gateway", neighbour)
    await peer.call("GET", "/consent/v1/purposes")
    TRACE.set(GIVEN.encode())
    await peer.call("GET", "/consent/v1/purposes")
    assert seen == [None, GIVEN.encode()]


def test_without_the_settings_nothing_of_it_is_loaded() -> None:
    named = "[m for m in sys.modules if m.startswith(('prometheus', 'opentelemetry.sdk'))]"
    program = f"import sys, serve, gateway.app, consent.app, vault.app; print({named})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_dashboard_asks_for_what_there_is() -> None:
    """Each figure and operation that the dashboard draws is one that the parts keep."""
    root = Path(__file__).resolve().parents[2]
    drawn = (root / "charts" / "kluisje" / "dashboard.json").read_text("utf-8")
    contracts = "".join(path.read_text("utf-8") for path in (root / "openapi").glob("*.yaml"))
    assert set(re.findall(r"kluisje_[a-z_]+", drawn)) <= {
        "kluisje_call_seconds_count",
        "kluisje_call_seconds_bucket",
        "kluisje_calls_open",
    }
    for operation in re.findall(r'operation=\\"([a-zA-Z]+)\\"', drawn):
        assert f"operationId: {operation}\n" in contracts, operation
