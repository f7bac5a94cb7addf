# SPDX-License-Identifier: EUPL-1.2
"""One well-formed call per operation: with real statements, real sealed things and real permits.

Each generator yields an operation with its call and with who may make it, when its turn has come; the answer to the
owner's own call is sent back in, so that the next one can build on it.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

from tests.contracts.calling import Answer, Call, Identity


@dataclass(frozen=True)
class Case:
    """operation: `vault.getVault`. who: gives who may, with a token of now. elsewhere: the same call about something
    that is not there."""

    operation: str
    call: Call
    who: Callable[[], Identity]
    elsewhere: Call | None = None

    @property
    def owner(self) -> Identity:
        """Who may."""
        return self.who()


Cases = Generator[Case, Answer, None]
