"""What is done to Chalice's zip."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.deploy.packaging import archive
from infra.deploy.packaging.errors import PackagingError
from infra.repository import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "contents"
    (made / "chalicelib").mkdir(parents=True)
    (made / "app.py").write_text("def fail():\n    raise ValueError\n")
    (made / "chalicelib" / "__init__.py").write_text("")
    return made


def test_the_services_left_in_botocore_are_those_that_storage_calls() -> None:
    sources = [file.read_text() for file in (ROOT / "chalicelib" / "storage").rglob("*.py")]
    called = {
        name for text in sources for name in re.findall(r'boto3\.(?:client|resource)\("([a-z0-9-]+)"', text)
    }
    assert called == archive.AWS_SERVICES


def test_other_services_are_left_out(tmp_path: Path) -> None:
    data = tmp_path / "botocore" / "data"
    for name in ("s3", "ec2"):
        (data / name).mkdir(parents=True)
    (data / "endpoints.json").write_text("{}")
    archive.leave_out_other_services(tmp_path)
    assert {entry.name for entry in data.iterdir()} == {"s3", "endpoints.json"}


def test_compiled_modules_count_whatever_the_times_of_the_sources(folder: Path) -> None:
    archive.compile_all(folder)
    (folder / "app.py").write_text("raise SystemExit('read from source')\n")
    said = subprocess.run(
        [sys.executable, "-c", "import app; app.fail()"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ValueError" in said.stderr


def test_a_module_that_does_not_compile_stops_the_build(folder: Path) -> None:
    (folder / "chalicelib" / "broken.py").write_text("def:\n")
    with pytest.raises(PackagingError, match=r"chalicelib/broken\.py"):
        archive.compile_all(folder)


def test_the_same_contents_give_the_same_zip(folder: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        archive.pack(folder, tmp_path / name)
        (folder / "app.py").touch()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    archive.unpack(tmp_path / "one.zip", tmp_path / "again")
    assert (tmp_path / "again" / "app.py").read_text() == (folder / "app.py").read_text()
    with zipfile.ZipFile(tmp_path / "one.zip") as opened:
        assert {entry.external_attr >> 16 for entry in opened.infolist()} == {0o644}


def test_a_package_that_lambda_would_not_take_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = archive.check_contents(folder)
    monkeypatch.setattr(archive, "LARGEST_UNZIPPED", size - 1)
    with pytest.raises(PackagingError, match=r"Largest: app\.py"):
        archive.check_contents(folder)


def test_what_only_a_checkout_needs_is_refused(folder: Path) -> None:
    (folder / "moto").mkdir()
    with pytest.raises(PackagingError, match="moto is in the package"):
        archive.check_contents(folder)
