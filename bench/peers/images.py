"""The images that the peers get: those of sweep's own split, so that all train and validate on the
same."""

from pathlib import Path

import numpy as np

from sweep.data.dataset import Dataset


def write_images(data: Dataset, path: Path) -> None:
    """Writes `x_train`, `y_train`, `x_val` and `y_val` (NumPy's `.npz`); no test images among
    them."""
    parts = {"train": data.train, "val": data.validation}
    arrays = {f"x_{name}": data.images[part] for name, part in parts.items()}
    labels = {f"y_{name}": data.labels[part] for name, part in parts.items()}
    np.savez(path, **arrays, **labels)  # type: ignore[arg-type]
