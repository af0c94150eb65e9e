"""Encrypt keys before they are kept: each with a data key of its own, which only KMS can decrypt (envelope).

KMS is told whose key it is, and refuses for any other account; the rest of what is said of a key is bound to
it by AES-GCM, so that what is copied to another item cannot be opened there.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from chalicelib.domain.providers.account_keys import Sealed
from chalicelib.storage.aws.clients import is_passing, kms

KEPT_SECONDS = 300
"""For so long a process need not ask KMS again; so long a key of KMS's that is turned off still works."""
MOST_KEPT = 256
NONCE_BYTES = 12
"""Of AES-GCM."""
CONTEXT = "account"


class NotOpenedError(Exception):
    """A sealed key cannot be opened: it was changed, or KMS refuses; never shown to a person."""


@dataclass
class Sealer:
    """A key of KMS by its id, ARN or alias. Threads may share it."""

    key: str
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _held: dict[tuple[str, str], tuple[bytes, float]] = field(default_factory=dict, repr=False)
    """Data keys by account and by what KMS made of them, each with when it is forgotten."""

    def seal(self, secret: str, *, account_id: str, about: str) -> Sealed:
        """Encrypt a secret of an account; ``about`` must be the same when it is opened."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - few requests need it

        made = kms().generate_data_key(
            KeyId=self.key, KeySpec="AES_256", EncryptionContext=_context(account_id)
        )
        nonce = os.urandom(NONCE_BYTES)
        encrypted = AESGCM(made["Plaintext"]).encrypt(nonce, secret.encode(), _bound(account_id, about))
        return Sealed(_text(made["CiphertextBlob"]), _text(nonce + encrypted))

    def open(self, sealed: Sealed, *, account_id: str, about: str) -> str:
        """Return a secret.

        Raises NotOpenedError; a passing trouble of AWS's is raised as it is, and whoever asks tries again.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        try:
            data = base64.b64decode(sealed.text, validate=True)
            key = AESGCM(self._data_key(sealed.data_key, account_id))
            return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(account_id, about)).decode()
        except ClientError as error:
            if is_passing(error):
                raise
            raise NotOpenedError(error.response["Error"]["Code"]) from error
        except (InvalidTag, ValueError) as error:
            raise NotOpenedError(type(error).__name__) from error

    def _data_key(self, encrypted: str, account_id: str) -> bytes:
        name, now = (account_id, encrypted), time.monotonic()
        with self._lock:
            held = self._held.get(name)
        if held is not None and now < held[1]:
            return held[0]
        blob = base64.b64decode(encrypted, validate=True)
        answer = kms().decrypt(KeyId=self.key, CiphertextBlob=blob, EncryptionContext=_context(account_id))
        with self._lock:
            if len(self._held) >= MOST_KEPT:
                self._held.clear()
            self._held[name] = answer["Plaintext"], now + KEPT_SECONDS
        return answer["Plaintext"]


def _context(account_id: str) -> Mapping[str, str]:
    return {CONTEXT: account_id}


def _bound(account_id: str, about: str) -> bytes:
    return f"{account_id}\n{about}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
