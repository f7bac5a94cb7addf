# SPDX-License-Identifier: EUPL-1.2
"""The wire of `/desk/v1`. Signed and sealed things are strings. Who is here, own keys, the
team; `case_schemas` has the rest."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from chassis.clock import Moment
from chassis.identifiers import Id
from chassis.wire import Digest, Jwe, Jws, Wire
from formats.spelling import MAX_NUMBER
from formats.team import MOST_MEMBERS

Team = Annotated[str, Field(pattern=r"^urn:oin:[0-9]{20}:team:[a-z0-9-]{1,40}$", max_length=80)]
Subject = Annotated[str, Field(pattern=r"^cw_[A-Za-z0-9_-]{1,80}$")]
"""A caseworker as the gateway's tokens name one."""

Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Number = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
# Characters that can disguise a text that someone will read: controls, direction marks, what has no width.
_HIDDEN = r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"


def plain(most: int) -> Any:
    """A text of 1 to `most` readable characters."""
    return Field(pattern=f"^[^{_HIDDEN}]*$", min_length=1, max_length=most)


Name = Annotated[str, plain(80)]
Role = Literal["none", "member", "keeper", "administrator"]
SlotType = Literal["prf", "code", "pass"]


# -- who is here ---------------------------------------------------------------------------------------------


class Session(Wire):
    """Who is signed in. role: as the newest member list says at this moment; `administrator` is whose card holds the key
    that signs the next list. ring: the own ring id, null before the keys are made. administrator: thumbprint of the key
    that signed the first list."""

    subject: Subject
    team: Team
    role: Role
    ring: Id | None
    name: str | None
    administrator: Digest
    signed_in_at: Moment
    ends_at: Moment


class NewOpening(Wire):
    """A case is to be opened: which grant, to read or (`deposit`) to bring something, for which purpose (the URI of the
    grant's purpose, shown to the caseworker and held against the grant), and why now, where the purpose asks a reason."""

    grant: Id
    act: Literal["read", "deposit"] = "read"
    purpose: Annotated[str, plain(200)]
    reason: Annotated[str, plain(280)] | None = None


class Opening(Wire):
    """One opening. address: where a new tab goes, once, for the sign-in that names purpose and case; null when that is
    over. state: `waiting` for that tab; `open`: the grant can be read until `endsAt`; `refused`: the sign-in was
    refused, was somebody else's, or ended."""

    id: Id
    grant: Id
    purpose: str
    state: Literal["waiting", "open", "refused"]
    address: str | None
    ends_at: Moment


# -- the own keys --------------------------------------------------------------------------------------------


class NewRing(Wire):
    """The public half of own keys: statement 0 of a chain of the own ring id (`vault-card+jwt`), signed by its own SIG;
    and the name that colleagues see."""

    card: Jws
    name: Name


class Ring(Wire):
    """Own keys, as the desk keeps them. keyring: number of the newest, 0 before the first."""

    id: Id
    name: str
    card: Jws
    keyring: Count
    made_at: Moment


class Sealed(Wire):
    """One sealed thing. Where it belongs stands in its own header."""

    jwe: Jwe


class Keyring(Wire):
    """The sealed keyring and its number."""

    seq: Number
    jwe: Jwe


class KeyringTaken(Wire):
    """The number of the keyring that is kept now."""

    seq: Number


class Kdf(Wire):
    """How a pass slot stretches its words (Argon2id)."""

    alg: Literal["argon2id"]
    v: Annotated[int, Field(ge=19, le=19)]
    m: Annotated[int, Field(ge=65_536, le=65_536)]
    t: Annotated[int, Field(ge=3, le=3)]
    p: Annotated[int, Field(ge=1, le=1)]
    salt: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]


class SlotIn(Wire):
    """An unlock slot. kdf: for pass only."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": "pass"}}},
            "then": {"properties": {"kdf": {"type": "object"}}},
            "else": {"properties": {"kdf": {"type": "null"}}},
        }
    )

    type: SlotType
    kdf: Kdf | None
    jwe: Jwe

    @model_validator(mode="after")
    def _stretched(self) -> Self:
        if (self.kdf is None) == (self.type == "pass"):
            raise ValueError("kdf")
        return self


class Slot(Wire):
    """An unlock slot as it is kept."""

    id: Id
    type: SlotType
    kdf: Kdf | None
    jwe: Jwe


class Slots(Wire):
    """All own slots."""

    items: list[Slot]
    next: str | None


class Pepper(Wire):
    """The pepper of own words, 32 octets as base64url, always the same."""

    pepper: Digest


# -- the team ------------------------------------------------------------------------------------------------


class Colleague(Wire):
    """Somebody of the organisation who made keys here. role: as in the newest list; `none`: asks to be let in; `removed`:
    was taken out. copy: number of the list under which this colleague's newest copy of the team's key was made, or null."""

    subject: Subject
    name: str
    card: Jws
    role: Role | Literal["removed"]
    copy_: Annotated[Number | None, Field(alias="copy")]
    made_at: Moment


class Colleagues(Wire):
    """Everybody with keys here, by name."""

    items: list[Colleague]
    next: str | None


class Waiting(Wire):
    """Somebody who was removed and whom the gateway was not yet told of. The desk refuses this person already."""

    subject: Subject
    removed_at: Moment


class MemberLists(Wire):
    """All member lists of the team (`vault-team+jwt`), oldest first; the browser checks the chain. rotationDue: somebody
    was removed since the team's key was made, so a keeper has to make a new one. waiting: removals that the gateway
    does not know yet."""

    items: list[Jws]
    next: str | None
    rotation_due: bool
    waiting: list[Waiting]


class NewMemberList(Wire):
    """The next list, signed by the administrator."""

    list_: Annotated[Jws, Field(alias="list")]


class MemberListTaken(Wire):
    """The list counts. removed: whom the desk refuses from here on. suspended: whether the gateway refuses them too; if
    not, it is told again until it does."""

    seq: Number
    removed: list[Subject]
    suspended: bool


class Copy(Wire):
    """A sealed copy of the team's key (`vault-team+jwe`) that was made for the caller, and under which list."""

    seq: Number
    jwe: Jwe
    made_at: Moment


class Copies(Wire):
    """Own copies, newest first."""

    items: list[Copy]
    next: str | None


class NewCopies(Wire):
    """Copies that a keeper made, each for a member of the newest list, at this list's number."""

    copies: Annotated[list[Jwe], Field(min_length=1, max_length=MOST_MEMBERS)]
