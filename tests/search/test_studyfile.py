"""The study in the ledger's file: what is written is what Optuna reads, and what Optuna wrote is
read back."""

import math
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import optuna
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from sweep.search.studyfile import PICKLED, StudyFile
from sweep.store.ledger import Ledger, new_id

SPACE: dict[str, BaseDistribution] = {
    "filters.1": IntDistribution(8, 32, step=8),
    "dropout": FloatDistribution(0.0, 0.6),
    "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "batch_norm": CategoricalDistribution([True, False]),
    "dense": CategoricalDistribution(["[8]", "[8, 8]"]),
}
POINTS = st.fixed_dictionaries(
    {
        "filters.1": st.sampled_from([8, 16, 24, 32]),
        "learning_rate": st.floats(1e-4, 1e-1),
        "batch_norm": st.booleans(),
        "dense": st.sampled_from(["[8]", "[8, 8]"]),
    },
    optional={"dropout": st.floats(0.0, 0.6)},
)
# SQLite keeps no sign of a zero.
NUMBERS = st.floats().map(lambda number: number + 0.0)
ORDERED = NUMBERS.filter(lambda number: not math.isnan(number))


@st.composite
def trials(draw: st.DrawFn) -> FrozenTrial:
    """A trial of some state, as Optuna has it in memory."""
    state = draw(
        st.sampled_from(
            [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING]
        )
    )
    params = draw(POINTS)
    return create_trial(
        state=state,
        value=draw(ORDERED) if state is TrialState.COMPLETE else None,
        params=params,
        distributions={name: SPACE[name] for name in params},
        intermediate_values=draw(st.dictionaries(st.integers(1, 500), NUMBERS, max_size=3)),
        system_attrs=draw(
            st.dictionaries(
                st.sampled_from(["completed_rung_0", "a"]), NUMBERS.filter(math.isfinite)
            )
        ),
        constraints={"usable": 1.0} if draw(st.booleans()) else None,
    )


def numbered(found: list[FrozenTrial]) -> list[FrozenTrial]:
    for number, trial in enumerate(found):
        trial.number = trial._trial_id = number
    return found


def seen(found: list[FrozenTrial]) -> list[str]:
    """What two studies have in common where they are the same, but for the keys of rows; NaN equals
    NaN."""
    return [
        f"{t.number} {t.state} {t.values} {list(t.params.items())} {t.distributions} "
        f"{t.datetime_start} {t.datetime_complete} {sorted(t.intermediate_values.items())} "
        f"{sorted(t.system_attrs.items())}"
        for t in found
    ]


def begun(trial: FrozenTrial) -> FrozenTrial:
    """The same trial as it was when it had only been asked for."""
    before = create_trial(
        state=TrialState.RUNNING, params=trial.params, distributions=trial.distributions
    )
    before.number, before.datetime_start = trial.number, trial.datetime_start
    return before


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One ledger for the studies of every example: making its tables takes long."""
    with Ledger.open_to_write(tmp_path_factory.mktemp("studies")) as ledger:
        return ledger.path


# Making a smaller example would take minutes.
@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(found=st.lists(trials(), max_size=4).map(numbered))
def test_what_is_written_is_what_optuna_reads_and_what_is_read_back(
    found: list[FrozenTrial], path: Path
) -> None:
    name = new_id()
    with closing(StudyFile(path, name, "maximize")) as file:
        for trial in found:
            file.write(begun(trial))
            file.write(trial)
    by_optuna = optuna.load_study(study_name=name, storage=f"sqlite:///{path}").get_trials()
    assert seen(by_optuna) == seen(found)
    with closing(StudyFile(path, name, "maximize")) as file:
        assert seen(file.trials()) == seen(found)


def test_what_a_sampler_keeps_of_the_study_is_read_back_and_is_what_optuna_reads(
    path: Path,
) -> None:
    name = new_id()
    with closing(StudyFile(path, name, "maximize")) as file:
        assert file.attributes() == {}
        file.keep({"parents:1": [3, 1, 2]})
        file.keep({"parents:1": [3, 1, 2], "parents:2": [5], "text": "a"})
        file.keep({"parents:2": [6, 4]})
    expected = {"parents:1": [3, 1, 2], "parents:2": [6, 4], "text": "a"}
    with closing(StudyFile(path, name, "maximize")) as file:
        assert file.attributes() == expected
    storage = optuna.load_study(study_name=name, storage=f"sqlite:///{path}")._storage
    number = storage.get_study_id_from_name(name)
    assert storage.get_study_system_attrs(number) == expected


def test_no_pickle_of_a_study_is_written_or_read(path: Path) -> None:
    name = new_id()
    with closing(StudyFile(path, name, "maximize")) as file:
        file.keep({f"{PICKLED}:0": "80049e", "a": 1})
    storage = optuna.load_study(study_name=name, storage=f"sqlite:///{path}")._storage
    number = storage.get_study_id_from_name(name)
    assert storage.get_study_system_attrs(number) == {"a": 1}
    storage.set_study_system_attr(number, f"{PICKLED}:0", "80049e")
    with closing(StudyFile(path, name, "maximize")) as file:
        assert file.attributes() == {"a": 1}


def test_times_are_kept_wherever_the_machine_stands(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        (trial,) = numbered([create_trial(state=TrialState.COMPLETE, value=0.5)])
        trial.datetime_start = datetime(2026, 1, 2, 3, 4, 5, 678)
        name = new_id()
        with closing(StudyFile(path, name, "maximize")) as file:
            file.write(begun(trial))
            file.write(trial)
            assert seen(file.trials()) == seen([trial])
        (by_optuna,) = optuna.load_study(study_name=name, storage=f"sqlite:///{path}").get_trials()
        assert by_optuna.datetime_start == trial.datetime_start
    finally:
        monkeypatch.undo()
        time.tzset()
