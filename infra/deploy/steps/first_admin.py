"""Make the first admin of a stage; a stage that has one is left as it is."""

from dataclasses import dataclass

from chalicelib.domain.accounts import Role
from chalicelib.services.accounts import administration
from infra.deploy.errors import DeployError


@dataclass(frozen=True)
class Admin:
    """An admin; their key only if it has just been made."""

    email: str
    key: str | None


def first_admin(email: str | None, *, credits: int) -> Admin:
    """Return the admin there is, or make one with so many hundredths of a credit.

    Raises DeployError if there is none and nobody was named.
    """
    admins = [account for account in administration.everybody() if account.role is Role.ADMIN]
    if admins:
        named = [account for account in admins if account.email == email]
        return Admin((named or admins)[0].email, None)
    if email is None:
        raise DeployError("This stage has no admin yet. Say who is to be the first: ADMIN=you@example.com")
    account, key = administration.create(email, role=Role.ADMIN, credits=credits)
    return Admin(account.email, key.secret)
