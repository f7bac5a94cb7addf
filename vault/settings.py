# SPDX-License-Identifier: EUPL-1.2
"""Settings of the vault: `KLUISJE_VAULT_…` (docs/settings.md). Pinned keys are files; no key is ever fetched."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ComponentSettings, SettingsError
from formats.policy import LogPolicy, read_policy
from formats.spelling import FormatError

MIB = 1024 * 1024


class VaultSettings(ComponentSettings):
    """What the vault must be told.

    person_keys: JWK set of the person issuer (who may call). receipt_key: consent's public receipt key. log_policy:
    the log's policy (C2SP tlog-policy). directory_key: public key of the organisations' directory. gateway_key: public
    service key of the gateway, when that is another process. subject_secret: 32 secret bytes, for pseudonyms in
    accountability lines. blobs: folder of attachment pieces. processes: whether this process is the only vault; with
    `several` each used permit is a row, which costs a commit per read.
    Quotas are per vault, in bytes or counts.
    """

    model_config = SettingsConfigDict(env_prefix="KLUISJE_VAULT_", extra="ignore", frozen=True)

    person_keys: Path
    receipt_key: Path
    log_policy: Path
    directory_key: Path
    gateway_key: Path | None = None
    subject_secret: Path
    blobs: Path
    processes: Literal["one", "several"] = "several"
    quota_bytes: int = Field(default=1024 * MIB, ge=MIB)
    quota_records: int = Field(default=10_000, ge=1)
    quota_deposits: int = Field(default=500, ge=1)
    quota_deposits_per_grant: int = Field(default=50, ge=1)
    quota_slots: int = Field(default=12, ge=2)
    quota_drawers: int = Field(default=100, ge=1)
    attachment_bytes: int = Field(default=200 * MIB, ge=1)


def read_log_policy(path: Path) -> LogPolicy:
    """The pinned log keys from a tlog-policy file. Raises SettingsError when it is absent or not one."""
    try:
        return read_policy(path.read_text("utf-8"))
    except (OSError, UnicodeError, FormatError) as error:
        raise SettingsError(f"the log policy {path.name} is absent or not a tlog-policy") from error
