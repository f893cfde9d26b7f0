"""Sweeps over the hyperparameters of a convolutional network.

One YAML file in, one results table out.

    import sweep

    done = sweep.run("search_spaces/lenet.yaml")
    done.table
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweep.engine.api import Sweep, load, run
    from sweep.errors import SweepError

__version__ = "0.1.0"
__all__ = ["Sweep", "SweepError", "__version__", "load", "run"]

# Public names and their modules, each imported on first use.
_OFFERED = {
    "Sweep": "sweep.engine.api",
    "SweepError": "sweep.errors",
    "load": "sweep.engine.api",
    "run": "sweep.engine.api",
}


def __getattr__(name: str) -> Any:
    if name not in _OFFERED:
        raise AttributeError(f"module 'sweep' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_OFFERED[name]), name)


def __dir__() -> list[str]:
    return __all__
