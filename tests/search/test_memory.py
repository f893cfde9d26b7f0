"""What a sampler is shown of a study: TPE takes the same trials for good, and compares them with a
sample."""

import math
from typing import Literal

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.samplers._tpe.sampler import _split_trials, default_gamma
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep.search.memory import BEST, LEARNT_FROM, BoundedMemory, lot
from sweep.search.samplers import MOST_SHOWN, make_memory, make_sampler
from sweep.space.strategies import Tpe

FEW, GOOD = 6, 3
VALUES = st.integers(0, 4).map(float)


def test_as_many_are_kept_as_tpe_ever_counts_as_good() -> None:
    assert default_gamma(10**6) == default_gamma(MOST_SHOWN) == BEST


@st.composite
def events(draw: st.DrawFn) -> list[tuple[str, int, tuple[float, ...], float]]:
    """How trials end, by turns with new ones: state, which of the running ones, evaluations, and
    what is broken."""
    states = st.sampled_from(["ask", "ask", "COMPLETE", "COMPLETE", "PRUNED", "FAIL"])
    evaluations = st.lists(VALUES | st.just(math.nan), max_size=3).map(tuple)
    return draw(
        st.lists(
            st.tuples(
                states, st.integers(0, 5), evaluations, st.sampled_from([0.0, 0.0, 1.0, 2.0])
            ),
            max_size=70,
        )
    )


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@given(events=events(), value=st.lists(VALUES, min_size=70, max_size=70), asks=st.integers(1, 9))
@settings(max_examples=200)
def test_tpe_splits_what_is_shown_as_it_would_split_all(
    direction: Literal["minimize", "maximize"],
    events: list[tuple[str, int, tuple[float, ...], float]],
    value: list[float],
    asks: int,
) -> None:
    storage = BoundedMemory(FEW, GOOD)
    study = optuna.create_study(storage=storage, direction=direction)
    trials: list[optuna.Trial] = []
    running: list[optuna.Trial] = []
    for turn, (what, which, evaluations, broken) in enumerate(events):
        if what == "ask" or not running:
            running.append(study.ask())
            trials.append(running[-1])
        else:
            trial = running.pop(which % len(running))
            for step, seen in enumerate(evaluations):
                trial.report(seen, step)
            if broken:
                trial.set_constraint("usable", broken)
            state = TrialState[what]
            study.tell(trial, value[turn] if state is TrialState.COMPLETE else None, state=state)
        if turn % asks == 0:
            study.get_trials()
    every = [storage.get_trial(trial._trial_id) for trial in trials]
    good, others = split(study, every)
    shown = study.get_trials()
    assert numbers(split(study, shown)[0]) == numbers(good)
    assert [t for t in shown if t.state is TrialState.RUNNING] == [
        t for t in others if t.state is TrialState.RUNNING
    ]
    # However late a trial ended, and whenever it was asked.
    learnt = [trial for trial in every if trial.state in LEARNT_FROM]
    sample = sorted(numbers(learnt), key=lot)[:FEW]
    best = [trial.number for trial in good if trial.state in LEARNT_FROM]
    assert numbers([trial for trial in shown if trial.state in LEARNT_FROM]) == sorted(
        {*sample, *best}
    )
    assert storage.get_n_trials(storage.get_study_id_from_name(study.study_name)) == len(every)


def split(
    study: optuna.Study, trials: list[FrozenTrial]
) -> tuple[list[FrozenTrial], list[FrozenTrial]]:
    """Optuna's own."""
    return _split_trials(study, [t for t in trials if t.state is not TrialState.FAIL], GOOD)


def numbers(trials: list[FrozenTrial]) -> list[int]:
    return [trial.number for trial in trials]


def test_trials_of_some_states_are_asked_for() -> None:
    study = optuna.create_study(storage=BoundedMemory(FEW, GOOD))
    study.add_trials([create_trial(value=float(number)) for number in range(20)])
    study.enqueue_trial({})
    assert study.ask().number == 20
    study.enqueue_trial({})
    completed = sorted({*range(GOOD), *sorted(range(20), key=lot)[:FEW]})
    for state, expected in {"RUNNING": [20], "WAITING": [21], "COMPLETE": completed}.items():
        assert numbers(study.get_trials(deepcopy=False, states=(TrialState[state],))) == expected


def test_every_part_of_a_study_is_in_the_sample() -> None:
    study = optuna.create_study(storage=BoundedMemory(300, GOOD))
    study.add_trials([create_trial(value=float(number)) for number in range(3000)])
    parts = [number // 300 for number in numbers(study.get_trials(deepcopy=False))]
    assert all(27 <= parts.count(part) <= 33 for part in range(10))


def test_what_is_shown_is_a_copy_where_one_is_asked_for() -> None:
    study = optuna.create_study(storage=BoundedMemory(FEW))
    study.add_trials([create_trial(value=float(number)) for number in range(3)])
    study.get_trials()[0].set_user_attr("changed", True)
    assert study.get_trials()[0].user_attrs == {}


# `group` is: what it gives is tested in test_study.py.
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_nothing_is_suggested_otherwise_until_a_trial_is_forgotten() -> None:
    def drawn(storage: optuna.storages.InMemoryStorage) -> list[float]:
        study = optuna.create_study(storage=storage)
        found = []
        for number in range(40):
            study.sampler = make_sampler(Tpe(n_startup_trials=5), number)
            trial = study.ask()
            found.append(trial.suggest_float("x", -1.0, 1.0))
            study.tell(trial, found[-1] ** 2)
        return found

    bounded, unbounded = drawn(BoundedMemory(20, GOOD)), drawn(optuna.storages.InMemoryStorage())
    # The 22nd trial is the first that may be suggested without one of those before.
    assert bounded[:21] == unbounded[:21]
    assert bounded[21:] != unbounded[21:]


@pytest.mark.parametrize(
    ("startup", "shown"), [(10, MOST_SHOWN), (MOST_SHOWN + 50, MOST_SHOWN + 50)]
)
def test_a_sampler_that_waits_for_many_trials_is_shown_as_many(startup: int, shown: int) -> None:
    study = optuna.create_study(storage=make_memory(Tpe(n_startup_trials=startup)))
    study.add_trials([create_trial(state=TrialState.FAIL) for _ in range(MOST_SHOWN)])
    study.add_trials([create_trial(value=float(number)) for number in range(2 * MOST_SHOWN)])
    assert shown <= len(study.get_trials(deepcopy=False)) <= shown + BEST
