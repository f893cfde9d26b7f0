"""Trials whose length is counted in epochs: their steps, their evaluations, and what is equal
among trials of different batch size."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import SweepSpec
from sweep.store.spec_json import from_json, to_json
from tests.conftest import space_file, spec_of

SPACE = "{epochs: {low: 1, high: 10}, batch_size: {choices: [16, 100, 256]}}"
REST = "data: {name: mnist, train: 3000}"


def point(spec: SweepSpec, epochs: int, batch_size: int) -> Hyperparams:
    return spec.space.point({"epochs": epochs, "batch_size": batch_size})


def evaluated(spec: SweepSpec, own: Hyperparams) -> tuple[int, ...]:
    return spec.grid.steps(own)


@given(st.integers(1, 10), st.sampled_from([16, 100, 256]))
def test_the_steps_are_those_that_so_many_passes_need(epochs: int, batch_size: int) -> None:
    own = point(spec_of(SPACE, REST), epochs, batch_size)
    assert own.steps == math.ceil(epochs * 3000 / batch_size)


def test_the_images_are_those_that_are_left_to_train_on() -> None:
    texts = {"mnist": 55_000, "{name: mnist, validation: 0.5}": 30_000}
    for data, images in texts.items():
        spec = spec_of("{epochs: 1, batch_size: 1}", f"data: {data}")
        assert spec.space.point({"epochs": 1, "batch_size": 1}).steps == images


def test_the_images_of_a_folder_are_known_once_it_is_read() -> None:
    text = "name: a\ndata: {path: x}\nspace: {epochs: 2, batch_size: 10}\nbaselines: {b: {}}\n"
    file = space_file(text)
    spec = file.spec((28, 28, 1), 95)
    assert spec.baselines[0].point.steps == 19
    assert spec.space.point({"epochs": 2, "batch_size": 10}).steps == 19
    assert from_json(to_json(spec), spec.source) == spec


def test_evaluations_are_after_equal_numbers_of_images() -> None:
    spec = spec_of(SPACE, REST)
    # The longest trial sees 30,000 images, and is evaluated five times.
    for batch_size in (16, 100, 256):
        own = point(spec, 10, batch_size)
        steps = evaluated(spec, own)
        assert steps == tuple(math.ceil(k * 6000 / batch_size) for k in range(1, 6))
        assert [spec.grid.progress(own, step) for step in steps] == [6000 * k for k in range(1, 6)]


def test_a_shorter_trial_ends_between_two_points_of_the_grid() -> None:
    spec = spec_of(SPACE, REST)
    own = point(spec, 3, 100)
    assert evaluated(spec, own) == (60, 90)
    assert [spec.grid.progress(own, step) for step in (60, 90)] == [6000, 9000]


@given(
    st.integers(1, 10),
    st.sampled_from([16, 100, 256]),
    st.integers(1, 12),
)
def test_progress_only_grows_and_begins_at_the_first_rung(
    epochs: int, batch_size: int, evaluations: int
) -> None:
    spec = spec_of(SPACE, f"{REST}\nsearch: {{evaluations: {evaluations}}}")
    own = point(spec, epochs, batch_size)
    steps = evaluated(spec, own)
    progress = [spec.grid.progress(own, step) for step in steps]
    assert list(steps) == sorted(set(steps))
    assert steps[-1] == own.steps
    assert progress == sorted(set(progress))
    assert progress[-1] == epochs * 3000
    grid = 30_000 / evaluations
    for own_progress in progress[:-1]:
        assert own_progress == pytest.approx(round(own_progress / grid) * grid, abs=1)
    if len(progress) > 1:
        assert progress[0] >= spec.first_rung


def test_a_batch_of_more_images_than_the_grid_has_is_evaluated_once_a_step() -> None:
    spec = spec_of("{epochs: 1, batch_size: 2000}", f"{REST}\nsearch: {{evaluations: 10}}")
    own = point(spec, 1, 2000)
    assert evaluated(spec, own) == (1, 2)


def test_without_epochs_progress_is_counted_in_steps() -> None:
    spec = spec_of("{steps: {low: 10, high: 50}}")
    own = spec.space.point({"steps": 30})
    assert spec.grid.interval == spec.first_rung == 10
    assert [spec.grid.progress(own, step) for step in (10, 20, 30)] == [10, 20, 30]
    assert own.epochs is None


def test_the_table_has_the_epochs() -> None:
    spec = spec_of(SPACE, REST)
    assert spec.columns == ("epochs", "batch_size")
    assert spec.flat(point(spec, 3, 16)) == {"epochs": 3, "batch_size": 16}
