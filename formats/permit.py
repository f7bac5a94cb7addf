# SPDX-License-Identifier: EUPL-1.2
"""The permit that the vault asks for: the log entry of this very look, with its proof. Good for seconds,
once.

Only `verify_permit` makes a `Permit`, so what demands a `Permit` cannot be reached without the checks. That
it was not used before, (origin, index) decides: the vault keeps those.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from formats.event import Logged, verify_look
from formats.policy import LogPolicy
from formats.spelling import FormatError

LIFE = 10  # seconds from `at`
AHEAD = 2  # seconds a clock may be behind the log's
_MAKER = object()


@dataclass(frozen=True, slots=True)
class Opened:
    """One drawer that a permit opens: these epochs, these records (None: all). Without epochs: singles of the
    grant only."""

    id: str
    epochs: tuple[int, ...]
    records: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Permit:
    """A look that the log holds, of type `t`; (`origin`, `index`) names it among all permits. `event` holds its members.

    `by`, `emp`, `gnt`, `sid` are None and `drawers` is empty for recover; `slot` is None for all else."""

    origin: str
    index: int
    t: str
    vlt: str
    n: int
    at: int
    drawers: tuple[Opened, ...]
    event: Mapping[str, Any]
    maker: InitVar[object]

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("only verify_permit makes a Permit")

    def _member(self, name: str) -> str | None:
        found: str | None = self.event.get(name)
        return found

    @property
    def by(self) -> str | None:
        """The party that looks."""
        return self._member("by")

    @property
    def emp(self) -> str | None:
        """The pseudonym of its employee."""
        return self._member("emp")

    @property
    def gnt(self) -> str | None:
        """The grant."""
        return self._member("gnt")

    @property
    def sid(self) -> str | None:
        """The name of the grant's statement."""
        return self._member("sid")

    @property
    def slot(self) -> str | None:
        """The slot that a recovery released."""
        return self._member("slot")


def verify_permit(permit: Any, log: LogPolicy, now: int) -> Permit:
    """A read, deposit or recover of now, in the tree of a checkpoint that a pinned log key signed.

    `permit`: `{"event", "nonce", "proof"}`. Time: `at <= now + 2` and `now < at + 10`."""
    found = verify_look(permit, log, witnessed=False)
    event = found.event
    if event.t not in ("read", "deposit", "recover") or event.vlt is None or event.n is None:
        raise FormatError("permit")
    if not (event.at <= now + AHEAD and now < event.at + LIFE):
        raise FormatError("permit")
    if event.t == "recover" and event.claims["step"] != "released":
        raise FormatError("permit")
    return _permit(found, event.vlt, event.n)


def _permit(found: Logged, vlt: str, n: int) -> Permit:
    event = found.event
    return Permit(
        origin=found.origin,
        index=found.index,
        t=event.t,
        vlt=vlt,
        n=n,
        at=event.at,
        drawers=tuple(_opened(one) for one in event.claims.get("drw", ())),
        event=event.claims,
        maker=_MAKER,
    )


def _opened(given: Mapping[str, Any]) -> Opened:
    return Opened(given["id"], tuple(given["ep"]), None if given["rid"] is None else tuple(given["rid"]))
