"""What tests share: the sample dataset, built once, and a fresh cache for `datasets`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# `datasets` and `huggingface_hub` read these when they are imported.
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="dstools-tests-hf-")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "pages"


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def real_pages() -> Path:
    """The folder of real pages beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the real pages are not beside this checkout (../shared/pages)")
    return SHARED


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with the sample dataset, built: its root. Tests read it; who writes, copies."""
    from dataset_tools.build import How, build
    from dataset_tools.dataset import read_dataset

    root = tmp_path_factory.mktemp("sample")
    shutil.copytree(ROOT / "schemas", root / "schemas")
    shutil.copytree(ROOT / "raw", root / "raw")
    build(read_dataset(root, "netease"), How(root / "dist", workers=2))
    yield root
