# SPDX-License-Identifier: EUPL-1.2
"""The journal: accountability lines (Logboek Dataverwerkingen 1.0, BIO2 8.15.01), an outbox in the same transaction.

It is not the log: what a person can prove stands in consent's ledger. A line is written with the change it tells
of, is printed on stdout after the commit, and stays in the outbox until the municipality's logbook acknowledged it.
Never sampled. Holds pseudonyms and codes; no token, key, BSN, name or content.
"""

import secrets
import sys
from collections.abc import Iterable
from typing import Any

import orjson

from chassis.database import Connection, Table, put_lines
from formats.value import value


@value
class Line:
    """One action for one person.

    action: `Record read`, `Grant stopped` …; status: Ok, Unset (a refusal or bad input), Error (our own fault).
    actor: organisation and caseworker pseudonym, vault pseudonym, or `system:<unit>`. subject: the data subject's
    HMAC, or None. activity: versioned URI of the processing activity, or None. trace: W3C traceparent, or None.
    """

    action: str
    object: str
    status: str
    actor: str
    subject: str | None = None
    activity: str | None = None
    processor: str | None = None
    trace: str | None = None


class Journal:
    """Writes lines for one component. `table` is its outbox."""

    def __init__(self, component: str, version: str, table: Table) -> None:
        self._resource = {"service.name": component, "service.version": version}
        self._table = table

    def write(self, connection: Connection, milliseconds: int, lines: Iterable[Line]) -> list[bytes]:
        """Puts lines into the outbox inside the caller's transaction; returns them for `show` after the commit."""
        told = list(lines)
        fresh = secrets.token_hex(24 * len(told))  # one call for all ids: each costs a call of the system
        made = [orjson.dumps(self._members(one, milliseconds, fresh[48 * i :])) for i, one in enumerate(told)]
        put_lines(connection, self._table, milliseconds, made)
        return made

    def show(self, lines: Iterable[bytes]) -> None:
        """Prints committed lines on stdout: BIO2 wants action, object, result, origin, actor and time of each."""
        sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines))
        sys.stdout.buffer.flush()

    def _members(self, line: Line, milliseconds: int, fresh: str) -> dict[str, Any]:
        """fresh: at least 48 random hexadecimal digits for its ids."""
        trace_id, parent = _parts(line.trace) or (fresh[16:48], None)
        return {
            "action": line.action,
            "object": line.object,
            "result": line.status,
            "origin": self._resource["service.name"],
            "actor": line.actor,
            "time": milliseconds,
            "trace_id": trace_id,
            "span_id": fresh[:16],
            "parent_span_id": parent,
            "name": line.action,
            "start_time": milliseconds,
            "end_time": milliseconds,
            "status": line.status,
            "resource": {"attributes": self._resource},
            "attributes": {
                "dpl.core.processing_activity_id": line.activity,
                "dpl.core.data_subject_id": line.subject,
                "dpl.core.data_subject_id_type": "urn:kluisje:data-subject",
                "dpl.core.foreign_operation.processor": line.processor,
            },
        }


def _parts(traceparent: str | None) -> tuple[str, str | None] | None:
    """Trace id and parent span id of a W3C `traceparent`, None without a good one; the sampled flag is ignored: every
    line is kept."""
    if traceparent is None:
        return None
    fields = traceparent.split("-")
    hexadecimal = all(c in "0123456789abcdef" for f in fields for c in f)
    if len(fields) == 4 and len(fields[1]) == 32 and len(fields[2]) == 16 and hexadecimal:
        return fields[1], fields[2]
    return None
