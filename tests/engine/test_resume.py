"""Whether a sweep may go on with a file: what may change, and what is named where something else
did."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.engine.resume import begin, check_same, in_words, versions
from sweep.errors import InputError, StoreError
from sweep.space import NEWEST_DEFAULTS, SweepSpec
from sweep.store import Facts, Ledger
from sweep.trial import Evaluation, State, Trial
from tests.conftest import space_file
from tests.fakes import SUMMARY

FILE = """\
name: test
data: {name: mnist}
space: {dropout: {low: 0.0, high: 0.5}, optimizer: {choices: [adam, sgd]}, batch_size: 32, steps: 20}
search: {trials: 3, seed: 1, keep: 2}
baselines: {b: {dropout: 0.1, optimizer: sgd}}
"""


def spec_from(text: str) -> SweepSpec:
    return space_file(text).spec(SUMMARY.shape)


def changed(old: str, new: str) -> SweepSpec:
    """The spec of the file with one change."""
    assert FILE.count(old) == 1
    return spec_from(FILE.replace(old, new))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open_to_write(tmp_path / "test") as opened:
        yield opened


def begun(ledger: Ledger, text: str = FILE) -> Facts:
    """The facts of a sweep of this file that has just begun."""
    return begin(spec_from(text), Path("test.yaml"), ledger, None, SUMMARY, "sqlite:///x.db")


def train(ledger: Ledger, spec: SweepSpec, *numbers: int) -> None:
    """Records trials as complete: the baseline is the first."""
    for number in numbers:
        point = spec.space.point({"dropout": 0.2, "optimizer": "adam", "batch_size": 32})
        if number == 0:
            point = spec.baselines[0].point
        record = ledger.start(Trial(number, number, point, 0, 0), None)
        evaluation = Evaluation(20, 0.1, 0.9, 0.1, 0.9)
        done = {"state": State.COMPLETE, "seconds": 1.0, "evaluations": (evaluation,)}
        ledger.finish(replace(record, steps=20, **done))  # type: ignore[arg-type]


# What may change.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("trials: 3", "trials: 9"),
        ("trials: 3", "trials: 1"),
        ("keep: 2", "keep: 7"),
        ("name: test\n", "# a remark\nname: test\n"),
        ("batch_size: 32", "batch_size: {value: 32}"),
        ("keep: 2}", "keep: 2, pruner: asha}"),
        ("keep: 2}", "keep: 2, sampler: tpe, evaluations: 5}"),
    ],
)
def test_a_file_that_means_the_same_or_asks_for_more_goes_on(
    ledger: Ledger, old: str, new: str
) -> None:
    facts = begun(ledger)
    assert check_same(changed(old, new), facts, ledger) == facts


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("high: 0.5", "high: 0.6", "space (dropout)"),
        ("batch_size: 32", "batch_size: 64", "space (batch_size)"),
        ("steps: 20", "steps: 30", "space (steps)"),
        ("steps: 20", "steps: 20, filters: [8]", "space (filters)"),
        ("{low: 0.0, high: 0.5}, optimizer", "{low: 0.1, high: 0.4}, optimizer", "space (dropout)"),
        ("seed: 1", "seed: 2", "search"),
        ("keep: 2", "keep: 2, repeats: 3", "search"),
        ("keep: 2", "keep: 2, sampler: random", "search"),
        ("{name: mnist}", "{name: mnist, seed: 3}", "data"),
        ("{name: mnist}", "{name: mnist, validation: 6000}", "data"),
        ("{b: {dropout: 0.1", "{b: {dropout: 0.3", "baselines"),
        ("{b: {dropout: 0.1, optimizer: sgd}}", "{}", "baselines"),
        ("search:", "objective: {minimize: val_loss}\nsearch:", "objective"),
        ("space:", "constraints: batch_size * dropout < 64\nspace:", "constraints"),
        ("seed: 1, keep: 2}", "seed: 2}\nobjective: {minimize: val_loss}", "search and objective"),
    ],
)
def test_another_sweep_is_refused_and_what_differs_is_named(
    ledger: Ledger, old: str, new: str, named: str
) -> None:
    facts = begun(ledger)
    with pytest.raises(InputError) as caught:
        check_same(changed(old, new), facts, ledger)
    (problem,) = caught.value.problems
    assert problem.message.endswith(f"holds a sweep of this name with another {named}")
    assert problem.where == str(ledger.folder / "space.yaml")
    assert "only trials and keep can change" in problem.hint


CONSTRAINED = f"{FILE}constraints: [dropout < 0.4, parameters <= 2_000_000]\n"


@pytest.mark.parametrize(
    "constraints",
    [
        "[dropout < 0.3, parameters <= 2_000_000]",
        "[dropout < 0.4]",
        "[dropout < 0.4, parameters <= 2_000_000, dropout > 0]",
        "[not dropout < 0.05, parameters <= 2_000_000]",
    ],
)
def test_other_constraints_make_another_sweep(ledger: Ledger, constraints: str) -> None:
    facts = begun(ledger, CONSTRAINED)
    with pytest.raises(InputError, match="with another constraints"):
        check_same(spec_from(f"{FILE}constraints: {constraints}\n"), facts, ledger)


@pytest.mark.parametrize(
    "constraints",
    [
        "[dropout < 0.4, parameters <= 2e6]",
        "[dropout<.4, (parameters) <= 2000000]",
        "\n  - dropout < 4e-1\n  - parameters <= 2_000_000",
    ],
)
def test_constraints_that_mean_the_same_go_on(ledger: Ledger, constraints: str) -> None:
    facts = begun(ledger, CONSTRAINED)
    spec = spec_from(f"{FILE}constraints: {constraints}\n")
    assert check_same(spec, facts, ledger) == facts


def test_images_that_have_moved_are_the_same_data(ledger: Ledger) -> None:
    text = FILE.replace("{name: mnist}", "{path: old/images}")
    facts = begun(ledger, text)
    spec = spec_from(text.replace("old/images", "new/place"))
    assert check_same(spec, facts, ledger) == facts


# Defaults that have changed.


def as_earlier(facts: Facts) -> Facts:
    return replace(facts, defaults=0)


SILENT = FILE.replace("dropout: {low: 0.0, high: 0.5}, ", "").replace("dropout: 0.1, ", "")


def test_a_sweep_of_earlier_defaults_that_decided_over_a_trial_does_not_go_on(
    ledger: Ledger,
) -> None:
    facts = as_earlier(begun(ledger, SILENT))
    spec = spec_from(SILENT)
    point = spec.baselines[0].point.model_copy(update={"dropout": 0.4, "dense": (1024,)})
    ledger.start(Trial(0, 0, point, 0, 0, "b"), None)
    with pytest.raises(InputError) as caught:
        check_same(spec, facts, ledger)
    (problem,) = caught.value.problems
    assert "dropout was 0.4 by default, now it is 0" in problem.message
    assert problem.hint.startswith("give the sweep another name; to train as before, write ")
    assert "dropout: 0.4" in problem.hint


def test_a_sweep_of_earlier_defaults_that_decided_nothing_goes_on_with_the_new_ones(
    ledger: Ledger,
) -> None:
    full = FILE.replace("steps: 20}", "steps: 20, dense: [], learning_rate: 0.01}")
    facts = as_earlier(begun(ledger, full))
    spec = spec_from(full)
    point = spec.baselines[0].point
    ledger.start(Trial(0, 0, point, 0, 0, "b"), None)
    assert check_same(spec, facts, ledger).defaults == NEWEST_DEFAULTS


def test_a_completed_sweep_keeps_its_facts_whatever_its_defaults(ledger: Ledger) -> None:
    spec = spec_from(FILE)
    facts = replace(as_earlier(begun(ledger)), completed=True)
    train(ledger, spec, 0, 1, 2)
    assert check_same(spec, facts, ledger) == facts


# Writing down what a sweep is.


def test_the_file_lies_beside_the_ledger_as_it_was_written(ledger: Ledger) -> None:
    begun(ledger)
    assert (ledger.folder / "space.yaml").read_text() == FILE


def test_what_a_sweep_is_comes_back_from_the_ledger(ledger: Ledger) -> None:
    facts = begun(ledger)
    assert ledger.facts() == facts
    assert (facts.source, facts.data, facts.defaults) == (FILE, SUMMARY, NEWEST_DEFAULTS)
    assert Path(facts.path).is_absolute()


def test_two_sweeps_have_two_ids_and_one_that_goes_on_keeps_its_own(
    ledger: Ledger, tmp_path: Path
) -> None:
    first = begun(ledger)
    again = begin(spec_from(FILE), Path("b.yaml"), ledger, first, SUMMARY, "sqlite:///y.db")
    assert (again.id, again.created) == (first.id, first.created)
    assert again.tracking_uri == "sqlite:///y.db"
    with Ledger.open_to_write(tmp_path / "other") as other:
        assert begun(other).id != first.id


def test_data_that_have_changed_are_refused_and_nothing_is_written(ledger: Ledger) -> None:
    first = begun(ledger)
    others = replace(SUMMARY, fingerprint="0" * 64)
    with pytest.raises(StoreError) as caught:
        begin(spec_from(FILE), Path("test.yaml"), ledger, first, others, "sqlite:///x.db")
    (problem,) = caught.value.problems
    assert problem.message == "the data have changed since this sweep began"
    assert ledger.facts() == first


def test_versions_are_those_of_all_that_decides_over_numbers() -> None:
    found = versions()
    assert list(found) == ["sweep", "tensorflow", "keras", "optuna", "mlflow"]
    assert all(number[0].isdigit() for number in found.values())
    assert in_words({"sweep": "1.0", "keras": "3.15"}) == "sweep 1.0, keras 3.15"
