# SPDX-License-Identifier: EUPL-1.2
"""What every use case of consent stands on: its database, its ledger, its rules and its keys. Made once, in `app`."""

import hmac
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from chassis.clock import Clock
from chassis.database import Connection, Database
from chassis.journal import Journal, Line
from consent.asking import Asking
from consent.batch import Batch
from consent.elsewhere import Installations
from consent.ledger import Ledger
from consent.purposes import Catalogue
from consent.rates import Rates
from formats.catalogue import Catalogue as Statement
from formats.event import emp
from formats.spelling import b64u

Jwk = dict[str, Any]


@dataclass(frozen=True)
class Registry:
    """The component's own object.

    origin: public origin of the installation. party: our OIN. location: where the data lies, for receipts.
    page: (RP id, origin) of the one page whose passkey touches count, or None: then none counts.
    signed: the statement that the catalogue is under, or None: the demo's and a test's may be unsigned.
    installations: from which people may move in. kept: file of the checkpoint outside the database, or None.
    receipt_key: private; identity_key, directory_key, gezag_key: public, pinned.
    """

    database: Database
    ledger: Ledger
    asking: Asking
    journal: Journal
    clock: Clock
    catalogue: Catalogue
    origin: str
    party: str
    location: str
    page: tuple[str, str] | None
    receipt_key: Jwk
    identity_key: Jwk
    directory_key: Jwk
    gezag_key: Jwk | None
    bsn_secret: bytes
    emp_secret: bytes
    subject_secret: bytes
    rates: Rates
    installations: Installations
    catalogue_key: Jwk | None = None
    signed: Statement | None = None
    kept: Path | None = None
    trace: str | None = None

    def traced(self, trace: str | None) -> "Registry":
        """The same for one call, whose accountability lines carry its W3C traceparent."""
        return self if trace is None else replace(self, trace=trace)

    def address(self, bsn: str) -> str:
        """The pseudonym of a BSN: where questions to it lie. Nothing else of the BSN is kept."""
        return b64u(hmac.new(self.bsn_secret, b"vault-consent/v1/bsn\0" + bsn.encode("ascii"), sha256).digest())

    def employee(self, team: str, caseworker: str) -> str:
        """The pseudonym of a caseworker in the log (formats.md section 8)."""
        return emp(self.emp_secret, team, caseworker)

    def pepper(self, vlt: str) -> bytes:
        """What is added to the words of a vault (formats.md section 9). Under the secret that never leaves consent."""
        return hmac.new(self.emp_secret, b"vault-consent/v1/pepper\0" + vlt.encode("ascii"), sha256).digest()

    def subject(self, person: str) -> str:
        """The data subject in an accountability line, from a `vlt` or an address."""
        return b64u(hmac.new(self.subject_secret, person.encode("utf-8"), sha256).digest())

    def account(self, connection: Connection, batch: Batch, *lines: Line) -> None:
        """Accountability lines: into the outbox with the change they tell of, on stdout after the commit."""
        told = [replace(line, trace=self.trace) for line in lines]
        written = self.journal.write(connection, self.clock.milliseconds(), told)
        batch.after(partial(self.journal.show, written))

    def base(self) -> str:
        """Our own address."""
        return f"{self.origin}/consent/v1"
