# SPDX-License-Identifier: EUPL-1.2
"""The wire of the gateway (service token) and of the public look-ups.

Consent believes the gateway about who calls: `team`, `client` and `caseworker` come from a token that it verified.
The asker's view of a question is `AskersQuestion`: it has no member that could tell refused, ignored and absent apart.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from chassis.clock import Day, Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jws, Wire, exactly_one
from consent.schemas import Bytes, GivenDrawer, Offer, ShownText, Team, Uri
from formats.spelling import MAX_NUMBER

Name = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
"""A client id (`oin:…:desk`) or the pseudonym of a caseworker (`cw_…`)."""

Asked = Annotated[str, Field(pattern=r"^[0-9]{10}\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
"""A look's question id, `<iat>.<H(jkt · jti)>` of the proof it was asked with."""


def _bsn(text: str) -> str:
    """The eleven test of the Dutch citizen service number: weights 9 to 2 and -1, the sum divisible by 11."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    if len(text) != 9 or sum(w * int(d) for w, d in zip(weights, text, strict=True)) % 11:
        raise ValueError("bsn")
    return text


Bsn = Annotated[str, Field(pattern=r"^[0-9]{9}$", json_schema_extra={"format": "bsn"}), AfterValidator(_bsn)]
"""A citizen service number: in bodies only, made a keyed pseudonym at once, never stored or repeated."""


class SignIn(Wire):
    """Somebody signed in with DigiD: consent keeps a keyed pseudonym of the BSN, and the birth date until 18."""

    vlt: Id
    bsn: Bsn
    birth_date: Day
    acr: Annotated[str, Field(min_length=1, max_length=200)]
    auth_time: Moment


class Preview(Wire):
    """Would a look be allowed? Asked at PAR, code, refresh and introspection. Never a permit."""

    stage: Literal["par", "code", "refresh", "introspection"]
    grant: Id
    team: Team
    client: Name
    caseworker: Name | None
    action: Literal["read", "deposit"]
    purpose: Uri | None = None
    reason: Annotated[str, Field(min_length=1, max_length=280)] | None = None


class Previewed(Wire):
    """Yes: what the page of the caseworker names, and when a token has to end. `reasonNeeded`: no refresh token."""

    grant: Id
    purpose: Uri
    title: str
    kind: str
    ends_at: Moment
    reason_needed: bool
    drawers: list[GivenDrawer]


class Look(Wire):
    """One look to be decided and written down, both in one transaction (consent.md section 5)."""

    stage: Literal["read", "attachment", "deposit"]
    question: Asked
    grant: Id
    team: Team
    key: Digest | None = None
    client: Name
    caseworker: Name
    action: Literal["read", "deposit"]
    purpose: Uri | None
    drawer: Id
    records: Annotated[list[Id], Field(max_length=200, json_schema_extra={"uniqueItems": True})] | None
    epoch: Annotated[int, Field(ge=1, le=MAX_NUMBER)] | None
    reason: Annotated[str, Field(max_length=280)] | None
    head: list[dict[str, str | int]] | None


class Looked(Wire):
    """Yes: the log entry with its proof, which is the permit; the grant and the statements that it leans on."""

    event: Bytes
    nonce: Bytes
    proof: str
    grant: Jws
    statements: list[Jws]


class To(Wire):
    """The address of a question, outside the signed part: a share code, or a BSN."""

    model_config = ConfigDict(json_schema_extra=exactly_one)

    share_code: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    bsn: Bsn | None = None

    @model_validator(mode="after")
    def _one(self) -> "To":
        if len(self.model_fields_set) != 1 or (self.share_code is None) == (self.bsn is None):
            raise ValueError("one")
        return self


class NewQuestion(Wire):
    """A question: where to, and the JWS of the team (`vault-request+jwt`)."""

    to: To
    request: Jws
    team: Team
    client: Name
    caseworker: Name


class AskersItem(Wire):
    """What the asker got: a grant."""

    grant: Id
    act: Literal["read", "deposit"]
    kind: str
    starts_at: Moment
    ends_at: Moment
    drawers: list[GivenDrawer]


class AskersQuestion(Wire):
    """A question as its asker may see it. No time of change, no "seen"; refused, ignored and absent are the same
    bytes: `open` until `expiresAt`, then `no-answer`. `receipt`: the consent receipt of the newest yes."""

    id: Id
    state: Literal["open", "granted", "countered", "no-answer", "taken-back"]
    request: Jws
    binding_code: str
    expires_at: Moment
    items: list[AskersItem]
    offer: Offer | None
    receipt: Jws | None


class AskersQuestionPage(Wire):
    """Own questions, newest first."""

    items: list[AskersQuestion]
    next: str | None


class Withdrawal(Wire):
    """The team takes its question back."""

    team: Team
    caseworker: Name


class AskersGrant(Wire):
    """A grant as its team may see it: running or ended. Stopped, expired, used and moved are all `ended`."""

    id: Id
    state: Literal["running", "ended"]
    request: Id | None
    purpose: Uri
    act: Literal["read", "deposit"]
    kind: str
    starts_at: Moment
    ends_at: Moment
    drawers: list[GivenDrawer]


class AskersGrantPage(Wire):
    """Own grants, newest first."""

    items: list[AskersGrant]
    next: str | None


class DepositEpoch(Wire):
    """What a source seals to: the card, the newest epoch of the drawer, and the log entry of that epoch."""

    grant: Jws
    card: Jws
    epoch: Jws
    event: Bytes
    nonce: Bytes
    proof: str


class Words(Wire):
    """One text in each language."""

    nl: str
    en: str


class ListedItem(Wire):
    """One thing that a purpose may ask."""

    kind: Literal["drawer", "record", "answer"]
    ref: str
    required: bool
    title: Words


class PurposeShown(Wire):
    """A purpose of the catalogue, one version, with the exact texts that a grant names by hash."""

    id: Uri
    act: Literal["read", "deposit"]
    work_process: Words
    title: Words
    why: Words
    if_no: Words
    texts: list[ShownText]
    ground: str
    article: str
    regime: str
    items: list[ListedItem]
    kinds: list[str]
    max_days: int
    ends: list[int]
    roles: list[str]
    min_age: int
    answer_by: int
    expiry: int
    reason: bool
    step_up: bool
    daily: int
    keep_days: int
    keep: Words
    articles: list[str]
    processing_activity: str
    recalled: bool


class PurposePage(Wire):
    """The purposes of the catalogue."""

    items: list[PurposeShown]
    next: None = None


class SchemaShown(Wire):
    """A record type: its title and its JSON Schema as text."""

    id: Uri
    title: Words
    attachment: Literal["none", "optional", "required"]
    document: str


class DrawerShown(Wire):
    """A kind of drawer, and the record types that lie in it, in the order of the screen. `sensitive`: a yes to the whole
    of it takes a passkey. `askable`: a purpose may ask for it."""

    id: str
    title: Words
    about: Words
    askable: bool
    sensitive: bool
    from_age: int
    schemas: list[Uri]


class DrawerPage(Wire):
    """The kinds of drawers of the catalogue."""

    items: list[DrawerShown]
    next: None = None


class SchemaPage(Wire):
    """The record types of the catalogue."""

    items: list[SchemaShown]
    next: None = None


class LateCount(Wire):
    """How often an organisation let a term pass in one quarter: its word that data is gone (`lateClosings`), and its
    answer to "Waarom keek je?" (`lateAnswers`). Null: fewer than ten, or none."""

    organisation: Annotated[str, Field(pattern=r"^urn:oin:[0-9]{20}$")]
    year: int
    quarter: int
    late_closings: int | None
    late_answers: int | None


class LateCountPage(Wire):
    """Public numbers, newest quarter first. What is not in them is fewer than ten."""

    items: list[LateCount]
    next: str | None


class Checkpoint(Wire):
    """A signed note of the log (C2SP tlog-checkpoint)."""

    size: int
    note: str


class CheckpointPage(Wire):
    """The newest checkpoint of a log."""

    items: list[Checkpoint]
    next: None = None


class Consistency(Wire):
    """RFC 6962 section 2.1.2: hashes that show that the log of size `to` begins with the log of size `from`."""

    log: str
    earlier: int
    later: int
    hashes: list[str]


class ConsistencyPage(Wire):
    """One proof."""

    items: list[Consistency]
    next: None = None
