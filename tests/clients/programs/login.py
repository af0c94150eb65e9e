"""Wait for a login as ``Coop().login()`` does; the token is given. Say what was asked and what came."""

import json
import sys
from pathlib import Path

from edsl import Coop

coop = Coop()
first = coop._get_api_key(sys.argv[1])
Path("asked").touch()
print(json.dumps({"first": first, "then": coop._poll_for_api_key(sys.argv[1])}))
