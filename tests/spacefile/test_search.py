"""What a search says that does not go together, and how many trials a design has."""

import sys
from pathlib import Path

import pytest

from sweep.errors import SpaceFileError
from sweep.space import Asha, CmaEs, Grid, NoPruner, OneAtATime, Qmc, Random, Search, Tpe
from sweep.space.strategies import Nsga2
from sweep.spacefile.checks import Checker
from sweep.spacefile.nodes import Table, nodes
from sweep.spacefile.search import check_search, count_trials, read_search, search_mark, settled
from sweep.spacefile.sections import DEFAULT_TRIALS, SearchSection
from tests.conftest import space_file, spec_of


def table(text: str) -> Table:
    root, _ = nodes(text, Path("space.yaml"))
    assert isinstance(root, Table)
    return root


def section(text: str) -> SearchSection:
    check = Checker([])
    found = read_search(check, table(f"search: {text}").get("search"))
    check.finish()
    assert found is not None
    return found


def search(text: str) -> Search:
    return settled(section(text))


def problems(check: Checker) -> list[tuple[str, str, str]]:
    try:
        check.finish()
    except SpaceFileError as caught:
        return [(p.message, p.hint, p.where.partition(":")[2]) for p in caught.problems]
    return []


# What is read.


@pytest.mark.parametrize(
    ("text", "sampler"),
    [
        ("{}", Tpe),
        ("{sampler: tpe}", Tpe),
        ("{sampler: {name: tpe}}", Tpe),
        ("{sampler: random}", Random),
        ("{sampler: grid}", Grid),
        ("{sampler: {name: grid, values: 2}}", Grid),
        ("{sampler: one-at-a-time}", OneAtATime),
        ("{sampler: qmc}", Qmc),
        ("{sampler: {name: qmc, qmc_type: halton}}", Qmc),
        ("{sampler: {name: cmaes, popsize: 8}}", CmaEs),
        ("{sampler: {name: nsga2, population_size: 8, crossover_prob: 1}}", Nsga2),
    ],
)
def test_a_sampler_has_a_short_form_and_a_long_one(text: str, sampler: type) -> None:
    assert type(search(text).sampler) is sampler


@pytest.mark.parametrize(
    ("text", "pruner"),
    [
        ("{}", Asha),
        ("{pruner: none}", NoPruner),
        ("{pruner: asha}", Asha),
        ("{pruner: {name: asha, reduction_factor: 3}}", Asha),
        ("{sampler: one-at-a-time}", NoPruner),
    ],
)
def test_a_pruner_has_a_short_form_a_long_one_and_a_default_that_suits_the_sampler(
    text: str, pruner: type
) -> None:
    assert type(search(text).pruner) is pruner


def test_what_is_left_out_of_a_search_has_its_default() -> None:
    check = Checker([])
    found = read_search(check, None)
    assert found == SearchSection()
    assert settled(SearchSection()).trials == DEFAULT_TRIALS


def test_what_a_search_says_is_kept() -> None:
    found = search("{trials: 7, evaluations: 2, seed: 5, threads: 2, keep: 4, repeats: 3}")
    kept = (found.trials, found.evaluations, found.seed, found.threads, found.keep, found.repeats)
    assert kept == (7, 2, 5, 2, 4, 3)


def test_a_search_that_is_a_word_is_told_how_a_sampler_is_written() -> None:
    check = Checker([])
    assert read_search(check, table("search: random").get("search")) is None
    ((_, hint, where),) = problems(check)
    assert (hint, where) == ("write search: {sampler: random}", "1:9")


@pytest.mark.parametrize("key", ["sampler", "pruner"])
def test_a_strategy_that_is_empty_is_a_problem_and_no_default(key: str) -> None:
    check = Checker([])
    assert read_search(check, table(f"search: {{{key}: }}").get("search")) is None
    ((message, _, _),) = problems(check)
    assert message == f"{key} says nothing"


# What does not go together.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("search: {trials: 1}\nbaselines: {a: {}, b: {}}",
         [("2 baselines do not fit in 1 trials", "set search.trials to 2 or more", "2:1")]),
        ("search: {trials: 5, repeats: 3}\nbaselines: {a: {}, b: {}}",
         [("2 baselines do not fit in 5 trials, each trained 3 times", "set search.trials to 6 or more", "2:1")]),
        ("search: {trials: 2}\nbaselines: {a: {}, b: {}}", []),
        ("search: {trials: 2, repeats: 3}",
         [("2 trials are fewer than the 3 trainings of one configuration", "set trials to 3 or more, or repeats to fewer", "1:10")]),
        ("search: {trials: 3, repeats: 3}", []),
        ("search: {sampler: one-at-a-time}",
         [("one-at-a-time varies a baseline, and the file has none", "add baselines: with at least one", "1:10")]),
        ("search: {sampler: one-at-a-time, pruner: asha}\nbaselines: {a: {}}",
         [("one-at-a-time compares trials at their end, and none may be pruned", "leave pruner out", "1:34")]),
        ("search: {sampler: one-at-a-time}\nbaselines: {a: {}}", []),
        ("search: {sampler: grid, pruner: asha}", []),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_named(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    root = table(text)
    check = Checker([])
    found = read_search(check, root.get("search"))
    assert found is not None
    check_search(check, root, found)
    assert problems(check) == expected


def test_a_design_without_trials_has_room_for_every_baseline() -> None:
    baselines = ", ".join(f"b{number}: {{}}" for number in range(DEFAULT_TRIALS + 1))
    for sampler, count in (("grid", 0), ("tpe", 1)):
        root = table(f"search: {{sampler: {sampler}}}\nbaselines: {{{baselines}}}")
        check = Checker([])
        found = read_search(check, root.get("search"))
        assert found is not None
        check_search(check, root, found)
        assert len(problems(check)) == count


@pytest.mark.parametrize(
    ("text", "key", "where"),
    [
        ("name: a\nsearch:\n  trials: 3", "trials", "space.yaml:3:3"),
        ("name: a\nsearch:\n  seed: 3", "trials", "space.yaml:2:1"),
        ("name: a\nsearch: tpe", "trials", "space.yaml:2:1"),
        ("name: a", "trials", "space.yaml:1:1"),
    ],
)
def test_a_problem_stands_at_the_key_or_at_what_stands_around_it(
    text: str, key: str, where: str
) -> None:
    assert str(search_mark(table(text), key)) == where


# How many trials a design has.


SPACE = "{dropout: {choices: [0.0, 0.2, 0.4]}, batch_size: {choices: [32, 64]}, steps: 10}"


@pytest.mark.parametrize(
    ("rest", "trials"),
    [
        ("search: {sampler: grid}", 6),
        ("search: {sampler: grid, repeats: 2}", 12),
        ("search: {sampler: grid, trials: 4}", 4),
        ("search: {sampler: one-at-a-time}\nbaselines: {b: {dropout: 0.2, batch_size: 32}}", 4),
        ("search: {sampler: one-at-a-time}\nbaselines: {b: {dropout: 0.1, batch_size: 32}}", 5),
        ("search: {sampler: grid}\nbaselines: {b: {dropout: 0.1, batch_size: 32}}", 7),
        ("search: {sampler: grid}\nbaselines: {b: {dropout: 0.2, batch_size: 32}}", 6),
        ("search: {sampler: random, trials: 5}", 5),
        ("search: {sampler: random}", DEFAULT_TRIALS),
    ],
)
def test_a_design_has_as_many_trials_as_it_has_configurations_times_repeats(
    rest: str, trials: int
) -> None:
    assert spec_of(SPACE, rest).search.trials == trials


def test_more_trials_than_the_design_has_are_a_problem_at_trials() -> None:
    with pytest.raises(SpaceFileError) as caught:
        space_file(f"name: t\nspace: {SPACE}\nsearch: {{sampler: grid, trials: 9}}").spec(
            (28, 28, 1)
        )
    (problem,) = caught.value.problems
    assert problem.message == "grid has only 6 trainings here, not 9"
    assert problem.hint == "leave trials out for all of them"
    assert problem.where == "space.yaml:3:25"


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        (None, "grid has more than 10000 trainings here",
         "set trials for a part of them, or values to fewer, or narrow the space"),
        (10_001, "10001 trials are more than 10000 configurations of grid", "set trials to fewer"),
    ],
)  # fmt: skip
def test_a_design_beyond_all_bounds_is_a_problem(
    asked: int | None, message: str, hint: str
) -> None:
    space = (
        "{dropout: {low: 0.0, high: 0.5}, learning_rate: {low: 1e-4, high: 1e-1}, "
        "batch_size: {low: 1, high: 99}, steps: {low: 1, high: 999}}"
    )
    spec = spec_of(space, "search: {sampler: {name: grid, values: 20}, trials: 3}")
    check = Checker([])
    mark = search_mark(table("search: {trials: 1}"), "trials")
    count_trials(check, spec, (28, 28, 1), asked, mark)
    assert problems(check) == [(message, hint, "1:10")]


# What needs more evaluations than there are.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("space: {steps: 100}\nsearch: {patience: 3}", []),
        ("space: {steps: 100}\nsearch: {patience: 4}",
         [("patience 4 has no effect: the longest trial has 5 evaluations, and it could end one after 5 at the earliest",
           "write search: {evaluations: ..} with more than 5, or a smaller patience", "3:10")]),
        ("space: {steps: 100}\nsearch: {patience: 1, evaluations: 1}",
         [("patience 1 has no effect: the longest trial has 1 evaluation, and it could end one after 2 at the earliest",
           "write search: {evaluations: ..} with more than 1, or a smaller patience", "3:10")]),
        ("space: {steps: 100}\nsearch: {patience: 4}\nbaselines: {b: {steps: 200}}", []),
        ("space: {epochs: 2}\nsearch: {patience: 9, evaluations: 10}",
         [("patience 9 has no effect: the longest trial has 10 evaluations, and it could end one after 10 at the earliest",
           "write search: {evaluations: ..} with more than 10, or a smaller patience", "3:10")]),
        ("space: {steps: 100}\nobjective: {minimize: loss, of: best}", []),
        ("space: {steps: 100}\nsearch: {evaluations: 1}\nobjective: {minimize: loss, of: best}",
         [("of: best has no effect: the longest trial has 1 evaluation",
           "write search: {evaluations: ..} with more than 1, or leave of out", "4:1")]),
    ],
)  # fmt: skip
def test_what_needs_more_evaluations_than_there_are_is_named(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    found: list[tuple[str, str, str]] = []
    try:
        space_file(f"name: t\n{text}")
    except SpaceFileError as caught:
        found = [(p.message, p.hint, p.where.partition(":")[2]) for p in caught.problems]
    assert found == expected


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", "many", "{low: 1, high: 3}"])
def test_patience_is_a_whole_number_of_at_least_one(value: str) -> None:
    with pytest.raises(SpaceFileError) as caught:
        section(f"{{patience: {value}}}")
    (problem,) = caught.value.problems
    assert problem.message.startswith("patience ")


def test_patience_is_kept_and_absent_by_default() -> None:
    assert search("{patience: 3}").patience == 3
    assert search("{}").patience is None


# What a sampler and a pruner need.

LIMITS = {
    "threshold": ("threshold has neither lower nor upper", "write pruner: {name: threshold, lower"),
    "{name: threshold, n_warmup_steps: 5}": ("threshold has neither lower nor upper", "lower: 0.5"),
    "{name: threshold, lower: 0.9, upper: 0.5}": ("lower 0.9 is above upper 0.5", "swap them"),
}


@pytest.mark.parametrize(("pruner", "what", "hint"), [(p, *rest) for p, rest in LIMITS.items()])
def test_a_threshold_needs_a_limit(pruner: str, what: str, hint: str) -> None:
    with pytest.raises(SpaceFileError) as caught:
        space_file(f"name: a\nspace: {{}}\nsearch: {{pruner: {pruner}}}\n")
    (problem,) = caught.value.problems
    assert (problem.message, problem.where) == (what, "space.yaml:3:10")
    assert hint in problem.hint


@pytest.mark.parametrize("limits", ["lower: 0.5", "upper: 2", "lower: 0, upper: 0"])
def test_one_limit_is_enough(limits: str) -> None:
    space_file(f"name: a\nspace: {{}}\nsearch: {{pruner: {{name: threshold, {limits}}}}}\n")


CMAES = "name: a\nspace: {}\nsearch: {trials: 9, sampler: cmaes}\n"


def test_a_sampler_whose_package_is_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space_file(CMAES)
    # As the import system has it for a package that is not there.
    monkeypatch.setitem(sys.modules, "cmaes", None)
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(SpaceFileError) as caught:
        space_file(CMAES)
    (problem,) = caught.value.problems
    assert "cmaes needs the package cmaes" in problem.message
    assert "pip install 'cnn-sweep[cmaes]'" in problem.hint
    assert problem.where == "space.yaml:3:21"


def test_an_earlier_sweep_is_read_without_the_package_of_its_sampler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "cmaes", raising=False)
    monkeypatch.setattr(sys, "meta_path", [])
    spec = space_file(CMAES, as_run=True).spec((28, 28, 1))
    assert isinstance(spec.search.sampler, CmaEs)
