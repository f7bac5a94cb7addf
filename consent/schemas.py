# SPDX-License-Identifier: EUPL-1.2
"""The wire of a person's own device: members in and out of `/consent/v1/vaults/{vlt}/…` and of the public look-ups.

Signed things are strings and stay what they are; every member here only says where they stand. Times are RFC 3339.
What neighbouring parts send stands in `service_schemas`.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Note, Wire, readable

Team = Annotated[str, Field(pattern=r"^urn:oin:[0-9]{20}:team:[a-z0-9-]{1,40}$", max_length=80)]
"""A team: the party that asks, receives, and holds the keys."""

Uri = Annotated[str, Field(pattern=r"^urn:kluisje:[a-z]+:[a-z0-9:-]+$", max_length=200)]
"""A purpose, schema or named question, with its version: `urn:kluisje:purpose:back-to-school:1`."""

Bytes = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=8192)]
"""Octets as base64url."""

AgeBand = Literal["under-12", "12-15", "16-17", "18+"]


class Assertion(Wire):
    """A passkey touch (WebAuthn Level 3, section 7.2): the octets as the authenticator gave them, and no `prf`."""

    credential: Annotated[str, Field(min_length=1, max_length=1400)]
    authenticator_data: Bytes
    client_data: Bytes
    signature: Bytes


class Presence(Wire):
    """Proof that she is there: a challenge of `challenges` answered by a passkey; both null: without one."""

    challenge: Id | None = None
    assertion: Assertion | None = None


class NewVault(Wire):
    """The first card of a chain, and the identity issuer's word (`vault-person+jwt`) that it is of whom signed in."""

    card: Jws
    person: Jws


class Receipts(Wire):
    """One `receipt+jwt` for each thing entered, in the order given; `seq` of the newest statement of the chain."""

    vlt: Id
    seq: int
    receipts: list[Jws]


class Pause(Wire):
    """A pause, of one grant or (null) of everything."""

    id: Id
    grant: Id | None
    since: Moment


class Vault(Wire):
    """How her chain and her consents stand. Her age band, and when it changes next; never her birth date."""

    vlt: Id
    seq: int
    sid: Digest
    card: Jws
    person: Jws
    log: str
    pauses: list[Pause]
    age_band: AgeBand
    next_band_at: Moment | None
    erasure_at: Moment | None


class NewStatements(Wire):
    """1–64 statements that follow the chain, all or nothing; a passkey touch where a grant among them needs it
    (challenge = the 32 bytes behind the `sid` of the first grant)."""

    statements: Annotated[list[Jws], Field(min_length=1, max_length=64)]
    assertion: Assertion | None = None


class EnteredStatement(Wire):
    """A statement of the chain, with its receipt."""

    seq: int
    sid: Digest
    typ: str
    statement: Jws
    receipt: Jws


class StatementPage(Wire):
    """Statements, newest first."""

    items: list[EnteredStatement]
    next: str | None


class ShareCode(Wire):
    """A code that lets one team ask once. `code` is shown at making only; afterwards null."""

    id: Id
    code: str | None
    expires_at: Moment
    used: bool


class ShareCodes(Wire):
    """Her codes that still work or were used in the last seven days."""

    items: list[ShareCode]
    next: None = None


class Pepper(Wire):
    """What her device adds to her seven words (formats.md section 9): 32 octets, the same each time."""

    pepper: Digest


class ShownText(Wire):
    """The exact text of a purpose in one language, and its hash: the `h` of a grant's `pur`."""

    lang: Literal["nl", "en"]
    text: str
    hash: Digest


class CatalogueVersion(Wire):
    """One version of the rules as the municipality signed it (`vault-catalogue+jwt`), with its log entry and proof."""

    version: Annotated[int, Field(ge=1)]
    id: Digest
    statement: Jws
    event: Bytes
    nonce: Bytes
    proof: str
    logged_at: Moment


class CatalogueVersionPage(Wire):
    """Signed versions of the rules, newest first."""

    items: list[CatalogueVersion]
    next: str | None


class LoggedListing(Wire):
    """How a team is shown, as the directory signed it (`vault-listing+jwt`), with its log entry and proof."""

    statement: Jws
    event: Bytes
    nonce: Bytes
    proof: str
    counts_from: Moment


class LoggedStatement(Wire):
    """An organisation's `vault-org+jwt` with its log entry and proof; grants to its keys count from `countsFrom`.
    `name` is consent's word; `listing` is the directory's, to be shown once it checks."""

    team: Team
    name: str
    statement: Jws
    event: Bytes
    nonce: Bytes
    proof: str
    counts_from: Moment
    suspended: bool
    listing: LoggedListing | None


class DirectoryStatement(Wire):
    """One thing that the directory said of a team: of its keys (`vault-org+jwt`) or of how it is shown
    (`vault-listing+jwt`), with its log entry and proof. `countsFrom` is 72 hours after it was logged,
    `endedAt` when its keys were withdrawn."""

    id: Digest
    statement: Jws
    event: Bytes
    nonce: Bytes
    proof: str
    logged_at: Moment
    counts_from: Moment
    ended_at: Moment | None


class DirectoryStatementPage(Wire):
    """All that the directory said of a team, newest first."""

    items: list[DirectoryStatement]
    next: str | None


class LoggedStatementPage(Wire):
    """Teams of the directory."""

    items: list[LoggedStatement]
    next: str | None


class Approvers(Wire):
    """Who must say yes, all of them together; `manual`: two employees decide by hand."""

    she: bool
    parents: Literal["none", "one", "all"]
    representative: bool
    manual: bool


class Item(Wire):
    """One thing of a question: a whole drawer (category), a record (schema URI) or an answer (question URI)."""

    kind: Literal["drawer", "record", "answer"]
    ref: Annotated[str, *readable(200)]


class Offer(Wire):
    """A counter-offer: fewer items or a shorter time, talk first, or ask later. Nothing is signed yet."""

    items: Annotated[list[Item], Field(max_length=50)]
    ends_at: Moment | None = None
    talk_first: bool = False
    ask_after: Moment | None = None
    note: Note | None = None


class Asked(Wire):
    """A question in her inbox: the signed question, the texts to show, the asker's key with its proof.

    `waiting`: her yes is in, another approver's is not.
    """

    id: Id
    state: Literal["open", "waiting", "granted", "countered", "refused", "expired", "taken-back"]
    request: Jws
    binding_code: str
    asked_at: Moment
    expires_at: Moment
    texts: list[ShownText]
    sensitive: bool
    organisation: LoggedStatement
    approvers: Approvers
    offer: Offer | None
    grants: list[Id]


class AskedPage(Wire):
    """Questions, newest first."""

    items: list[Asked]
    next: str | None


_ANSWERS: dict[str, JsonValue] = {
    "oneOf": [
        {
            "required": ["statements"],
            "properties": {
                "answer": {"const": "yes"},
                "statements": {"type": "array", "minItems": 1},
                "offer": {"type": "null"},
            },
        },
        {
            "required": ["offer"],
            "properties": {
                "answer": {"const": "offer"},
                "statements": {"type": "array", "maxItems": 0},
                "assertion": {"type": "null"},
                "offer": {"type": "object"},
            },
        },
        {
            "properties": {
                "answer": {"const": "no"},
                "statements": {"type": "array", "maxItems": 0},
                "assertion": {"type": "null"},
                "offer": {"type": "null"},
            },
        },
    ]
}


class Answer(Wire):
    """Her answer. `yes` comes with the signed grants (one for each act and reader) and what else belongs to the tap
    (epochs); `offer` with the offer; `no` with nothing."""

    model_config = ConfigDict(json_schema_extra=_ANSWERS)

    answer: Literal["yes", "offer", "no"]
    statements: list[Jws] = Field(default_factory=list, max_length=64)
    assertion: Assertion | None = None
    offer: Offer | None = None


class Answered(Wire):
    """The question as it stands after her answer, and the receipts of the statements in it."""

    request: Asked
    receipts: list[Jws]


class GivenDrawer(Wire):
    """A drawer of a grant; no epochs: only singles, or a deposit grant."""

    id: Id
    category: str
    epochs: list[int]
    records: list[Id] | None


class Deletion(Wire):
    """What the team owes after the end: to erase, or to say until when it keeps what, under which article of the
    purpose. `overdue`: `due` is over and no signed word (`vault-closing+jwt`) came. It is signed with the key of the
    directory statement in `organisation`."""

    since: Moment
    due: Moment
    overdue: bool
    answer: Literal["erased", "kept"] | None
    until: Moment | None
    article: str | None
    closing: Jws | None
    organisation: LoggedStatement | None
    answered_at: Moment | None


class Given(Wire):
    """A grant as she sees it: its state, and the true reason where it gives nothing; after the end, the deletion."""

    id: Id
    state: Literal["waiting", "running", "paused", "review-due", "ended"]
    reason: str | None
    statement: Jws
    request: Id | None
    team: str
    purpose: Uri
    act: Literal["read", "deposit"]
    kind: str
    starts_at: Moment
    ends_at: Moment
    ended_at: Moment | None
    drawers: list[GivenDrawer]
    deletion: Deletion | None


class GivenPage(Wire):
    """Grants, newest first."""

    items: list[Given]
    next: str | None


class Stop(Wire):
    """Stop a grant. `statement`: the signed revoke, where her device can sign; null: her sign-in alone is enough."""

    statement: Jws | None = None


class Stopped(Wire):
    """The acknowledgement: from here on every decision over this grant is no."""

    receipts: list[Jws]
