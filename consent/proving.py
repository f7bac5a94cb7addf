# SPDX-License-Identifier: EUPL-1.2
"""Reading the log back: proofs, checkpoints, and the walk that recomputes everything.

Writing is `ledger`. A proof is made from O(log n) tree rows and a stored checkpoint; nothing is signed here.
"""

from binascii import b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chassis.database import Connection
from consent import ledger_store as store
from formats.checkpoint import Vkey, entry, make_proof, shard_span, verify_note
from formats.event import read_event
from formats.spelling import FormatError, b64u
from formats.tree import (
    EMPTY_ROOT,
    Node,
    append,
    consistency_plan,
    inclusion_plan,
    leaf,
    node,
    plan_nodes,
    proof,
    root,
    root_nodes,
)

PAGE = 1_000
MOST_FAULTS = 100


class Shoots:
    """The proofs of the newest leaves of a tree: those of one batch, under that batch's checkpoint.

    size: leaves of the tree. nodes: rows (level, idx) -> hash that hold the roots of the tree before the batch and
    all that the batch made: enough, because every left neighbour on the way up is one of them (formats/tree.py). All
    proofs share their upper half, so each row is spelled once; `formats.checkpoint.make_proof` gives the same text.
    """

    def __init__(self, size: int, nodes: Mapping[Node, bytes]) -> None:
        self._size, self._nodes = size, nodes
        self._edges: list[bytes | None] = []  # per level: the incomplete subtree at the right edge
        edge: bytes | None = None
        for level in range(size.bit_length()):
            self._edges.append(edge)
            if size >> level & 1:
                left = nodes[level, (size >> level) - 1]
                edge = left if edge is None else node(left, edge)
        assert edge is not None
        self.root = edge
        self.note = ""
        self._above: dict[Node, str] = {}

    def proof(self, index: int) -> str:
        """The tlog-proof of the leaf at `index`, which the batch made."""
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{self._path(0, index)}\n{self.note}"

    def _path(self, level: int, at: int) -> str:
        """The lines from the node (level, at) up to the root, each with its line end. Leaves side by side share most."""
        if level >= (self._size - 1).bit_length():
            return ""
        found = self._above.get((level, at))
        if found is None:
            found = self._above[level, at] = self._beside(level, at ^ 1) + self._path(level + 1, at >> 1)
        return found

    def _beside(self, level: int, at: int) -> str:
        """The line of this node; none where nothing stands there: the right edge goes up as it is."""
        end = self._size >> level
        if at > end:
            return ""
        value = self._edges[level] if at == end else self._nodes[level, at]
        return "" if value is None else b2a_base64(value).decode("ascii")


# -- single lines --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proven:
    """A line of the log with its proof at the newest checkpoint of its shard. An erased one has no event or nonce."""

    origin: str
    index: int
    vlt: str | None
    n: int | None
    entry: bytes
    nonce: bytes | None
    event: bytes | None
    proof: str


def lines(connection: Connection, vlt: str, *, before: int | None = None, limit: int = 50) -> list[Proven]:
    """Who looked: a person's lines, newest first, those with `n` below `before` (None: from the newest)."""
    base = store.driver(connection)
    return _prove(base, store.lines(base, vlt, 2**62 if before is None else before, limit))


def line_at(connection: Connection, shard: int, idx: int) -> Proven | None:
    """One line by its place: how a statement of the directory or the catalogue is proved."""
    base = store.driver(connection)
    row = store.event(base, shard, idx)
    return None if row is None else _prove(base, [row])[0]


def _prove(base: store.Driver, rows: list[store.EventRow]) -> list[Proven]:
    heads = {head.shard: head for head in store.shards(base)} if rows else {}
    plans = [inclusion_plan(row[1], heads[row[0]].size) for row in rows]
    found = {}
    for shard in {row[0] for row in rows}:
        wanted = {one for row, plan in zip(rows, plans, strict=True) if row[0] == shard for one in plan_nodes(plan)}
        found[shard] = store.nodes(base, shard, sorted(wanted))
    made = []
    for (shard, idx, vlt, n, value, nonce, event), plan in zip(rows, plans, strict=True):
        here = found[shard]
        hashes = proof(plan, lambda level, at, here=here: here[level, at])  # type: ignore[misc]
        head = heads[shard]
        made.append(Proven(head.origin, idx, vlt, n, value, nonce, event, make_proof(idx, hashes, head.note)))
    return made


# -- the log as a whole --------------------------------------------------------------------------------------


def logs(connection: Connection) -> list[store.Head]:
    """Every shard with its newest checkpoint, oldest first."""
    return store.shards(store.driver(connection))


def checkpoint(connection: Connection, origin: str) -> store.Head | None:
    """The newest checkpoint of one shard; None: no such shard."""
    return store.shard_of(store.driver(connection), origin)


def consistency(connection: Connection, origin: str, earlier: int, later: int) -> list[bytes] | None:
    """The hashes which show that the log of size `later` begins with the log of size `earlier` (RFC 6962, 2.1.2).

    None: no such shard. FormatError: not 0 < earlier <= later <= its size.
    """
    base = store.driver(connection)
    head = store.shard_of(base, origin)
    if head is None:
        return None
    plan = consistency_plan(earlier, later)
    if later > head.size:
        raise FormatError("tree")
    found = store.nodes(base, head.shard, plan_nodes(plan))
    return proof(plan, lambda level, idx: found[level, idx])


# -- verifying -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a walk over the whole log found. `faults` empty: all is as it was written; else at most 100 of them."""

    shards: int = 0
    lines: int = 0
    erased: int = 0
    people: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, what: str) -> None:
        """Notes a fault: where, and what; no content."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(what)


def verify_log(connection: Connection, vkey_of: Callable[[str], Vkey]) -> Report:
    """Recomputes every entry, tree row, root and checkpoint, and every person's chain of lines.

    vkey_of: origin -> the public key that has to have signed it. For `python -m serve verify-log`, on a snapshot.
    """
    base, report = store.driver(connection), Report()
    latest = 0
    for number, head in enumerate(store.shards(base)):
        report.shards += 1
        if head.shard != number:
            report.fault(f"shard {head.shard}: number {number} expected")
        try:
            signed = verify_note(head.note, [vkey_of(head.origin)])
            if (signed.origin, signed.size, signed.root) != (head.origin, head.size, head.root):
                report.fault(f"shard {head.shard}: the checkpoint says something else")
        except FormatError:
            report.fault(f"shard {head.shard}: the checkpoint is not signed by its key")
        latest = _verify_shard(base, head, latest, report)
    _verify_people(base, report)
    return report


def _verify_shard(base: store.Driver, head: store.Head, latest: int, report: Report) -> int:
    kept: dict[Node, bytes] = {}
    size = 0
    starts, ends = shard_span(head.origin)
    page: list[bytes] = []
    for _, idx, vlt, n, value, nonce, event in store.walk(base, head.shard, PAGE):
        at = f"shard {head.shard} line {idx}"
        report.lines += 1
        if idx != size + len(page):
            report.fault(f"{at}: a line is missing before it")
            return latest
        if nonce is None or event is None:
            report.erased += 1
        else:
            latest = _verify_line(at, (vlt, n, value, nonce, event), (starts, ends, latest), report)
        page.append(leaf(value))
        if len(page) == PAGE:
            kept, size, page = _verify_rows(base, head, kept, size, page, report), size + PAGE, []
    kept, size = _verify_rows(base, head, kept, size, page, report), size + len(page)
    if size != head.size:
        report.fault(f"shard {head.shard}: {size} lines, the checkpoint says {head.size}")
    elif (root(size, lambda level, idx: kept[level, idx]) if size else EMPTY_ROOT) != head.root:
        report.fault(f"shard {head.shard}: another root")
    if store.twig_bytes(base, head.shard) != store.HASH * (2 * size - size.bit_count()):
        report.fault(f"shard {head.shard}: too many or too few tree rows")
    return latest


def _verify_line(
    at: str, row: tuple[str | None, int | None, bytes, bytes, bytes], times: tuple[int, int, int], report: Report
) -> int:
    """One line that was not erased; answers the latest time so far, which never goes back."""
    vlt, n, value, nonce, data = row
    starts, ends, latest = times
    try:
        event = read_event(data)
        if entry(nonce, data) != value:
            report.fault(f"{at}: the entry is another")
    except FormatError:
        report.fault(f"{at}: not an event")
        return latest
    if (event.vlt, event.n) != (vlt, n):
        report.fault(f"{at}: filed under another person or number")
    if not starts <= event.at < ends or event.at < latest:
        report.fault(f"{at}: out of its time")
    return max(latest, event.at)


def _verify_rows(
    base: store.Driver, head: store.Head, kept: dict[Node, bytes], size: int, page: list[bytes], report: Report
) -> dict[Node, bytes]:
    """Recomputes the tree rows of one page; answers the roots that the next page needs."""
    made = {(level, idx): value for level, idx, value in append(size, page, lambda level, idx: kept[level, idx])}
    stored = store.nodes(base, head.shard, list(made))
    for place, value in made.items():
        if stored.get(place) != value:
            report.fault(f"shard {head.shard} tree row {place[0]}/{place[1]}: another hash")
    made |= kept
    return {place: made[place] for place in root_nodes(size + len(page))}


def _verify_people(base: store.Driver, report: Report) -> None:
    whose, number, before = "", -1, b""
    for vlt, n, value, data in store.chains(base):
        if vlt != whose:
            whose, number, before = vlt, -1, b""
            report.people += 1
        if n != number + 1:
            report.fault(f"person {vlt} line {n}: number {number + 1} is missing")
        elif data is not None:
            try:
                previous = read_event(data).prev
            except FormatError:
                previous = ""  # told by the walk over its shard
            if previous not in ("", b64u(before) if before else None):
                report.fault(f"person {vlt} line {n}: does not follow the line before")
        number, before = n, value
