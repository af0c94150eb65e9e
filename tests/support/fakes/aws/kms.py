"""The KMS client of boto3."""

# ruff: noqa: N803 - parameters have boto3's names

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.fakes.aws.faults import Request
from tests.support.fakes.aws.gate import Gate, refusal

Answer = dict[str, Any]


class FakeKms:
    """``boto3.client("kms")``: keys by their aliases. What it gives out is only a name of what it knows."""

    def __init__(self, aliases: Iterable[str], gate: Gate) -> None:
        self.disabled: set[str] = set()
        self._aliases = set(aliases)
        self._gate = gate
        self._made: dict[bytes, tuple[str, str, bytes]] = {}
        """By what was given out: alias, context and what is encrypted."""

    def generate_data_key(self, *, KeyId: str, KeySpec: str, EncryptionContext: Mapping[str, str]) -> Answer:
        request = Request("kms", "generate_data_key")

        def work() -> Answer:
            self._check(request, KeyId)
            assert KeySpec == "AES_256"
            number = len(self._made)
            blob = b"fake-encrypted-data-key-%d" % number
            plain = hashlib.sha256(b"fake data key %d" % number).digest()
            self._made[blob] = KeyId, _text(EncryptionContext), plain
            return {"KeyId": KeyId, "Plaintext": plain, "CiphertextBlob": blob}

        return self._gate.carry_out(request, work)

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> Answer:
        request = Request("kms", "decrypt")

        def work() -> Answer:
            self._check(request, KeyId)
            alias, context, plain = self._made.get(CiphertextBlob, ("", "", b""))
            if (alias, context) != (KeyId, _text(EncryptionContext)):
                raise refusal(request, "InvalidCiphertextException", "")
            return {"KeyId": KeyId, "Plaintext": plain}

        return self._gate.carry_out(request, work)

    def _check(self, request: Request, alias: str) -> None:
        if alias not in self._aliases:
            raise refusal(request, "NotFoundException", f"Alias {alias} is not found.")
        if alias in self.disabled:
            raise refusal(request, "DisabledException", f"{alias} is disabled.")


def _text(context: Mapping[str, str]) -> str:
    return json.dumps(dict(context), sort_keys=True)
