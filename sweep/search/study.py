"""Optuna's study of a sweep: it suggests points, learns from results, and prunes trials."""

import hashlib
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TypeAlias, assert_never

import optuna
import sqlalchemy
from optuna.trial import FrozenTrial, TrialState
from optuna.trial import Trial as OptunaTrial

from sweep.errors import StoreError
from sweep.search.pruners import make_pruner
from sweep.search.samplers import make_memory, make_sampler
from sweep.search.sequence import SequenceKind, sequence_point
from sweep.search.studyfile import StudyFile
from sweep.search.untried import Untried
from sweep.space import (
    Choices,
    Constant,
    FloatRange,
    Hyperparams,
    IntRange,
    Parameter,
    Qmc,
    Sampler,
    Shape,
    SweepSpec,
    Tpe,
    Value,
    at,
    is_allowed,
)
from sweep.store import Ledger
from sweep.trial import State, TrialRecord

# Suggestions for one configuration, and tried points among them, before a point is taken that the
# sampler did not suggest. Each of them is a trial of Optuna in the file.
MOST_SUGGESTIONS = 100
MOST_REPEATED = 10

Handle: TypeAlias = OptunaTrial


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Raises `StoreError` if Optuna cannot write to the ledger at `path`."""
    try:
        yield
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        # Optuna's own message names no cause; SQLite's message is in the chained exception.
        cause = error.__cause__ or error
        said = str(getattr(cause, "orig", None) or cause).strip().splitlines()[0]
        raise StoreError(
            f"the ledger cannot be used: {said}", "free the disk if it is full", str(path)
        ) from error


def prepare(sampler: Sampler) -> None:
    """Imports what the first suggestions of a sampler need. It takes half a second, and is best
    done while the data are read."""
    if isinstance(sampler, Tpe | Qmc):
        sequence_point("sobol", 1, 0, 0)


@dataclass(frozen=True)
class Suggestion:
    point: Hyperparams
    handle: Handle | None
    """Optuna's trial; None for a point outside the space, of which the sampler learns nothing."""


class _Verdict(Enum):
    """What is known of a suggested point: it is new and allowed, was tried, or is not allowed."""

    ACCEPTED = auto()
    KNOWN = auto()
    FORBIDDEN = auto()


class Study:
    """Optuna's study of one sweep, in memory and in the ledger's file."""

    def __init__(self, spec: SweepSpec, ledger: Ledger, shape: Shape) -> None:
        self._spec = spec
        self._shape = shape
        self._file = StudyFile(ledger.path, spec.name, spec.objective.direction)
        self._storage = make_memory(spec.search.sampler)
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=spec.name,
            direction=spec.objective.direction,
            pruner=optuna.pruners.NopPruner(),
        )
        self._pruner = make_pruner(
            spec.search.pruner,
            spec.first_rung,
            spec.search.evaluations,
            maximize=spec.objective.maximize,
        )
        self._untried = Untried(spec, shape)
        self._always = frozenset(p.name for p in spec.space.parameters if not p.when)
        self._study_id = self._storage.get_study_id_from_name(spec.name)
        for name, content in self._file.attributes().items():
            self._storage.set_study_system_attr(self._study_id, name, content)
        for trial in self._file.trials():
            self._storage.create_new_trial(self._study_id, trial)
            for step, value in trial.intermediate_values.items():
                self._falls_behind(trial.number, step, value)
            if trial.state.is_finished():
                self._ended(trial.number, complete=trial.state is TrialState.COMPLETE)
        self._reconcile(ledger)

    def close(self) -> None:
        """Closes the ledger's file."""
        self._file.close()

    def given(self, point: Hyperparams) -> Suggestion:
        """A trial of the study for a given point; without one if the space does not contain the
        point."""
        values = self._spec.space.values(point)
        if values is None:
            return Suggestion(point, None)
        return self._begun(self._enqueued(values))

    def suggest(
        self, configuration: int, tried: Collection[tuple[Value, ...]] = frozenset()
    ) -> Suggestion | None:
        """The point of a configuration that the file does not name. It is allowed, and its
        `Space.meaning` is not among `tried`. None if the space is exhausted.

        The sampler learns points that are not allowed as bad ones. If it suggests such points or
        tried ones again and again, an untried one is taken, near a tried one if there is any.
        Without what is learnt from trials, the point depends on the number of the configuration
        and on `tried` alone.
        """
        known: list[Hyperparams] = []
        for attempt in range(MOST_SUGGESTIONS):
            suggestion = self._drawn(configuration, attempt)
            verdict = self._judged(suggestion, tried)
            if verdict is _Verdict.ACCEPTED:
                return self._begun(suggestion)
            if verdict is _Verdict.KNOWN:
                known.append(suggestion.point)
            if len(known) == MOST_REPEATED:
                break
        return self._untried_near(known[-1] if known else None, configuration, tried)

    def _judged(self, drawn: Suggestion, tried: Collection[tuple[Value, ...]]) -> "_Verdict":
        """Whether a suggestion is accepted. If not, its trial of Optuna ends, and is written."""
        assert drawn.handle is not None
        if self._spec.space.meaning(drawn.point) in tried:
            verdict = _Verdict.KNOWN
            self._study.tell(drawn.handle, state=TrialState.FAIL)
        elif is_allowed(self._spec, drawn.point, self._shape):
            return _Verdict.ACCEPTED
        else:
            verdict = _Verdict.FORBIDDEN
            self._tell_unusable(drawn.handle)
        self._file.write(self._trial(drawn.handle.number))
        return verdict

    def _untried_near(
        self,
        point: Hyperparams | None,
        configuration: int,
        tried: Collection[tuple[Value, ...]],
    ) -> Suggestion | None:
        seed = derive_seed(self._spec.search.seed, "near", configuration)
        found = self._untried.near(point, tried, seed)
        if found is None:
            return None
        return self.given(found)

    def resume(self, number: int) -> Handle:
        """The handle of an interrupted trial of the study, to continue it."""
        return OptunaTrial(self._study, self._trial_id(number))

    def report(self, handle: Handle, progress: int, value: float) -> bool:
        """Takes the objective of a trial at a progress (`Grid.progress`), and returns whether
        the trial has fallen behind."""
        handle.report(value, progress)
        return self._falls_behind(handle.number, progress, value)

    def tell(self, handle: Handle, record: TrialRecord) -> None:
        """Reports the end of a trial to the sampler.

        A diverged trial counts as worse than every other, so the sampler stays away from it. A
        failed one counts for nothing.
        """
        match record.state:
            case State.COMPLETE:
                self._study.tell(handle, record.metric(self._spec.objective.metric))
            case State.PRUNED:
                self._study.tell(handle, state=TrialState.PRUNED)
            case State.DIVERGED:
                self._tell_unusable(handle)
            case State.FAILED:
                self._study.tell(handle, state=TrialState.FAIL)
            case State.RUNNING:
                raise ValueError("a running trial has no end to tell")
            case _:
                assert_never(record.state)
        self._ended(handle.number, complete=record.state is State.COMPLETE)
        self._file.write(self._trial(handle.number))

    def _falls_behind(self, number: int, progress: int, value: float) -> bool:
        return self._pruner is not None and self._pruner.falls_behind(number, progress, value)

    def _ended(self, number: int, *, complete: bool) -> None:
        if self._pruner is not None:
            self._pruner.ended(number, complete=complete)

    def _tell_unusable(self, handle: Handle) -> None:
        """Makes the sampler rank a point behind every other, whatever its evaluations were."""
        handle.set_constraint("usable", 1.0)
        with warnings.catch_warnings():
            # CMA-ES learns from no pruned trial, and warns that it does not learn the constraint.
            warnings.simplefilter("ignore", UserWarning)
            self._study.tell(handle, state=TrialState.PRUNED)

    def _begun(self, suggestion: Suggestion) -> Suggestion:
        """Writes the start of a trial of the study to the file."""
        if suggestion.handle is not None:
            self._file.write(self._trial(suggestion.handle.number))
        return suggestion

    def _trial(self, number: int) -> FrozenTrial:
        return self._storage.get_trial(self._trial_id(number))

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)

    def _drawn(self, configuration: int, attempt: int) -> Suggestion:
        """The suggestion for a configuration, at the first attempt or a further one."""
        kind = self._sequence(configuration)
        if kind is not None:
            return self._enqueued(self._in_sequence(kind, configuration, attempt))
        path = [configuration]
        if attempt:
            path.append(attempt)
        return self._asked(path)

    def _sequence(self, configuration: int) -> SequenceKind | None:
        """The sequence to which the point of a configuration belongs; None for no sequence.

        TPE follows one before it learns. Which configurations do depends on their numbers alone, so
        with any number of workers they are the same.
        """
        search = self._spec.search
        before = (configuration - len(self._spec.baselines)) * search.repeats
        match search.sampler:
            case Qmc(qmc_type=kind):
                return kind
            case Tpe(n_startup_trials=startup) if before < startup:
                return "sobol"
            case _:
                return None

    def _in_sequence(
        self, kind: SequenceKind, configuration: int, attempt: int
    ) -> dict[str, Value]:
        """The values of a sequence's point for a configuration; every attempt has another sequence.

        Coordinates of parameters that do not exist there are not used.
        """
        space = self._spec.space
        names = [p.name for p in space.parameters if p.constant is None]
        seed = derive_seed(self._spec.search.seed, "sequence", attempt)
        index = configuration - len(self._spec.baselines)
        shares = dict(zip(names, sequence_point(kind, len(names), seed, index), strict=True))
        return space.draw(lambda parameter: at(parameter.domain, shares[parameter.name]))

    def _enqueued(self, values: Mapping[str, Value]) -> Suggestion:
        """A trial of the study with these values, constants among them."""
        varied = {}
        for parameter in self._spec.space.parameters:
            if parameter.constant is None and parameter.name in values:
                varied[parameter.name] = as_category(values[parameter.name])
        self._study.enqueue_trial(varied)
        return self._asked([self._storage.get_n_trials(self._study_id)])

    def _asked(self, path: Sequence[int]) -> Suggestion:
        """A suggestion of a sampler with the seed that belongs to `path`."""
        seed = derive_seed(self._spec.search.seed, "ask", *path)
        self._study.sampler = make_sampler(self._spec.search.sampler, seed, self._always)
        handle = self._study.ask()
        values = self._spec.space.draw(lambda parameter: _suggest(handle, parameter))
        # The sampler may have chosen the parents of a new generation.
        self._file.keep(self._storage.get_study_system_attrs(self._study_id))
        return Suggestion(self._spec.space.point(values), handle)

    def _reconcile(self, ledger: Ledger) -> None:
        """Updates the study from the ledger after an interruption: the ledger is written first."""
        unfinished = self._study.get_trials(
            deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)
        )
        if not unfinished:
            return
        ours = {optuna: number for number, optuna in ledger.optuna_numbers().items()}
        records = {record.trial.number: record for record in ledger.records()}
        for trial in unfinished:
            number = ours.get(trial.number)
            if number is None:
                self._storage.set_trial_state_values(self._trial_id(trial.number), TrialState.FAIL)
                self._file.write(self._trial(trial.number))
            elif records[number].state.is_finished:
                handle = self.resume(trial.number)
                record = records[number]
                for evaluation in record.evaluations:
                    progress = self._spec.grid.progress(record.trial.point, evaluation.step)
                    value = evaluation.value(self._spec.objective.metric)
                    self.report(handle, progress, value)
                self.tell(handle, records[number])


def derive_seed(seed: int, *path: str | int) -> int:
    """A seed below 2**31 for one use of `seed`; other uses get other seeds."""
    text = "/".join(map(str, (seed, *path)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1


def as_category(value: Value) -> bool | int | float | str:
    """A choice in Optuna's form: lists become text."""
    if isinstance(value, tuple):
        return str(list(value))
    return value


def _suggest(handle: Handle, parameter: Parameter) -> Value:
    name = parameter.name
    match parameter.domain:
        case Choices(options):
            chosen = handle.suggest_categorical(name, [as_category(option) for option in options])
            return next(option for option in options if as_category(option) == chosen)
        case IntRange(low, high, step, log):
            return handle.suggest_int(name, low, high, step=step, log=log)
        case FloatRange(low, high, step, log):
            return handle.suggest_float(name, low, high, step=step, log=log)
        case Constant(value):
            return value
