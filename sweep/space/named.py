"""The named data sets, each declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sweep.space.shapes import Shape

DataName: TypeAlias = Literal["mnist", "fashion_mnist", "cifar10", "cifar100"]
DEFAULT_DATA: DataName = "mnist"


@dataclass(frozen=True)
class NamedData:
    """The facts about a data set, known without reading it."""

    shape: Shape
    """Height, width and channels of an image."""
    classes: int
    train: int
    """Training images."""
    test: int
    """Test images."""
    sha256: str = ""
    """Of its arrays, as `data.arrays.digest` forms it from training and test images; empty where
    the files are verified in another way."""
    is_of_digits: bool = False
    """Whether its images are drawn digits, centred and light on dark."""

    def to_split(self, *, merge: bool) -> int:
        """The number of images to split: the training images, or all if they are merged."""
        if merge:
            return self.train + self.test
        return self.train


NAMED_DATA: Mapping[str, NamedData] = {
    "mnist": NamedData(
        shape=(28, 28, 1),
        classes=10,
        train=60_000,
        test=10_000,
        sha256="e01a2336dfa29a82d2f956a620da1be7d0b6fdfcadd0a9b2725ffcb8e1274d74",
        is_of_digits=True,
    ),
    "fashion_mnist": NamedData(
        shape=(28, 28, 1),
        classes=10,
        train=60_000,
        test=10_000,
        sha256="690bb3f5c635d3f3bd647b9826c4df030a94f722917662f0728e02ed29202de7",
    ),
    "cifar10": NamedData(shape=(32, 32, 3), classes=10, train=50_000, test=10_000),
    "cifar100": NamedData(shape=(32, 32, 3), classes=100, train=50_000, test=10_000),
}
