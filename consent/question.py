# SPDX-License-Identifier: EUPL-1.2
"""A stored question as a value, and whose yes it needs at this moment."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from chassis.database import Connection
from consent import ages, store, store_directory
from consent.gezag import Deciders, Gezag, deciders, standing
from consent.purposes import Catalogue, Purpose
from consent.store import Row
from formats.jose import peek
from formats.request import Request, verify_request


def read_question(connection: Connection, row: Row) -> Request:
    """The signed question in a row of `requests`, checked again with the key it was signed by."""
    organisation = store_directory.one(connection, row["team"], peek(row["token"])[1]["org"])
    assert organisation is not None  # a question is stored only with its statement in the directory
    return verify_request(row["token"], peek(organisation["token"])[1]["sig"])


def birth_of(vault: Row) -> date | None:
    """Her birth date, None from 18 on."""
    return None if vault["birth_date"] is None else date.fromisoformat(vault["birth_date"])


def out_of_reach(catalogue: Catalogue, vault: Row, now: int) -> list[str]:
    """Purposes that do not reach her age: a question for one stays as unanswered as any other, and she sees none."""
    birth = birth_of(vault)
    return [uri for uri, one in catalogue.purposes.items() if not ages.reaches(birth, now, one.min_age)]


@dataclass(frozen=True, slots=True)
class Voices:
    """Whose yes a grant needs, and why: `said` is kept with question and grant. `wanted`: the adults asked."""

    approvers: ages.Approvers
    wanted: Deciders
    said: str

    @property
    def complete_with_her(self) -> bool:
        """True if her own signature is all it takes."""
        nobody_else = self.approvers.parents == "none" and not self.approvers.representative
        return nobody_else and not self.approvers.manual


def voices(connection: Connection, catalogue: Catalogue, vault: Row, purpose: Purpose, now: int) -> Voices:
    """Who has to say yes to a grant for this purpose, by her age, the regime and the newest gezag."""
    snapshot = gezag_of(connection, vault["vlt"])
    able = not store.unable(connection, vault["vlt"], purpose.regime, now)
    band = ages.band(birth_of(vault), now)
    kind = standing(snapshot, now)
    who = ages.approvers(catalogue.ages, purpose.regime, band, kind, able)
    why: dict[str, Any] = {"regime": purpose.regime, "band": band, "able": able, "gezag": kind}
    why |= {"she": who.she, "parents": who.parents, "representative": who.representative, "manual": who.manual}
    return Voices(who, deciders(snapshot, who.parents, now), orjson.dumps(why).decode())


def gezag_of(connection: Connection, vlt: str) -> Gezag | None:
    """The newest snapshot of who has gezag."""
    row = store.newest_gezag(connection, vlt)
    if row is None:
        return None
    return Gezag(row["kind"], tuple(orjson.loads(row["holders"])), bool(row["in_doubt"]), row["taken_at"])
