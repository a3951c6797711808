"""Fakes for the report's tests: a small comparison."""

import pytest
import report_fakes


@pytest.fixture
def comparison():
    return report_fakes.make_comparison()
