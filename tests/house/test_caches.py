# SPDX-License-Identifier: EUPL-1.2
"""Everything that a server remembers between two calls, listed with its reason (performance.md, "Done when" 3).

Remembered is only what is immutable, or the verification of something immutable, and it is bounded. No decision, no state
of a grant, no position of the log. Who adds a cache adds its line here, and has to find a reason that stands.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SERVERS = ("formats", "chassis", "vault", "consent", "gateway", "chatbot", "desk")

# Bounded by `maxsize`. Name -> why it may be remembered.
CACHES = {
    "formats/jose.py:_public": "a parsed key, by its own point",
    "formats/jose.py:_private": "a parsed key, by its own numbers",
    "formats/jose.py:_check_values": "that a key is well made, by its own members",
    "formats/grant.py:_read_once": "a grant read, by its immutable text; whether it is open is asked each time",
    "formats/grant.py:_check_signature_once": "a signature found good, by text and key",
    "formats/checkpoint.py:shard_span": "arithmetic on a name",
    "formats/tree.py:_root_above": "arithmetic on hashes: the upper part of a proof, which a batch shares",
    "formats/dpop.py:_key": "the key in a proof's header, by its text; the proof itself is checked each time",
    "formats/policy.py:self._verified": "a checkpoint's signatures found good, by its immutable text",
    "formats/slots.py:dutch_words": "a list of words that comes with the project",
    "chassis/clock.py:show_moment": "arithmetic on a number",
    "consent/api.py:routes": "the routes themselves: code, and nothing of whoever runs it",
    "consent/look.py:_sig_of": "the key in a card, by its immutable text",
    "consent/asking.py:self._subject": "an HMAC of what it stands for",
    "consent/asking.py:self.employee": "an HMAC of what it stands for",
    "chassis/postgresql_driver.py:unnested": "the text of a table of values, by their types",
    "chassis/database.py:wanted": "the text of a statement, by its width",
    "gateway/access.py:_card": "the key in a card, by its immutable text",
    "gateway/signing_in.py:_trusted": "the authorities that this machine trusts, as they are at the start; each chain is checked anew",
    "gateway/fapi.py:_parsed": "a parsed client key, by its own members",
    "gateway/registering.py:client_of": "a registration parsed, by its immutable text; the row is read each time",
}

# Containers that outlive a statement. Name -> what keeps it small, and why nothing in it can open anything.
KEPT = {
    "chassis/callers.py:self._verified": "claims of verified tokens until they end, at most 4,096; sessions are asked",
    "chassis/callers.py:self._services": "service tokens found good until they end, at most 4,096",
    "chassis/sqlite.py:self._asking": "who asks to read in this turn of the event loop",
    "chassis/together.py:self._waiting": "who waits for the next run",
    "chassis/postgresql_driver.py:self._prepared": "texts of statements that the server knows, at most 500 a connection",
    "chassis/postgresql_driver.py:self._held": "what a transaction writes, until its next question",
    "chassis/postgresql_connections.py:self._free": "the connections that nobody uses now, at most ten",
    "chassis/postgresql_connections.py:self._open": "the connections of the pool, at most ten",
    "chassis/postgresql.py:self._running": "transactions under way now",
    "chassis/calls.py:self._pieces": "one call",
    "chassis/contract.py:self.operations": "the contract's paths, made at the start",
    "chassis/contract.py:self._shaped": "the contract's paths, made at the start",
    "consent/entering.py:grants": "one call",
    "consent/entering.py:narrowed": "one call",
    "consent/entering.py:touches": "one call",
    "consent/look.py:self.epochs": "one look",
    "consent/proving.py:faults": "one walk",
    "gateway/api.py:PROBLEMS": "a table that is empty",
    "consent/batch.py:self.entries": "one transaction",
    "consent/batch.py:self.afterwards": "one transaction",
    "consent/batch.py:self.meanwhiles": "one transaction",
    "consent/batch.py:self._tails": "one transaction",
    "consent/proving.py:self._edges": "one transaction's tree",
    "consent/proving.py:self._above": "one transaction's tree",
    "consent/ledger.py:self._keys": "the log's own keys by shard, two a year",
    "consent/ledger.py:self._stops": "who waits for the writer now",
    "consent/ledger.py:self._others": "who waits for the writer now",
    "formats/chain.py:sig": "one chain that is played back now",
    "formats/chain.py:epochs": "one chain that is played back now",
    "formats/chain.py:grants": "one chain that is played back now",
    "vault/permits.py:self._used": "used permits for the seconds in which they could be shown again: only ever refuses",
    "vault/permits.py:self._ages": "the same, in order of age",
    "chatbot/answering.py:self._counts": "how often each rule answered this week",
    "chatbot/language.py:self._having": "the words of the content, made at the start",
    "chatbot/language.py:concepts": "the meanings of the content, made at the start",
    "chatbot/language.py:listed": "the texts of the content, made at the start",
    "gateway/demo_login.py:self._codes": "codes of the demo's own sign-in, a minute",
    "gateway/signing_in.py:self._known": "a provider's published metadata, an hour",
    "gateway/signing_in.py:self._keys": "a provider's published keys, an hour",
    "desk/gateway_client.py:self._known": "the gateway's published addresses",
    "desk/members.py:self._read": "the newest member list read, by its immutable text; which is newest is asked each time",
    "desk/sessions.py:self._sessions": "who is signed in, an hour without a call and eight in all; opens nothing sealed",
    "desk/sessions.py:self._ways": "sign-ins on their way, the newest so many",
    "desk/sessions.py:openings": "what one session opened, until each one's token ends",
}


@cache
def _modules() -> Sequence[tuple[str, ast.Module]]:
    paths = sorted(path for room in SERVERS for path in (ROOT / room).rglob("*.py"))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in paths]


def _is_cache(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    return ast.unparse(called).rpartition(".")[2] in ("lru_cache", "cache", "cached_property")


@cache
def _caches() -> Sequence[tuple[str, ast.expr]]:
    """(where it is, the cache as it is written), for decorators and for `x = lru_cache(…)(f)`."""
    found: list[tuple[str, ast.expr]] = []
    for name, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                found += ((f"{name}:{node.name}", one) for one in node.decorator_list if _is_cache(one))
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_cache(node.value.func):
                found.append((f"{name}:{ast.unparse(node.targets[0])}", node.value.func))
    return found


def _empty(node: ast.expr | None) -> bool:
    """Whether something that can grow begins here."""
    if isinstance(node, ast.Dict):
        return not node.keys
    if isinstance(node, ast.List):
        return not node.elts
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2].partition("[")[0]
    if called == "field":
        return any(one.arg == "default_factory" for one in node.keywords)
    growing = ("set", "dict", "list", "deque", "OrderedDict", "defaultdict", "Counter", "WeakValueDictionary")
    return called in growing and not node.args


def _kept() -> Iterator[str]:
    """What begins empty on an object, in a dataclass or in a module, and is no plain local."""
    for name, tree in _modules():
        inside = [one for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for one in ast.walk(node)]
        local = {id(one) for one in inside}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not _empty(node.value):
                continue
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if ast.unparse(target).startswith("self.") or id(node) not in local:
                yield f"{name}:{ast.unparse(target)}"


def test_every_cache_has_its_reason() -> None:
    assert {where for where, _ in _caches()} == set(CACHES)


@pytest.mark.parametrize("where", sorted(CACHES))
def test_every_cache_is_bounded(where: str) -> None:
    for written in (one for at, one in _caches() if at == where):
        assert isinstance(written, ast.Call), f"{where} has no bound"
        most = ast.literal_eval(next(one.value for one in written.keywords if one.arg == "maxsize"))
        assert 1 <= most <= 8_192


def test_what_is_kept_has_its_reason() -> None:
    found = set(_kept())
    assert found - set(KEPT) == set(), "kept without a reason"
    assert set(KEPT) - found == set(), "no longer there"


@pytest.mark.parametrize(
    "name", ["decision.py", "ledger.py", "batch.py", "asking.py", "store_grants.py", "stopping.py"]
)
def test_the_decision_and_the_log_remember_nothing(name: str) -> None:
    """Not even by way of the module: no `global`, no cache on a function that decides, reads or writes state."""
    tree = ast.parse((ROOT / "consent" / name).read_text("utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal)]
    decorated = [
        node for node in ast.walk(tree) if isinstance(node, FUNCTIONS) for one in node.decorator_list if _is_cache(one)
    ]
    assert not decorated
