"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of test data that is not part of the checkout."""
    folder = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"test data folder {folder.name} is not beside the checkout")
    return folder
