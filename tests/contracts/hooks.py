# SPDX-License-Identifier: EUPL-1.2
"""What schemathesis cannot know: who calls, and how a signed or sealed thing is made.

* A request says `Authorization: DPoP noor`. On its way out it gets Noor's token of now and a proof for exactly this
  method and address. This is done at the last moment, in the HTTP adapter: schemathesis sends its probes (without
  login, as another user) past `before_call`, and a probe without a proof would prove nothing.
* Every signed or sealed string has its own `format` in the contract; a strategy here makes such strings.
* A body whose content must fit its address (a header that names the place, a signature of the newest key) is made real
  for positive cases, from `KLUISJE_MATERIAL`, which the test writes at start.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from formats.dpop import make_proof
from formats.jose import new_sealing_key, new_signing_key, sign
from formats.spelling import H, b64u, new_id

GIVEN: dict[str, Any] = json.loads(Path(os.environ["KLUISJE_MATERIAL"]).read_text())
LASTS = 200  # seconds: shorter than a token lives


class Callers:
    """Tokens of now, by the name that stands in `Authorization`."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._made: dict[str, tuple[int, str]] = {}

    def headers(self, name: str, method: str, url: str) -> dict[str, str]:
        """The headers of this caller for this call."""
        given = self._given[name]
        token = self._token(name)
        if given["key"] is None:
            return {"Authorization": f"Bearer {token}"}
        address = url.split("?")[0]
        proof = make_proof(given["key"], method, address, H(token), now=int(time.time()))
        return {"Authorization": f"DPoP {token}", "DPoP": proof}

    def _token(self, name: str) -> str:
        """The same claims as the gateway gave, later: signed by its own key, which the test town has."""
        now, given = int(time.time()), self._given[name]
        made, token = self._made.get(name, (0, ""))
        if now - made > given["lasts"] // 2:
            times = {"iat": now, "exp": now + given["lasts"]} | ({"nbf": now} if "nbf" in given["claims"] else {})
            made, token = self._made[name] = now, sign(given["claims"] | times, given["typ"], given["issuer"])
        return token


CALLERS = Callers(GIVEN["callers"])
_send = HTTPAdapter.send


def _proven(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
    name = str(request.headers.get("Authorization", "")).removeprefix("DPoP ").removeprefix("Bearer ")
    if name in GIVEN["callers"]:
        request.headers.update(CALLERS.headers(name, str(request.method), str(request.url)))
    return _send(self, request, *args, **kwargs)


HTTPAdapter.send = _proven  # type: ignore[method-assign]


# -- what a string of a format looks like --------------------------------------------------------------------

KEY, POINT = new_signing_key(), new_sealing_key()
_IDS = st.builds(new_id)


def sealed(typ: str, kid: str, *, cty: str | None = "vault-rec+jwt", wrapped: bool = True, **place: Any) -> str:
    """A thing as servers see it: a header that names its place, and text that they cannot open."""
    header: dict[str, Any] = {"alg": "A256KW" if wrapped else "ECDH-ES+A256KW", "enc": "A256GCM", "typ": typ, "kid": kid}
    header |= {"cty": cty} if cty else {}
    if not wrapped:
        header["epk"] = {name: POINT[name] for name in ("kty", "crv", "x", "y")}
    parts = json.dumps(header | place).encode(), os.urandom(40), os.urandom(12), os.urandom(64), os.urandom(16)
    return ".".join(b64u(part) for part in parts)


def _record(vlt: str, drw: str, rid: str, ver: int) -> str:
    return sealed("vault-rec+jwe", f"{drw}.e1", vlt=vlt, drw=drw, rid=rid, ver=ver)


def _bsn(digits: str) -> str:
    """A number that passes the eleven test: the last digit follows from the others; some have none, and get zeros."""
    last = sum(w * int(d) for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2), digits, strict=True)) % 11
    return f"{digits}{last}" if last < 10 else "000000000"


schemathesis.openapi.format("jws", st.builds(lambda i: sign({"iss": f"vault:{i}"}, "vault-card+jwt", KEY), _IDS))
schemathesis.openapi.format("jwe", st.builds(_record, _IDS, _IDS, _IDS, st.integers(1, 3)))
schemathesis.openapi.format("bsn", st.text("0123456789", min_size=8, max_size=8).map(_bsn))
_day = st.dates(min_value=__import__("datetime").date(1900, 1, 1), max_value=__import__("datetime").date(2200, 12, 31))
schemathesis.openapi.format("date", _day.map(lambda day: day.isoformat()))
schemathesis.openapi.format("date-time", _day.map(lambda day: f"{day.isoformat()}T10:20:30+01:00"))


# -- bodies that fit their address ---------------------------------------------------------------------------


def _of(case: Any) -> dict[str, Any]:
    return dict(case.path_parameters or {})


REAL = {
    "vault openVault": lambda at, body: GIVEN["vault"]["openVault"],
    "vault takeStatement": lambda at, body: GIVEN["vault"]["takeStatement"],
    "vault putKeyring": lambda at, body: {"jwe": sealed("vault-ring+jwe", "ring", cty=None, vlt=at["vlt"], seq=2)},
    "vault putSlot": lambda at, body: body
    | {"jwe": sealed("vault-slot+jwe", at["slot"], cty=None, vlt=at["vlt"], slot=body["type"])},
    "vault putRecordVersion": lambda at, body: {"jwe": _record(at["vlt"], at["drw"], at["rid"], int(at["ver"]))},
    "vault sealRecordAgain": lambda at, body: {"jwe": _record(at["vlt"], at["drw"], at["rid"], 1)},
    "vault fileDeposit": lambda at, body: {"jwe": _record(at["vlt"], GIVEN["drawer"], at["rid"], 1)},
    "vault putEnvelope": lambda at, body: {
        "jwe": sealed(
            "vault-key+jwe", H("key"), cty="jwk-set+json", wrapped=False,
            vlt=at["vlt"], drw=at["drw"], ep=int(at["ep"]), gnt=at["gnt"],
        )
    },
    "vault putSingle": lambda at, body: {
        "jwe": sealed(
            "vault-one+jwe", H("key"), wrapped=False,
            vlt=at["vlt"], drw=GIVEN["drawer"], rid=at["rid"], ver=1, gnt=at["gnt"],
        )
    },
    "vault takeDeposit": lambda at, body: body
    | {"jwe": sealed("vault-dep+jwe", H("box"), wrapped=False, vlt=new_id(), drw=new_id(), rid=new_id(), ver=1)},
    "vault confirmImport": lambda at, body: GIVEN["vault"]["confirmImport"],
    "consent openVault": lambda at, body: GIVEN["consent"]["openVault"],
    "consent enterStatements": lambda at, body: GIVEN["consent"]["enterStatements"],
    "consent stopGrant": lambda at, body: {"statement": None},
    "consent askConsent": lambda at, body: GIVEN["consent"]["askConsent"],
    "gateway askConsent": lambda at, body: GIVEN["gateway"]["askConsent"],
    "gateway confirmImport": lambda at, body: GIVEN["gateway"]["confirmImport"],
    "gateway depositRecord": lambda at, body: body
    | {
        "jwe": sealed(
            "vault-dep+jwe", H("box"), wrapped=False, vlt=new_id(), drw=at["drawer"], rid=new_id(), ver=1
        )
    },
}  # fmt: skip


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Makes a positive case real."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    operation = case.operation.definition.raw["operationId"]
    make = REAL.get(f"{GIVEN['part']} {operation}")
    if make is not None and isinstance(case.body, dict):
        case.body = make(_of(case), case.body)
    # A cursor is opaque: only one that came as `next` of the page before is good. Links bring those.
    if case.query and "pageCursor" in case.query and not _came(case):
        del case.query["pageCursor"]


def _came(case: Any) -> bool:
    """Whether the cursor came from an answer."""
    return any(draw.parameter_name == "pageCursor" for draw in case.meta.pool_draws)
