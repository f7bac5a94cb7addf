# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree: against the definition of RFC 6962 itself, and against the public vectors."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.spelling import FormatError
from formats.tree import (
    EMPTY_ROOT,
    append,
    consistency_plan,
    inclusion_plan,
    leaf,
    node,
    plan_nodes,
    proof,
    root,
    root_from_inclusion,
    root_nodes,
    verify_consistency,
    verify_inclusion,
)
from tests.formats.refusals import refused
from tests.vectors import public_vectors


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return node(by_definition(leaves[:k]), by_definition(leaves[k:]))


class Store:
    """Complete subtrees, kept as a database keeps them; counts what is asked."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []

    def grow(self, entries: Sequence[bytes]) -> None:
        size = len(self.leaves)
        known = {one: self.rows[one] for one in root_nodes(size)}  # one query; nothing else is needed
        new = [leaf(entry) for entry in entries]
        for level, idx, value in append(size, new, lambda level, idx: known[level, idx]):
            assert (level, idx) not in self.rows  # a complete subtree never changes
            self.rows[level, idx] = value
        self.leaves += new

    def get(self, level: int, idx: int) -> bytes:
        return self.rows[level, idx]


def grown(size: int) -> Store:
    store = Store()
    store.grow([i.to_bytes(32, "big") for i in range(size)])
    return store


def test_an_empty_tree() -> None:
    assert root(0, Store().get) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_nodes(0) == []


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65])
def test_roots_and_every_proof(size: int) -> None:
    store = grown(size)
    whole = by_definition(store.leaves)
    assert root(size, store.get) == whole
    for index in range(size):
        plan = inclusion_plan(index, size)
        rows = {one: store.rows[one] for one in plan_nodes(plan)}  # one query; nothing else is needed
        hashes = proof(plan, lambda level, idx, rows=rows: rows[level, idx])  # type: ignore[misc]
        assert root_from_inclusion(index, size, store.leaves[index], hashes) == whole
        verify_inclusion(index, size, store.leaves[index], hashes, whole)
    for old in range(1, size + 1):
        hashes = proof(consistency_plan(old, size), store.get)
        verify_consistency(old, by_definition(store.leaves[:old]), size, whole, hashes)


@given(st.lists(st.integers(1, 70), min_size=1, max_size=6))
def test_batches_of_any_size_make_the_same_tree(batches: list[int]) -> None:
    store, count = Store(), 0
    for batch in batches:
        store.grow([(count + i).to_bytes(32, "big") for i in range(batch)])
        count += batch
    assert store.rows == grown(count).rows
    assert root(count, store.get) == by_definition(store.leaves)


@given(st.integers(1, 2**62), st.data())
def test_rows_read_stay_few(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    most = 2 * size.bit_length()
    assert len(root_nodes(size)) <= size.bit_length()
    assert len(plan_nodes(inclusion_plan(index, size))) <= most
    assert len(plan_nodes(consistency_plan(old, size))) <= most
    assert sum(1 << level for level, _ in root_nodes(size)) == size


def test_new_leaves_are_proved_from_the_same_rows() -> None:
    store = grown(100)
    rows = {one: store.rows[one] for one in root_nodes(100)}
    new = [leaf(bytes([i]) * 32) for i in range(20)]
    rows |= {(level, idx): value for level, idx, value in append(100, new, lambda *at: rows[at])}
    whole = root(120, lambda *at: rows[at])
    for i in range(20):
        verify_inclusion(100 + i, 120, new[i], proof(inclusion_plan(100 + i, 120), lambda *at: rows[at]), whole)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (5, 5), (-1, 3), (0, 2**63)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    refused(inclusion_plan, index, size)
    refused(root_from_inclusion, index, size, bytes(32), [])


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5), (1, 2**63)])
def test_sizes_that_prove_nothing(old: int, new: int) -> None:
    refused(consistency_plan, old, new)
    refused(verify_consistency, old, EMPTY_ROOT, new, EMPTY_ROOT, [])


def test_hashes_that_are_none() -> None:
    store = grown(5)
    hashes, whole = proof(inclusion_plan(1, 5), store.get), by_definition(store.leaves)
    for wrong in (b"", bytes(31), bytes(33), None, "a" * 32):
        refused(verify_inclusion, 1, 5, wrong, hashes, whole)
        refused(verify_inclusion, 1, 5, store.leaves[1], [*hashes[:-1], wrong], whole)
        refused(verify_inclusion, 1, 5, store.leaves[1], hashes, wrong)
        refused(verify_consistency, 5, wrong, 5, wrong, [])
        refused(append, 5, [wrong], store.get)
    refused(verify_inclusion, 2, 5, store.leaves[1], hashes, whole)
    refused(verify_inclusion, 1, 5, store.leaves[1], [*hashes, bytes(32)], whole)
    refused(verify_inclusion, 1, 5, store.leaves[1], hashes[:-1], whole)
    refused(root_from_inclusion, 1, 5, store.leaves[1], [*hashes, bytes(32)])
    refused(root_from_inclusion, 1, 5, store.leaves[1], hashes[:-1])
    refused(verify_inclusion, 1, 9, store.leaves[1], hashes, whole)


def test_a_changed_history_is_not_consistent() -> None:
    store, other = grown(20), grown(12)
    other.grow([bytes(32)] * 8)
    changed = Store()
    changed.grow([b"\xff" * 32, *(i.to_bytes(32, "big") for i in range(1, 20))])
    old = by_definition(store.leaves[:12])
    for after, good in ((store, True), (other, True), (changed, False)):
        hashes = proof(consistency_plan(12, 20), after.get)
        if good:
            verify_consistency(12, old, 20, by_definition(after.leaves), hashes)
        else:
            refused(verify_consistency, 12, old, 20, by_definition(after.leaves), hashes)
    refused(verify_consistency, 12, old, 12, old, [bytes(32)])
    refused(verify_consistency, 12, old, 12, EMPTY_ROOT, [])
    refused(verify_consistency, 8, by_definition(store.leaves[:8]), 20, by_definition(store.leaves), [])


# -- public vectors ------------------------------------------------------------------------------------------


def _cases(kind: str) -> list[tuple[str, dict[str, Any]]]:
    folder = public_vectors(f"merkle/{kind}")
    return [(path.stem, json.loads(path.read_text())) for path in sorted(folder.rglob("*.json"))]


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _passes(check: Any, *given: Any) -> bool:
    try:
        check(*given)
    except FormatError:
        return False
    return True


def test_public_inclusion_vectors() -> None:
    cases = _cases("inclusion")
    for name, case in cases:
        hashes = [_bytes(one) for one in case["proof"] or []]
        given = (case["leafIdx"], case["treeSize"], _bytes(case["leafHash"]), hashes, _bytes(case["root"]))
        assert _passes(verify_inclusion, *given) != case["wantErr"], name
    assert len(cases) == 98


def test_public_consistency_vectors() -> None:
    cases = _cases("consistency")
    differs = []
    for name, case in cases:
        hashes = [_bytes(one) for one in case["proof"] or []]
        given = (case["size1"], _bytes(case["root1"]), case["size2"], _bytes(case["root2"]), hashes)
        if _passes(verify_consistency, *given) == case["wantErr"]:
            differs.append(name)
    assert len(cases) == 98
    assert differs == ["sizes-are-equal-one-and-proof-is-empty"]  # its roots have 12 bytes: refused here
