"""The door: sound files become specs, and every kind of mistake is named at its place."""

from functools import partial
from pathlib import Path

import pytest

from sweep.errors import InputError, SpaceFileError
from sweep.space.domains import Choices, Constant, FloatRange, IntRange
from sweep.space.hyperparams import KNOBS, Hyperparams, Knob, Value
from sweep.space.space import Parameter
from sweep.spacefile.read import load, parse
from tests.conftest import space_file, spec_of

SHIPPED = sorted((Path(__file__).parent.parent.parent / "search_spaces").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_shipped_files_are_sound_and_name_the_schema(path: Path) -> None:
    assert load(path).name == path.stem
    assert path.read_text().startswith("# yaml-language-server: $schema=")


def test_what_is_left_out_has_its_default() -> None:
    spec = spec_of("{kernel_size: {choices: [3, 5]}}")
    assert (spec.data.name, spec.data.validation, spec.data.stratify) == ("mnist", None, True)
    assert (spec.search.trials, spec.search.sampler.name, spec.search.pruner.name) == (
        30,
        "tpe",
        "asha",
    )
    assert (spec.objective.metric, spec.objective.maximize) == ("val_accuracy", True)
    assert spec.space.point({"kernel_size": 3}) == Hyperparams(kernel_size=3)


DOMAINS = {
    "{batch_size: {low: 8, high: 32, step: 8}}": IntRange(8, 32, 8),
    "{batch_size: {low: 1, high: 512, log: true}}": IntRange(1, 512, 1, log=True),
    "{dropout: {low: 0.0, high: 0.6, step: 0.1}}": FloatRange(0.0, 0.6, 0.1),
    "{weight_decay: {low: 0, high: 0.1}}": FloatRange(0.0, 0.1),
    "{learning_rate: {low: 1e-4, high: 1e-1, log: true}}": FloatRange(1e-4, 1e-1, log=True),
    "{filters: {choices: [[32], [32, 64], []]}}": Choices(((32,), (32, 64), ())),
    "{filters: []}": Constant(()),
    "{batch_norm: {choices: [true, false]}}": Choices((True, False)),
    "{dropout: 0}": Constant(0.0),
    "{weight_decay: {value: 0.5}}": Constant(0.5),
}


@pytest.mark.parametrize(("space", "domain"), DOMAINS.items())
def test_entries_become_domains(space: str, domain: object) -> None:
    assert spec_of(space).space.parameters[0].domain == domain


def test_lists_give_each_layer_its_own_parameter() -> None:
    spec = spec_of("{filters: [8, {low: 8, high: 16}], kernel_size: {choices: [[3, 3], [5, 3]]}}")
    assert [(p.name, p.layer) for p in spec.space.parameters] == [
        ("filters.1", 1),
        ("filters.2", 2),
        ("kernel_size", None),
    ]


# Mistakes, one kind each: the file, and for each problem where it is, what it says and what the
# hint says.
MISTAKES = {
    "an unknown evaluation": (
        "name: a\nspace: {}\nobjective: {maximize: val_accuracy, of: first}\n",
        [("3:41", "of cannot be first", "it takes last, best")],
    ),
    "an evaluation by another word": (
        "name: a\nspace: {}\nobjective: {minimize: val_loss, of: min}\n",
        [("3:37", "of cannot be min", "write of: best")],
    ),
    "several evaluations": (
        "name: a\nspace: {}\nobjective: {minimize: val_loss, of: [last, best]}\n",
        [("3:37", "of cannot be a list", "it takes last, best")],
    ),
    "an evaluation without a metric": (
        "name: a\nspace: {}\nobjective: {of: best}\n",
        [("3:12", "one of maximize and minimize", "write {maximize: val_accuracy}")],
    ),
    "filters by the word of other tools": (
        "name: a\nspace: {filters: {values: [32, 64]}}\n",
        [("2:18", "takes a list", "write filters: [{choices: [32, 64]}]")],
    ),
    "an endless batch beside epochs": (
        "name: a\nspace: {epochs: 3, batch_size: .inf}\n",
        [("2:32", "batch_size", "")],
    ),
    "unknown key at the top": (
        "name: a\nspaces: {}\nspace: {}\n",
        [("2:1", "no key spaces", "space?")],
    ),
    "unknown key in search": (
        "name: a\nspace: {}\nsearch: {trails: 3}\n",
        [("3:10", "no key trails", "trials?")],
    ),
    "unknown hyperparameter": (
        "name: a\nspace: {kernal_size: 3}\n",
        [("2:9", "no key kernal_size", "kernel_size?")],
    ),
    "words of other tools": (
        "name: a\nspace:\n  n_epochs: 3\n  units: 5\n  batch_size: {min: 1, max: 3}\nmetric: "
        "x\nmethod: bayes\n"
        "parameters: {}\n",
        [
            ("3:3", "no key n_epochs", "called epochs here"),
            ("4:3", "no key units", "called dense here"),
            ("5:16", "no key min", "called low here"),
            ("5:24", "no key max", "called high here"),
            ("6:1", "no key metric", "objective: {maximize: val_accuracy}"),
            ("7:1", "no key method", "called sampler here: write search: {sampler: ..}"),
            ("8:1", "no key parameters", "called space here"),
        ],
    ),
    "repeated key": (
        "name: a\nspace: {dropout: 0.1, dropout: 0.2}\n",
        [("2:23", "dropout is repeated", "")],
    ),
    "wrong types": (
        "name: a\nspace:\n  batch_size: '32'\n  steps: 1e2\n  batch_norm: yes\n  dropout: big\n",
        [
            ("3:15", "batch_size takes a whole number", "remove the quotes"),
            ("4:10", "steps takes a whole number, not 100.0", ""),
            ("5:15", "batch_norm is true or false", ""),
            ("6:12", "dropout takes a number", ""),
        ],
    ),
    "out of bounds": (
        "name: a\nspace: {dropout: {low: 0.1, high: 1.0}, batch_size: 0, learning_rate: 0}\n",
        [
            ("2:35", "must be below 1", ""),
            ("2:53", "must be at least 1", ""),
            ("2:71", "must be above 0", ""),
        ],
    ),
    "infinite and not a number": (
        "name: a\nspace: {learning_rate: {low: 1e-4, high: .inf}, dropout: .nan}\n",
        [("2:42", "finite", ""), ("2:58", "finite", "")],
    ),
    "low above high": (
        "name: a\nspace: {dropout: {low: 0.6, high: 0.1}}\n",
        [("2:18", "must be below high", "swap")],
    ),
    "step that does not divide": (
        "name: a\nspace: {batch_size: {low: 8, high: 64, step: 10}}\n",
        [("2:46", "step 10 of batch_size does not divide 8 to 64", "58 or 68")],
    ),
    "fractional step that does not divide": (
        "name: a\nspace: {dropout: {low: 0.1, high: 0.6, step: 0.2}}\n",
        [("2:46", "does not divide", "0.5 or 0.7")],
    ),
    "log range from zero": (
        "name: a\nspace: {weight_decay: {low: 0.0, high: 0.1, log: true}}\n",
        [("2:29", "must begin above 0", "")],
    ),
    "log with step": (
        "name: a\nspace: {batch_size: {low: 1, high: 9, log: true, step: 2}}\n",
        [("2:56", "both log and step", "")],
    ),
    "choice that a field cannot take": (
        "name: a\nspace: {optimizer: {choices: [sgd, adma]}}\n",
        [("2:36", "optimizer cannot be adma", "adam?")],
    ),
    "same choice twice": (
        "name: a\nspace: {pool: {choices: [max, max]}}\n",
        [("2:31", "choice max twice", "")],
    ),
    "no choices": ("name: a\nspace: {pool: {choices: []}}\n", [("2:25", "at least one", "")]),
    "range of names": (
        "name: a\nspace: {pool: {low: 1, high: 2}}\n",
        [("2:15", "no number", "max, average, none")],
    ),
    "half a range": ("name: a\nspace: {dropout: {low: 0.1}}\n", [("2:18", "has no high", "")]),
    "range and choices": (
        "name: a\nspace: {dropout: {low: 0.1, high: 0.2, choices: [0.3]}}\n",
        [("2:18", "mixes several kinds", "")],
    ),
    "a list where one value belongs": (
        "name: a\nspace: {batch_size: [32, 64]}\n",
        [("2:21", "takes one value", "{choices: [32, 64]}")],
    ),
    "one value where a list belongs": (
        "name: a\nspace: {dense: 128}\n",
        [("2:16", "takes a list", "write dense: [128]")],
    ),
    "height and width": (
        "name: a\nspace: {filters: [8], kernel_size: [5, 5]}\n",
        [("2:23", "kernel_size lists 2 layers, filters 1", "not height and width")],
    ),
    "a condition that can never hold": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, adam]}\n"
        "  momentum: {low: 0.1, high: 0.9, when: {optimizer: rmsprop}}\n",
        [("4:41", "can never hold: optimizer is never rmsprop", "")],
    ),
    "conditions that exclude each other": (
        "name: a\nspace:\n  optimizer: {choices: [momentum, adamw]}\n"
        "  momentum: {low: 0.1, high: 0.9, when: {optimizer: momentum}}\n"
        "  dropout: {low: 0.1, high: 0.9, when: {optimizer: adamw, momentum: 0.5}}\n",
        [("5:40", "when of dropout can never hold", "")],
    ),
    "a condition on itself through another": (
        "name: a\nspace:\n  pool: {choices: [max, none], when: {padding: same}}\n"
        "  padding: {choices: [same, valid], when: {pool: max}}\n",
        [("3:38", "depends on itself", ""), ("4:43", "depends on itself", "")],
    ),
    "a circle of conditions, and a baseline": (
        "name: a\nspace:\n  pool: {choices: [max, none], when: {padding: same}}\n"
        "  padding: {choices: [same, valid], when: {pool: max}}\nbaselines: {b: {pool: mix}}\n",
        [
            ("3:38", "depends on itself", ""),
            ("4:43", "depends on itself", ""),
            ("5:23", "pool cannot be mix", "max"),
        ],
    ),
    "options named like a sampler": (
        "name: a\nspace: {}\nsearch: {sampler: {name: tpe, tpe: 1}, pruner: {name: asha, asha: {x: "
        "1}}}\n",
        [("3:31", "sampler has no key tpe", ""), ("3:61", "pruner has no key asha", "")],
    ),
    "paths that are none": (
        'name: a\nspace: {}\ndata: {path: "a\\0b"}\n',
        [("3:8", "cannot be a path", "")],
    ),
    "the folder of nobody": (
        "name: a\nspace: {}\ndata: {path: ~nosuchuser/x}\n",
        [("3:8", "cannot be a path", "")],
    ),
    "a condition on what the space does not give": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, adam]}\n  momentum: {value: 0.9, when: "
        "{optimiser: sgd}}\n",
        [("4:33", "names optimiser", "optimizer?")],
    ),
    "a condition on what the space does not give, whose meaning has a mistake of its own": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, adma]}\n  momentum: {value: 0.9, when: "
        "{optimiser: sgd}}\n",
        [("3:30", "adma", "adam"), ("4:33", "names optimiser", "optimizer?")],
    ),
    "a condition on nothing at all": (
        "name: a\nspace:\n  momentum: {value: 0.9, when: {pool: max}}\n",
        [("3:33", "names pool", "give the hyperparameter")],
    ),
    "a condition with a value that the field cannot take": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, adam]}\n  momentum: {value: 0.9, when: "
        "{optimizer: sdg}}\n",
        [("4:44", "optimizer cannot be sdg", "sgd?")],
    ),
    "a space that cannot be built": (
        "name: a\nspace:\n  filters: [8, 8]\n  padding: valid\n  kernel_size: {low: 20, high: "
        "25}\n",
        [("5:3", "no network of this space can be built: conv_2", "")],
    ),
    "a space of too many pools": (
        "name: a\nspace:\n  filters: [8, 8, 8, 8, 8]\n  dropout: {low: 0.1, high: 0.5}\n",
        [("3:3", "no network of this space can be built: pool_5", "")],
    ),
    "a baseline that is incomplete": (
        "name: a\nspace: {dropout: {low: 0.1, high: 0.5}, pool: max}\nbaselines:\n  b: {pool: "
        "none}\n",
        [("4:3", "does not give dropout", "")],
    ),
    "a baseline with what does not exist there": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, momentum]}\n"
        "  momentum: {low: 0.1, high: 0.9, when: {optimizer: momentum}}\n"
        "baselines:\n  b: {optimizer: sgd, momentum: 0.5}\n",
        [("6:3", "gives momentum, which exists only when", "leave momentum out")],
    ),
    "a baseline with what has no effect there": (
        "name: a\nspace: {dropout: {low: 0.1, high: 0.5}}\nbaselines:\n  b: {dropout: 0.2, "
        "momentum: 0.9}\n"
        "  c:\n    dropout: 0.3\n    filters: []\n    kernel_size: 3\n",
        [
            (
                "4:21",
                "momentum of the baseline b has no effect: adam has no momentum",
                "or remove momentum",
            ),
            (
                "8:5",
                "kernel_size of the baseline c has no effect: there is no convolution",
                "or remove kernel_size",
            ),
        ],
    ),
    "a momentum that is swept under an optimizer without one": (
        "name: a\nspace:\n  optimizer: sgd\n  momentum: {low: 0.5, high: 0.9}\n",
        [
            (
                "4:3",
                "momentum has no effect: sgd has no momentum",
                "write optimizer: momentum, or remove momentum",
            )
        ],
    ),
    "a momentum under several optimizers without one": (
        "name: a\nspace:\n  momentum: 0.9\n  optimizer: {choices: [sgd, adam]}\n",
        [
            (
                "3:3",
                "momentum has no effect: sgd has no momentum and adam has no momentum",
                "optimizer: momentum",
            )
        ],
    ),
    "a momentum where the optimizer has its default": (
        "name: a\nspace: {momentum: 0.9}\n",
        [("2:9", "momentum has no effect: adam has no momentum", "optimizer: momentum")],
    ),
    "a momentum that exists under optimizers without one alone": (
        "name: a\nspace:\n  optimizer: {choices: [sgd, momentum]}\n"
        "  momentum: {low: 0.5, high: 0.9, when: {optimizer: sgd}}\n",
        [("4:3", "momentum has no effect: sgd has no momentum", "")],
    ),
    "knobs of convolutions without a convolution": (
        "name: a\nspace:\n  filters: []\n  kernel_size: {choices: [3, 5]}\n  strides: 2\n  "
        "padding: valid\n"
        "  batch_norm: true\n  pool: max\n  pool_size: 3\n",
        [
            ("4:3", "kernel_size has no effect: there is no convolution", "or remove kernel_size"),
            ("5:3", "strides has no effect", "or remove strides"),
            ("6:3", "padding has no effect", "or remove padding"),
            ("7:3", "batch_norm has no effect", "or remove batch_norm"),
            ("8:3", "pool has no effect", "or remove pool"),
            ("9:3", "pool_size has no effect", "or remove pool_size"),
        ],
    ),
    "a size of windows without pooling": (
        "name: a\nspace:\n  pool: none\n  pool_size: {low: 2, high: 4}\n",
        [("4:3", "pool_size has no effect: pool is none", "write pool: max, or remove pool_size")],
    ),
    "a padding of single pixels": (
        "name: a\nspace:\n  filters: [8, 8]\n  kernel_size: [1, 1]\n  padding: {choices: [same, "
        "valid]}\n",
        [
            (
                "5:3",
                "padding has no effect: a kernel of one pixel",
                "a larger kernel_size, or remove padding",
            )
        ],
    ),
    "a kind of pooling of single pixels": (
        "name: a\nspace:\n  pool_size: 1\n  pool: average\n",
        [
            (
                "4:3",
                "pool has no effect: a window of one pixel",
                "a larger pool_size, or remove pool",
            )
        ],
    ),
    "an activation without a layer": (
        "name: a\nspace:\n  filters: []\n  dense: []\n  activation: {choices: [relu, tanh]}\n",
        [("5:3", "activation has no effect: there is neither", "or remove activation")],
    ),
    "a schedule of one step": (
        "name: a\nspace: {steps: 1, schedule: cosine}\n",
        [("2:19", "schedule has no effect", "write more steps, or remove schedule")],
    ),
    "a baseline that cannot be built": (
        "name: a\nspace: {kernel_size: {choices: [3, 5]}, padding: valid}\nbaselines:\n  b: "
        "{kernel_size: 30}\n",
        [("4:3", "the baseline b cannot be built", "")],
    ),
    "more baselines than trials": (
        "name: a\nspace: {pool: max}\nsearch: {trials: 1}\nbaselines: {b: {}, c: {l2: 0.1}}\n",
        [("4:1", "2 baselines do not fit in 1 trials", "2 or more")],
    ),
    "unknown sampler and option": (
        "name: a\nspace: {}\nsearch: {sampler: bayes, pruner: {name: asha, factor: 3}}\n",
        [
            ("3:19", "sampler cannot be bayes", "tpe"),
            ("3:47", "pruner has no key factor", "reduction_factor"),
        ],
    ),
    "unknown data": (
        "name: a\nspace: {}\ndata: mnits\n",
        [("3:7", "data cannot be mnits", "mnist?")],
    ),
    "data without a source": (
        "name: a\nspace: {}\ndata: {seed: 3}\n",
        [("3:7", "a name or a path", "")],
    ),
    "one and a half images": (
        "name: a\nspace: {}\ndata: {name: mnist, validation: 1.5}\n",
        [("3:33", "a share below 1 or a whole number", "")],
    ),
    "more validation images than there are": (
        "name: a\nspace: {}\ndata: {name: mnist, validation: 60000}\n",
        [("3:21", "60000 images cannot be split", "")],
    ),
    "shares of more than all": (
        "name: a\nspace: {}\ndata: {name: mnist, merge: true, validation: 0.6, test: 0.5}\n",
        [("3:34", "70000 images cannot be split", "")],
    ),
    "test images of data that have some": (
        "name: a\nspace: {}\ndata: {name: mnist, test: 0.1}\n",
        [("3:21", "brings its own test images", "merge: true")],
    ),
    "test metric": (
        "name: a\nspace: {}\nobjective: {maximize: test_accuracy}\n",
        [("3:23", "cannot be judged by test_accuracy", "val_accuracy")],
    ),
    "unknown metric": (
        "name: a\nspace: {}\nobjective: {maximize: val_acc}\n",
        [("3:23", "maximize cannot be val_acc", "write {maximize: val_accuracy}")],
    ),
    "a loss to maximize": (
        "name: a\nspace: {}\nobjective: {maximize: val_loss}\n",
        [("3:13", "look for the worst network", "{minimize: val_loss}")],
    ),
    "an accuracy to minimize": (
        "name: a\nspace: {}\nobjective: {minimize: val_accuracy}\n",
        [("3:13", "look for the worst network", "{maximize: val_accuracy}")],
    ),
    "two directions": (
        "name: a\nspace: {}\nobjective: {maximize: accuracy, minimize: loss}\n",
        [("3:12", "one of maximize and minimize", "")],
    ),
    "one at a time without a baseline": (
        "name: a\nspace: {}\nsearch: {sampler: one-at-a-time}\n",
        [("3:10", "varies a baseline, and the file has none", "add baselines")],
    ),
    "one at a time with pruning": (
        "name: a\nspace: {}\nsearch: {sampler: one-at-a-time, pruner: asha}\nbaselines: {b: {}}\n",
        [("3:34", "none may be pruned", "leave pruner out")],
    ),
    "more trials than a grid has": (
        "name: a\nspace: {dropout: {choices: [0.1, 0.2]}}\nsearch: {trials: 5, sampler: grid, "
        "repeats: 2}\n",
        [("3:10", "grid has only 4 trainings here, not 5", "leave trials out")],
    ),
    "fewer trials than repeats": (
        "name: a\nspace: {}\nsearch: {trials: 3, repeats: 5}\n",
        [("3:10", "3 trials are fewer than the 5 trainings of one configuration", "5 or more")],
    ),
    "more baselines than trials of a grid": (
        "name: a\nspace: {dropout: {choices: [0.1, 0.2]}}\nsearch: {sampler: grid, trials: 1}\n"
        "baselines: {a: {dropout: 0.1}, b: {dropout: 0.2}}\n",
        [("4:1", "2 baselines do not fit in 1 trials", "2 or more")],
    ),
    "repeats that do not fit": (
        "name: a\nspace: {}\nsearch: {trials: 3, repeats: 2}\nbaselines: {b: {}, c: {steps: 3}}\n",
        [("4:1", "2 baselines do not fit in 3 trials, each trained 2 times", "4 or more")],
    ),
    "a key that says nothing": (
        "name: a\nspace: {}\nsearch:\n  trials:\n  pruner: null\n",
        [("4:10", "trials says nothing", "leave it out"), ("5:11", "pruner says nothing", "")],
    ),
    "a number with underscores": (
        "name: a\nspace: {steps: 16_000}\n",
        [("2:16", "steps takes a whole number, not the text '16_000'", "write 16000")],
    ),
    "what this version refuses": (
        "name: a\nspace: {}\nconstraints: []\nsearch: {timeout: 3, constraints: []}\nobjective: {maximize: "
        "[accuracy]}\n",
        [
            ("3:14", "constraints lists nothing", "[parameters <= 2_000_000], or leave it out"),
            ("4:10", "no key timeout", "this version has no time limit"),
            ("4:22", "no key constraints", "[parameters <= 2_000_000] at the top of the file"),
            ("5:23", "this version has one objective, not several", "name one metric"),
        ],
    ),
    "name that is no folder": ("name: a/b\nspace: {}\n", [("1:7", "name cannot be", "letters")]),
    "name of digits": ("name: 12\nspace: {}\n", [("1:7", "name cannot be 12", "quote")]),
    "no name and no space": ("data: mnist\n", [("1:1", "no name", ""), ("1:1", "no space", "")]),
    "a list at the top": ("- a\n", [("1:1", "a mapping", "")]),
    "sections that are no mappings": (
        "name: a\nspace: 3\nsearch: []\nbaselines: x\n",
        [
            ("2:8", "space must be a mapping", ""),
            ("3:9", "search must", ""),
            ("4:12", "baselines must", ""),
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_is_named_at_its_place(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(InputError) as raised:
        space_file(text)
    found = raised.value.problems
    assert [p.where for p in found] == [f"space.yaml:{place}" for place, _, _ in expected]
    for problem, (_, message, hint) in zip(found, expected, strict=True):
        assert message in problem.message
        assert hint in problem.hint


def test_what_ran_before_a_check_was_there_is_read_as_it_ran() -> None:
    text = "name: a\nspace: {}\nobjective: {maximize: val_loss}\n"
    assert parse(text, Path("space.yaml"), as_run=True).spec((28, 28, 1)).objective.maximize


def test_what_has_no_effect_in_a_sweep_that_ran_is_read() -> None:
    text = (
        "name: a\nspace: {optimizer: sgd, momentum: {choices: [0.5, 0.9]}}\nsearch: {sampler: "
        "grid, trials: 2}\n"
        "baselines: {b: {momentum: 0.9, filters: [], pool: max}}\n"
    )
    spec = space_file(text, as_run=True).spec((28, 28, 1))
    assert (spec.search.trials, spec.baselines[0].point.momentum) == (2, 0.9)


THOUSAND = ", ".join(f"[{filters}]" for filters in range(1, 1000))
# Spaces in which every knob has an effect somewhere.
EFFECTIVE = {
    "in a part of the space": "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9}}",
    "in a constant in a part of the space": "{optimizer: {choices: [sgd, rmsprop]}, momentum: 0.9}",
    "by a condition": (
        "{optimizer: sgd, momentum: {choices: [0.5, 0.9]}, dropout: {value: 0.5, when: {momentum: "
        "0.5}}}"
    ),
    "where a decider does not exist": (
        "{padding: {choices: [same, valid]}, pool: {value: none, when: {padding: valid}}, "
        "pool_size: {low: 2, high: 3}}"
    ),
    "under some of a thousand choices": f"{{filters: {{choices: [[], {THOUSAND}]}}, kernel_size: {{low: 2, high: 9}}}}",
    "in the last value of a range": "{pool_size: {low: 1, high: 2}, pool: {choices: [max, average]}}",
    "in one layer": "{filters: [8, 8], kernel_size: [1, {low: 1, high: 2}], padding: {choices: [same, valid]}}",
}


@pytest.mark.parametrize("space", EFFECTIVE.values(), ids=EFFECTIVE)
def test_a_knob_with_an_effect_somewhere_is_accepted(space: str) -> None:
    assert spec_of(space).space.parameters


def test_a_knob_with_an_effect_in_a_baseline_alone_is_accepted() -> None:
    spec = spec_of(
        "{optimizer: sgd, momentum: {low: 0.5, high: 0.9}}",
        "baselines: {b: {optimizer: momentum, momentum: 0.9}}",
    )
    assert spec.baselines[0].point.momentum == 0.9


@pytest.mark.parametrize("given", ["", ", momentum: 0.7", ", momentum: 0.1"])
def test_a_baseline_need_not_give_what_has_no_effect_there(given: str) -> None:
    spec = spec_of(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.8}}",
        f"baselines: {{b: {{optimizer: sgd{given}}}}}",
    )
    assert spec.space.values(spec.baselines[0].point) is not None
    with pytest.raises(SpaceFileError, match="does not give momentum"):
        spec_of(
            "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.8}}",
            "baselines: {b: {optimizer: momentum}}",
        )


def test_problems_of_all_sections_are_told_at_once_in_the_order_of_the_file() -> None:
    text = "".join(
        [
            "name: a\n",
            "data: nmist\n",
            "space:\n  dropout: 3\n  kernel_size: five\n",
            "search: {trials: none}\n",
            "objective: {maximize: fun}\n",
            "baselines: {b: {steps: 0}}\n",
        ]
    )
    with pytest.raises(SpaceFileError) as raised:
        space_file(text)
    lines = [int(p.where.split(":")[1]) for p in raised.value.problems]
    assert lines == [2, 4, 5, 6, 7, 8]


def test_a_baseline_takes_constants_from_the_space() -> None:
    spec = spec_of(
        "{filters: [4, 8], padding: valid, dropout: {low: 0.1, high: 0.5}}",
        "baselines: {b: {dropout: 0.2}}",
    )
    point = spec.baselines[0].point
    assert (point.filters, point.padding, point.dropout) == ((4, 8), "valid", 0.2)
    assert spec.space.values(point) == {
        "filters.1": 4,
        "filters.2": 8,
        "padding": "valid",
        "dropout": 0.2,
    }


OUTSIDE = {
    "value out of range": "{dropout: 0.9}",
    "another constant": "{dropout: 0.2, padding: same}",
    "a knob that the space leaves at its default": "{dropout: 0.2, activation: elu}",
    "more layers": "{dropout: 0.2, filters: [4, 8, 8]}",
}


@pytest.mark.parametrize("baseline", OUTSIDE.values(), ids=OUTSIDE)
def test_a_baseline_may_lie_outside_the_space(baseline: str) -> None:
    spec = spec_of(
        "{filters: [4, 8], kernel_size: 3, padding: valid, dropout: {low: 0.1, high: 0.5}}",
        f"baselines: {{b: {baseline}}}",
    )
    assert spec.space.values(spec.baselines[0].point) is None


def test_shapes_of_other_data_are_checked_once_they_are_known() -> None:
    file = space_file(
        "name: a\ndata: {path: x.npz}\nspace:\n  kernel_size: {low: 9, high: 11}\n  padding: "
        "valid\n"
    )
    file.spec((32, 32, 3))
    with pytest.raises(SpaceFileError, match="conv_1: a kernel of 9x9"):
        file.spec((8, 8, 1))


def test_a_path_is_relative_to_the_space_file(tmp_path: Path) -> None:
    spec = parse(
        "name: a\ndata: {path: sub/x.npz}\nspace: {}\n", tmp_path / "dir" / "space.yaml"
    ).spec((28, 28, 1))
    assert spec.data.path == tmp_path / "dir" / "sub" / "x.npz"


WITH_DEFAULTS = [knob for knob in KNOBS.values() if knob.default is not None]


@pytest.mark.parametrize("knob", WITH_DEFAULTS, ids=lambda k: k.name)
def test_every_knob_can_be_written_as_its_default(knob: Knob) -> None:
    default = getattr(Hyperparams(), knob.name)
    value = list(default) if isinstance(default, tuple) else default
    text = str(value).replace("'", "").replace("True", "true").replace("False", "false")
    # Without effect under the default optimizer, momentum would be refused.
    space = (
        space_file(f"name: a\nspace: {{{knob.name}: {text}}}\n", as_run=True)
        .spec((28, 28, 1))
        .space
    )
    assert space.point(space.draw(lambda _: 0)) == Hyperparams()


def test_a_default_follows_the_optimizer_of_the_space_and_of_the_baseline() -> None:
    spec = spec_of(
        "{optimizer: sgd}",
        "baselines: {a: {}, b: {optimizer: momentum}, c: {learning_rate: 0.1}}\n",
    )
    points = [spec.space.point(spec.space.draw(lambda _: 0)), *(b.point for b in spec.baselines)]
    assert [(p.optimizer, p.learning_rate, p.momentum) for p in points] == [
        ("sgd", 0.01, 0.0),
        ("sgd", 0.01, 0.0),
        ("momentum", 0.01, 0.9),
        ("sgd", 0.1, 0.0),
    ]


def _always(value: Value, _: Parameter) -> Value:
    return value


def test_what_does_not_exist_brings_nothing_in() -> None:
    spec = spec_of(
        "{filters: {choices: [[], [4]]}, dense: {value: [64], when: {filters: [[4]]}}, "
        "dropout: {value: 0.5, when: {filters: [[4]]}}}",
        "baselines: {plain: {filters: []}, deep: {filters: [4]}}\n",
    )
    depths: tuple[tuple[int, ...], ...] = ((), (4,))
    points = [spec.space.point(spec.space.draw(partial(_always, depth))) for depth in depths]
    for without, with_both in (points, [b.point for b in spec.baselines]):
        assert (without.dense, without.dropout) == ((), 0.0)
        assert (with_both.dense, with_both.dropout) == ((64,), 0.5)


def test_a_wrong_optimizer_is_one_problem() -> None:
    with pytest.raises(SpaceFileError) as raised:
        spec_of("{filters: [4]}", "baselines: {a: {optimizer: adma}}\n")
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(
    ("objective", "of"),
    [
        ("", "last"),
        ("objective: {minimize: val_loss}", "last"),
        ("objective: {minimize: val_loss, of: last}", "last"),
        ("objective: {minimize: val_loss, of: best}", "best"),
    ],
)
def test_a_trial_is_judged_by_its_last_evaluation_unless_the_file_asks_for_the_best(
    objective: str, of: str
) -> None:
    found = space_file(f"name: a\nspace: {{}}\n{objective}\n").spec((28, 28, 1))
    assert found.objective.of == of
