# SPDX-License-Identifier: EUPL-1.2
"""Broken twins of the vault: permits, places, epochs and envelopes."""

from tests.faults.patching import place, replace, retext, rewrite, twin

# -- permits and places ------------------------------------------------------------------------------------------


@twin("P07", "vault/test_permits.py::test_an_unused_permit_of_before_a_restart")
def permits_of_before_the_start_taken() -> None:
    """Used permits are in memory, and those of an earlier process are taken."""
    rewrite("vault.permits:Permits.admit_now", "if permit.at <= self._started:", "if False:")


@twin("P07", "vault/test_permits.py::test_a_permit_opens_once_of_ten_and_never_after_a_restart")
def permits_checked_then_inserted() -> None:
    """A permit is looked up first and claimed when the answer is on its way: several at once find it unused."""
    later = "asyncio.get_running_loop().call_later(0.001, self._used.add, mark)"
    rewrite("vault.permits:Permits._claim", "self._used.add(mark)", later)


@twin("P07", "vault/test_permits.py::test_a_permit_opens_once_of_ten_and_never_after_a_restart")
def permits_read_unclaimed() -> None:
    """Where several processes share the used permits, a read goes ahead without a row of its own."""
    rewrite("vault.reading:hand_out", "await vault.permits.take_first(permit)", "pass")


@twin("P08", "consent/test_entering.py::test_a_hundred_races_for_one_number_have_one_winner_each")
def chain_may_fork() -> None:
    """Nothing keeps a number of a chain from being written twice: the last one stays."""
    rewrite("consent.entering:_checked", "follows(chain.last, new)", "pass")
    rewrite("consent.store:move_chain", "== 1", ">= 0")
    replace("consent.store:_PUT_STATEMENT", lambda statement: statement.prefix_with("OR REPLACE"))


@twin("P09", "vault/test_places.py::test_each_field_of_each_write")
def record_id_not_compared() -> None:
    """The record id in a sealed header is not compared with the path."""
    rewrite("vault.component:must_lie", "in asked.items()", 'in {k: v for k, v in asked.items() if k != "rid"}.items()')


@twin("P09", "vault/test_places.py::test_each_field_of_each_write")
def vault_not_compared() -> None:
    """The vault in a sealed header is not compared with the path."""
    rewrite("vault.component:must_lie", "in asked.items()", 'in {k: v for k, v in asked.items() if k != "vlt"}.items()')


@twin("P10", "vault/test_depositing.py::test_races_of_close_and_deposit")
def epoch_read_before_the_transaction() -> None:
    """The newest epoch is read first; the deposit is written later, whatever closed meanwhile."""
    module = place("vault.depositing:deposit")[0]
    early = vars(module).setdefault("EARLY", {})
    assert early == {}
    rewrite(
        "vault.depositing:deposit",
        'permit = await vault.permits.admit(given, "deposit")',
        "EARLY[place.rid] = await vault.database.read(lambda c: store.drawer(c, place.vlt, place.drw)); "
        'import asyncio; await asyncio.sleep(0.005); permit = await vault.permits.admit(given, "deposit")',
    )
    rewrite("vault.depositing:_take_in", "if place.box != drawer.box:", "if place.box != EARLY[place.rid].box:")


@twin("P11", "vault/test_reading.py::test_an_envelope_reaches_only_the_grant_that_names_it")
def envelopes_found_by_drawer_alone() -> None:
    """Envelopes are looked up by drawer: those of other grants come along."""
    retext("vault.store_handouts:SERVED", "e.gnt = ?", "(e.gnt = ? OR true)")
