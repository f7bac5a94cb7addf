# SPDX-License-Identifier: EUPL-1.2
"""Gezag: who, by the register of persons, decides for a child.

The kinds are those of the Dutch register (BRP, API "gezag"); consent knows holders by pseudonym only. Doubt never
decides by itself: an unknown kind, a running investigation, an old snapshot, a number of holders that does not fit
the kind, or a guardian that is an institution (no holders) all mean "by hand".
"""

from dataclasses import dataclass
from typing import Literal

MANUAL = "manual"
SNAPSHOT_LIFE = 30 * 86_400
"""Seconds that a snapshot may be relied on."""

_HOLDERS: dict[str, tuple[int, int]] = {
    "EenhoofdigOuderlijkGezag": (1, 1),
    "GezamenlijkOuderlijkGezag": (2, 2),
    "GezamenlijkGezag": (2, 2),
    "Voogdij": (1, 2),
}
"""Kind -> fewest and most holders. Every other kind (TijdelijkGeenGezag, GezagNietTeBepalen, …) is by hand."""


@dataclass(frozen=True, slots=True)
class Gezag:
    """One snapshot: kind, pseudonyms of the holders, under investigation or not, second it was taken."""

    kind: str
    holders: tuple[str, ...]
    in_doubt: bool
    taken_at: int


@dataclass(frozen=True, slots=True)
class Deciders:
    """`needed` of these `holders` must say yes; `manual`: nobody decides by rule (then no holders, 0 needed)."""

    holders: tuple[str, ...]
    needed: int
    manual: bool


def decided_by(kind: str) -> str:
    """`holders` or `manual`: does this kind of gezag decide by rule?"""
    return "holders" if kind in _HOLDERS else MANUAL


def standing(gezag: Gezag | None, now: int) -> str:
    """The kind that may be relied on at `now`, or `manual`. None: no snapshot at all."""
    if gezag is None or gezag.in_doubt or not gezag.taken_at <= now < gezag.taken_at + SNAPSHOT_LIFE:
        return MANUAL
    fewest, most = _HOLDERS.get(gezag.kind, (0, -1))
    fits = fewest <= len(gezag.holders) <= most and len(set(gezag.holders)) == len(gezag.holders)
    return gezag.kind if fits else MANUAL


def deciders(gezag: Gezag | None, parents: Literal["none", "one", "all"], now: int) -> Deciders:
    """Who of the holders must say yes, where the age table asks none, one or all of those with gezag."""
    if parents == "none":
        return Deciders((), 0, manual=False)
    if gezag is None or standing(gezag, now) == MANUAL:
        return Deciders((), 0, manual=True)
    return Deciders(gezag.holders, len(gezag.holders) if parents == "all" else 1, manual=False)


def still_missing(wanted: Deciders, yes: tuple[str, ...], no: tuple[str, ...] = ()) -> int:
    """How many assents are still to come. One no is no: then as many as there are holders, and it stays so.

    What is decided by hand misses at least one: it never passes by itself.
    """
    if wanted.manual:
        return 1
    if wanted.needed and any(holder in no for holder in wanted.holders):
        return len(wanted.holders)
    said = sum(holder in yes for holder in wanted.holders)
    return max(0, wanted.needed - said)
