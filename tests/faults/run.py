# SPDX-License-Identifier: EUPL-1.2
"""One twin in a fresh process: `python -m tests.faults.run TWIN`. Runs its checks and prints what broke, as JSON."""

import io
import json
import os
import sys
from contextlib import redirect_stdout

import pytest

from tests.faults import twins
from tests.faults.promises import Watching


def main(name: str) -> None:
    twin = twins.find(name)
    os.environ |= {"KLUISJE_TWIN": name, "KLUISJE_TWIN_WHERE": twin.where, "KLUISJE_TWIN_PROMISE": twin.promise}
    if twin.where == "here":
        twin.apply()
    seen, told = Watching(), io.StringIO()
    with redirect_stdout(told):
        code = pytest.main([*twin.checks, "-x", "--no-header", "-p", "no:schemathesis"], plugins=[seen])
    tail = told.getvalue()[-3000:]
    print(json.dumps({"code": int(code), "ran": seen.ran, "broken": seen.broken, "crashed": seen.crashed, "tail": tail}))


if __name__ == "__main__":
    main(sys.argv[1])
