"""Fakes for the report's tests: the registry of indicators and a small comparison."""

import sys
from types import ModuleType

import pytest
import report_fakes


@pytest.fixture(autouse=True)
def registry(monkeypatch):
    """The registry of indicators as the report imports it, replaced by that of the fakes."""
    module = ModuleType("itas_mobility.scenarios.indicators")
    module.INDICATORS = report_fakes.INDICATORS
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.INDICATORS


@pytest.fixture
def comparison():
    return report_fakes.make_comparison()
