"""Accounts and their keys. A new key stands alone on the standard output, and is shown there only."""

from argparse import ArgumentParser, Namespace

from chalicelib.domain.accounts import Role
from chalicelib.domain.times import iso
from chalicelib.services.accounts import administration, keys
from infra.admin.command import Command, note, print_table, units


def _nothing(_: ArgumentParser) -> None:
    """Of a command that needs no more than its name."""


def _email(parser: ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL")


def _create_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("--admin", action="store_true", help="may do what admins may")
    parser.add_argument(
        "--name", default=administration.FIRST_KEY, metavar="KEYNAME", help="of its key (%(default)r)"
    )
    parser.add_argument("--credits", default="0", help="that it has from the start (%(default)s)")


def _create(given: Namespace) -> None:
    role = Role.ADMIN if given.admin else Role.MEMBER
    credits = units(given.credits)
    account, key = administration.create(given.email, role=role, key_name=given.name, credits=credits)
    note(f"{account.email} has an account: username {account.username}, {account.role}. Its key, this once:")
    print(key.secret)


def _list(_: Namespace) -> None:
    rows = [
        (
            account.email,
            account.username,
            account.role.value,
            "disabled" if account.disabled else "open",
            iso(account.created_at),
        )
        for account in administration.everybody()
    ]
    print_table(("EMAIL", "USERNAME", "ROLE", "STATE", "CREATED"), rows)


def _keys(given: Namespace) -> None:
    rows = [
        (key.key_id, key.name, iso(key.made_at), "never" if key.used_at is None else iso(key.used_at))
        for key in keys.keys_of(administration.find(given.email))
    ]
    print_table(("ID", "NAME", "MADE", "LAST USED"), rows)


def _rotate_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("--key", metavar="NAME", help="or the key's id; may be left out where there is one")


def _rotate(given: Namespace) -> None:
    account = administration.find(given.email)
    old = administration.find_key(account, given.key)
    new = keys.regenerate(account, old.key_id)
    note(f"The key {old.name!r} of {account.email} opens nothing any more. The one in its place, this once:")
    print(new.secret)


def _revoke_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("--key", metavar="NAME", required=True, help="or the key's id")


def _revoke(given: Namespace) -> None:
    account = administration.find(given.email)
    key = keys.revoke(account, administration.find_key(account, given.key).key_id)
    note(f"The key {key.name!r} of {account.email} opens nothing any more.")


def _disable(given: Namespace) -> None:
    account = administration.find(given.email)
    administration.set_disabled(account, True)
    note(f"The keys of {account.email} open nothing any more, until: enable {account.email}")


def _enable(given: Namespace) -> None:
    account = administration.find(given.email)
    administration.set_disabled(account, False)
    note(f"The keys of {account.email} work again.")


def _role_arguments(parser: ArgumentParser) -> None:
    _email(parser)
    parser.add_argument("role", choices=[role.value for role in Role])


def _role(given: Namespace) -> None:
    account = administration.find(given.email)
    administration.set_role(account, Role(given.role))
    note(f"{account.email} is of role {given.role} from its next request on.")


COMMANDS = (
    Command("create", "open an account; prints its key once", _create_arguments, _create),
    Command("list", "all accounts", _nothing, _list),
    Command("keys", "an account's keys, without what opens it", _email, _keys),
    Command("rotate", "put a new key in a key's place; prints it once", _rotate_arguments, _rotate),
    Command("revoke", "let a key open nothing any more", _revoke_arguments, _revoke),
    Command("disable", "let all keys of an account open nothing", _email, _disable),
    Command("enable", "let them open what they opened", _email, _enable),
    Command("role", "what an account may do", _role_arguments, _role),
)
