# SPDX-License-Identifier: EUPL-1.2
"""How calls went, for who runs the machines: figures (Prometheus) and spans (OpenTelemetry), each only when asked for.

They know a part, an operation of its contract, a status and a time, and nothing else: no path, no query, no header, no id.
They are not the record of who did what: that is the journal and the log, which sampling and outages never touch. Only
serve.py imports this, when a setting asks for it.
"""

import time
from collections.abc import Awaitable, Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Upper bounds of the histogram: a refusal takes about a millisecond, a large attachment seconds."""
UNKNOWN = "none"
"""The operation of a call that the contract does not know, whatever it asked for."""

Watch = Callable[[str, ASGIApp, Scope, Receive, Send], Awaitable[None]]
"""Answers a call by the app of a part, and looks on."""


async def _watched(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> int:
    """Answers by `app`; the status that was sent, 500 when none was."""
    status = 500

    async def answer(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    await app(scope, receive, answer)
    return status


class Figures:
    """Counts and times of calls by part, operation and status; and how many are open."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("part", "operation", "status")
        self._seconds = Histogram(
            "kluisje_call_seconds",
            "Time of a call until its last byte",
            labels,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._open = Gauge("kluisje_calls_open", "Calls that are being answered", registry=self.registry)
        ProcessCollector(registry=self.registry)

    async def watch(self, part: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        status, began = 500, time.perf_counter()
        self._open.inc()
        try:
            status = await _watched(app, scope, receive, send)
        finally:
            self._open.dec()
            operation = scope.get("kluisje.operation", UNKNOWN)
            self._seconds.labels(part, operation, status).observe(time.perf_counter() - began)


class Spans:
    """A span for each call, as a child of the caller's (W3C traceparent); what the call does becomes a child of ours.

    exporter: where they go; a bounded queue, dropped when nobody takes them. No call waits for it.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        # A caller's "not sampled" is not obeyed: whoever asks for spans here gets all of them.
        self._provider = TracerProvider(resource=Resource.create({"service.name": "kluisje"}), sampler=ALWAYS_ON)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer, self._form = self._provider.get_tracer("kluisje"), TraceContextTextMapPropagator()

    async def watch(self, part: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        given = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"] if k == b"traceparent"}
        span = self._tracer.start_span(part, context=self._form.extract(given), kind=SpanKind.SERVER)
        ours: dict[str, str] = {}
        self._form.inject(ours, context=set_span_in_context(span))
        others = [(k, v) for k, v in scope["headers"] if k != b"traceparent"]
        scope["headers"] = [*others, *((k.encode(), v.encode()) for k, v in ours.items() if k == "traceparent")]
        status = 500
        try:
            status = await _watched(app, scope, receive, send)
        finally:
            span.update_name(f"{part} {scope.get('kluisje.operation', UNKNOWN)}")
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(Status(StatusCode.ERROR))
            span.end()

    def start(self) -> None:
        """Nothing: the queue has its own thread from the beginning."""

    def stop(self) -> None:
        """Sends what is left, at most for a few seconds."""
        self._provider.shutdown()


def spans_to(address: str) -> Spans:
    """Spans that leave by OTLP over HTTP. address: of the collector, `https://…/v1/traces`."""
    return Spans(OTLPSpanExporter(endpoint=address))
