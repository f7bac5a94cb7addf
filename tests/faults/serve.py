# SPDX-License-Identifier: EUPL-1.2
"""Starts servers with one fault switched on: `python -m tests.faults.serve TWIN [PART]`. Shipped code has no switches."""

import sys

import serve
from tests.faults import twins

if __name__ == "__main__":
    twins.find(sys.argv[1]).apply()
    sys.exit(serve.main(sys.argv[2:]))
