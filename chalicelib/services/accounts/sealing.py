"""Lock a text away so that only a secret opens it, of which Perch keeps no more than a digest."""

import base64
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE = b"perch: a key on its way to a client"
KEY_BYTES = 32
NONCE_BYTES = 12


def seal(secret: str, text: str) -> str:
    """Return a text encrypted (AES-256-GCM) under a key that is derived from a secret (HKDF)."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + _cipher(secret).encrypt(nonce, text.encode(), PURPOSE)).decode()


def unseal(secret: str, sealed: str) -> str:
    """Return what was sealed with the same secret."""
    data = base64.b64decode(sealed)
    return _cipher(secret).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], PURPOSE).decode()


def _cipher(secret: str) -> "AESGCM":
    # The api function's first answer need not wait for what is seldom used.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return AESGCM(HKDF(SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(secret.encode()))
