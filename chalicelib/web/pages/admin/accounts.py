"""The accounts of a Perch, and one of them; for admins only."""

from chalice.app import Response

from chalicelib.domain.accounts import KeyHolder
from chalicelib.domain.errors import InvalidRequestError
from chalicelib.services.admin.accounts import account_facts, list_accounts
from chalicelib.services.deps import deps
from chalicelib.web.asked import searched_words
from chalicelib.web.http import Routes
from chalicelib.web.pages.admin.standing import ADMIN

HOME = f"{ADMIN}/accounts"
routes = Routes(__name__, prefix=HOME, admins_only=True)
PAGE_SIZE = 25
LONGEST_EMAIL = 254


@routes.get("")
def accounts(account: KeyHolder) -> Response:
    """Show accounts in the order of their addresses."""
    words, after = searched_words(routes), routes.raw_query().get("after", "")
    if len(after) > LONGEST_EMAIL:
        raise InvalidRequestError("after: the e-mail address of an account was expected.")
    found = list_accounts(beginning=words, after=after, page_size=PAGE_SIZE)
    return routes.page("admin/accounts.html", account=account, found=found, words=words, after=after)


@routes.get("/{account_id}")
def one(account: KeyHolder, account_id: str) -> Response:
    """Show an account, and what can be changed of it."""
    return routes.page(
        "admin/account.html",
        account=account,
        found=account_facts(account_id),
        own=account_id == account.account_id,
        charges=deps().settings.credits == "on",
    )
