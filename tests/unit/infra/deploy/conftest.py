"""An AWS account to deploy into, and a package without its libraries, which are the slow part of one."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from infra.deploy.packaging.chalice_package import chalice_package
from infra.deploy.packaging.package import Package, Zip
from infra.repository import ROOT
from tests.support.aws_clients import forget_clients
from tests.support.stage import forget


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    folder = tmp_path_factory.mktemp("package")
    chalice_package(folder, "arm64", with_libraries=False)
    light, engine = folder / "deployment.zip", folder / "engine.zip"
    shutil.copy2(light, engine)
    with zipfile.ZipFile(engine, "a") as opened:
        opened.writestr("edsl/__init__.py", "")
    return Package(folder / "sam.yaml", light=Zip(light, folder, 0), engine=Zip(engine, folder, 0))


@pytest.fixture
def account(tmp_path: Path) -> Iterator[None]:
    with (tmp_path / "account.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from tests.support.aws_account import main; main()"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        port = process.stdout.readline().strip()
        assert port, (tmp_path / "account.log").read_text()
        with environment(f"http://127.0.0.1:{port}"):
            yield


@contextmanager
def environment(address: str) -> Iterator[None]:
    """Lead boto3 there for a while, and let nothing of one account be seen by the next."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("AWS_", "PERCH_"))]:
        del os.environ[name]
    os.environ.update(
        AWS_ENDPOINT_URL=address,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_CONFIG_FILE=os.devnull,
    )
    _forget_clients()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
        _forget_clients()


def _forget_clients() -> None:
    forget()
    forget_clients()
    # The one before knows the address that it found first.
    boto3.setup_default_session()
