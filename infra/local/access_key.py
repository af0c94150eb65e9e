"""The key of one stack's local AWS: made at each start, kept in a file that only its owner reads.

The file is an ordinary credentials file of AWS, so that boto3 in every part, and any other AWS tool, is
told of it by ``AWS_SHARED_CREDENTIALS_FILE`` and the key itself stands in no environment.
"""

import configparser
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

VARIABLE = "AWS_SHARED_CREDENTIALS_FILE"
_SECTION = "default"


@dataclass(frozen=True)
class AccessKey:
    """What requests to the local AWS are signed with."""

    identifier: str
    secret: str = field(repr=False)


def make_key() -> AccessKey:
    """Return a key that nobody had before."""
    return AccessKey(identifier=f"LOCAL{secrets.token_hex(8).upper()}", secret=secrets.token_urlsafe(30))


def keep_key(key: AccessKey, file: Path) -> None:
    """Write a key to a new file of mode 0600."""
    words = f"[{_SECTION}]\naws_access_key_id={key.identifier}\naws_secret_access_key={key.secret}\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(words)


def read_key(file: Path) -> AccessKey:
    """Return the key that ``keep_key`` wrote."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(file.read_text())
    section = parser[_SECTION]
    return AccessKey(section["aws_access_key_id"], section["aws_secret_access_key"])
