import numpy as np
import pytest

from itas_mobility.kernels.balancing import (
    BLOCK,
    COLUMN,
    ROW,
    Layers,
    Margins,
    balance,
    balance_weights,
    total_cost,
)
from oracles.balancing import balance as slow_balance
from oracles.balancing import least_information

SHAPE = (6, 5)
ROW_GROUP, COLUMN_GROUP = np.arange(6, dtype=np.int32) % 2, np.arange(5, dtype=np.int32) % 3
HALF = np.arange(6, dtype=np.int32) // 3


def blocks_of(matrix, row_group=ROW_GROUP, column_group=COLUMN_GROUP):
    blocks = np.zeros((2, 3))
    np.add.at(blocks, (row_group[:, None], column_group[None, :]), matrix)
    return blocks


def layers(low, high, row_groups=(ROW_GROUP,)):
    """Layers over the same columns; bounds with a leading axis for the layers."""
    low, high = np.array(low, float).reshape(-1, 2, 3), np.array(high, float).reshape(-1, 2, 3)
    return Layers(np.array(row_groups), np.array([COLUMN_GROUP] * len(row_groups)), low, high, np.ones(low.shape))


def no_layers():
    none = np.zeros((0, 1, 1))
    return Layers(np.zeros((0, 6), np.int32), np.zeros((0, 5), np.int32), none, none, none)


def exactly(blocks):
    return layers(np.nan_to_num(blocks), np.where(np.isnan(blocks), np.inf, blocks))


@pytest.mark.parametrize("with_blocks", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_the_outcome_is_that_of_the_slow_twin(seed, with_blocks):
    rng = np.random.default_rng(seed)
    given = rng.uniform(0.1, 5, SHAPE) * (rng.random(SHAPE) < 0.9)
    # targets of a matrix that differs by what balancing can do: they can be met
    goal = given * rng.uniform(0.5, 2, (6, 1)) * rng.uniform(0.5, 2, (1, 5)) * rng.uniform(0.9, 1.1, SHAPE)
    wanted, blocks = Margins(goal.sum(axis=1), goal.sum(axis=0)), blocks_of(goal)
    blocks[rng.random((2, 3)) < 0.4] = np.nan
    matrix = given.copy()
    outcome = balance(matrix, wanted, exactly(blocks) if with_blocks else no_layers(), 1e-12, 3000)
    slow = slow_balance(
        given, wanted.row, wanted.column, ROW_GROUP, COLUMN_GROUP, blocks if with_blocks else None, rounds=400
    )
    np.testing.assert_allclose(matrix, slow, rtol=1e-8, atol=1e-12)
    assert outcome.worst <= 1e-12
    assert outcome.iterations < 3000


@pytest.mark.parametrize("seed", range(4))
def test_bounds_give_the_least_information_that_a_general_solver_finds(seed):
    rng = np.random.default_rng(seed)
    given = rng.uniform(0.5, 5, SHAPE)
    goal = given * rng.uniform(0.4, 2.5, SHAPE)
    rows, columns = goal.sum(axis=1), goal.sum(axis=0)
    rows[[0, 3]], columns[1] = np.nan, np.nan
    groups = (ROW_GROUP, HALF)
    totals = np.array([blocks_of(goal, group) for group in groups])
    width = rng.uniform(0, 0.15, totals.shape)
    bounds = layers(totals * (1 - width), totals * (1 + width), groups)
    matrix = given.copy()
    outcome = balance(matrix, Margins(rows, columns), bounds, 1e-12, 20_000)
    assert outcome.worst <= 1e-12
    masks = [
        (np.outer(group == g, h == COLUMN_GROUP), bounds.low[k, g, h], bounds.high[k, g, h])
        for k, group in enumerate(groups)
        for g in range(2)
        for h in range(3)
    ]
    np.testing.assert_allclose(matrix, least_information(given, rows, columns, masks), rtol=2e-4)
    # complementary slackness: a block was raised only to its lower bound, lowered only to its upper one
    reached = np.array([blocks_of(matrix, group) for group in groups])
    raised, lowered = bounds.factor > 1 + 1e-9, bounds.factor < 1 - 1e-9
    assert (raised | lowered).any()
    assert (~raised & ~lowered).any()
    np.testing.assert_allclose(reached[raised], bounds.low[raised], rtol=1e-9)
    np.testing.assert_allclose(reached[lowered], bounds.high[lowered], rtol=1e-9)


def test_a_block_within_its_bounds_is_left_alone():
    goal = np.random.default_rng(1).uniform(1, 2, SHAPE)
    bounds = layers(blocks_of(goal) * 0.9, blocks_of(goal) * 1.1)
    matrix = goal.copy()
    balance(matrix, Margins(np.full(6, np.nan), np.full(5, np.nan)), bounds, 1e-12, 100)
    assert matrix.tobytes() == goal.tobytes()
    assert (bounds.factor == 1).all()


@pytest.mark.parametrize(("kind", "number"), [(ROW, 3), (COLUMN, 2), (BLOCK, 4)])
def test_what_misses_its_target_most_is_named(kind, number):
    ones = np.ones(SHAPE)
    wanted, blocks = Margins(ones.sum(axis=1), ones.sum(axis=0)), blocks_of(ones)
    [wanted.row, wanted.column, blocks.reshape(-1)][kind][number] *= 1.5
    outcome = balance(np.ones(SHAPE), wanted, exactly(blocks), 1e-12, 0)
    assert (outcome.kind, outcome.number, outcome.iterations) == (kind, number, 0)
    assert outcome.worst == pytest.approx(1 / 3)
    assert outcome.halfway == outcome.worst


def test_an_empty_target_cannot_be_missed_by_a_little():
    wanted = Margins(np.full(6, 5.0), np.full(5, 6.0))
    wanted.row[1] = 0.0
    assert balance(np.ones(SHAPE), wanted, no_layers(), 1e-12, 0).worst == np.inf


class TestFactors:
    """`balance_weights` leaves the weights alone and finds factors."""

    @pytest.mark.parametrize("seed", range(6))
    def test_they_give_the_matrix_of_the_slow_twin(self, seed):
        rng = np.random.default_rng(seed)
        weight = rng.uniform(0.1, 5, (11, 19)) * (rng.random((11, 19)) < 0.9)
        goal = weight * rng.uniform(0.9, 1.1, weight.shape)
        goal[2], goal[:, 4] = 0.0, 0.0
        wanted = Margins(goal.sum(axis=1), goal.sum(axis=0))
        row, column = np.ones(11), np.ones(19)
        before = weight.copy()
        outcome = balance_weights(weight, wanted, row, column, 1e-12, 3000)
        assert weight.tobytes() == before.tobytes()
        assert outcome.worst <= 1e-12
        slow = slow_balance(weight, wanted.row, wanted.column, rounds=400)
        np.testing.assert_allclose(row[:, None] * weight * column, slow, rtol=1e-8, atol=1e-12)
        cost = rng.uniform(1, 9, weight.shape)
        assert total_cost(weight, cost, row, column) == pytest.approx((slow * cost).sum(), rel=1e-9)
        again = balance_weights(weight, wanted, row, column, 1e-10, 3000)
        assert again.iterations == 1  # factors that fit already are seen to fit

    def test_contradictions_end_before_factors_leave_the_numbers(self):
        row, column = np.ones(2), np.ones(2)
        wanted = Margins(np.array([1.0, 2.0]), np.array([2.0, 1.0]))
        outcome = balance_weights(np.eye(2), wanted, row, column, 1e-12, 10_000)
        assert outcome.worst == outcome.halfway > 0.1
        assert outcome.iterations < 10_000
        assert np.isfinite([*row, *column]).all()
