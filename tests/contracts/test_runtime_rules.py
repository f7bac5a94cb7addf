# SPDX-License-Identifier: EUPL-1.2
"""R: every operation asked over HTTP for what the API design rules want of each answer (standards.md).

A green lint is not conformance: it sees what the document says, not what the server does.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import serve
from chassis import logs
from chassis.clock import Clock
from chassis.contract import BODY_BYTES
from tests.chassis.doors import send
from tests.contracts.calling import NOBODY, Answer, Call
from tests.contracts.cases import Case
from tests.contracts.documents import COMPONENTS, ROOT, committed
from tests.contracts.reading import ASKED, SECURITY, described, fits, good_headers, is_problem
from tests.contracts.sweeping import Row, operations, schemes
from tests.contracts.world import World

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


def test_a_good_answer_is_as_the_contract_says(swept: dict[str, Row]) -> None:
    for name, row in swept.items():
        part, path, verb, operation = described(name)
        answer = row.got["owner"]
        good_headers(part, answer)
        says = operation["responses"].get(str(answer.status))
        assert says is not None, f"{name} answers {answer.status}, which is not in the contract"
        kind = answer.header("content-type")
        if "content" not in says:
            assert (answer.body, kind) == (b"", None), name
        else:
            assert kind in says["content"], name
        if kind == "application/json":
            here = path.replace("~", "~0").replace("/", "~1")
            place = f"/paths/{here}/{verb.lower()}/responses/{answer.status}/content/application~1json/schema"
            fits(part, place, answer.json())
            assert not re.search(rb'"\d{4}-\d\d-\d\dT[^"]*[+-]\d\d:\d\d"', answer.body), f"{name}: an offset leaks out"
    print(f"R: {len(swept)} operations answered as described")


def test_what_is_new_says_where_it_is(swept: dict[str, Row]) -> None:
    """201 comes with `Location`, and that is an address of the contract."""
    made = {name: row.got["owner"] for name, row in swept.items() if row.got["owner"].status == 201}
    assert len(made) > 20
    for name, answer in made.items():
        part, where = name.split(".")[0], answer.header("location") or ""
        shapes = [re.sub(r"\{\w+\}", "[^/]+", path) for path in committed(part)["paths"]]
        assert where.startswith(f"/{part}/v1/"), name
        assert any(re.fullmatch(f"/{part}/v1{shape}", where) for shape in shapes), f"{name}: {where}"


def each(swept: dict[str, Row]) -> Iterator[tuple[str, str, Case]]:
    for name, row in swept.items():
        yield name, name.split(".")[0], row.case


def test_without_a_token_it_is_401(swept: dict[str, Row]) -> None:
    for name, row in swept.items():
        if schemes()[name] is not None:
            answer = row.got["nobody"]
            is_problem(name.split(".")[0], answer, 401, "not-authenticated")
            scheme = "Bearer" if schemes()[name] == "service" else "DPoP"
            assert (answer.header("www-authenticate") or "").startswith(scheme + " ")


def test_a_refusal_is_a_problem(swept: dict[str, Row]) -> None:
    for name, row in swept.items():
        for answer in row.got.values():
            if answer.status >= 400:
                is_problem(name.split(".")[0], answer, answer.status, answer.slug)
                assert str(answer.status) in described(name)[3]["responses"]


def test_an_unknown_query_key_is_400_and_is_not_repeated(world: World, swept: dict[str, Row]) -> None:
    for _, part, case in each(swept):
        answer = world.send(case.owner, case.call.but(query={**case.call.query, "geheimpje": "ookgeheim"}))
        told = is_problem(part, answer, 400, "invalid-input")
        assert {"in": "query", "at": "?", "code": "unknown"} in told["errors"]
        assert b"geheim" not in answer.body


def misspelled(one: str) -> list[str]:
    """What is not this id, or no id at all."""
    return [one.upper(), one + "%20", one + "%00", "%2e%2e", "a%2fb", one.replace("-", "")]


def test_a_badly_spelled_id_in_the_path_is_400_or_404(world: World, swept: dict[str, Row]) -> None:
    """Another case, a dot-dot, a NUL, a slash in disguise: no id has a twin."""
    for name, part, case in each(swept):
        ids = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", case.call.path)
        for path in [case.call.path.replace(one, bad) for one in ids for bad in misspelled(one)]:
            if path != case.call.path:
                answer = world.send(case.owner, case.call.but(path=path))
                assert answer.status in (400, 401, 404), f"{name} {path}: {answer}"
                good_headers(part, answer)


def test_a_slash_at_the_end_is_404(world: World, swept: dict[str, Row]) -> None:
    for _, part, case in each(swept):
        is_problem(part, world.send(case.owner, case.call.but(path=case.call.path + "/")), 404, "not-found")


def test_only_json_is_406(world: World, swept: dict[str, Row]) -> None:
    for _, part, case in each(swept):
        is_problem(part, world.send(case.owner, case.call.but(accept="text/html")), 406, "not-acceptable")


def test_another_content_type_is_415(world: World, swept: dict[str, Row]) -> None:
    count = 0
    for name, part, case in each(swept):
        if "requestBody" in described(name)[3]:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
                answer = world.send(case.owner, case.call.but(kind=kind, body=b"a=b"))
                is_problem(part, answer, 415, "unsupported-type")
            count += 1
    assert count > 30


def test_a_body_over_the_cap_is_413_before_it_is_read(world: World, swept: dict[str, Row]) -> None:
    for name, part, case in each(swept):
        operation = described(name)[3]
        if "requestBody" not in operation:
            continue
        most = operation.get("x-most-bytes", BODY_BYTES)
        kind = next(iter(operation["requestBody"]["content"]))
        headers = [*case.owner.headers(case.call.method, world.origin + case.call.address).items()]
        headers += [("Host", world.origin[7:]), ("Content-Type", kind), ("Content-Length", str(most + 1))]
        answer = world.line.raw(case.call.method, case.call.target, headers, None)
        world.line.close()
        is_problem(part, answer, 413, "too-large")


def test_every_verb_of_every_address(world: World, swept: dict[str, Row]) -> None:
    """What the contract does not have is 405 with a complete `Allow`; OPTIONS is 204 with the same; TRACE is 405."""
    seen: set[tuple[str, str]] = set()
    for name, part, case in each(swept):
        path = described(name)[1]
        if (part, path) in seen:
            continue
        seen.add((part, path))
        mine = {verb for other, verb, _ in operations(part) if other == path}
        allowed = {*mine, "OPTIONS", *(("HEAD",) if "GET" in mine else ())}
        for verb in VERBS:
            bare = Call(part, verb, case.call.path)
            if verb == "OPTIONS":
                answer = world.send(NOBODY, bare)
                good_headers(part, answer)
                assert (answer.status, answer.body) == (204, b"")
            elif verb in allowed:
                continue
            else:
                answer = world.send(case.owner, bare)
                good_headers(part, answer)
                assert answer.status == 405
                if verb != "HEAD":
                    is_problem(part, answer, 405, "method-not-allowed")
            assert set((answer.header("allow") or "").split(", ")) == allowed
    print(f"R: {len(seen)} addresses, {len(VERBS)} verbs each")


def test_head_is_get_without_a_body(world: World, swept: dict[str, Row]) -> None:
    count = 0
    for name, part, case in each(swept):
        if case.call.method != "GET":
            continue
        got = world.send(case.owner, case.call)
        head = world.send(case.owner, case.call.but(method="HEAD"))
        good_headers(part, head)
        assert (head.status, head.body) == (got.status, b""), name
        names = [name for name, _ in got.headers]
        assert [name for name, _ in head.headers] == names
        assert head.header("content-type") == got.header("content-type")
        count += 1
    assert count > 40


def test_two_faults_come_together_and_no_value_comes_back(world: World, swept: dict[str, Row]) -> None:
    """Each JSON body with every member wrong: all places in one answer, never a 422, never what was sent."""
    for name, part, case in each(swept):
        if isinstance(case.call.body, dict) and len(case.call.body) > 1:
            wrong = {member: {"geheimpje": "ookgeheim"} for member in case.call.body}
            answer = world.send(case.owner, case.call.but(body=wrong))
            told = is_problem(part, answer, 400, "invalid-input")
            places = {fault["at"].split("/")[1] for fault in told["errors"]}
            assert len(places) >= 2, f"{name}: {told}"
            assert b"geheim" not in answer.body


async def test_a_fault_of_ours_is_a_bare_500(world: World, swept: dict[str, Row], monkeypatch: Any) -> None:
    """Every operation, with something broken behind the door: the same headers, and no word of what broke."""
    for name, value in world.servers.town.environment().items():
        monkeypatch.setenv(name, value)
    logs.configure()
    house = serve.house(COMPONENTS, Clock(), serve.ServeSettings())

    async def breaks(*_: Any) -> Any:
        raise RuntimeError("geheimpje")

    for part, app in house.parts.items():
        found = app.contract.find
        app.inside = breaks  # type: ignore[assignment]

        def broken(path: str, found: Any = found) -> Any:
            there = found(path)
            if there is None:
                return None
            return {
                verb: replace(o, scheme=None, takes=None, hot=o.hot and breaks) for verb, o in there[0].items()
            }, there[1]

        app.contract.find = broken  # type: ignore[method-assign]
        host = {"host": world.origin[7:]}
        for name, row in swept.items():
            if name.startswith(part + "."):
                call = row.case.call
                query = call.target.partition("?")[2]
                told = await send(app, call.method, call.address, headers=host, signed_in=False, query=query)
                answer = Answer(told.status, tuple(told.headers.items()), told.body, 0.0)
                is_problem(part, answer, 500, "internal")
                assert b"geheimpje" not in told.body
        await app.stop()


def test_how_many_were_asked(swept: dict[str, Row]) -> None:
    told = ", ".join(f"{status}: {count}" for status, count in sorted(ASKED.items()))
    print(f"R asked {len(swept)} operations {sum(ASKED.values())} times ({told})")
    assert {200, 201, 204, 400, 401, 403, 404, 405, 406, 413, 415, 500} <= ASKED.keys()
    assert 422 not in ASKED


def test_health_is_outside_every_contract_and_says_nothing(world: World) -> None:
    for path, status in (("/health/live", 200), ("/health/ready", 200), ("/health/other", 404)):
        answer = world.line.raw("GET", path, [("Host", world.origin[7:])], None)
        assert (answer.status, answer.body) == (status, b"")
        for name, value in SECURITY.items():
            assert answer.header(name) == value


def test_slugs_and_their_page_match() -> None:
    """Every problem that a contract names has its heading in docs/problems.md, and the reverse."""
    headings = set(re.findall(r"^## ([a-z-]+)$", (ROOT / "docs/problems.md").read_text("utf-8"), re.MULTILINE))
    for part in COMPONENTS:
        told = " ".join(one["description"] for one in committed(part)["components"]["responses"].values())
        assert set(re.findall(r"`([a-z-]+)`", told)) == headings


def test_the_committed_files_say_no_422() -> None:
    for part in COMPONENTS:
        text = json.dumps(committed(part))
        assert "422" not in text
        assert "ValidationError" not in text
    assert Path(ROOT / "openapi").is_dir()
