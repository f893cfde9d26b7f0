"""One trial as values: its task, its events, and its record. Other folders import them from
here."""

from sweep.trial.events import (
    Done,
    Ended,
    Evaluated,
    Event,
    Finishing,
    Loaded,
    Spent,
    Started,
    Traced,
    ends,
    failed,
)
from sweep.trial.examination import Examination, ordinary, worst
from sweep.trial.images import DataSummary, declared
from sweep.trial.ranking import (
    Configuration,
    Standings,
    configurations,
    network_of_best,
    of_trained,
    ranked,
    triviality,
    with_spread,
)
from sweep.trial.record import Evaluation, State, Trace, Trial, TrialRecord, thinned, took
from sweep.trial.tasks import (
    STEPS_PER_CALL,
    Errand,
    Examine,
    Publish,
    Task,
    Train,
    evaluation_steps,
)

__all__ = [
    "STEPS_PER_CALL",
    "Configuration",
    "DataSummary",
    "Done",
    "Ended",
    "Errand",
    "Evaluated",
    "Evaluation",
    "Event",
    "Examination",
    "Examine",
    "Finishing",
    "Loaded",
    "Publish",
    "Spent",
    "Standings",
    "Started",
    "State",
    "Task",
    "Trace",
    "Traced",
    "Train",
    "Trial",
    "TrialRecord",
    "configurations",
    "declared",
    "ends",
    "evaluation_steps",
    "failed",
    "network_of_best",
    "of_trained",
    "ordinary",
    "ranked",
    "thinned",
    "took",
    "triviality",
    "with_spread",
    "worst",
]
