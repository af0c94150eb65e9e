"""Keep the keys of KMS beside the data that is encrypted with them: a file that only its owner reads.

moto makes keys anew at each start, of the template. Each is given back what it was made of before, by its
description: then what was encrypted with it can be decrypted.
"""

# ruff: noqa: ANN401 - moto's methods, with the signatures they happen to have

import base64
import json
import os
import threading
from pathlib import Path
from typing import Any

from moto.kms.models import Key, KmsBackend

from infra.local.data.directory import KEYS
from infra.local.data.failure import fatal

_lock = threading.Lock()


def keep(directory: Path) -> None:
    """Keep every key that has a description, and make it again as it was.

    Raises OSError and ValueError if the file is there and cannot be read: new keys would open nothing.
    """
    file = directory / KEYS
    kept = _read(file)
    original = KmsBackend.create_key

    def create_key(self: Any, *positional: Any, **named: Any) -> Key:
        with _lock:
            key = original(self, *positional, **named)
            if not key.description:
                return key
            if found := kept.get(key.description):
                _become(self, key, found)
            else:
                material = base64.b64encode(key.key_material).decode()
                kept[key.description] = {"id": key.id, "arn": key.arn, "material": material}
                with fatal():
                    _write(file, json.dumps(kept))
            return key

    KmsBackend.create_key = create_key


def _read(file: Path) -> dict[str, dict[str, str]]:
    if not file.exists():
        return {}
    try:
        kept: dict[str, dict[str, str]] = json.loads(file.read_text())
        for found in kept.values():
            base64.b64decode(found["material"], validate=True)
            str(found["id"] + found["arn"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"{file} is not what it was: put back its copy, or remove it") from problem
    return kept


def _become(backend: Any, key: Key, found: dict[str, str]) -> None:
    backend.keys.pop(key.id)
    key.id, key.arn = found["id"], found["arn"]
    key.key_material = base64.b64decode(found["material"])
    backend.keys[key.id] = key


def _write(file: Path, text: str) -> None:
    """Replace the file at once: a crash leaves the one before or this one."""
    new = file.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        written.write(text)
        written.flush()
        os.fsync(written.fileno())
    new.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
