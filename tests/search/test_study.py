"""Optuna's part: both ends are reached, seeds decide, pruning compares at equal steps, resuming
loses nothing."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import StoreError
from sweep.search.memory import BEST
from sweep.search.optuna_pruner import OptunaPruner
from sweep.search.pruners import make_pruner
from sweep.search.rungs import Rungs
from sweep.search.samplers import MOST_SHOWN
from sweep.search.study import (
    MOST_REPEATED,
    MOST_SUGGESTIONS,
    Handle,
    Study,
    Suggestion,
    derive_seed,
    storing,
)
from sweep.search.studyfile import PICKLED
from sweep.space.allowed import broken, is_allowed
from sweep.space.design import designed
from sweep.space.hyperparams import Hyperparams, Value
from sweep.space.space import random_points
from sweep.space.spec import SweepSpec
from sweep.spacefile.sections import SearchSection
from sweep.store.ledger import Ledger
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of
from tests.store.test_ledger import FACTS

SHAPE = (28, 28, 1)
ROOT = Path(__file__).parents[2]
SAMPLERS = ["tpe", "random", "qmc", "cmaes", "nsga2"]
SPACE = (
    "{filters: [{low: 1, high: 3}, {low: 8, high: 24, step: 8}], batch_norm: {choices: [true, "
    "false]}, dense: {choices: [[8], [8, 8]]}}"
)


def study_of(spec: SweepSpec, folder: Path) -> tuple[Study, Ledger]:
    ledger = Ledger.open_to_write(folder)
    return Study(spec, ledger, SHAPE), ledger


def suggested(study: Study, configuration: int) -> Suggestion:
    """A suggestion of a study whose space is not exhausted."""
    found = study.suggest(configuration)
    assert found is not None
    return found


def ended(point: Hyperparams, number: int, state: State, *values: float) -> TrialRecord:
    evaluations = tuple(
        Evaluation(100 * (i + 1), 1.0, 0.5, 1.0, value) for i, value in enumerate(values)
    )
    return TrialRecord(
        Trial(number, number, point, 0, 0),
        state,
        0.0,
        1.0,
        evaluations[-1].step if evaluations else 0,
        evaluations,
    )


def test_every_sampler_of_the_file_is_tested_here() -> None:
    schema = SearchSection.model_json_schema()["properties"]["sampler"]["discriminator"]["mapping"]
    assert sorted(schema) == sorted([*SAMPLERS, "grid", "one-at-a-time"])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_value_of_a_space_is_reached_and_none_beside_it(sampler: str, tmp_path: Path) -> None:
    spec = spec_of(SPACE, f"search: {{sampler: {sampler}, seed: 1}}")
    study, _ = study_of(spec, tmp_path)
    seen = set()
    for number in range(90):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        point = suggestion.point
        seen |= {
            ("f1", point.filters[0]),
            ("f2", point.filters[1]),
            ("bn", point.batch_norm),
            ("dense", point.dense),
        }
        # Without a best point, none is left alone for long.
        study.tell(suggestion.handle, ended(point, number, State.COMPLETE, 0.618 * number % 1))
    expected = {("f1", 1), ("f1", 2), ("f1", 3), ("f2", 8), ("f2", 16), ("f2", 24)}
    assert seen == expected | {("bn", True), ("bn", False), ("dense", (8,)), ("dense", (8, 8))}


@pytest.mark.parametrize("shown", [4, MOST_SHOWN])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_seed_decides_what_is_suggested(
    sampler: str, shown: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few that some are forgotten, and none.
    monkeypatch.setattr("sweep.search.samplers.MOST_SHOWN", shown)
    most = BEST + 20

    def points(folder: str, seed: int, reopened_at: int) -> list[Hyperparams]:
        spec = spec_of(
            "{learning_rate: {low: 1e-4, high: 1e-1, log: true}}",
            f"search: {{sampler: {sampler}, seed: {seed}}}",
        )
        study, ledger = study_of(spec, tmp_path / folder)
        found = []
        for number in range(most):
            if number == reopened_at:
                ledger.close()
                study, ledger = study_of(spec, tmp_path / folder)
            suggestion = suggested(study, number)
            assert suggestion.handle is not None
            study.tell(
                suggestion.handle,
                ended(suggestion.point, number, State.COMPLETE, suggestion.point.learning_rate),
            )
            found.append(suggestion.point)
        return found

    first = points("a", 0, reopened_at=6)
    # The distribution of CMA-ES is not kept: one that goes on begins anew, always alike.
    again = 6 if sampler == "cmaes" else 40
    assert first == points("b", 0, reopened_at=again)
    assert first != points("c", 1, reopened_at=6)
    assert len({p.learning_rate for p in first}) == most


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_handles_conditions_and_lists_of_layers(sampler: str, tmp_path: Path) -> None:
    spec = spec_of(
        "{filters: {layers: {low: 1, high: 2}, each: {low: 4, high: 8, step: 4}}, optimizer: "
        "{choices: [adam, momentum]}, momentum: {low: 0.1, high: 0.9, when: {optimizer: "
        "momentum}}}",
        f"search: {{sampler: {sampler}, seed: 3}}",
    )
    study, _ = study_of(spec, tmp_path)
    kinds = set()
    momenta = set()
    for number in range(60):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        point = suggestion.point
        assert spec.space.values(point) is not None
        kinds.add((point.filters, point.optimizer))
        if point.optimizer == "momentum":
            momenta.add(point.momentum)
        study.tell(suggestion.handle, ended(point, number, State.COMPLETE, point.learning_rate))
    lists = [(4,), (8,), (4, 4), (4, 8), (8, 4), (8, 8)]
    assert {filters for filters, _ in kinds} == set(lists)
    assert {optimizer for _, optimizer in kinds} == {"adam", "momentum"}
    assert len(momenta) > 5
    assert all(0.1 <= value <= 0.9 for value in momenta)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_goes_on_after_trials_of_every_end(sampler: str, tmp_path: Path) -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", f"search: {{sampler: {sampler}}}")
    study, _ = study_of(spec, tmp_path)
    for number in range(12):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        state = list(STATES)[number % len(STATES)]
        study.report(suggestion.handle, 100, 0.5)
        study.tell(suggestion.handle, ended(suggestion.point, number, state, 0.5))


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_what_learns_nothing_suggests_by_the_number_alone(sampler: str, tmp_path: Path) -> None:
    spec = spec_of(SPACE, f"search: {{sampler: {sampler}}}")
    forwards, _ = study_of(spec, tmp_path / "a")
    backwards, _ = study_of(spec, tmp_path / "b")
    points = [suggested(forwards, number).point for number in range(8)]
    assert points == [suggested(backwards, number).point for number in reversed(range(8))][::-1]


def test_qmc_covers_a_range_evenly_after_the_baselines(tmp_path: Path) -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}}",
        "search: {sampler: qmc}\nbaselines: {a: {dropout: 0.1}, b: {dropout: 0.2}}",
    )
    study, _ = study_of(spec, tmp_path)
    sixteenths = []
    for number in range(2, 18):
        dropout = suggested(study, number).point.dropout
        assert isinstance(dropout, float)
        sixteenths.append(int(32 * dropout))
    assert sorted(sixteenths) == list(range(16))


MANY = (
    "{filters: {layers: {low: 1, high: 2}, each: {low: 4, high: 64}}, dropout: {low: 0.0, high: "
    "0.5}, optimizer: {choices: [adam, momentum]}, momentum: {low: 0.1, high: 0.9, when: "
    "{optimizer: momentum}}}"
)


def first_points(spec: SweepSpec, folder: Path, count: int, at_once: int) -> list[Hyperparams]:
    """The first points of a study of which so many trials run at once."""
    study, _ = study_of(spec, folder)
    points: list[Hyperparams] = []
    running = []
    for number in range(len(spec.baselines), len(spec.baselines) + count):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        points.append(suggestion.point)
        running.append((suggestion.handle, ended(suggestion.point, number, State.COMPLETE, 0.5)))
        if len(running) == at_once:
            study.tell(*running.pop(0))
    return points


@pytest.mark.parametrize("seed", [0, 1])
def test_tpe_begins_with_the_points_of_a_sobol_sequence(seed: int, tmp_path: Path) -> None:
    baselines = "baselines: {a: {filters: [8], dropout: 0.1, optimizer: adam}}"
    tpe, qmc = (
        spec_of(MANY, f"search: {{sampler: {name}, seed: {seed}}}\n{baselines}")
        for name in ("tpe", "qmc")
    )
    spread = first_points(qmc, tmp_path / "qmc", 12, at_once=1)
    begun = first_points(tpe, tmp_path / "tpe", 12, at_once=1)
    assert begun[:10] == spread[:10]
    assert begun[10] != spread[10]


@pytest.mark.parametrize("at_once", [2, 5, 20])
def test_the_start_of_tpe_is_the_same_with_any_number_of_workers(
    at_once: int, tmp_path: Path
) -> None:
    spec = spec_of(MANY, "search: {sampler: {name: tpe, n_startup_trials: 16}}")
    one = first_points(spec, tmp_path / "one", 16, at_once=1)
    assert one == first_points(spec, tmp_path / "several", 16, at_once)
    assert len({point.optimizer for point in one}) == 2
    dropouts = [point.dropout for point in one]
    assert sorted(int(32 * d) for d in dropouts if isinstance(d, float)) == list(range(16))


def test_trainings_of_one_configuration_count_as_trials_of_the_start(tmp_path: Path) -> None:
    spec = spec_of(MANY, "search: {sampler: tpe, repeats: 4}")
    qmc = spec_of(MANY, "search: {sampler: qmc, repeats: 4}")
    begun = first_points(spec, tmp_path / "tpe", 4, at_once=9)
    spread = first_points(qmc, tmp_path / "qmc", 4, at_once=9)
    assert begun[:3] == spread[:3]
    assert begun[3] != spread[3]


def test_random_search_follows_no_sequence(tmp_path: Path) -> None:
    random, qmc = (spec_of(MANY, f"search: {{sampler: {name}}}") for name in ("random", "qmc"))
    first = first_points(random, tmp_path / "random", 8, at_once=1)
    assert not {*first} & {*first_points(qmc, tmp_path / "qmc", 8, at_once=1)}


@pytest.mark.parametrize("pruner", ["asha", "hyperband", "{name: median, n_startup_trials: 2}"])
def test_a_study_that_is_opened_again_goes_on_pruning_alike(pruner: str, tmp_path: Path) -> None:
    spec = spec_of(
        "{steps: 500, dropout: {low: 0.0, high: 0.5}}",
        f"search: {{sampler: random, pruner: {pruner}}}",
    )

    def verdicts(folder: str, reopened_at: int) -> list[int | None]:
        study, ledger = study_of(spec, tmp_path / folder)
        found = []
        for number, value in enumerate((0.5, 0.7, 0.6, 0.2, 0.65, 0.1, 0.8, 0.55, 0.3)):
            if number == reopened_at:
                ledger.close()
                study, ledger = study_of(spec, tmp_path / folder)
            suggestion = suggested(study, number)
            assert suggestion.handle is not None
            steps = range(100, 600, 100)
            reports = ((step, study.report(suggestion.handle, step, value)) for step in steps)
            behind = next((step for step, is_behind in reports if is_behind), None)
            state = State.COMPLETE if behind is None else State.PRUNED
            study.tell(suggestion.handle, ended(suggestion.point, number, state, value))
            found.append(behind)
        return found

    assert verdicts("a", reopened_at=0) == verdicts("b", reopened_at=5)
    assert any(verdicts("c", reopened_at=7))


def test_tpe_goes_where_it_is_good(tmp_path: Path) -> None:
    study, _ = study_of(spec_of("{learning_rate: {low: 1e-4, high: 1e-1, log: true}}"), tmp_path)
    rates = []
    for number in range(40):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        rates.append(suggestion.point.learning_rate)
        value = 0.9 if 1e-3 < rates[-1] < 3e-3 else 0.1
        study.tell(suggestion.handle, ended(suggestion.point, number, State.COMPLETE, value))
    assert sum(1e-3 < rate < 3e-3 for rate in rates[20:]) > sum(
        1e-3 < rate < 3e-3 for rate in rates[:20]
    )


def test_points_that_cannot_be_built_are_never_suggested(tmp_path: Path) -> None:
    spec = spec_of(
        "{filters: [4, 4], kernel_size: {low: 1, high: 30}, padding: valid, pool: {choices: [max, "
        "none]}}"
    )
    study, _ = study_of(spec, tmp_path)
    for number in range(30):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        limit = 9 if suggestion.point.pool == "max" else 14
        assert suggestion.point.kernel_size <= limit  # type: ignore[operator]
        study.tell(suggestion.handle, ended(suggestion.point, number, State.COMPLETE, 0.5))


def refused(ledger: Ledger) -> int:
    """The suggestions in the file that became no trial."""
    trials = optuna.load_study(study_name="test", storage=f"sqlite:///{ledger.path}").trials
    return sum(trial.state.name in ("FAIL", "PRUNED") for trial in trials)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_point_that_no_sampler_suggests_is_found_in_a_small_space(
    sampler: str, tmp_path: Path
) -> None:
    # 4 of 8,000 points.
    spec = spec_of(
        "{filters: [{low: 1, high: 20}, {low: 1, high: 20}], dense: [{low: 1, high: 20}]}",
        f"constraints: filters.1 + filters.2 + dense.1 <= 4\nsearch: {{sampler: {sampler}}}",
    )
    study, ledger = study_of(spec, tmp_path)
    points = to_the_end(study, spec, most=9)
    found = {(*point.filters, *point.dense) for point in points}
    assert found == {(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)}
    assert refused(ledger) <= 5 * MOST_SUGGESTIONS


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_rare_points_of_a_large_space_are_found(sampler: str, tmp_path: Path) -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}, batch_size: {low: 1, high: 200}}",
        f"constraints: [dropout < 0.05, batch_size == 7]\nsearch: {{sampler: {sampler}}}",
    )
    study, ledger = study_of(spec, tmp_path)
    points = to_the_end(study, spec, most=3)
    assert len({point.dropout for point in points}) == 3
    assert all(is_allowed(spec, point, SHAPE) for point in points)
    assert refused(ledger) <= 3 * MOST_SUGGESTIONS


def to_the_end(study: Study, spec: SweepSpec, most: int) -> list[Hyperparams]:
    """Up to `most` points, each of which is trained before the next; fewer if none is left."""
    tried: set[tuple[Value, ...]] = set()
    points: list[Hyperparams] = []
    while len(points) < most:
        suggestion = study.suggest(len(points), tried)
        if suggestion is None:
            break
        assert suggestion.handle is not None
        tried.add(spec.space.meaning(suggestion.point))
        record = ended(suggestion.point, len(points), State.COMPLETE, 0.5)
        study.tell(suggestion.handle, record)
        points.append(suggestion.point)
    return points


def test_a_space_in_which_nothing_allowed_is_found_is_exhausted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.search.study.MOST_SUGGESTIONS", 5)
    monkeypatch.setattr("sweep.search.untried.MOST_DRAWS", 5)
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}}",
        "constraints: dropout < 1e-3\nsearch: {sampler: random, seed: 2}",
    )
    study, _ = study_of(spec, tmp_path)
    assert study.suggest(0) is None
    assert study.suggest(0) is None


# A space of each form, and constraints that leave a part of it.
CONSTRAINED = {
    "layers": (
        "{filters: [{low: 4, high: 64}, {low: 4, high: 64}, {choices: [8, 16]}]}",
        "[filters.1 <= filters.2, parameters <= 20_000]",
    ),
    "a depth": (
        "{filters: {layers: {low: 1, high: 3}, each: {low: 4, high: 64, log: true}}}",
        "[filters.1 <= filters.2 <= filters.3, flops <= 5e6, filters.layers != 2]",
    ),
    "whole lists": (
        "{dense: {choices: [[], [16], [32, 16], [16, 32]]}, batch_norm: {choices: [true, false]}}",
        "[dense.1 >= dense.2, not batch_norm or dense.layers < 2]",
    ),
    "conditions": (
        "{optimizer: {choices: [adam, momentum]}, momentum: {low: 0.5, high: 0.99, when: "
        "{optimizer: momentum}}, batch_size: {choices: [16, 32, 64]}}",
        "[momentum < 0.7 or batch_size == 64, optimizer == momentum or batch_size < 64]",
    ),
    "what cannot always be built": (
        "{filters: [{low: 4, high: 8}, 4], kernel_size: {low: 1, high: 30}, padding: valid}",
        "[kernel_size * filters.1 != 6, kernel_size < 9]",
    ),
}


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("space", "constraints"), CONSTRAINED.values(), ids=CONSTRAINED)
def test_no_suggested_point_breaks_a_constraint(
    space: str, constraints: str, sampler: str, tmp_path: Path
) -> None:
    rest = f"constraints: {constraints}\nsearch: {{sampler: {sampler}}}"
    spec = spec_of(space, rest)
    study, _ = study_of(spec, tmp_path)
    points = []
    for number in range(40):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        points.append(suggestion.point)
        study.tell(suggestion.handle, ended(points[-1], number, State.COMPLETE, 0.01 * number))
    assert all(is_allowed(spec, point, SHAPE) for point in points)
    # The constraints are what keeps the others away.
    free = random_points(spec.space, 1)
    assert not all(is_allowed(spec, next(free), SHAPE) for _ in range(200))


@pytest.mark.parametrize(("space", "constraints"), CONSTRAINED.values(), ids=CONSTRAINED)
def test_no_configuration_of_a_grid_breaks_a_constraint(space: str, constraints: str) -> None:
    rest = f"constraints: {constraints}\nsearch: {{sampler: {{name: grid, values: 3}}}}"
    spec = spec_of(space, rest)
    free = spec_of(space, "search: {sampler: {name: grid, values: 3}}")
    points = [planned.point for planned in designed(spec, SHAPE).configurations]
    assert all(is_allowed(spec, point, SHAPE) for point in points)
    kept = [p.point for p in designed(free, SHAPE).configurations]
    assert points == [point for point in kept if not broken(spec, point, SHAPE)]
    assert 0 < len(points) < len(kept)


def numbers(low: int) -> st.SearchStrategy[str]:
    """A range of whole numbers, in the notation of the file."""
    ends = st.tuples(st.integers(low, 20), st.integers(21, 40))
    return ends.map(lambda pair: f"{{low: {pair[0]}, high: {pair[1]}}}")


@st.composite
def spaces(draw: st.DrawFn) -> tuple[str, str]:
    """A space of some layers, and constraints that leave at least its smallest filters."""
    depth = draw(st.integers(1, 3))
    filters = ", ".join(draw(st.lists(numbers(1), min_size=depth, max_size=depth)))
    names = [f"filters.{layer + 1}" for layer in range(depth)]
    name = draw(st.sampled_from(names))
    constraints = [
        f"{name} <= {draw(st.integers(28, 40))}",
        f"{' + '.join(names)} < {draw(st.integers(30 * depth, 40 * depth))}",
        f"batch_size * {name} != {draw(st.integers(1, 500))}",
    ]
    chosen = draw(st.lists(st.sampled_from(constraints), min_size=1, unique=True))
    return f"{{filters: [{filters}], batch_size: {draw(numbers(4))}}}", f"[{', '.join(chosen)}]"


@given(spaces(), st.sampled_from(SAMPLERS), st.integers(0, 999))
@settings(max_examples=15)
def test_no_sampler_breaks_a_constraint_of_any_space(
    written: tuple[str, str], sampler: str, seed: int
) -> None:
    space, constraints = written
    rest = f"constraints: {constraints}\nsearch: {{sampler: {sampler}, seed: {seed}}}"
    spec = spec_of(space, rest)
    with TemporaryDirectory() as folder:
        study, ledger = study_of(spec, Path(folder))
        for number in range(15):
            suggestion = suggested(study, number)
            assert suggestion.handle is not None
            assert broken(spec, suggestion.point, SHAPE) == []
            study.tell(suggestion.handle, ended(suggestion.point, number, State.COMPLETE, 0.5))
        study.close()
        ledger.close()


def test_a_point_that_breaks_a_constraint_is_learnt_as_a_bad_one(tmp_path: Path) -> None:
    spec = spec_of(
        "{batch_size: {choices: [16, 32, 64, 128]}}",
        "constraints: batch_size == 32\nsearch: {sampler: random}",
    )
    study, _ = study_of(spec, tmp_path)
    for number in range(5):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        study.tell(suggestion.handle, ended(suggestion.point, number, State.COMPLETE, 0.5))
    learnt = {
        trial.params["batch_size"]: trial.constraints
        for trial in study._study.get_trials()
        if trial.constraints
    }
    assert 32 not in learnt
    assert len(learnt) > 1
    assert set(map(str, learnt.values())) == {"{'usable': 1.0}"}


def test_rungs_lie_on_the_evaluation_grid() -> None:
    spec = spec_of(
        "{steps: {low: 10, high: 90, step: 10}}",
        "search: {pruner: {name: asha, first_rung: 30, reduction_factor: 3}}",
    )
    pruner = make_pruner(spec.search.pruner, spec.first_rung, 3, maximize=True)
    assert pruner == Rungs(30, 3, maximize=True)


def test_the_worse_half_falls_behind_at_the_first_rung(tmp_path: Path) -> None:
    study, _ = study_of(spec_of("{steps: 500, dropout: {low: 0.0, high: 0.5}}"), tmp_path)
    verdicts = []
    for number, value in enumerate((0.5, 0.6, 0.4, 0.7, 0.1)):
        handle = suggested(study, number).handle
        assert handle is not None
        verdicts.append(study.report(handle, 100, value))
    assert verdicts == [False, False, True, False, True]


def test_a_study_that_is_opened_again_remembers_its_rungs(tmp_path: Path) -> None:
    spec = spec_of("{steps: 500, dropout: {low: 0.0, high: 0.5}}")
    study, ledger = study_of(spec, tmp_path)
    for number, value in enumerate((0.5, 0.6, 0.7)):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        study.report(suggestion.handle, 100, value)
        study.tell(suggestion.handle, ended(suggestion.point, number, State.PRUNED, value))
    ledger.close()
    study, _ledger = study_of(spec, tmp_path)
    handle = suggested(study, 3).handle
    assert handle is not None
    # Alone it would be the best.
    assert study.report(handle, 100, 0.55)


def test_nothing_falls_behind_without_a_pruner(tmp_path: Path) -> None:
    study, _ = study_of(
        spec_of("{dropout: {low: 0.0, high: 0.5}}", "search: {pruner: none}"), tmp_path
    )
    for number, value in enumerate((0.9, 0.1)):
        handle = suggested(study, number).handle
        assert handle is not None
        assert not study.report(handle, 100, value)


STATES = {
    State.COMPLETE: optuna.trial.TrialState.COMPLETE,
    State.PRUNED: optuna.trial.TrialState.PRUNED,
    State.DIVERGED: optuna.trial.TrialState.PRUNED,
    State.FAILED: optuna.trial.TrialState.FAIL,
}


@pytest.mark.parametrize("state", STATES)
def test_optuna_is_told_how_a_trial_ended(state: State, tmp_path: Path) -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}")
    study, ledger = study_of(spec, tmp_path)
    suggestion = suggested(study, 0)
    assert suggestion.handle is not None
    study.tell(suggestion.handle, ended(suggestion.point, 0, state, 0.5, 0.75))
    stored = optuna.load_study(study_name="test", storage=f"sqlite:///{ledger.path}").trials[0]
    assert stored.state == STATES[state]
    assert state is not State.COMPLETE or stored.value == 0.75


def test_a_pruner_keeps_nothing_of_trials_that_ended_whatever_their_end(tmp_path: Path) -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", "search: {pruner: median}")
    study, ledger = study_of(spec, tmp_path)
    for number, state in enumerate(STATES):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        study.report(suggestion.handle, 100, 0.5)
        study.tell(suggestion.handle, ended(suggestion.point, number, state, 0.5))
    running = suggested(study, len(STATES)).handle
    assert running is not None
    study.report(running, 100, 0.5)
    assert isinstance(study._pruner, OptunaPruner)
    assert list(study._pruner._going) == [running.number]
    study.close()
    ledger.close()
    study, _ = study_of(spec, tmp_path)
    assert isinstance(study._pruner, OptunaPruner)
    assert not study._pruner._going


def test_the_sampler_stays_away_from_where_trials_diverge(tmp_path: Path) -> None:
    # All evaluations are good; only the divergence tells the upper half from the lower.
    study, _ = study_of(spec_of("{learning_rate: {low: 1e-4, high: 1e-1, log: true}}"), tmp_path)
    diverged = []
    for number in range(50):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        diverged.append(suggestion.point.learning_rate > 3e-3)
        study.report(suggestion.handle, 100, 0.9)
        state = State.DIVERGED if diverged[-1] else State.PRUNED
        study.tell(suggestion.handle, ended(suggestion.point, number, state, 0.9))
    assert sum(diverged[30:]) < 5


def test_a_study_catches_up_with_its_ledger(tmp_path: Path) -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}")
    study, ledger = study_of(spec, tmp_path)
    handles = []
    for number in range(3):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        handles.append(suggestion.handle)
        if number < 2:
            record = ledger.start(
                Trial(number, number, suggestion.point, 0, 0), suggestion.handle.number
            )
        if number == 0:
            ledger.finish(
                replace(ended(suggestion.point, 0, State.COMPLETE, 0.8), started=record.started)
            )
    ledger.close()

    study, ledger = study_of(spec, tmp_path)
    stored = optuna.load_study(study_name="test", storage=f"sqlite:///{ledger.path}").trials
    assert [t.state.name for t in stored] == ["COMPLETE", "RUNNING", "FAIL"]
    resumed = study.resume(1)
    assert resumed.params == {"dropout": ledger.records()[1].trial.point.dropout}
    # What the ledger says of the first trial is what the second falls behind.
    assert study.report(resumed, 100, 0.5)


def test_a_study_catches_up_with_the_best_evaluation_where_it_counts(tmp_path: Path) -> None:
    best = "objective: {maximize: val_accuracy, of: best}"
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", best)
    study, ledger = study_of(spec, tmp_path)
    ledger.begin(replace(FACTS, spec=spec))
    suggestion = suggested(study, 0)
    assert suggestion.handle is not None
    ledger.start(Trial(0, 0, suggestion.point, 0, 0), suggestion.handle.number)
    ledger.finish(ended(suggestion.point, 0, State.COMPLETE, 0.5, 0.8, 0.7))
    ledger.close()

    _, ledger = study_of(spec, tmp_path)
    (stored,) = optuna.load_study(study_name="test", storage=f"sqlite:///{ledger.path}").trials
    assert stored.value == 0.8
    assert stored.intermediate_values == {100: 0.5, 200: 0.8, 300: 0.7}


def test_a_baseline_in_the_space_is_learnt_from_and_one_outside_is_not(tmp_path: Path) -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}, dense: {choices: [[8], [8, 8]]}}",
        "baselines: {in: {dropout: 0.25, dense: [8, 8]}, out: {dropout: 0.9, dense: [8]}}",
    )
    study, _ledger = study_of(spec, tmp_path)
    inside, outside = (study.given(b.point) for b in spec.baselines)
    assert outside.handle is None
    assert inside.handle is not None
    assert inside.point == spec.baselines[0].point
    assert inside.handle.params == {"dropout": 0.25, "dense": "[8, 8]"}


def test_seeds_differ_by_their_use() -> None:
    seeds = {
        derive_seed(seed, use, n) for seed in (0, 1) for use in ("ask", "trial") for n in range(500)
    }
    assert len(seeds) == 2000
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derive_seed(0, "trial", 0) == 1725501518


def test_a_store_that_cannot_be_written_is_no_bug(tmp_path: Path) -> None:
    study, ledger = study_of(spec_of("{dropout: {low: 0.0, high: 0.5}}"), tmp_path)
    ledger.close()
    with sqlite3.connect(ledger.path) as connection:
        connection.execute("DROP TABLE trials")
    with pytest.raises(StoreError, match="the ledger cannot be used"), storing(ledger.path):
        suggested(study, 0)


# What was tried.

# 24 configurations; two points of the space are one of them where there is no hidden layer.
FEW = (
    "{batch_size: {choices: [32, 64, 128, 256]}, dense: {choices: [[], [8], [8, 8]]}, "
    "optimizer: {choices: [adam, sgd]}, steps: 20}"
)


def played(
    spec: SweepSpec, folder: Path, reopened_at: int = -1, at_once: int = 1
) -> list[Hyperparams]:
    """Every configuration until the space is exhausted; the smaller the batch, the better."""
    study, ledger = study_of(spec, folder)
    tried: set[tuple[Value, ...]] = set()
    points: list[Hyperparams] = []
    running: list[tuple[Handle, TrialRecord]] = []
    for number in range(100):
        if number == reopened_at:
            ledger.close()
            study, ledger = study_of(spec, folder)
        suggestion = study.suggest(number, tried)
        if suggestion is None:
            assert study.suggest(number, tried) is None
            return points
        assert suggestion.handle is not None
        point = suggestion.point
        points.append(point)
        tried.add(spec.space.meaning(point))
        value = 1 / point.batch_size
        running.append((suggestion.handle, ended(point, number, State.COMPLETE, value)))
        if len(running) == at_once:
            study.tell(*running.pop(0))
    raise AssertionError("the space has no end")


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_tries_each_configuration_of_a_small_space_once(
    sampler: str, at_once: int, tmp_path: Path
) -> None:
    spec = spec_of(FEW, f"search: {{sampler: {sampler}, seed: 4}}")
    points = played(spec, tmp_path, at_once=at_once)
    assert len({spec.space.meaning(point) for point in points}) == len(points) == 24


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_study_that_is_opened_again_tries_the_same(sampler: str, tmp_path: Path) -> None:
    spec = spec_of(FEW, f"search: {{sampler: {sampler}, seed: 4}}")
    whole = played(spec, tmp_path / "whole")
    assert whole == played(spec, tmp_path / "reopened", reopened_at=14)


def test_a_generation_that_is_interrupted_keeps_its_parents(tmp_path: Path) -> None:
    spec = spec_of(
        "{learning_rate: {low: 1e-4, high: 1e-1, log: true}, dropout: {low: 0.0, high: 0.5}, "
        "batch_size: {low: 32, high: 128}}",
        "search: {sampler: {name: nsga2, population_size: 8}}",
    )

    def points(folder: str, reopened_at: int) -> list[Hyperparams]:
        study, ledger = study_of(spec, tmp_path / folder)
        found = []
        for number in range(24):
            if number == reopened_at:
                study.close()
                ledger.close()
                study, ledger = study_of(spec, tmp_path / folder)
            suggestion = suggested(study, number)
            assert suggestion.handle is not None
            found.append(suggestion.point)
            record = ended(found[-1], number, State.COMPLETE, 0.618 * number % 1)
            study.tell(suggestion.handle, record)
        return found

    whole = points("whole", -1)
    # Generations begin at 8 and 16.
    for reopened_at in range(8, 20):
        assert points(f"reopened at {reopened_at}", reopened_at) == whole


def test_what_random_search_tries_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    spec = spec_of(FEW, "search: {sampler: random}")
    one = played(spec, tmp_path / "one")
    assert one == played(spec, tmp_path / "four", at_once=4)


def test_the_state_of_cmaes_is_never_a_pickle_in_the_ledger(tmp_path: Path) -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}, learning_rate: {low: 0.001, high: 0.1}}",
        "search: {sampler: {name: cmaes, n_startup_trials: 2}, trials: 90}",
    )
    study, ledger = study_of(spec, tmp_path)
    for number in range(12):
        suggestion = suggested(study, number)
        assert suggestion.handle is not None
        study.tell(
            suggestion.handle, ended(suggestion.point, number, State.COMPLETE, 0.01 * number)
        )
    own = [set(trial.system_attrs) for trial in study._study.get_trials()]
    assert any(name.startswith(PICKLED) for names in own for name in names)
    study.close()
    ledger.close()
    database = sqlite3.connect(tmp_path / "sweep.db")
    (kept,) = zip(
        *database.execute("SELECT DISTINCT key FROM trial_system_attributes"), strict=True
    )
    assert "cma:generation" in kept
    assert not [name for name in kept if name.startswith(PICKLED)]
    # One that a stranger put there is not read.
    forged = "INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (1, ?, ?)"
    database.execute(forged, (f"{PICKLED}:0", '"80049e"'))
    database.commit()
    database.close()
    study, _ = study_of(spec, tmp_path)
    again = [set(trial.system_attrs) for trial in study._study.get_trials()]
    assert not any(name.startswith(PICKLED) for names in again for name in names)
    assert suggested(study, 12).handle is not None


def test_a_repeated_suggestion_is_a_failed_trial_of_optuna_from_which_nothing_is_learnt(
    tmp_path: Path,
) -> None:
    spec = spec_of("{batch_size: {choices: [32, 64]}}", "search: {sampler: random}")
    study, ledger = study_of(spec, tmp_path)
    first = suggested(study, 0)
    found = study.suggest(1, {spec.space.meaning(first.point)})
    assert found is not None
    assert found.point != first.point
    assert study.suggest(2, {spec.space.meaning(one.point) for one in (first, found)}) is None
    stored = optuna.load_study(study_name="test", storage=f"sqlite:///{ledger.path}").trials
    states = [trial.state.name for trial in stored]
    assert states.count("RUNNING") == 2
    assert states.count("FAIL") == len(stored) - 2 >= MOST_REPEATED


@pytest.mark.parametrize(
    ("sampler", "is_needed"), [("tpe", True), ("qmc", True), ("random", False), ("grid", False)]
)
def test_what_the_first_suggestions_need_is_imported_beforehand(
    sampler: str, is_needed: bool
) -> None:
    program = (
        "import sys\n"
        "from sweep.search.study import prepare\n"
        "from tests.conftest import spec_of\n"
        f"prepare(spec_of('{{}}', 'search: {{sampler: {sampler}}}').search.sampler)\n"
        "print('scipy.stats' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == str(is_needed)
