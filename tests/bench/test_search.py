"""The benchmark of searching: tables, the virtual clock, its searchers, and the product in it."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.search.__main__ import PRODUCT, TWICE, Setting, compared, main, search
from bench.search.clock import Costs, Courses, Found, Job, Searcher, regrets, simulate
from bench.search.problem import LEVELS, Course, Dimension, Point, Scale, drawn, features
from bench.search.product import place, searched, space_file
from bench.search.rivals import RIVALS, KerasTunerHyperband, RayAsha
from bench.search.scores import BUDGETS, Scores, lines
from bench.search.table import Recorded, Table, load
from bench.search.traps import RANGES, SHARES, TRAPS, Trap
from sweep.spacefile.read import parse

FREE = Costs()
HILL = Trap("hill")


def table(seeds: int = 3, **changed: Any) -> Table:
    """A recorded table of a hill in a linear range, a range in the logarithm and a choice."""
    random = np.random.default_rng(5)
    count = 60
    points = np.stack(
        [
            random.uniform(0, 1, count),
            10 ** random.uniform(-4, -1, count),
            random.integers(0, 3, count),
        ],
        axis=1,
    )
    ends = 1 - (points[:, 0] - 0.5) ** 2 - 0.1 * (np.log10(points[:, 1]) + 2) ** 2
    shares = np.array([0.02, 0.1, 0.5, 1.0])
    curves = ends[:, None, None] * shares**0.2 + random.normal(0, 0.01, (count, seeds, 4))
    whole = Table(
        names=("x", "rate", "kind"),
        kinds=("linear", "log", "choice"),
        low=np.array([0, 1e-4, 0]),
        high=np.array([1, 1e-1, 2]),
        points=points,
        fidelities=shares,
        metrics=("val_accuracy", "val_loss"),
        maximize=(True, False),
        curves=np.stack([curves, -curves], axis=-1),
        seconds=np.broadcast_to(shares * 3.0, (count, seeds, 4)),
    )
    return replace(whole, **changed)


class Flat:
    """A problem in which everything is known: each training takes as long as its level says."""

    name = "flat"
    dimensions = (Dimension("x"),)

    def truth(self, point: Point) -> float:
        return float(point[0])

    def existing(self, point: Point) -> int:
        return len(point)

    def course(self, point: Point, random: np.random.Generator) -> Course:
        return Course(SHARES, np.full(len(SHARES), float(point[0])), float(point[0]))


class Listed:
    """Jobs from a list; stops those that are named."""

    def __init__(self, *jobs: Job, stops: tuple[int, ...] = ()) -> None:
        self.jobs = list(jobs)
        self.stops = stops
        self.told: list[tuple[int, float]] = []

    def ask(self) -> Job | None:
        return self.jobs.pop(0) if self.jobs else None

    def tell(self, job: Job, share: float, value: float) -> bool:
        self.told.append((job.key, share))
        return job.key in self.stops

    def ended(self, job: Job) -> None: ...


# Tables.


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    table().save(tmp_path / "t.npz")
    found = load(tmp_path / "t.npz")
    assert (found.names, found.kinds, found.maximize) == (
        table().names,
        table().kinds,
        (True, False),
    )
    np.testing.assert_allclose(found.curves, table().curves, rtol=1e-6)


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"kinds": ("linear", "log", "other")}, "there is no kind other"),
    ({"names": ("x",)}, "names has the shape 1, not 3"),
    ({"fidelities": np.array([0.1, 0.5, 0.4, 1])}, "fidelities must rise"),
    ({"fidelities": np.array([0.1, 0.4, 0.5, 0.9])}, "fidelities must rise"),
    ({"high": np.array([0.5, 1e-1, 2])}, "points lie outside low and high"),
    ({"seconds": np.zeros((2, 3, 4))}, "seconds has the shape"),
]


@pytest.mark.parametrize(("changed", "message"), BROKEN)
def test_a_table_of_another_form_is_refused(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    table(**changed).save(tmp_path / "t.npz")
    with pytest.raises(SystemExit, match=message):
        load(tmp_path / "t.npz")


def test_a_file_that_lacks_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", names=np.array(["x"]))
    with pytest.raises(SystemExit, match="lacks kinds, low"):
        load(tmp_path / "t.npz")


def test_a_recorded_point_is_answered_by_what_was_recorded() -> None:
    recorded = Recorded("t", table())
    random = np.random.default_rng(0)
    ends = table().curves[:, :, -1, 0].mean(axis=1)
    for number in (0, 7, 30):
        point = recorded.place(table().points[number])
        assert recorded.truth(point) == pytest.approx(ends[number], abs=0.01)
        values = [recorded.course(point, random).value(1.0) for _ in range(300)]
        assert np.mean(values) == pytest.approx(recorded.truth(point), abs=0.005)
        assert 0.002 < np.std(values) < 0.03


def test_less_is_better_for_a_metric_that_is_minimized() -> None:
    accuracy, loss = Recorded("t", table()), Recorded("t", table(), "val_loss")
    point = accuracy.place(table().points[3])
    assert accuracy.truth(point) == pytest.approx(loss.truth(point), abs=0.02)


def test_units_of_a_table_become_levels() -> None:
    recorded = Recorded("t", table())
    assert recorded.place(np.array([0.0, 1e-4, 2])) == (0, 0, 2)
    assert recorded.place(np.array([1.0, 1e-1, 0])) == (LEVELS - 1, LEVELS - 1, 0)
    assert recorded.place(np.array([0.5, 10**-2.5, 1]))[1] in (499, 500)


def test_the_fit_of_points_left_out_is_told() -> None:
    errors = Recorded("t", table()).fit_errors
    assert 0.6 < errors["explained"] <= 1
    assert errors["rank"] > 0.8
    assert "rank at 0.02" in errors


def test_diverged_trainings_are_as_bad_as_the_worst() -> None:
    curves = table().curves.copy()
    worst = curves[..., 0].min()
    curves[0, :, 2:, 0] = np.nan
    recorded = Recorded("t", table(curves=curves))
    assert recorded.truth(recorded.place(table().points[0])) == pytest.approx(worst, abs=0.05)


def test_each_choice_is_a_column_of_its_own() -> None:
    found = features((Dimension("x"), Dimension("c", 3)), [(0, 2), (LEVELS - 1, 0)])
    np.testing.assert_array_equal(found, [[0, 0, 0, 1], [1, 1, 0, 0]])


# Traps.


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_has_a_fixed_truth_and_courses_from_their_seed(trap: Trap) -> None:
    point = drawn(trap.dimensions, np.random.default_rng(3))
    assert trap.truth(point) == trap.truth(point)
    one, same, other = (trap.course(point, np.random.default_rng(s)).values for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other, equal_nan=True) or np.isnan(one).all()


def rank_correlation(trap: Trap, share: float) -> float:
    random = np.random.default_rng(0)
    points = [drawn(trap.dimensions, random) for _ in range(800)]
    truths = np.argsort(np.argsort([trap.truth(point) for point in points]))
    values = np.argsort(np.argsort([trap.course(p, random).value(share) for p in points]))
    return float(np.corrcoef(truths, values)[0, 1])


def test_late_bloomers_show_little_at_the_first_rung_and_nearly_all_at_half() -> None:
    late = next(trap for trap in TRAPS if trap.name == "late-bloomers")
    assert rank_correlation(late, 1 / 16) == pytest.approx(0.2, abs=0.1)
    assert rank_correlation(late, 0.5) == pytest.approx(0.9, abs=0.05)


def test_without_a_signal_nothing_is_shown_before_the_end() -> None:
    silent = next(trap for trap in TRAPS if trap.name == "no-signal")
    assert abs(rank_correlation(silent, 0.75)) < 0.1
    assert rank_correlation(silent, 1.0) > 0.9


def test_a_third_of_the_points_diverges_and_costs_differ_tenfold() -> None:
    random = np.random.default_rng(1)
    diverging = next(trap for trap in TRAPS if trap.name == "diverging")
    points = [drawn(RANGES, random) for _ in range(600)]
    bad = [np.isnan(diverging.course(p, random).values[-1]) for p in points]
    assert np.mean(bad) == pytest.approx(1 / 3, abs=0.1)
    costs = next(trap for trap in TRAPS if trap.name == "costs")
    times = [costs.course((level, 0, 0, 0, 0, 0), random).time for level in range(LEVELS)]
    assert max(times) / min(times) == pytest.approx(10)
    assert np.mean(times) == pytest.approx(1, abs=0.01)


# The clock.


def test_workers_take_jobs_as_they_become_free() -> None:
    jobs = [Job(key, (length,), (1.0,)) for key, length in enumerate((3, 1, 1, 1), 1)]
    found = simulate(Listed(*jobs), Courses(Flat(), 0), workers=2, budget=100, costs=FREE)
    assert [(each.work, each.point) for each in found] == [
        (2, (1,)), (4, (1,)), (6, (3,)), (6, (1,)),
    ]  # fmt: skip


def test_a_stopped_job_frees_its_worker_and_is_not_found() -> None:
    searcher = Listed(Job(1, (4,), (0.25, 1.0)), Job(2, (4,), (0.25, 1.0)), stops=(1,))
    found = simulate(searcher, Courses(Flat(), 0), workers=1, budget=100, costs=FREE)
    assert [(each.work, each.value) for each in found] == [(5, 4)]
    assert searcher.told == [(1, 0.25), (2, 0.25), (2, 1.0)]


def test_a_job_that_goes_on_costs_what_is_left() -> None:
    searcher = Listed(Job(1, (4,), (0.25,)), Job(1, (4,), (1.0,), 0.25))
    found = simulate(searcher, Courses(Flat(), 0), workers=1, budget=100, costs=FREE)
    assert [each.work for each in found] == [4]


def test_starts_and_evaluations_take_their_time() -> None:
    costs = Costs(start=0.5, evaluation=0.25)
    searcher = Listed(Job(1, (1,), (0.5, 1.0)))
    found = simulate(searcher, Courses(Flat(), 0), workers=1, budget=100, costs=costs)
    assert [each.work for each in found] == [2]


def test_nothing_is_found_after_the_budget() -> None:
    jobs = [Job(key, (1,), (1.0,)) for key in range(10)]
    found = simulate(Listed(*jobs), Courses(Flat(), 0), workers=2, budget=4, costs=FREE)
    assert len(found) == 4


def test_the_regret_is_that_of_the_best_by_its_own_showing() -> None:
    found = [Found(1, (1,), 0.1), Found(3, (2,), 0.9), Found(4, (3,), 0.5)]
    assert regrets(found, [0.5, 1, 3, 9], lambda point: -float(point[0])) == [1.0, -1, -2, -2]


def test_regrets_reach_from_the_best_of_many_points_to_the_median() -> None:
    scale = Scale(HILL)
    random = np.random.default_rng(0)
    found = [scale.regret(drawn(HILL.dimensions, random)) for _ in range(400)]
    assert min(found) >= -0.1
    assert np.median(found) == pytest.approx(1, abs=0.15)


# Searchers.


def asked(searcher: Searcher) -> Job:
    job = searcher.ask()
    assert job is not None
    return job


@pytest.mark.parametrize("name", RIVALS)
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_every_rival_uses_its_budget_on_every_problem(name: str, trap: Trap) -> None:
    searcher = RIVALS[name](trap, 1, 12)
    found = simulate(searcher, Courses(trap, 1), workers=2, budget=12, costs=FREE)
    assert all(0 < each.work <= 12 for each in found)
    assert all(len(each.point) == len(trap.dimensions) for each in found)
    assert found or name == "keras-tuner hyperband" or trap.name == "diverging"


def test_the_rules_of_other_tools_beat_random_search_where_early_values_say_much() -> None:
    names = ("random", "ray asha", "keras-tuner hyperband", "short then best")
    scale = Scale(HILL)
    means = {}
    for name in names:
        ends = []
        for seed in range(12):
            searcher = RIVALS[name](HILL, seed, 40)
            found = simulate(searcher, Courses(HILL, seed), workers=2, budget=40, costs=FREE)
            ends += regrets(found, [40], scale.regret)
        means[name] = np.mean(ends)
    assert means["ray asha"] < means["random"]
    assert means["keras-tuner hyperband"] < means["random"]
    assert means["short then best"] < means["random"]


def test_ray_stops_what_is_below_the_best_quarter_of_its_rung() -> None:
    asha = RayAsha(HILL, 0)
    jobs = [asked(asha) for _ in range(5)]
    verdicts = [
        asha.tell(job, 0.01, value) for job, value in zip(jobs, (3, 4, 1, 2, 9), strict=True)
    ]
    assert verdicts == [False, False, True, True, False]
    assert jobs[0].stops == (0.01, 0.04, 0.16, 0.64, 1.0)


def test_kerastuner_goes_on_with_the_best_of_a_full_round() -> None:
    tuner = KerasTunerHyperband(HILL, 0)
    first = [asked(tuner) for _ in range(98)]
    assert {job.stops for job in first} == {(0.02,)}
    for number, job in enumerate(first):
        tuner.tell(job, 0.02, float(number))
    following = asked(tuner)
    assert (following.key, following.begun, following.stops) == (first[-1].key, 0.02, (0.04,))


def test_kerastuner_takes_zero_for_a_value() -> None:
    tuner = KerasTunerHyperband(HILL, 0)
    first = [asked(tuner) for _ in range(98)]
    for number, job in enumerate(first):
        tuner.tell(job, 0.02, 0.0 if number == 50 else -1.0)
    assert asked(tuner).key == first[50].key


def test_a_training_that_diverged_goes_on_last() -> None:
    tuner = KerasTunerHyperband(HILL, 0)
    first = [asked(tuner) for _ in range(98)]
    for number, job in enumerate(first):
        tuner.tell(job, 0.02, math.nan if number < 97 else -9.0)
    assert asked(tuner).key == first[97].key


def test_without_a_table_the_program_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.search.__main__.TABLES", tmp_path)
    monkeypatch.setattr("sys.argv", ["search", "--seeds", "1"])
    with pytest.raises(SystemExit):
        main()
    assert "give --table FILE, or --traps" in capsys.readouterr().err


# The product.


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_every_problem_is_a_space_file(trap: Trap) -> None:
    file = parse(space_file(trap, "sampler: random", 3), Path("space.yaml"))
    spec = file.spec((8, 8, 1), 50_000)
    varied = [p for p in spec.space.parameters if p.constant is None]
    assert len(varied) == len(trap.dimensions)


def test_the_filters_of_a_network_are_the_point() -> None:
    assert place(HILL, (1, 2, 3, 4, 5, LEVELS)) == (0, 1, 2, 3, 4, LEVELS - 1)
    conditional = next(trap for trap in TRAPS if trap.name == "conditional")
    assert place(conditional, (10, 20, 30)) == (0, 9, 19, 29, 0, 0, 0)
    assert place(conditional, (1, 2, 3, 4, 5)) == (2, 0, 1, 2, 3, 4, 0)
    assert conditional.existing(place(conditional, (1, 2, 3, 4, 5))) == 6


@pytest.mark.parametrize("options", PRODUCT.values(), ids=PRODUCT)
def test_the_product_searches_with_its_own_study_and_ledger(options: str) -> None:
    found = searched(HILL, options, seed=1, workers=2, budget=8, costs=Costs(0.1, 0.01))
    assert found
    assert all(0 < each.work <= 8 for each in found)
    assert [each.work for each in found] == sorted(each.work for each in found)


def test_a_search_by_the_product_is_repeated_by_its_seed() -> None:
    one, same, other = (searched(HILL, "", seed, 2, 8, FREE) for seed in (1, 1, 2))
    assert one == same != other


def test_without_pruning_every_training_is_found() -> None:
    found = searched(HILL, "pruner: none, sampler: random", 1, workers=2, budget=8, costs=FREE)
    assert [each.work for each in found] == pytest.approx([2, 2, 4, 4, 6, 6, 8, 8])


# Scores.


def scores(*regrets_at_40: float) -> Scores:
    """Regrets that fall evenly from 1, one problem with a seed each."""
    ends = np.array(regrets_at_40)
    return Scores(1 - (1 - ends)[None, :, None] * np.array(BUDGETS) / 40)


def test_the_work_to_a_regret_is_the_first_budget_that_reaches_it() -> None:
    assert scores(0.0, 0.0).work_to(0.5) == 20
    assert scores(0.4).work_to(0.3) is None


def test_differences_are_taken_in_pairs() -> None:
    mean, error = scores(0.1, 0.3, 0.5).against(scores(0.2, 0.4, 0.6), 40)
    assert mean == pytest.approx(0.1)
    assert error == pytest.approx(0, abs=1e-9)


def test_the_table_names_every_searcher() -> None:
    found = lines({"sweep": scores(0.0, 0.1), "random": scores(0.2, 0.4)}, "sweep")
    assert [line.split()[0] for line in found] == ["searcher", "sweep", "random"]
    assert found[1].split()[-7:][0] == "30"


@pytest.mark.long
@pytest.mark.parametrize("searcher", [*PRODUCT, *RIVALS, TWICE])
def test_every_searcher_runs_on_every_trap(searcher: str) -> None:
    for trap in TRAPS:
        found = search(Setting(trap.name, searcher, 0, 2, Costs(0.1, 0.02)))
        assert len(found) == len(BUDGETS)
        assert np.isfinite(found).all()


@pytest.mark.long
def test_searchers_are_compared_in_processes_of_their_own() -> None:
    found = compared(["24-points"], ["sweep", "random"], 2, 2, FREE)
    assert {name: own.regrets.shape for name, own in found.items()} == {
        "sweep": (1, 2, 40),
        "random": (1, 2, 40),
    }
