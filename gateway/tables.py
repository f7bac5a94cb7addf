# SPDX-License-Identifier: EUPL-1.2
"""The gateway's tables. Tokens, codes, request addresses and cookies are kept as hashes; no BSN, name or record."""

from sqlalchemy import Column, MetaData, Table

from chassis.database import NUMBER, TEXT, outbox, seen_proofs

metadata = MetaData()

clients = Table(
    "clients",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("organisation", TEXT, nullable=True),
    Column("team", TEXT, nullable=True),
    Column("registration", TEXT, nullable=False),
    Column("active", NUMBER, nullable=False),
    sqlite_strict=True,
)
suspensions = Table(  # subject "": the whole organisation
    "suspensions",
    metadata,
    Column("organisation", TEXT, primary_key=True),
    Column("subject", TEXT, primary_key=True),
    Column("at", NUMBER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
pushed = Table(  # authorization requests (RFC 9126); shown: what the page names, as JSON
    "pushed",
    metadata,
    Column("uri", TEXT, primary_key=True),
    Column("client", TEXT, nullable=False),
    Column("parameters", TEXT, nullable=False),
    Column("jkt", TEXT, nullable=True),
    Column("shown", TEXT, nullable=True),
    Column("until", NUMBER, nullable=False, index=True),
    Column("decided", NUMBER, nullable=False),
    sqlite_strict=True,
)
sign_ins = Table(  # somebody is away at the sign-in provider
    "sign_ins",
    metadata,
    Column("state", TEXT, primary_key=True),
    Column("cookie", TEXT, nullable=False),
    Column("pushed", TEXT, nullable=False),
    Column("nonce", TEXT, nullable=False),
    Column("verifier", TEXT, nullable=False),
    Column("until", NUMBER, nullable=False, index=True),
    Column("used", NUMBER, nullable=False),
    sqlite_strict=True,
)
sessions = Table(  # one sign-in of one client: what its tokens rest on
    "sessions",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("client", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("acr", TEXT, nullable=False),
    Column("auth_time", NUMBER, nullable=False),
    Column("details", TEXT, nullable=True),
    Column("jkt", TEXT, nullable=True),
    Column("refresh", TEXT, nullable=True, unique=True),
    Column("idle_until", NUMBER, nullable=False),
    Column("until", NUMBER, nullable=False, index=True),
    Column("ended", NUMBER, nullable=True),
    sqlite_strict=True,
)
stopped_devices = Table(  # a person's devices that another one stopped: their keys get no token any more
    "stopped_devices",
    metadata,
    Column("subject", TEXT, primary_key=True),
    Column("jkt", TEXT, primary_key=True),
    Column("until", NUMBER, nullable=False, index=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
codes = Table(
    "codes",
    metadata,
    Column("code", TEXT, primary_key=True),
    Column("session", TEXT, nullable=False),
    Column("client", TEXT, nullable=False),
    Column("redirect_uri", TEXT, nullable=False),
    Column("challenge", TEXT, nullable=False),
    Column("jkt", TEXT, nullable=True),
    Column("until", NUMBER, nullable=False, index=True),
    Column("used", NUMBER, nullable=False),
    sqlite_strict=True,
)
assertions = Table(
    "assertions",
    metadata,
    Column("client", TEXT, primary_key=True),
    Column("jti", TEXT, primary_key=True),
    Column("until", NUMBER, nullable=False, index=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
server_keys = Table(  # when a key of ours was first published, and first signed
    "server_keys",
    metadata,
    Column("kid", TEXT, primary_key=True),
    Column("issuer", TEXT, nullable=False),
    Column("published_at", NUMBER, nullable=False),
    Column("signed_at", NUMBER, nullable=True),
    sqlite_strict=True,
)
vaults = Table(  # mark = HMAC(issuer, subject)
    "vaults",
    metadata,
    Column("mark", TEXT, primary_key=True),
    Column("vlt", TEXT, nullable=False, unique=True),
    sqlite_strict=True,
)
uploads = Table(  # who may bring the pieces of a deposit
    "uploads",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("client", TEXT, nullable=False),
    Column("grant", TEXT, nullable=False),
    Column("drawer", TEXT, nullable=False),
    Column("until", NUMBER, nullable=False, index=True),
    sqlite_strict=True,
)
seen = seen_proofs(metadata)
journal = outbox(metadata)
