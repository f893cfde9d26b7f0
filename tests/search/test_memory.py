"""What a sampler is shown of a study: enough to take the same trials for good, and never more than a bound."""

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep.search.memory import BEST, BoundedMemory

ENDS = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL]
LATEST = 10


def study_of(direction: str) -> tuple[optuna.Study, BoundedMemory]:
    storage = BoundedMemory(LATEST)
    return optuna.create_study(storage=storage, direction=direction), storage


def asked(study: optuna.Study, *states: TrialState) -> list[int]:
    return [trial.number for trial in study.get_trials(deepcopy=False, states=states or None)]


def best_of(trials: list[FrozenTrial], direction: str) -> list[FrozenTrial]:
    """In Optuna's own order, of which equal values are part."""
    completed = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    return sorted(completed, key=lambda trial: trial.value or 0.0, reverse=direction == "maximize")[:BEST]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@given(data=st.data())
def test_the_good_the_latest_and_the_unfinished_are_shown(direction: str, data: st.DataObject) -> None:
    study, storage = study_of(direction)
    running: list[optuna.Trial] = []
    every: dict[int, FrozenTrial] = {}
    for _ in range(data.draw(st.integers(0, 90), "events")):
        if running and data.draw(st.booleans(), "a trial ends"):
            trial = running.pop(data.draw(st.integers(0, len(running) - 1), "which"))
            state = data.draw(st.sampled_from(ENDS), "how")
            value = float(data.draw(st.integers(0, 5), "value")) if state is TrialState.COMPLETE else None
            study.tell(trial, value, state=state)
        else:
            trial = study.ask()
            running.append(trial)
        every[trial.number] = storage.get_trial(trial._trial_id)
        if data.draw(st.booleans(), "the sampler asks"):
            asked(study)
    numbers = sorted(every)
    earlier = [every[number] for number in numbers[:-LATEST]]
    expected = {*numbers[-LATEST:], *(trial.number for trial in best_of(earlier, direction))}
    expected |= {trial.number for trial in earlier if not trial.state.is_finished()}
    assert asked(study) == sorted(expected)
    shown = best_of(study.get_trials(), direction)
    assert shown == best_of([every[number] for number in numbers], direction)
    assert storage.get_n_trials(storage.get_study_id_from_name(study.study_name)) == len(every)


def test_trials_of_some_states_are_asked_for() -> None:
    study, _ = study_of("minimize")
    study.add_trials([create_trial(value=float(n)) for n in range(BEST + 2 * LATEST)])
    study.enqueue_trial({})
    begun, waiting = BEST + 2 * LATEST, BEST + 2 * LATEST + 1
    assert study.ask().number == begun
    study.enqueue_trial({})
    assert asked(study, TrialState.RUNNING) == [begun]
    assert asked(study, TrialState.WAITING) == [waiting]
    assert asked(study, TrialState.COMPLETE) == [*range(BEST), *range(waiting + 1 - LATEST, begun)]


def test_what_is_shown_is_a_copy_where_one_is_asked_for() -> None:
    study, _ = study_of("minimize")
    study.add_trials([create_trial(value=float(n)) for n in range(3)])
    study.get_trials()[0].set_user_attr("changed", True)
    assert study.get_trials()[0].user_attrs == {}
