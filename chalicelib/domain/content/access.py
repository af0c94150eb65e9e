"""Who may read an object. Only its owner may change, share or delete it."""

from chalicelib.domain.content.content import Content, Visibility


def may_read(content: Content, account_id: str, *, shared: bool = False) -> bool:
    """Tell whether an account may read an object; ``shared``: its owner has shared it with the account."""
    return shared or content.account_id == account_id or content.visibility is not Visibility.PRIVATE
