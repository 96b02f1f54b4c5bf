"""The audit fails what is wrong, also what is no number at all."""

import numpy as np
import pytest

from remodel_abm import Scenario
from remodel_abm.model import Model


@pytest.fixture
def model():
    return Model(Scenario.load("reference", bone={"shape": (1, 48, 48)}, settling=0))


def failed(model):
    return [name for name, check in model.audit.report(model).items() if not check["passed"]]


def test_a_fresh_run_passes(model):
    assert failed(model) == []


def test_levels_that_are_no_numbers_fail(model):
    model.signals.values[:] = np.nan
    assert failed(model) == ["no negative concentration"]


def test_a_residual_that_was_no_number_once_fails_for_good(model):
    model.signals.residual["rankl"] = np.nan
    model.audit.watch(model.signals)
    model.signals.residual["rankl"] = 1e-9
    model.audit.watch(model.signals)
    assert failed(model) == ["residual of rankl"]


@pytest.mark.parametrize("value", [np.nan, -1e-6, 1.5])
def test_bone_that_cannot_be_fails(model, value):
    model.tissue.layers.voxels["bone"][0, 5, 5] = value
    assert "ledger = sum over voxels" in failed(model)
    assert len(failed(model)) == (3 if np.isnan(value) else 2)
