import numpy as np
import pytest

from itas_mobility.kernels.balancing import BLOCK, COLUMN, ROW, Groups, Totals, balance
from oracles.balancing import balance as slow_balance

SHAPE = (6, 5)
ROW_GROUP, COLUMN_GROUP = np.arange(6, dtype=np.int32) % 2, np.arange(5, dtype=np.int32) % 3


def totals_of(matrix):
    blocks = np.zeros((2, 3))
    np.add.at(blocks, (ROW_GROUP[:, None], COLUMN_GROUP[None, :]), matrix)
    return Totals(matrix.sum(axis=1), matrix.sum(axis=0), blocks)


def groups(*, matter):
    return Groups(ROW_GROUP, COLUMN_GROUP, matter)


@pytest.mark.parametrize("with_blocks", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_outcome_is_that_of_the_slow_twin(seed, with_blocks):
    rng = np.random.default_rng(seed)
    given = rng.uniform(0.1, 5, SHAPE) * (rng.random(SHAPE) < 0.9)
    # targets of a matrix that differs by what balancing can do: they can be met
    wanted = totals_of(given * rng.uniform(0.5, 2, (6, 1)) * rng.uniform(0.5, 2, (1, 5)) * rng.uniform(0.9, 1.1, SHAPE))
    wanted.block[rng.random((2, 3)) < 0.4] = np.nan
    matrix = given.copy()
    outcome = balance(matrix, wanted, groups(matter=with_blocks), 1e-12, 3000)
    blocks = wanted.block if with_blocks else None
    slow = slow_balance(given, wanted.row, wanted.column, ROW_GROUP, COLUMN_GROUP, blocks, rounds=400)
    np.testing.assert_allclose(matrix, slow, rtol=1e-8, atol=1e-12)
    assert outcome.worst <= 1e-12
    assert outcome.iterations < 3000


@pytest.mark.parametrize(("kind", "number"), [(ROW, 3), (COLUMN, 2), (BLOCK, 4)])
def test_what_misses_its_target_most_is_named(kind, number):
    wanted = totals_of(np.ones(SHAPE))
    [wanted.row, wanted.column, wanted.block.reshape(-1)][kind][number] *= 1.5
    outcome = balance(np.ones(SHAPE), wanted, groups(matter=True), 1e-12, 0)
    assert (outcome.kind, outcome.number, outcome.iterations) == (kind, number, 0)
    assert outcome.worst == pytest.approx(1 / 3)
    assert outcome.halfway == outcome.worst


def test_an_empty_target_cannot_be_missed_by_a_little():
    wanted = totals_of(np.ones(SHAPE))
    wanted.row[1] = 0.0
    assert balance(np.ones(SHAPE), wanted, groups(matter=False), 1e-12, 0).worst == np.inf
