# SPDX-License-Identifier: EUPL-1.2
"""The portal looks at a record as kluisje does: what fits its type there fits here, and what does not does not."""

import json
import subprocess
from pathlib import Path
from typing import Any

from kluisje.schema import faults
from tests.kluisje.test_schema import GOOD, TYPE, WRONG
from tests.portal.packages import ROOT, installed, node

PROGRAM = """
import { fits } from %s
const cases = JSON.parse(require_stdin())
console.log(JSON.stringify(cases.map(([document, body]) => fits(document, body))))
"""


def test_the_same_records_fit() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [(TYPE, GOOD)]
    for name, value, _ in WRONG:
        cases.append((TYPE, {key: one for key, one in (GOOD | {name: value}).items() if one is not None}))
    for path in sorted((ROOT / "catalogue" / "schemas").glob("*.json")):
        document = json.loads(Path(path).read_text("utf-8"))
        cases += [(document, one) for one in document["examples"]]
        cases += [(document, one | {"more": "x"}) for one in document["examples"]]
    long = {"title": "\U0001f600" * 5}  # five characters, ten of JavaScript
    cases += [(TYPE, long), (TYPE, {"title": "Brief", "hours": 1e21}), (TYPE, {"title": "Brief", "__proto__x": "1"})]
    place = json.dumps(str(installed() / "src" / "device" / "fitting.ts"))
    program = PROGRAM.replace("%s", place).replace("require_stdin()", "(await import('node:fs')).readFileSync(0)")
    command = [node(), "--input-type=module", "-e", program]
    done = subprocess.run(
        command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == [faults(document, body) == [] for document, body in cases]
    assert len(cases) > 60
