"""`sweep predict`: classifies a user's own images."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands import find, terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results, SweepName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sweep.data.arrays import Pixels
    from sweep.store import BestNetwork

Images = Annotated[
    list[Path], typer.Argument(metavar="IMAGE ...", help="image files: PNG, JPEG, WEBP, ...")
]
Raw = Annotated[bool, typer.Option("--raw", help="only resize, where a digit would be centred")]


def predict(
    name: SweepName,
    images: Images,
    raw: Raw = False,
    results: Results = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Classify images with the best network of a sweep."""
    from sweep.engine import predict as predicting

    found = predicting.predict(find.sweep_folder(name, results), images, _classify, raw=raw)
    if as_json:
        terminal.print_json(found.to_json())
        return
    from sweep.view.trial import predictions_view

    console = terminal.console()
    console.print(predictions_view(found.found, found.classes, console.width))


def _classify(best: "BestNetwork", images: "Pixels") -> "NDArray[np.float32]":
    """Classifies images. TensorFlow is imported here, once they are known to be images."""
    from sweep.execute import machine

    os.environ.update(machine.TENSORFLOW)
    with terminal.without_stderr():
        from sweep.train.classify import classify

    return classify(best, images)
