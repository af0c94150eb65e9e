"""A request that may come twice: its sender gives it a key, and the second time gets the first answer."""

import hashlib
from dataclasses import dataclass

LONGEST_KEY = 255
KEPT_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class IdempotencyKey:
    """A request's key and what was asked, as digests: neither is kept as it came."""

    key: str
    asked: str

    @classmethod
    def of(cls, key: str, method: str, path: str, body: bytes) -> "IdempotencyKey":
        """Return the digests of a key and of the request that came with it."""
        asked = hashlib.sha256(f"{method} {path}\n".encode() + body)
        return cls(hashlib.sha256(key.encode()).hexdigest(), asked.hexdigest())


@dataclass(frozen=True)
class FirstAnswer:
    """What the first request with a key asked, and the job that it was about."""

    asked: str
    job_id: str
    expires_at: int
    """Seconds since 1970; DynamoDB deletes it up to two days later."""
