"""Fixtures that all rooms share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run, so that a red test is about the change at hand; HYPOTHESIS_PROFILE=explore draws
# new ones each time.
settings.register_profile("reviewed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "reviewed"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of test data that is not part of the checkout."""
    folder = Path(os.environ.get("ITAS_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"test data folder {folder.name} is not beside the checkout")
    return folder
