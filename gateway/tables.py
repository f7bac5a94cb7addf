# SPDX-License-Identifier: EUPL-1.2
"""The gateway's tables. Tokens, codes, request addresses and cookies are kept as hashes; no BSN, name or record."""

from sqlalchemy import Column, Integer, MetaData, Table, Text

from chassis.database import outbox, seen_proofs

metadata = MetaData()

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=True),
    Column("team", Text, nullable=True),
    Column("registration", Text, nullable=False),
    Column("active", Integer, nullable=False),
    sqlite_strict=True,
)
suspensions = Table(  # subject "": the whole organisation
    "suspensions",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("at", Integer, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
pushed = Table(  # authorization requests (RFC 9126); shown: what the page names, as JSON
    "pushed",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("jkt", Text, nullable=True),
    Column("shown", Text, nullable=True),
    Column("until", Integer, nullable=False, index=True),
    Column("decided", Integer, nullable=False),
    sqlite_strict=True,
)
sign_ins = Table(  # somebody is away at the sign-in provider
    "sign_ins",
    metadata,
    Column("state", Text, primary_key=True),
    Column("cookie", Text, nullable=False),
    Column("pushed", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("until", Integer, nullable=False, index=True),
    Column("used", Integer, nullable=False),
    sqlite_strict=True,
)
sessions = Table(  # one sign-in of one client: what its tokens rest on
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("acr", Text, nullable=False),
    Column("auth_time", Integer, nullable=False),
    Column("details", Text, nullable=True),
    Column("jkt", Text, nullable=True),
    Column("refresh", Text, nullable=True, unique=True),
    Column("idle_until", Integer, nullable=False),
    Column("until", Integer, nullable=False, index=True),
    Column("ended", Integer, nullable=True),
    sqlite_strict=True,
)
stopped_devices = Table(  # a person's devices that another one stopped: their keys get no token any more
    "stopped_devices",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("jkt", Text, primary_key=True),
    Column("until", Integer, nullable=False, index=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
codes = Table(
    "codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("session", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("jkt", Text, nullable=True),
    Column("until", Integer, nullable=False, index=True),
    Column("used", Integer, nullable=False),
    sqlite_strict=True,
)
assertions = Table(
    "assertions",
    metadata,
    Column("client", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    Column("until", Integer, nullable=False, index=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
server_keys = Table(  # when a key of ours was first published, and first signed
    "server_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("published_at", Integer, nullable=False),
    Column("signed_at", Integer, nullable=True),
    sqlite_strict=True,
)
vaults = Table(  # mark = HMAC(issuer, subject)
    "vaults",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("vlt", Text, nullable=False, unique=True),
    sqlite_strict=True,
)
uploads = Table(  # who may bring the pieces of a deposit
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("grant", Text, nullable=False),
    Column("drawer", Text, nullable=False),
    Column("until", Integer, nullable=False, index=True),
    sqlite_strict=True,
)
seen = seen_proofs(metadata)
journal = outbox(metadata)
