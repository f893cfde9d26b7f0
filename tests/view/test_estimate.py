"""What a person reads of an estimate."""

import io

from rich.console import Console

from sweep.preview.assumed import assume
from sweep.preview.estimate import Estimate
from sweep.preview.forecast import forecast
from sweep.view.estimate import estimate_view
from tests.conftest import spec_of
from tests.fakes import SUMMARY
from tests.preview.test_forecast import timing


def shown(search: str) -> str:
    spec = spec_of(
        "{filters: [{low: 4, high: 32}], batch_size: 32, steps: {choices: [100, 500]}}", search
    )
    assumed = assume(spec, SUMMARY)
    times = timing(assumed)
    found = Estimate(spec, SUMMARY, times, forecast(spec, assumed, times, SUMMARY, 2))
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as capture:
        console.print(*estimate_view(found), sep="\n")
    return capture.get()


def test_an_estimate_says_what_it_assumes() -> None:
    text = shown("search: {trials: 10}\n")
    assert "time: about " in text
    assert "2 at once" in text
    assert "of 10 trials; without it about " in text
    assert "10 of the trials are taken to be random points of the space; whether tpe" in text
    assert "dearest" in text


def test_an_estimate_of_a_design_is_silent_about_pruning_and_chance() -> None:
    text = shown("search: {sampler: {name: grid, values: 3}}\n")
    assert "time: about " in text
    assert "without it" not in text
    assert "random" not in text


def test_an_estimate_says_that_patience_may_end_trials_sooner() -> None:
    said = "trials are taken to train all their steps; patience may end some sooner"
    assert said in shown("search: {trials: 10, patience: 2}\n")
    assert "patience" not in shown("search: {trials: 10}\n")


def test_an_estimate_says_that_it_is_one_without_pruning() -> None:
    text = shown("search: {trials: 10, pruner: {name: threshold, lower: 0.5}}\n")
    assert "threshold is taken to prune no trial" in text
    assert "without it" not in text
