"""One engine that trusts the certificate of the fake provider, for all tests of providers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.engine.engine import Engine
from tests.support.fakes.receiver import certificate_for
from tests.support.providers.server import TLS_NAME

TRUSTED = "SSL_CERT_FILE"
"""What callers may read and all clients look at."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for(TLS_NAME, tmp_path_factory.mktemp("tls") / "provider.pem")


@pytest.fixture(scope="module")
def engine(certificate: Path) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TRUSTED, str(certificate))
        with Engine() as started:
            yield started
