"""The files of a sweep on the disk: its ledger and its weights.

Other packages import these names from here.
"""

from sweep.store.ledger import Facts, Ledger, has_ledger, new_id, sweeps_in
from sweep.store.lock import is_in_use
from sweep.store.results import Overview, overview, read_sweep
from sweep.store.weights import (
    BEST,
    NETWORK,
    BestNetwork,
    KeptWeights,
    read_best,
    remove_weights,
    usage,
    weights_file,
    write_best,
    write_network,
)

__all__ = [
    "BEST",
    "NETWORK",
    "BestNetwork",
    "Facts",
    "KeptWeights",
    "Ledger",
    "Overview",
    "has_ledger",
    "is_in_use",
    "new_id",
    "overview",
    "read_best",
    "read_sweep",
    "remove_weights",
    "sweeps_in",
    "usage",
    "weights_file",
    "write_best",
    "write_network",
]
