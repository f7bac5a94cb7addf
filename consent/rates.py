# SPDX-License-Identifier: EUPL-1.2
"""How often one caseworker, or one system, may do a thing (gateway.md section 5).

Counted in rows, in the ledger's transaction, which is the only one that writes: processes and restarts share the count,
and 32 callers at once get no more than one. A count begins with the first of its kind and is over after its period;
nobody's count is ever about a person, so what others do never blocks her.
"""

from dataclasses import dataclass
from typing import Literal

from consent import store_rates
from consent.ledger_store import Driver
from consent.refusals import TooMany

HOUR, DAY = 3600, 86_400

What = Literal["read", "refused-deposit", "question", "wrong-code", "bsn", "pepper"]


@dataclass(frozen=True)
class Rates:
    """The most of each, per caseworker or system. `refused_deposits`: a source brings as much as it has; but each no is a
    line of hers, so of these there is a most. `wrong_codes`: share codes that were not good. `peppers`: per vault, each
    a try at its words by who signed in as her."""

    reads_an_hour: int = 600
    refused_deposits_an_hour: int = 600
    questions_an_hour: int = 60
    wrong_codes_an_hour: int = 10
    bsn_questions_a_day: int = 20
    peppers_a_day: int = 5

    def some(self, base: Driver, what: What, who: str, wanted: int, now: int) -> tuple[int, int]:
        """Counts up to `wanted`. who: pseudonym of a caseworker or system. Answers how many there were left, and in how
        many seconds there are more."""
        most, seconds = self._of(what)
        began, n = store_rates.found(base, who, what, now - seconds) or (now, 0)
        may = min(wanted, max(0, most - n))
        if may:
            store_rates.put(base, who, what, began, n + may)
        return may, began + seconds - now

    def take(self, base: Driver, what: What, who: str, now: int) -> None:
        """Counts one. Raises TooMany, and then counts nothing."""
        may, wait = self.some(base, what, who, 1, now)
        if not may:
            raise TooMany(wait)

    def check(self, base: Driver, what: What, who: str, now: int) -> None:
        """Raises TooMany when there is none left; counts nothing."""
        if wait := self.wait(base, what, who, now):
            raise TooMany(wait)

    def wait(self, base: Driver, what: What, who: str, now: int) -> int:
        """The seconds until there is one more; 0 when there is one left. Counts nothing."""
        most, seconds = self._of(what)
        began, n = store_rates.found(base, who, what, now - seconds) or (now, 0)
        return began + seconds - now if n >= most else 0

    def _of(self, what: What) -> tuple[int, int]:
        if what == "read":
            return self.reads_an_hour, HOUR
        if what == "refused-deposit":
            return self.refused_deposits_an_hour, HOUR
        if what == "question":
            return self.questions_an_hour, HOUR
        if what == "wrong-code":
            return self.wrong_codes_an_hour, HOUR
        return (self.bsn_questions_a_day if what == "bsn" else self.peppers_a_day), DAY
