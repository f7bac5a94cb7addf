# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree of the log (RFC 6962 section 2), pure: over hashes, for any store of complete subtrees.

A node is `(level, idx)`: the root of the complete subtree over leaves `idx * 2**level` up to the next such
multiple. Stores keep complete subtrees only. Each `*_nodes` or `*_plan` function says which rows a
computation needs, O(log n), so that a store fetches them in one query; the function that computes then takes
`get(level, idx) -> hash`.

The rows of `root_nodes(size)` are all that is needed to append leaves to a tree of that size and to prove
those new leaves: every left neighbour on their way up is a row of that list or was just made.
Remembered: where the upper part of a proof leads, by its hashes, bounded.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

from formats.spelling import FormatError

Node = tuple[int, int]
Get = Callable[[int, int], bytes]
Plan = tuple[tuple[Node, ...], ...]  # per proof hash: the nodes that make it, left to right

EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 2**63 - 1
_NEAR = 4  # hashes of a proof that neighbours do not share: a batch has some sixteen leaves


def leaf(entry: bytes) -> bytes:
    """The leaf hash of an entry (32 bytes)."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


# -- growing -------------------------------------------------------------------------------------------------


def root_nodes(size: int) -> list[Node]:
    """The complete subtrees that make up a tree of `size` leaves, left to right (none for 0)."""
    return list(_pieces(0, size))


def root(size: int, get: Get) -> bytes:
    """The root of the tree of `size` leaves."""
    return _join(root_nodes(size), get) if size else EMPTY_ROOT


def append(size: int, leaves: Iterable[bytes], get: Get) -> list[tuple[int, int, bytes]]:
    """Rows `(level, idx, hash)` to write when leaf hashes are added to a tree of `size`; `get` serves
    `root_nodes(size)`."""
    made: dict[Node, bytes] = {}
    for index, value in enumerate(leaves, start=size):
        level, at, found = 0, index, _hash(value)
        made[0, at] = found
        while at & 1:
            left = made.get((level, at - 1)) or get(level, at - 1)
            level, at, found = level + 1, at >> 1, node(left, found)
            made[level, at] = found
    return [(level, at, value) for (level, at), value in made.items()]


def _pieces(start: int, end: int) -> Iterable[Node]:
    # Greedy from the left: the largest complete subtree that begins here and fits.
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def _join(nodes: Sequence[Node], get: Get) -> bytes:
    # An incomplete right side is folded from the right (RFC 6962 section 2.1).
    found = get(*nodes[-1])
    for one in reversed(nodes[:-1]):
        found = node(get(*one), found)
    return found


# -- proving -------------------------------------------------------------------------------------------------


def inclusion_plan(index: int, size: int) -> Plan:
    """What proves leaf `index` in the tree of `size`: one group of nodes per hash, leaf to root (RFC 6962
    2.1.1)."""
    if not 0 <= index < size <= MAX_SIZE:
        raise FormatError("tree")
    groups: list[tuple[Node, ...]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            groups.append(tuple(_pieces(middle, end)))
            end = middle
        else:
            groups.append(tuple(_pieces(start, middle)))
            start = middle
    return tuple(reversed(groups))


def consistency_plan(old: int, new: int) -> Plan:
    """What proves that the tree of `new` leaves begins with the tree of `old` (RFC 6962 section 2.1.2)."""
    if not 0 < old <= new <= MAX_SIZE:
        raise FormatError("tree")
    groups: list[tuple[Node, ...]] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if old <= middle:
            groups.append(tuple(_pieces(middle, end)))
            end = middle
        else:
            groups.append(tuple(_pieces(start, middle)))
            start, whole = middle, False
    if not whole:
        groups.append(tuple(_pieces(start, end)))
    return tuple(reversed(groups))


def plan_nodes(plan: Plan) -> list[Node]:
    """All rows that `proof` will ask for."""
    return [one for group in plan for one in group]


def proof(plan: Plan, get: Get) -> list[bytes]:
    """The hashes of a proof, of either kind."""
    return [_join(group, get) for group in plan]


# -- checking ------------------------------------------------------------------------------------------------


def root_from_inclusion(index: int, size: int, leaf_hash: bytes, hashes: Sequence[bytes]) -> bytes:
    """The root that a proof leads to; refuses an index outside the tree, a wrong number of hashes, a wrong
    length."""
    _check_size(size)
    if not 0 <= index < size:
        raise FormatError("tree")
    found, at, last = _climb(_hash(leaf_hash), index, size - 1, hashes[:_NEAR])
    try:
        return _root_above(found, at, last, tuple(hashes[_NEAR:]))
    except TypeError:  # what has no hash is no bytes
        raise FormatError("tree") from None


@lru_cache(maxsize=256)  # arithmetic on its arguments; what is refused is not kept
def _root_above(found: bytes, at: int, last: int, hashes: tuple[bytes, ...]) -> bytes:
    """The same from a node on. Leaves of one batch stand side by side: above some levels, they go one way."""
    found, _, last = _climb(found, at, last, hashes)
    if last:
        raise FormatError("tree")
    return found


def _climb(found: bytes, at: int, last: int, hashes: Iterable[bytes]) -> tuple[bytes, int, int]:
    """The node to which some hashes of a proof lead from the node `found`, the `at`-th of its level; `last` is the number
    of the last one there."""
    for value in hashes:  # the loop of each read: `node` stands here as it is, its call would cost as much as the hash
        if last == 0 or type(value) is not bytes or len(value) != 32:
            raise FormatError("tree")
        if at & 1 or at == last:
            found = sha256(b"\x01" + value + found).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + value).digest()
        at, last = at >> 1, last >> 1
    return found, at, last


def verify_inclusion(index: int, size: int, leaf_hash: bytes, hashes: Sequence[bytes], root_hash: bytes) -> None:
    """Refuses unless the leaf stands at `index` in the tree of `size` with this root."""
    if root_from_inclusion(index, size, leaf_hash, hashes) != _hash(root_hash):
        raise FormatError("tree")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, hashes: Sequence[bytes]) -> None:
    """Refuses unless the tree of `new` begins with the tree of `old`. `old` 0 proves nothing and is
    refused."""
    _check_size(new)
    for value in (old_root, new_root, *hashes):
        _hash(value)
    if not 0 < old <= new:
        raise FormatError("tree")
    if old == new:
        if hashes or old_root != new_root:
            raise FormatError("tree")
        return
    # RFC 9162 section 2.1.4.2; an old tree that is one complete subtree is its own first hash.
    path = [old_root, *hashes] if old & (old - 1) == 0 else list(hashes)
    if not path:
        raise FormatError("tree")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for value in path[1:]:
        if last == 0:
            raise FormatError("tree")
        if at & 1 or at == last:
            first, second = node(value, first), node(value, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, value)
        at, last = at >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise FormatError("tree")


def _check_size(size: int) -> None:
    if type(size) is not int or not 0 < size <= MAX_SIZE:
        raise FormatError("tree")


def _hash(value: bytes) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise FormatError("tree")
    return value
