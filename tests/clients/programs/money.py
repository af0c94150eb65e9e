"""What the account has, a gift to somebody, a payment, and what is left."""

import json
import sys

from edsl.coop import Coop

recipient = sys.argv[1]
coop = Coop()
before = coop.get_balance()["credits"]
given = coop.transfer_credits(12.34, recipient, "for pretests")
paid = coop.pay_for_service(1, recipient, "a human survey")
print(json.dumps([before, given, paid, coop.get_balance()["credits"], coop.get_profile()["username"]]))
