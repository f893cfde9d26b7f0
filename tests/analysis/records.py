"""Trials of a small space, finished without training, for the tests of tables."""

from sweep.space.hyperparams import Hyperparams
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of

SPEC = spec_of(
    "{filters: {choices: [[8], [8, 16]]}, kernel_size: 3, batch_norm: {choices: [true, false]}, "
    "optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: "
    "momentum}}, steps: 20}",
    "baselines: {base: {filters: [8], batch_norm: true, optimizer: sgd, padding: valid}}",
)


def record(
    number: int, state: State = State.COMPLETE, score: float = 0.9, **knobs: object
) -> TrialRecord:
    point = Hyperparams(
        **{"filters": (8, 16), "kernel_size": 3, "optimizer": "momentum", "steps": 20, **knobs}
    )
    found = () if state is State.FAILED else (Evaluation(20, 0.5, 0.8, 0.25, score),)
    cause = 'killed, by\n"SIGKILL" | é' if state is State.FAILED else None
    return TrialRecord(
        Trial(number, number, point, 7, 1234, None), state, 0.0, 1.25, 20, found, cause
    )


RECORDS = [
    record(2, batch_norm=True),
    record(0, State.FAILED),
    record(1, optimizer="sgd", momentum=0.9),
]
