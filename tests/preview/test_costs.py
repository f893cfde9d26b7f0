"""What networks cost is told from the few that were timed, and how far that may be off."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.preview.costs import LEAST_ERROR, UNKNOWN_ERROR, Costs, Row, deciding, work
from sweep.preview.timing import Candidate, Timed, Took
from sweep.space.hyperparams import Hyperparams
from tests.fakes import SUMMARY

POINTS = [
    Hyperparams(filters=filters, dense=(dense,), batch_size=batch_size)
    for filters, dense, batch_size in (
        ((8, 16), 128, 32),
        ((16, 32), 256, 64),
        ((32, 64), 1024, 100),
        ((8, 48), 512, 128),
        ((24, 16), 64, 16),
        ((12, 12), 1024, 8),
    )
]
OTHER = Hyperparams(filters=(20, 40), dense=(300,), batch_size=50)


def cost(work: Row, prices: Row) -> float:
    return sum(amount * price for amount, price in zip(work, prices, strict=True))


def timed(points: list[Hyperparams], prices: Row, slower: float = 1.0) -> list[Timed]:
    """Networks that take exactly what their work comes to at these prices, and `slower` times that
    in bfloat16."""
    found = []
    for number, point in enumerate(points):
        step, evaluation = work(point, SUMMARY)
        factor = slower if point.precision == "bfloat16" else 1.0
        took = Took(factor * cost(step, prices), factor * cost(evaluation, prices[:3]), 0.5)
        found.append(Timed(Candidate(str(number), point), took))
    return found


amounts = st.floats(0.2, 5)


@settings(max_examples=50, deadline=None)
@given(amounts, st.tuples(amounts, amounts, amounts), st.sets(st.sampled_from([1, 2, 3])))
def test_costs_that_are_a_sum_of_prices_are_found(
    flops: float, others: Row, parts: set[int]
) -> None:
    shares = (1e-10, 1e-2, 1e-8, 1e-8)
    chosen = (flops, *(price if part in parts else 0.0 for part, price in enumerate(others, 1)))
    prices = tuple(share * price for share, price in zip(shares, chosen, strict=True))
    costs = Costs.of_timed(timed(POINTS, prices), SUMMARY)
    took, error = costs.of(OTHER, SUMMARY)
    step, evaluation = work(OTHER, SUMMARY)
    assert took.step == pytest.approx(cost(step, prices), rel=1e-4)
    assert took.evaluation == pytest.approx(cost(evaluation, prices[:3]), rel=1e-4)
    assert error == LEAST_ERROR


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.001, 10), min_size=1, max_size=6))
def test_no_network_costs_less_than_nothing_whatever_was_timed(seconds: list[float]) -> None:
    some = [
        Timed(Candidate(str(number), point), Took(taken, taken, taken))
        for number, (point, taken) in enumerate(zip(POINTS, seconds, strict=False))
    ]
    took, error = Costs.of_timed(some, SUMMARY).of(OTHER, SUMMARY)
    assert took.step > 0
    assert took.evaluation > 0
    assert error >= LEAST_ERROR


def test_a_network_that_was_timed_costs_what_it_took_whatever_its_learning_rate() -> None:
    costs = Costs.of_timed(timed(POINTS[:2], (1e-10, 0.01, 0, 0)), SUMMARY)
    same = POINTS[0].model_copy(update={"learning_rate": 0.5, "steps": 7, "dropout": 0.1})
    expected = timed(POINTS[:1], (1e-10, 0.01, 0, 0))[0].took
    assert costs.of(same, SUMMARY) == (expected, LEAST_ERROR)


def test_one_network_tells_the_others_by_their_flops_and_hardly() -> None:
    costs = Costs.of_timed(timed(POINTS[:1], (1e-10, 0, 0, 0)), SUMMARY)
    took, error = costs.of(OTHER, SUMMARY)
    assert took.step == pytest.approx(1e-10 * work(OTHER, SUMMARY)[0][0])
    assert error == UNKNOWN_ERROR


def test_errors_are_seen_where_costs_are_no_sum_of_prices() -> None:
    crooked = [
        Timed(
            t.candidate,
            Took(t.took.step * (2.0 if number % 2 else 0.5), t.took.evaluation, t.took.once),
        )
        for number, t in enumerate(timed(POINTS, (1e-10, 0.01, 0, 0)))
    ]
    assert Costs.of_timed(crooked, SUMMARY).of(OTHER, SUMMARY)[1] > 0.3


def test_each_precision_has_prices_of_its_own() -> None:
    brief = [point.model_copy(update={"precision": "bfloat16"}) for point in POINTS]
    costs = Costs.of_timed(timed([*POINTS, *brief], (1e-10, 0.01, 0, 0), slower=20), SUMMARY)
    fast, _ = costs.of(OTHER, SUMMARY)
    slow, _ = costs.of(OTHER.model_copy(update={"precision": "bfloat16"}), SUMMARY)
    assert slow.step == pytest.approx(20 * fast.step, rel=1e-3)


FREE_OF_COST: list[dict[str, Any]] = [
    {"dropout": 0.3},
    {"conv_dropout": (0.1,)},
    {"schedule": "cosine", "decay": 0.5, "warmup": 0.1},
    {"steps": 40},
    {"epochs": 3},
]


@pytest.mark.parametrize("knobs", FREE_OF_COST, ids=lambda knobs: "-".join(knobs))
def test_what_does_not_change_the_time_of_a_step_is_no_other_network(
    knobs: dict[str, Any],
) -> None:
    point = Hyperparams(filters=(4,))
    assert deciding(point.model_copy(update=knobs)) == deciding(point)


MOVES: list[dict[str, Any]] = [
    {"shift": 0.1},
    {"rotate": 20.0},
    {"zoom": 0.2},
    {"rotate": 3.0, "flip": "both"},
]


def test_every_move_of_the_images_costs_the_same_and_none_costs_nothing() -> None:
    point = Hyperparams(filters=(4,))
    found = {deciding(point.model_copy(update=knobs)) for knobs in MOVES}
    assert len(found) == 1
    assert deciding(point) not in found
    flipped = deciding(point.model_copy(update={"flip": "horizontal"}))
    assert flipped not in {*found, deciding(point)}


@pytest.mark.parametrize("knob", ["weight_decay", "l2", "brightness"])
def test_a_share_costs_the_same_whatever_it_is_unless_it_is_nothing(knob: str) -> None:
    point = Hyperparams(filters=(4,))
    one, other = (deciding(point.model_copy(update={knob: share})) for share in (0.01, 0.3))
    assert one == other != deciding(point)
