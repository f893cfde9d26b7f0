"""Words of other tools: each gets its row of the table, at the place where it is written, and never
a wrong name."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.main import get_command

from sweep.cli import app
from sweep.commands.foreign import COMMANDS, FLAGS
from sweep.errors import InputError, Problem
from sweep.space.constraints import OF_NETWORK
from sweep.space.hyperparams import KNOBS
from sweep.space.objectives import METRICS
from sweep.space.strategies import Pruner, Sampler
from sweep.spacefile.foreign_keys import KEYS
from sweep.spacefile.foreign_values import VALUES
from sweep.spacefile.read import TOP_KEYS
from sweep.spacefile.sections import DataSection, ObjectiveSection, SearchSection
from sweep.spacefile.words import Rows, plain_word
from tests.conftest import space_file
from tests.test_cli import Command, call

# Where a key stands: the file with it, and the keys that are known there.
PLACES = {
    "top": ("name: a\nspace: {{}}\n{}: 1\n", TOP_KEYS),
    "space": ("name: a\nspace: {{{}: 1}}\n", KNOBS),
    "entry": (
        "name: a\nspace: {{batch_size: {{{}: 1}}}}\n",
        ("low", "high", "step", "log", "choices", "value", "when", "else"),
    ),
    "search": ("name: a\nspace: {{}}\nsearch: {{{}: 1}}\n", SearchSection.model_fields),
    "sampler": (
        "name: a\nspace: {{}}\nsearch: {{sampler: {{name: tpe, {}: 1}}}}\n",
        ("name", *(option for kind in get_args(Sampler) for option in kind().options)),
    ),
    "pruner": (
        "name: a\nspace: {{}}\nsearch: {{pruner: {{name: asha, {}: 1}}}}\n",
        ("name", *(option for kind in get_args(Pruner) for option in kind().options)),
    ),
    "data": ("name: a\nspace: {{}}\ndata: {{name: mnist, {}: 1}}\n", DataSection.model_fields),
    "constraints": (
        "name: a\nspace: {{}}\nconstraints: [{} < 1]\n",
        (*OF_NETWORK, *KNOBS),
    ),
    "objective": (
        "name: a\nspace: {{}}\nobjective: {{{}: 1}}\n",
        ObjectiveSection.model_fields,
    ),
}


def with_value(key: str, value: str) -> str:
    """A file in which `key` has `value`, and is all there is."""
    if key in KNOBS:
        return f"name: a\nspace: {{{key}: {value}}}\n"
    line = f"search: {{{key}: {value}}}"
    if key == "data":
        line = f"data: {value}"
    elif key == "of":
        line = f"objective: {{maximize: val_accuracy, of: {value}}}"
    elif key in DataSection.model_fields:
        line = f"data: {{name: mnist, {key}: {value}}}"
    return f"name: a\nspace: {{}}\n{line}\n"


def each(tables: Mapping[str, Rows]) -> list[Any]:
    return [
        pytest.param(place, word, hint, id=f"{place}-{word}")
        for place, rows in tables.items()
        for words, hint in rows.items()
        for word in words.split()
    ]


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as raised:
        space_file(text)
    return raised.value.problems


def hint_at(text: str, word: str) -> str:
    """The hint of the problem that names `word`."""
    (found,) = (p.hint for p in problems(text) if p.message.endswith(f" {word}"))
    return found


@pytest.mark.parametrize(("place", "word", "hint"), each(KEYS))
def test_a_key_of_another_tool_gets_its_row(place: str, word: str, hint: str) -> None:
    text, known = PLACES[place]
    found = hint_at(text.format(word), word)
    name, _, rest = hint.partition(", ")
    if name in known:
        assert found.startswith(f"it is called {name} here")
        assert found.endswith(rest)
    elif " " in hint:
        assert found == hint
    else:
        assert found.startswith(f"it is called {hint} here: write ")


@pytest.mark.parametrize(("place", "word", "hint"), each(VALUES))
def test_a_value_of_another_tool_gets_its_row(place: str, word: str, hint: str) -> None:
    if place == "metric":
        (found,) = problems(f"name: a\nspace: {{}}\nobjective: {{maximize: {word}}}\n")
        wanted = (
            hint if hint not in METRICS else f"{'min' if 'loss' in hint else 'max'}imize: {hint}"
        )
    else:
        found = problems(with_value("learning_rate" if place == "number" else place, word))[0]
        wanted = hint.replace("{word}", word) if " " in hint else f"write {place}: {hint}"
    assert wanted in found.hint


def offered() -> list[tuple[str, str]]:
    """Every value that a row offers: the row itself, or what its sentence proposes to write."""
    found: set[tuple[str, str]] = set()
    for key, rows in VALUES.items():
        if key in ("metric", "number"):
            continue
        for row in rows.values():
            names = [row]
            if " " in row:
                names = re.findall(rf"\b{key}: ([\w-]+)|the nearest is (\w+),", row)
                names = ["".join(name) for name in names]
            found.update((key, name) for name in names)
    return sorted(found)


# What a translation offers is taken by the file.
@pytest.mark.parametrize(("key", "value"), offered())
def test_a_translation_is_a_value_that_is_taken(key: str, value: str) -> None:
    # What does not go together with the rest of the file is another matter.
    found: tuple[Problem, ...] = ()
    try:
        space_file(with_value(key, value))
    except InputError as error:
        found = error.problems
    assert not [
        p for p in found if re.search(f"{key} (cannot be|takes|is true or false)", p.message)
    ]


def test_sentences_offer_values_too() -> None:
    assert {("sampler", "tpe"), ("pruner", "asha"), ("optimizer", "rmsprop")} <= set(offered())


@pytest.mark.parametrize(("place", "word", "hint"), each({"flag": FLAGS}))
def test_an_option_of_another_tool_gets_its_row(
    place: str, word: str, hint: str, sweep: Command
) -> None:
    flag = f"--{word.replace('_', '-')}" if len(word) > 1 else f"-{word}"
    own = re.match(r"write (--[\w-]+)", hint)
    command = next(c for c in ("run", "show", "ui") if own is None or own[1] in options(c))
    code, out, err = sweep(command, "x", flag, "3")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"sweep: error: sweep {command} has no option {flag}",
        f"hint: {hint.replace('{given}', '3')}",
    ]


@pytest.mark.parametrize(("place", "word", "hint"), each({"command": COMMANDS}))
def test_a_command_of_another_tool_gets_its_row(
    place: str, word: str, hint: str, sweep: Command
) -> None:
    code, out, err = sweep(word.replace("_", "-"))
    assert (code, out) == (2, "")
    wanted = hint.replace("{word}", word.replace("_", "-"))
    assert err.splitlines() == [
        f"sweep: error: there is no command {word.replace('_', '-')}",
        f"hint: {wanted}",
    ]


@pytest.mark.parametrize("rows", [*KEYS.values(), *VALUES.values(), FLAGS, COMMANDS])
def test_no_word_stands_in_two_rows(rows: Rows) -> None:
    words = [plain_word(word) for text in rows for word in text.split()]
    assert [word for word, times in Counter(words).items() if times > 1] == []


@pytest.mark.parametrize("place", KEYS)
def test_no_word_of_ours_is_called_foreign(place: str) -> None:
    # NNI's _value is another thing than value.
    words = {plain_word(word) for text in KEYS[place] for word in text.split() if word[0] != "_"}
    assert not words & {plain_word(name) for name in PLACES[place][1]}


# What is meant by a word that is known elsewhere is not the name here that looks like it.
CONCEPTS = [
    "augmentation", "augment", "kernel_regularizer", "bias_regularizer", "kernel_initializer",
    "bias_initializer", "decay", "goal", "callbacks", "early_stopping", "patience", "l2", "l1",
    "bias", "use_bias", "loss", "metrics", "shuffle", "batchnorm", "global_pool", "conv_dropout",
    "warmup", "clipnorm", "clipvalue", "label_smoothing", "input_shape", "num_classes", "timeout",
    "constraints", "residual", "separable", "stop", "size", "crop", "scale", "convolutions",
    "else", "of", "epochs", "epoch", "num_epochs", "beta_1", "beta_2", "epsilon", "rho", "amsgrad",
    "gamma", "step_size", "milestones", "mixup", "cutout", "class_weight", "monitor", "mode",
    "direction", "verbose", "resources", "optimizer_kwargs", "model", "architecture", "layers",
    "units", "depth", "width", "dilation_rate", "groups", "attention", "embedding", "heads",
    "noise", "ema", "trainable", "initializer", "regularization", "momentum_decay",
    "validation_split", "steps_per_epoch", "max_queue_size", "sample_weight",
    "gradient_accumulation", "accumulate_steps", "temperature", "vocab_size", "hidden", "lr", "wd",
    "bn", "drop", "keep_prob", "pooling", "filter_size", "target_size", "color_mode",
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "word"),
    [
        (p, w)
        for p in ("top", "space", "search")
        for w in CONCEPTS
        if w not in (PLACES[p][1] if p != "top" else ()) and (p, w) != ("top", "constraints")
    ],
)
def test_a_foreign_word_is_not_taken_for_a_misspelling(word: str, place: str) -> None:
    assert "did you mean" not in hint_at(PLACES[place][0].format(word), word)


MISSPELT = {
    "learing_rate": "learning_rate", "optimiser": "optimizer", "bacth_size": "batch_size", "fliters": "filters",
    "kernal_size": "kernel_size", "activaton": "activation", "droput": "dropout", "momentun": "momentum",
    "stpes": "steps", "shedule": "schedule",
    "pool_sise": "pool_size", "weight_decy": "weight_decay", "stides": "strides",
}  # fmt: skip


@pytest.mark.parametrize(("word", "name"), MISSPELT.items())
def test_a_misspelling_of_a_name_of_ours_is_recognised(word: str, name: str) -> None:
    text, _ = PLACES["space"]
    assert hint_at(text.format(word), word) == f"did you mean {name}?"


@pytest.mark.parametrize("word", ["batch-size", "batchSize", "BATCH_SIZE", "batchsize"])
def test_another_spelling_of_a_name_of_ours_is_recognised(word: str) -> None:
    assert hint_at(PLACES["space"][0].format(word), word) == "it is spelt batch_size here"


# What is ours, at another place: where it belongs.
MISPLACED = {
    ("top", "trials"): "write search: {trials: ..}",
    ("top", "learning_rate"): "write space: {learning_rate: ..}",
    ("top", "maximize"): "write objective: {maximize: val_accuracy}",
    ("search", "batch_size"): "write space: {batch_size: ..}",
    ("space", "trials"): "write search: {trials: ..}",
    ("space", "seed"): "write search: {seed: ..}",
    ("space", "low"): "{low: .., high: ..}",
    ("top", "patience"): "write search: {patience: ..}",
    ("space", "patience"): "write search: {patience: ..}",
    ("space", "restore_best_weights"): "write objective: {maximize: val_accuracy, of: best}",
    ("top", "ModelCheckpoint"): "write objective: {maximize: val_accuracy, of: best}",
    ("search", "of"): "write objective: {maximize: val_accuracy, of: best}",
    ("space", "EarlyStopping"): "it is called patience here: write search: {patience: ..}",
    ("top", "min_delta"): "every better value counts, however little",
    ("data", "batch_size"): "write space: {batch_size: ..}",
    ("search", "lr"): "it is called learning_rate here: write space: {learning_rate: ..}",
    ("top", "augmentation"): "space: {flip: horizontal, shift: ",
    ("top", "units"): "dense: [128] (in space)",
}


@pytest.mark.parametrize(("place", "word", "hint"), [(*at, hint) for at, hint in MISPLACED.items()])
def test_a_name_at_the_wrong_place_is_told_where_it_belongs(
    place: str, word: str, hint: str
) -> None:
    assert hint in hint_at(PLACES[place][0].format(word), word)


LAYERS = {
    "conv_1_units": "filters", "conv2_filters": "filters", "num_filters_1": "filters", "n_filters1": "filters",
    "n_units_l0": "dense", "dense_units_2": "dense", "fc_layer_size": "dense", "units_0": "dense", "linear2": "dense",
    "conv1_kernel_size": "kernel_size", "conv_2_stride": "strides", "dropout_l0": "dropout", "dropout1": "dropout",
    "drop2": "dropout", "activation_1": "activation", "pool1": "pool", "bn1": "batch_norm", "numFilters2": "filters",
}  # fmt: skip


@pytest.mark.parametrize(("word", "name"), LAYERS.items())
def test_a_name_of_one_layer_is_told_the_name_for_all(word: str, name: str) -> None:
    assert hint_at(PLACES["space"][0].format(word), word).startswith(f"it is called {name} here")


def test_a_baseline_has_the_words_of_the_space() -> None:
    assert (
        hint_at("name: a\nspace: {}\nbaselines: {b: {lr: 0.1}}\n", "lr")
        == "it is called learning_rate here"
    )


EPOCHS = {
    "by another name": ("space: {n_epochs: 1}", "it is called epochs here"),
    "in the search": (
        "space: {}\nsearch: {max_epochs: 2}",
        "it is called epochs here: write space: {epochs: ..}",
    ),
    "at the top": ("space: {}\nepochs: 2", "it belongs elsewhere: write space: {epochs: ..}"),
    "in the data": ("space: {}\ndata: {path: x, epochs: 4}", "write space: {epochs: ..}"),
    "in a baseline": (
        "space: {epochs: 3}\nbaselines: {b: {num_epochs: 2}}",
        "it is called epochs here",
    ),
    "beside steps": ("space: {epochs: 3, steps: 10}", "remove one of the two"),
    "with a condition": (
        "space: {optimizer: {choices: [sgd, adam]}, epochs: {value: 3, when: {optimizer: sgd}}}",
        "remove when",
    ),
    "in a baseline of a space of steps": (
        "space: {steps: 30}\nbaselines: {b: {epochs: 2}}",
        "write steps, or epochs in the space, too",
    ),
    "steps in a baseline of a space of epochs": (
        "space: {epochs: 30}\nbaselines: {b: {steps: 2}}",
        "write epochs, or steps in the space, too",
    ),
    "a fraction": ("space: {epochs: 0.5}", "write a whole number"),
}


@pytest.mark.parametrize(("text", "hint"), EPOCHS.values(), ids=EPOCHS)
def test_epochs_have_one_place_and_stand_alone(text: str, hint: str) -> None:
    (found,) = problems(f"name: a\n{text}\n")
    assert "epoch" in found.message.lower() or "steps" in found.message
    assert hint in found.hint


def test_a_baseline_may_be_called_epochs() -> None:
    assert space_file("name: a\nspace: {}\nbaselines: {epochs: {steps: 3}}\n").name == "a"


# A text, and the hint at its first problem.
WRITTEN = {
    "callbacks of Keras": (
        "space: {}\nsearch: {callbacks: [EarlyStopping]}",
        "in place of early stopping write patience: 3",
    ),
    "a range by a list": (
        "space: {dropout: [0.1, 0.5]}",
        "write {low: 0.1, high: 0.5} for a range",
    ),
    "a range of factors": (
        "space: {learning_rate: [1e-4, 1e-1]}",
        "{low: 0.0001, high: 0.1, log: true} for a range",
    ),
    "a range with a word": (
        "space: {learning_rate: [0.1, 0.2, log]}",
        "{low: 0.1, high: 0.2, log: true} for a range",
    ),
    "choices by a list": (
        "space: {batch_size: [32, 64, 128]}",
        "write {choices: [32, 64, 128]} for one of these",
    ),
    "names by a list": (
        "space: {optimizer: [sgd, adam]}",
        "write {choices: [sgd, adam]} for one of these",
    ),
    "a call of Ray Tune": (
        "space: {learning_rate: 'tune.loguniform(1e-4, 1e-1)'}",
        "{low: .., high: .., log: true}",
    ),
    "a call of Hyperopt": ("space: {dropout: 'hp.choice([0.1, 0.2])'}", "{choices: [..]}"),
    "a square": ("space: {kernel_size: 5x5}", "write 5: one number is both height and width"),
    "a pair": ("space: {kernel_size: '(3, 3)'}", "write 3: one number is both height and width"),
    "a logarithmic distribution": (
        "space: {learning_rate: {distribution: log_uniform_values, low: 1e-4, high: 1e-1}}",
        "leave it out, and write {low: .., high: .., log: true}",
    ),
    "a logarithmic sampling": (
        "space: {learning_rate: {sampling: log, low: 1e-4, high: 1e-1}}",
        "leave it out, and write {low: .., high: .., log: true}",
    ),
    "a whole type": ("space: {steps: {type: int, low: 1, high: 9}}", "whole numbers on both sides"),
    "a categorical type": (
        "space: {pool: {_type: choice, _value: [max]}}",
        "leave it out, and write {choices: [..]}",
    ),
    "one layer": ("space: {filters: 32}", "write filters: [32] for one layer"),
    "no layers": ("space: {dense: null}", "write dense: [] for no hidden dense layers"),
    "a pruner of nothing": ("space: {}\nsearch: {pruner: null}", "write pruner: none"),
    "Keras' class": ("space: {optimizer: SGD}", "write optimizer: sgd"),
    "a dotted class": ("space: {optimizer: tf.keras.optimizers.Adam}", "write optimizer: adam"),
    "Keras' layer": ("space: {pool: MaxPooling2D}", "write pool: max"),
    "TensorFlow's padding": ("space: {padding: SAME}", "write padding: same"),
    "a leaky class": ("space: {activation: LeakyReLU}", "write activation: leaky_relu"),
    "a metric alone": ("space: {}\nobjective: val_accuracy", "write {maximize: val_accuracy}"),
    "a loss alone": ("space: {}\nobjective: val_loss", "write {minimize: val_loss}"),
    "a metric of another name alone": (
        "space: {}\nobjective: valid_loss",
        "write {minimize: val_loss}",
    ),
    "a direction alone": ("space: {}\nobjective: minimize", "write {minimize: val_loss}"),
    "a loss of the test": (
        "space: {}\nobjective: {minimize: test_loss}",
        "write {minimize: val_loss}: the test images",
    ),
    "a file": ("space: {}\ndata: digits.npz", "write data: {path: digits.npz}"),
    "a folder by a path": ("space: {}\ndata: ./x", "write data: {path: ./x}"),
    "a folder": (
        "space: {}\ndata: flowers",
        "write data: {path: flowers} for a file or folder of that name",
    ),
    "a name that is a folder": ("space: {}\ndata: {name: flowers}", "write data: {path: flowers}"),
    "data of another tool": ("space: {}\ndata: svhn", "this version does not bring it"),
    "another spelling": ("space: {}\ndata: Fashion-MNIST", "write data: fashion_mnist"),
    "several paths": ("space: {}\ndata: [a, b]", "write data: mnist or {path: FILE or folder}"),
    "data of nothing": ("space: {}\ndata:", "write data: mnist or {path: FILE or folder}"),
    "a range with foreign words where a list belongs": (
        "space: {dense: {min: 32, max: 64}}",
        "write dense: [{low: .., high: ..}], one entry per layer",
    ),
    "a range where a list belongs": (
        "space: {dense: {low: 32, high: 64, step: 8}}",
        "write dense: [{low: 32, high: 64, step: 8}], one entry per layer",
    ),
    "names in capitals by a list": (
        "space: {optimizer: [SGD, Adam]}",
        "write {choices: [sgd, adam]}",
    ),
    "numbers with dots between": (
        "space: {learning_rate: 1e-3..1e-1}",
        "write {low: 1e-3, high: 1e-1}",
    ),
    "numbers with commas between": ("space: {batch_size: '32, 64'}", "write {choices: [32, 64]}"),
    "names with commas between": (
        "space: {optimizer: 'adam, sgd'}",
        "write {choices: [adam, sgd]}",
    ),
    "a comma in a number": ("space: {steps: 1,000}", "a number without commas"),
    "a list as the one value": (
        "space: {dropout: {value: [0.1, 0.2]}}",
        "{choices: [0.1, 0.2]} for one of these",
    ),
    "a truth in quotes": ("space: {batch_norm: 'true'}", "remove the quotes"),
    "a sampler alone": ("space: {}\nsearch: grid", "write search: {sampler: grid}"),
    "a list of hyperparameters": ("space: [dropout]", "write its hyperparameters as keys below it"),
    "a list of baselines": ("space: {}\nbaselines: [{dropout: 0.1}]", "baselines: {NAME: {..}}"),
    "a baseline without a name": (
        "space: {}\nbaselines: {dropout: 0.1}",
        "baselines: {NAME: {dropout: 0.1}}",
    ),
    "a list in a baseline": (
        "space: {}\nbaselines: {b: {filters: 32}}",
        "write filters: [32], one entry per layer",
    ),
    "a path that is a number": ("space: {}\ndata: {path: 3}", "put it in quotes"),
    "an end that is the beginning": (
        "space: {batch_size: {low: 8, high: 10, step: 5}}",
        "end the range at 13, or choose another step",
    ),
    "an end beyond what it takes": (
        "space: {dropout: {low: 0.1, high: 0.9, step: 0.3}}",
        "end the range at 0.7, or choose another step",
    ),
    "a list of another length": (
        "space: {}\nbaselines: {b: {filters: [8, 8], kernel_size: [3, 3, 3]}}",
        "a list has one entry per layer of filters ([5, 5] is two layers, not height and width); "
        "one value, as in kernel_size: 3",
    ),
    "too many pools": (
        "space: {filters: [8, 8, 8, 8, 8, 8], pool: max}",
        "make pool_size smaller, use fewer layers",
    ),
    "one layer that is no range": ("space: {filters: [{low: 8, high: 8}]}", "write 8 in its place"),
    "an option of no sampler": (
        "space: {}\nsearch: {sampler: {name: random, n_startup_trials: 5}}",
        "search: {sampler: {name: tpe, n_startup_trials: ..}}",
    ),
    "an option of another pruner": (
        "space: {}\nsearch: {pruner: {name: asha, n_startup_trials: 5}}",
        "search: {pruner: {name: median, n_startup_trials: ..}}",
    ),
    "an option of another sampler": (
        "space: {}\nsearch: {sampler: {name: qmc, popsize: 5}}",
        "search: {sampler: {name: cmaes, popsize: ..}}",
    ),
}


@pytest.mark.parametrize(("text", "hint"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written_as_elsewhere_is_told_how_to_write_it(text: str, hint: str) -> None:
    assert hint in problems(f"name: a\n{text}\n")[0].hint


def test_a_size_that_is_no_number_or_two_is_one_problem_of_its_form() -> None:
    forms = "write size: 32, or size: [32, 64] for height and width"
    found = {
        "[32]": ("one whole number or two, not a list of 1", forms),
        "[1, 2, 3]": ("one whole number or two, not a list of 3", forms),
        "32x32": ("not the text '32x32'", "write 32: one number is both height and width"),
        "{height: 3}": ("one whole number or two, not a mapping", forms),
        "0": ("size must be at least 1, not 0", "within the bounds"),
        "[32, 0]": ("size must be at least 1, not 0", "within the bounds"),
    }
    for size, (message, hint) in found.items():
        (problem,) = problems(f"name: a\nspace: {{}}\ndata: {{path: x, size: {size}}}\n")
        assert message in problem.message
        assert hint in problem.hint


@pytest.mark.parametrize("name", [kind().name for kind in get_args(Sampler)])
def test_every_sampler_is_told_from_a_pruner(name: str) -> None:
    (problem,) = problems(f"name: a\nspace: {{}}\nsearch: {{pruner: {name}}}\n")
    assert problem.hint == f"{name} is a sampler: write sampler: {name}"


@pytest.mark.parametrize("name", [kind().name for kind in get_args(Pruner)])
def test_every_pruner_is_told_from_a_sampler(name: str) -> None:
    (problem,) = problems(f"name: a\nspace: {{}}\nsearch: {{sampler: {name}}}\n")
    if name == "none":
        assert "write sampler: random for no learning" in problem.hint
    else:
        assert f"pruner: {name}" in problem.hint


def options(command: str) -> list[str]:
    return re.findall(r"--[\w-]+", help_of(command))


def help_of(command: str) -> str:
    group: Any = get_command(app)
    params = group.commands[command].params
    return " ".join(option for parameter in params for option in parameter.opts)


# A call, and the hint at it.
CALLS = {
    "trials": (["run", "x", "--trials", "8"], "write search: {trials: 8} in the space file"),
    "trials with a sign of equality": (
        ["run", "x", "--trials=8"],
        "write search: {trials: 8} in the space file",
    ),
    "an option before the command": (
        ["--trials", "8", "run"],
        "write search: {trials: 8} in the space file",
    ),
    "epochs": (["run", "x", "--epochs", "3"], "write space: {epochs: 3} in the space file"),
    "a hyperparameter": (
        ["run", "x", "--batch-size", "32"],
        "write space: {batch_size: 32} in the space file",
    ),
    "a key of the search": (
        ["run", "x", "--threads", "2"],
        "write search: {threads: 2} in the space file",
    ),
    "a name that is too long": (["run", "x" * 5000], "write a space file"),
    "a command that is too long": (["x" * 5000], "the commands are "),
    "a misspelt option": (["run", "x", "--wrokers", "2"], "did you mean --workers?"),
    "the option of another command": (["run", "x", "--top", "2"], "it is an option of sweep show"),
    "an option of a command before it": (
        ["--workers", "2", "run", "x"],
        "it goes after the command: sweep run",
    ),
    "an option of a command that is named": (
        ["--top", "2", "list", "show"],
        "it goes after the command: sweep show",
    ),
    "no name": (["show"], "write sweep show NAME; sweep list prints the names"),
    "no file": (["check"], "write sweep check FILE; search_spaces/lenet.yaml is an example"),
    "an option that goes before": (
        ["run", "x", "--debug"],
        "it goes before the command: sweep --debug run",
    ),
    "an option of no use here": (["show", "x", "--seed", "2"], "see sweep show --help"),
    "an unknown option": (["run", "x", "--zzz"], "see sweep run --help"),
    "a misspelt command": (["rnu"], "did you mean sweep run?"),
    "a command with a name": (["delete", "old"], "rm -r results/old"),
    "a command with a file": (["start", "a.yaml"], "write sweep run a.yaml"),
    "a file without a command": (
        ["lenet.yaml"],
        "write sweep run lenet.yaml, or sweep check lenet.yaml",
    ),
    "a name without a command": (["lenet"], "write sweep run search_spaces/lenet.yaml"),
    "an unknown command": (["foo"], "the commands are "),
    "help of no command": (["help", "foo"], "the commands are "),
    "a shipped file by its name": (["run", "lenet"], "write sweep run search_spaces/lenet.yaml"),
    "a shipped file by its file's name": (
        ["check", "lenet.yaml"],
        "write sweep check search_spaces/lenet.yaml",
    ),
    "a misspelt file": (
        ["run", "search_spaces/lennet.yaml"],
        "write sweep run search_spaces/lenet.yaml",
    ),
    "a name without a file": (
        ["run", "digits"],
        "write a space file, such as search_spaces/lenet.yaml",
    ),
    "no such file": (["run", "no/such.yaml"], "check the path"),
    "a folder of files": (
        ["run", "search_spaces"],
        "name a file in it, such as sweep run search_spaces/",
    ),
    "a folder of images": (["run", "photos"], "write data: {path: photos} in a space file"),
    "an image file": (["run", "digits.npz"], "write data: {path: digits.npz} in a space file"),
    "a sweep that ran": (["run", "done"], "its file is results/done/space.yaml"),
    "a file in the place of a name": (["show", "done.yaml"], "write done: its name"),
    "a sweep without a command": (["done"], "write sweep show done"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in (
        "search_spaces/lenet.yaml",
        "results/done/space.yaml",
        "results/done/sweep.db",
        "photos/a.png",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sweep(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *arguments: call(capfd, monkeypatch, *arguments)


@pytest.mark.parametrize(("arguments", "hint"), CALLS.values(), ids=CALLS)
def test_a_call_that_cannot_be_is_two_lines_and_what_to_do(
    arguments: list[str], hint: str, folder: Path, sweep: Command
) -> None:
    code, out, err = sweep(*arguments)
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("sweep: error: ")
    assert second.startswith("hint: ")
    assert hint in second


@pytest.mark.parametrize("arguments", [["-h"], ["help"], ["run", "-h"], ["help", "run"]])
def test_help_is_found_under_its_other_names(arguments: list[str], sweep: Command) -> None:
    wanted = sweep("run", "--help") if "run" in arguments else sweep("--help")
    assert sweep(*arguments) == wanted


# Every key, option and command that a hint names is there.
@pytest.mark.parametrize(
    "hint",
    sorted(
        {
            hint
            for rows in (*KEYS.values(), *VALUES.values(), FLAGS, COMMANDS)
            for hint in rows.values()
        }
    ),
)
def test_a_hint_names_nothing_that_is_not_there(hint: str) -> None:
    keys = {
        *TOP_KEYS,
        *KNOBS,
        *SearchSection.model_fields,
        *DataSection.model_fields,
        *ObjectiveSection.model_fields,
        "values",
    }
    keys |= {
        "low",
        "high",
        "step",
        "log",
        "choices",
        "value",
        "when",
        "layers",
        "each",
        "else",
        "n_startup_trials",
        "reduction_factor",
        "NAME",
    }
    assert set(re.findall(r"(?:\{|write )(\w+): ", hint)) <= keys
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"sweep ([a-z]+)(?= [A-Z]{2})", hint)) <= set(commands)
    known = {option for name in commands for option in options(name)} | {"--version"}
    assert set(re.findall(r"--[a-z-]+", hint)) <= known | {"--help"}
