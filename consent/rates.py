# SPDX-License-Identifier: EUPL-1.2
"""How often one caseworker, or one system, may do a thing (gateway.md section 5).

Counted in rows, in the ledger's transaction, which is the only one that writes: processes and restarts share the count,
and 32 callers at once get no more than one. A count begins with the first of its kind and is over after its period;
nobody's count is ever about a person, so what others do never blocks her.
"""

from collections.abc import Mapping
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

    def some(self, base: Driver, what: What, wanted: Mapping[str, int], now: int) -> Mapping[str, tuple[int, int]]:
        """Counts up to so many for each. wanted: by pseudonym of a caseworker or system. Answers for each how many there
        were left, and in how many seconds there are more."""
        if not wanted:
            return {}
        most, seconds = self._of(what)
        found = store_rates.found(base, wanted, what, now - seconds)
        left, counted = {}, {}
        for who, number in wanted.items():
            began, n = found.get(who, (now, 0))
            may = min(number, max(0, most - n))
            left[who] = may, began + seconds - now
            if may:
                counted[who] = began, n + may
        store_rates.put(base, what, counted)
        return left

    def take(self, base: Driver, what: What, who: str, now: int) -> None:
        """Counts one. Raises TooMany, and then counts nothing."""
        may, wait = self.some(base, what, {who: 1}, now)[who]
        if not may:
            raise TooMany(wait)

    def check(self, base: Driver, what: What, who: str, now: int) -> None:
        """Raises TooMany when there is none left; counts nothing."""
        if wait := self.wait(base, what, who, now):
            raise TooMany(wait)

    def wait(self, base: Driver, what: What, who: str, now: int) -> int:
        """The seconds until there is one more; 0 when there is one left. Counts nothing."""
        most, seconds = self._of(what)
        began, n = store_rates.found(base, [who], what, now - seconds).get(who, (now, 0))
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
