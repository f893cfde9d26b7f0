"""What a person should know of a space before it is tried."""

import pytest

from sweep.space.notes import notes_on
from tests.conftest import spec_of

ONE = "search: {sampler: one-at-a-time}\n"
FOLLOWING = {
    "{optimizer: {choices: [adam, sgd]}}": (
        "",
        [
            "learning_rate is not written, so it follows the optimizer: 0.001 for adam and 0.01 "
            "for sgd"
        ],
    ),
    "{optimizer: {choices: [adam, rmsprop]}}": ("", []),
    "{optimizer: {choices: [sgd, momentum, rmsprop]}, learning_rate: 0.1}": (
        "",
        [
            "momentum is not written, so it follows the optimizer: 0.9 for momentum and 0 for "
            "rmsprop"
        ],
    ),
    "{optimizer: {choices: [adam, adamw]}}": (
        "",
        [
            "weight_decay is not written, so it follows the optimizer: 0 for adam and 0.004 for "
            "adamw"
        ],
    ),
    "{optimizer: {choices: [sgd, adam]}}": (
        f"{ONE}baselines: {{a: {{optimizer: sgd, learning_rate: 0.1}}}}\n",
        [],
    ),
    "{optimizer: sgd}": ("", []),
}


@pytest.mark.parametrize(
    ("space", "rest", "lines"), [(space, *rest) for space, rest in FOLLOWING.items()]
)
def test_a_default_that_follows_a_varied_optimizer_is_said(
    space: str, rest: str, lines: list[str]
) -> None:
    assert [
        line for line in notes_on(spec_of(space, rest)) if "follows the optimizer" in line
    ] == lines


def test_where_patience_can_act_is_said_and_by_what_a_trial_that_it_ends_is_judged() -> None:
    space = "{steps: {low: 100, high: 500, step: 100}}"
    plain = notes_on(spec_of(space, "search: {patience: 2}"))
    assert plain == [
        "patience 2 ends a trial at step 300 at the earliest; shorter trials train to their end",
        "a trial that patience ends is judged by its last evaluation, which was no better than an "
        "earlier one; to judge it by its best, write objective: {maximize: val_accuracy, of: best}",
    ]
    best = "search: {patience: 2}\nobjective: {maximize: val_accuracy, of: best}"
    assert notes_on(spec_of(space, best)) == plain[:1]
    assert notes_on(spec_of(space)) == []


LISTS = {
    "one convolution a block": (
        "{filters: [8, 16], kernel_size: [3, 5], dropout: {low: 0, high: 0.5}}",
        ["filters: 2 convolutional layers of 8 and 16 filters", "kernel_size: 3 in layer 1, 5 in layer 2"],
    ),
    "written as one": (
        "{filters: [8, 8], convolutions: 1, dropout: {low: 0, high: 0.5}}",
        ["filters: 2 convolutional layers of 8 filters each"],
    ),
    "two convolutions a block": (
        "{filters: [8, 16], convolutions: 2, padding: [same, valid], dropout: {low: 0, high: 0.5}}",
        ["filters: 2 blocks of 8 and 16 filters", "padding: same in block 1, valid in block 2"],
    ),
    "two in one of the blocks": (
        "{filters: [8], convolutions: [2], dropout: {low: 0, high: 0.5}}",
        ["filters: 1 block of 8 filters", "convolutions: 2 in block 1"],
    ),
    "one or two": (
        "{filters: [8, 8], convolutions: {choices: [1, 2]}, dropout: {low: 0, high: 0.5}}",
        ["filters: 2 blocks of 8 filters each"],
    ),
    "dense layers have no blocks": (
        "{convolutions: 2, dense: [8, 8], dropout: [0.1, 0.2], l2: {low: 0.0, high: 0.5}}",
        ["dense: 2 hidden dense layers of 8 units each", "dropout: 0.1 in layer 1, 0.2 in layer 2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_said_in_layers_or_in_blocks_of_several_convolutions(name: str) -> None:
    space, lines = LISTS[name]
    read = [line.partition("; to try")[0] for line in notes_on(spec_of(space))]
    assert [line for line in read if " layer" in line or " block" in line] == lines


MIXED = (
    "{dropout: {low: 0.0, high: 0.5}, batch_size: {choices: [32, 64]}, optimizer: {choices: "
    "[adam, momentum]}, learning_rate: 0.01, momentum: {low: 0.5, high: 0.9, when: {optimizer: "
    "momentum}}}"
)
UNLEARNT = {
    "tpe": [],
    "random": [],
    "qmc": [],
    "nsga2": ["nsga2 draws at random, and does not learn: momentum (does not always exist)"],
    "cmaes": [
        "cmaes draws at random, and does not learn: batch_size (is a choice), optimizer (is a "
        "choice), momentum (does not always exist)"
    ],
}


@pytest.mark.parametrize(("sampler", "lines"), UNLEARNT.items())
def test_what_a_sampler_cannot_learn_is_said(sampler: str, lines: list[str]) -> None:
    notes = notes_on(spec_of(MIXED, f"search: {{sampler: {sampler}}}"))
    assert [line for line in notes if "does not learn" in line] == lines


def test_tpe_learns_later_where_there_are_baselines() -> None:
    baselines = "baselines: {a: {dropout: 0.1}, b: {dropout: 0.2}}"

    def lines(search: str) -> list[str]:
        spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", f"search: {search}\n{baselines}")
        return [line for line in notes_on(spec) if "learns nothing" in line]

    tpe = "tpe learns nothing here: it would begin after {0} trials, and the sweep has {0}"
    assert lines("{sampler: tpe, trials: 12}") == [tpe.format(12)]
    assert lines("{sampler: tpe, trials: 13}") == []
    assert lines("{sampler: tpe, trials: 16, repeats: 3}") == [tpe.format(16)]
    assert lines("{sampler: nsga2, trials: 21}") == []


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        ("{sampler: nsga2, trials: 21}", []),
        (
            "{sampler: nsga2, trials: 20}",
            [
                "nsga2 learns nothing here: it would begin after 20 trials, and the sweep has 20",
            ],
        ),
        ("{sampler: random, trials: 2}", []),
    ],
)
def test_a_sweep_too_short_for_its_sampler_is_said(search: str, lines: list[str]) -> None:
    notes = notes_on(spec_of("{dropout: {low: 0.0, high: 0.5}}", f"search: {search}"))
    assert [line for line in notes if "learns nothing" in line] == lines


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        ("{trials: 4, repeats: 2}", []),
        ("{trials: 3}", []),
        (
            "{trials: 8, repeats: 3}",
            [
                "trials 8 is no multiple of repeats 3: the last configuration gets 2 of its 3 "
                "trainings, and ranks after all others; write trials: 6 or 9"
            ],
        ),
    ],
)
def test_a_last_configuration_with_fewer_trainings_is_said(search: str, lines: list[str]) -> None:
    notes = notes_on(spec_of("{dropout: {low: 0.0, high: 0.5}}", f"search: {search}"))
    assert [line for line in notes if "multiple" in line] == lines


def of_pruner(search: str, rest: str = "", space: str = "{steps: 100}") -> list[str]:
    """The notes on a sweep with such a pruner that name it."""
    notes = notes_on(spec_of(space, f"search: {{{search}}}\n{rest}"))
    return [line for line in notes if line.startswith(("median", "percentile", "threshold"))]


@pytest.mark.parametrize("name", ["median", "percentile"])
def test_a_pruner_that_begins_after_the_last_trial_is_said(name: str) -> None:
    assert of_pruner(f"trials: 6, pruner: {name}") == []
    assert of_pruner(f"trials: 5, pruner: {name}") == [
        f"{name} prunes nothing here: it would begin after 5 complete trials, and the sweep has 5"
    ]
    assert of_pruner(f"trials: 5, pruner: {{name: {name}, n_startup_trials: 4}}") == []


@pytest.mark.parametrize("name", ["median", "percentile", "threshold"])
def test_a_pruner_that_begins_after_the_last_evaluation_is_said(name: str) -> None:
    def lines(warmup: int, space: str = "{steps: 100}") -> list[str]:
        lower = ", lower: 0.1" if name == "threshold" else ""
        pruner = f"{{name: {name}{lower}, n_warmup_steps: {warmup}}}"
        return of_pruner(f"evaluations: 5, pruner: {pruner}", space=space)

    assert lines(80) == []
    assert lines(81) == [
        f"{name} prunes nothing here: n_warmup_steps is 81, and the last evaluation before a "
        "trial's end comes after 80 steps"
    ]
    assert lines(1000, "{steps: {low: 100, high: 2000}}") == []


def test_a_share_in_place_of_per_cent_is_said() -> None:
    assert of_pruner("pruner: {name: percentile, percentile: 1.0}") == []
    assert of_pruner("pruner: {name: percentile, percentile: 0.25}") == [
        "percentile 0.25 is per cent: only trials as good as the best 0.25 % go on; for that share "
        "write percentile: 25"
    ]


def test_a_threshold_that_ends_the_best_trials_is_said() -> None:
    loss = "objective: {minimize: val_loss}"
    assert of_pruner("pruner: {name: threshold, lower: 0.9}") == []
    assert of_pruner("pruner: {name: threshold, upper: 2.5}", loss) == []
    assert of_pruner("pruner: {name: threshold, upper: 0.9}") == [
        "threshold ends every trial whose val_accuracy is above upper 0.9, and these are the best: "
        "the objective is to maximize it; to end bad trials, write lower"
    ]
    (line,) = of_pruner("pruner: {name: threshold, lower: 0.1}", loss)
    assert "val_loss is below lower 0.1, and these are the best" in line
    assert line.endswith("write upper")
