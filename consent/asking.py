# SPDX-License-Identifier: EUPL-1.2
"""Asking: one look, decided and written down in the same transaction (consent.md sections 4 and 5).

`ask` joins the ledger's batch: load the facts of all looks in it, `decide` each at the batch's `now`, append the log
entry (yes or no), count it, commit, answer. A yes answers with the entry and its proof, which is the permit. `preview`
is the same decision while signing in: a no is written down too, a yes never is, so no preview can open anything.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from chassis.clock import Clock
from chassis.database import Connection
from chassis.journal import Journal, Line
from consent import ledger_store as store
from consent.decision import No, Yes, decide
from consent.ledger import Batch, Ledger
from consent.look import ACTIONS, Case, Foreseen, Look, LookRefused, Released, check, load
from consent.rates import Rates
from consent.refusals import Misplaced, Refused, TooMany
from formats.event import emp as employee

PLAYED = 300
"""Seconds that a question id is kept: longer than any proof of possession is good for."""


class Replayed(Refused):
    """This question was asked before: the same proof, played again."""


Answer = Released | Foreseen | Refused


class Asking:
    """Looks and previews of one installation.

    emp_secret: makes the pseudonym of a caseworker in events. subject: vlt -> data subject id of accountability lines.
    """

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        clock: Clock,
        *,
        emp_secret: bytes,
        subject: Callable[[str], str],
        rates: Rates = Rates(),
    ) -> None:
        self._ledger, self._journal, self._clock, self._rates = ledger, journal, clock, rates
        # Two pseudonyms, each an HMAC of what it stands for: nothing that ever changes.
        self._subject = lru_cache(maxsize=4096)(subject)
        self.employee = lru_cache(maxsize=4096)(partial(employee, emp_secret))

    async def ask(self, look: Look) -> Released:
        """Decides and writes down one look at stage read, attachment or deposit.

        Raises LookRefused, Replayed, TooMany, Misplaced (what is asked does not hang together) or Unavailable.
        """
        check(look)
        answer = await self._ledger.together(self._gather, look)
        if isinstance(answer, Refused):
            raise answer
        assert isinstance(answer, Released)
        return answer

    async def preview(self, look: Look) -> Foreseen:
        """Would it be allowed? At par, code, refresh and introspection; the last writes nothing.

        Raises LookRefused, Misplaced (a stage that is no preview) or Unavailable."""
        if look.stage in ACTIONS or look.question is not None:
            raise Misplaced([("/stage", "no-preview")])
        if look.stage == "introspection":
            answer: Answer = await self._ledger.view(partial(self._introspect, look))
        else:
            answer = await self._ledger.together(self._gather, look)
        if isinstance(answer, Refused):
            raise answer
        assert isinstance(answer, Foreseen)
        return answer

    # -- inside the transaction --------------------------------------------------------------------------------

    def _introspect(self, look: Look, connection: Connection, now: int) -> Answer:
        case = load(store.driver(connection), [(look, self._emp(look))], now)[0]
        verdict = decide(*case.question_and_facts(), now)
        return LookRefused(verdict) if isinstance(verdict, No) else case.foreseen()

    def _gather(self, connection: Connection, batch: Batch, looks: Sequence[Look]) -> list[Answer]:
        """All looks that wait side by side, in order; a later one sees what an earlier one opened."""
        base, now = store.driver(connection), batch.now
        shut = self._shut(base, looks, now)
        store.sweep(base, 2 * len(looks), now)
        asked = [(look, self._emp(look)) for look, no in zip(looks, shut, strict=True) if no is None]
        cases = iter(load(base, asked, now) if asked else ())
        answers: list[Answer] = []
        opened: list[tuple[int, str, str, str]] = []
        counted: list[tuple[str, str, str]] = []
        lines: list[Line] = []
        for no in shut:
            if no is not None:
                answers.append(no)
                continue
            case = next(cases)
            deposit = case.look.stage == "deposit"
            if deposit and (wait := self._rates.wait(base, "refused-deposit", case.emp, now)):
                answers.append(TooMany(wait))
                continue
            verdict = decide(*case.question_and_facts(), now)
            if isinstance(verdict, No):
                answers.append(case.refuse(batch, verdict))
                if deposit:
                    self._rates.some(base, "refused-deposit", {case.emp: 1}, now)
            elif case.look.question is None:
                answers.append(case.foreseen())
            else:
                released = case.release(batch)
                batch.meanwhile(released.entry.look)
                answers.append(released)
                counted.append(case.count(verdict, now, opened))
            lines.append(self._line(case, verdict))
        store.write_looks(base, opened, counted)
        written = self._journal.write(connection, self._clock.milliseconds(), lines)
        batch.after(partial(self._journal.show, written))
        return answers

    def _shut(self, base: store.Driver, looks: Sequence[Look], now: int) -> list[Refused | None]:
        """What stands in the way of each before anybody's grant is looked at, in the order of arrival: a proof played
        again, or too many reads. A source deposits as much as it has; what of it was refused is counted apart."""
        fresh = store.claim(base, [look.question for look in looks if look.question is not None], now + PLAYED)
        shut: list[Refused | None] = []
        for look in looks:
            played = look.question is not None and look.question not in fresh
            shut.append(Replayed() if played else None)
            fresh -= {look.question}  # the same again in this batch was played
        reading = [
            (i, self._emp(look))
            for i, look in enumerate(looks)
            if shut[i] is None and look.question is not None and look.stage != "deposit"
        ]
        left = dict(self._rates.some(base, "read", Counter(emp for _, emp in reading), now))
        for i, emp in reading:
            may, wait = left[emp]
            left[emp] = may - 1, wait
            if may <= 0:
                shut[i] = TooMany(wait)
        return shut

    def _emp(self, look: Look) -> str:
        return self.employee(look.team, look.caseworker or look.client)

    def _line(self, case: Case, verdict: Yes | No) -> Line:
        look, row = case.look, case.row
        return Line(
            action=ACTIONS.get(look.stage, "Access previewed"),
            object=f"grant {look.grant}",
            status="Ok" if isinstance(verdict, Yes) else "Unset",
            actor=f"{look.team} {case.emp}",
            subject=None if row is None else self._subject(row.vlt),
            activity=None if row is None else row.activity,
            processor=look.client,
            trace=look.trace,
        )
