# SPDX-License-Identifier: EUPL-1.2
"""Starts servers for a test of a promise, with one fault switched on: `python -m tests.faults.serve TWIN [PARTS]`; `none`
breaks nothing. Shipped code has no switches. PARTS: as `python -m serve` takes it, or several with a comma between.
"""

import sys

import serve
from chassis.clock import Clock

if __name__ == "__main__":
    twin, parts = [*sys.argv[1:], "all"][:2]
    if twin != "none":
        from tests.faults import twins

        twins.find(twin).apply()
    if "," not in parts:
        sys.exit(serve.main([parts]))
    serve.logs.configure()
    serve.run(parts.split(","), Clock())
