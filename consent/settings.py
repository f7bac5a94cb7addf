# SPDX-License-Identifier: EUPL-1.2
"""Settings of consent: `KLUISJE_CONSENT_…`. Keys are files; nothing here that guards anything has a default."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ComponentSettings
from consent.rates import Rates


class ConsentSettings(ComponentSettings):
    """What consent needs besides origin and database.

    party: our own OIN party, `iss` of receipts and events. log_host: host in the log's origin. location: where the
    data lies, as receipts say it. catalogue: folder of the rules.

    Secret files (mode 600): receipt_key signs receipts and events (private JWK); log_key signs checkpoints (Ed25519);
    bsn_secret makes the pseudonym of a BSN, shared with the gezag source; emp_secret that of a caseworker;
    subject_secret that of a data subject in accountability lines.

    Public files: person_keys (JWK set of the person issuer's access tokens); identity_key (signs `vault-person`);
    directory_key (signs `vault-org`); gezag_key (signs gezag; none: no snapshot is taken); gateway_key (its service
    tokens; none: only calls inside the process are the gateway's); catalogue_key (signs the rules: `signed.jwt` in their
    folder; none: they are taken as they lie there, which production refuses).

    kept_checkpoint: file on another volume than the database, where the newest checkpoint is kept as well, so that a
    restore of an older database is seen (consent/restoring.py); none: it is not seen, which production refuses.
    moves_from: folder with the `pins.json` of each installation from which people may move in; none: nobody can.

    The rates hold per caseworker or system. They have a value because the promise has: a setting changes it, to be
    stricter, or for a measurement.
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_CONSENT_", extra="ignore", frozen=True)

    party: str = Field(pattern=r"^urn:oin:[0-9]{20}$")
    log_host: str = Field(pattern=r"^[a-z0-9.-]{1,200}(:[0-9]{1,5})?$")
    location: str = Field(min_length=1, max_length=200)
    catalogue: Path
    receipt_key: Path
    log_key: Path
    bsn_secret: Path
    emp_secret: Path
    subject_secret: Path
    person_keys: Path
    identity_key: Path
    directory_key: Path
    gezag_key: Path | None = None
    gateway_key: Path | None = None
    catalogue_key: Path | None = None
    kept_checkpoint: Path | None = None
    moves_from: Path | None = None
    reads_an_hour: int = Field(Rates.reads_an_hour, ge=1)
    refused_deposits_an_hour: int = Field(Rates.refused_deposits_an_hour, ge=1)
    questions_an_hour: int = Field(Rates.questions_an_hour, ge=1)
    wrong_codes_an_hour: int = Field(Rates.wrong_codes_an_hour, ge=1)
    bsn_questions_a_day: int = Field(Rates.bsn_questions_a_day, ge=1)
