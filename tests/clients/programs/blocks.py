"""Run blocks of Python as they come, a JSON text a line of standard input, in one namespace like a notebook.

After each a line of JSON says how it went: null, or its traceback. What blocks print goes to standard error.
"""

import contextlib
import json
import sys
import traceback
from typing import Any

space: dict[str, Any] = {"__name__": "__main__"}
for line in sys.stdin:
    problem = None
    try:
        with contextlib.redirect_stdout(sys.stderr):
            exec(compile(json.loads(line), "<block>", "exec"), space)
    except Exception:  # noqa: BLE001 - whatever it is, the test is told
        problem = traceback.format_exc()
    print(json.dumps(problem), flush=True)
