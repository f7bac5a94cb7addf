# SPDX-License-Identifier: EUPL-1.2
"""How often one caseworker, or one system, may do a thing (gateway.md section 5).

Counted by one statement in the ledger's transaction, so that processes and restarts share the count and 32 callers at
once get no more than one. A count begins with the first of its kind and is over after its period; nobody's count is
ever about a person, so what others do never blocks her.
"""

from dataclasses import dataclass
from typing import Literal

from consent import store_rates
from consent.ledger_store import Driver
from consent.refusals import TooMany

HOUR, DAY = 3600, 86_400

What = Literal["read", "question", "wrong-code", "bsn", "pepper"]


@dataclass(frozen=True)
class Rates:
    """The most of each, per caseworker or system. `wrong_codes`: share codes that were not good. `peppers`: per vault, each
    a try at its words by who signed in as her."""

    reads_an_hour: int = 600
    questions_an_hour: int = 60
    wrong_codes_an_hour: int = 10
    bsn_questions_a_day: int = 20
    peppers_a_day: int = 5

    def take(self, base: Driver, what: What, who: str, now: int) -> None:
        """Counts one. who: pseudonym of a caseworker or system. Raises TooMany, and then counts nothing."""
        most, seconds = self._of(what)
        if not store_rates.take(base, who, what, most, seconds, now):
            raise TooMany(store_rates.began(base, who, what) + seconds - now)

    def check(self, base: Driver, what: What, who: str, now: int) -> None:
        """Raises TooMany when there is none left; counts nothing."""
        most, seconds = self._of(what)
        if store_rates.spent(base, who, what, most, seconds, now):
            raise TooMany(store_rates.began(base, who, what) + seconds - now)

    def _of(self, what: What) -> tuple[int, int]:
        if what == "read":
            return self.reads_an_hour, HOUR
        if what == "question":
            return self.questions_an_hour, HOUR
        if what == "wrong-code":
            return self.wrong_codes_an_hour, HOUR
        return (self.bsn_questions_a_day if what == "bsn" else self.peppers_a_day), DAY
