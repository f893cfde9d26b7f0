"""Reads folders of images: one subfolder per class, or such folders inside train, val and test.

Every file becomes an image, is counted as left out, or is reported as a problem.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection, Labelled, Pixels, collect
from sweep.data.inventory import LISTED, ImageFile, Inventory, Split, counted
from sweep.data.picture import Fit, decode, with_channels
from sweep.errors import DataError, Problem
from sweep.trial import Progress, unseen

# Up to this many images of unusual size are reported one by one. Of more, sizes are counted.
DEVIATING = 20


def read_image_folder(
    folder: Path,
    fit: Fit | None = None,
    progress: Progress = unseen,
    *,
    skips_broken: bool = False,
) -> Collection:
    """All images, ordered by split, class and file name; grey if all are grey, else colour.

    `fit` resizes them, and `skips_broken` leaves damaged ones out. `progress` is called before each
    file and at the end. Raises `DataError` with every problem: unreadable files, images of another
    size than most, class folders without images, and images in folders inside class folders.
    """
    inventory = Inventory(folder)
    files = inventory.files()
    read = _read(files, inventory, fit, progress, skips_broken=skips_broken)
    inventory.leave_out_broken(read.broken, files)
    files = [file for file in files if file not in read.broken]
    if inventory.problems:
        raise DataError.of(inventory.problems)
    trained = [file.label for file in files if file.split == "train"]
    classes = tuple(dict.fromkeys(trained))
    places = {name: index for index, name in enumerate(classes)}
    labels = np.array([places[file.label] for file in files], np.int64)
    images = _block(read.images)
    train = _part(files, "train", images, labels)
    test = _part(files, "test", images, labels)
    own = _part(files, "validation", images, labels)
    assert train is not None
    found = collect(train, test, str(folder))
    validation = None
    if own is not None:
        validation = Labelled(own[0], own[1].astype(np.int32))
    frames_note = _frames_note(read.frames, inventory)
    return replace(
        found,
        classes=classes,
        validation=validation,
        files=tuple(inventory.name(file.path) for file in files),
        left_out=found.left_out + inventory.left_out,
        notes=(*found.notes, *inventory.notes(), *frames_note),
    )


def free_memory() -> int | None:
    """The available memory in bytes; None if the system does not report it."""
    try:
        text = Path("/proc/meminfo").read_text()
        _, _, rest = text.partition("MemAvailable:")
        return int(rest.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        return None


@dataclass
class _Read:
    """The pixels of image files, the files with several frames, and the damaged files."""

    images: list[Pixels]
    frames: list[Path]
    broken: dict[ImageFile, Problem]


def _read(
    files: Sequence[ImageFile],
    inventory: Inventory,
    fit: Fit | None,
    progress: Progress,
    *,
    skips_broken: bool,
) -> _Read:
    """Decodes all files. Damaged ones are problems, or are left out.

    Without `fit`, different sizes are a problem, too. After a problem only problems are kept.
    """
    read = _Read([], [], {})
    sizes: list[tuple[tuple[int, int], Path]] = []
    keep = True
    for done, file in enumerate(files):
        progress(done, len(files))
        try:
            picture = decode(file.path)
        except DataError as error:
            if skips_broken:
                read.broken[file] = error.problems[0]
            else:
                inventory.problems += error.problems
            continue
        pixels = picture.pixels
        if fit is not None:
            pixels = fit.of(pixels)
        height, width = pixels.shape[:2]
        sizes.append(((width, height), file.path))
        if len(sizes) == 1:
            _check_memory(len(files), pixels, inventory)
        if picture.has_frames:
            read.frames.append(file.path)
        if inventory.problems or sizes[0][0] != sizes[-1][0]:
            keep = False
            read.images.clear()
        if keep:
            read.images.append(pixels)
    progress(len(files), len(files))
    _check_sizes(sizes, inventory)
    return read


def _check_memory(count: int, pixels: Pixels, inventory: Inventory) -> None:
    """Reports a problem if `count` such images do not fit into the free memory."""
    needed = count * pixels.nbytes
    free = free_memory()
    if free is not None and needed > free:
        height, width = pixels.shape[:2]
        inventory.problem(
            f"{counted(count)} of {height} x {width} pixels need {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free",
            f"write a smaller size, such as size: [{height // 2}, {width // 2}]",
            inventory.root,
        )


def _check_sizes(sizes: Sequence[tuple[tuple[int, int], Path]], inventory: Inventory) -> None:
    """Reports each image of another size than most, or many of them as one problem."""
    counts = Counter(size for size, _ in sizes).most_common()
    if len(counts) < 2:
        return
    usual, most = counts[0]
    wanted = "[64, 64]"
    if len(sizes) - most <= DEVIATING:
        wanted = f"[{usual[1]}, {usual[0]}]"
    hint = f"write data: {{path: .., size: {wanted}}}, to resize all images when they are read"
    if len(sizes) - most <= DEVIATING:
        others = f"others are {usual[0]} x {usual[1]} ({most:,} of {len(sizes):,})"
        for (width, height), path in sizes:
            if (width, height) != usual:
                what = f"this image is {width} x {height} pixels, {others}"
                inventory.problem(what, hint, path)
        return
    example = dict(reversed(sizes))
    listed = []
    for (width, height), count in counts[:LISTED]:
        name = inventory.name(example[width, height])
        listed.append(f"{width} x {height} ({count:,}, for example {name})")
    if len(counts) > LISTED:
        listed.append(f"{len(counts) - LISTED:,} others")
    what = f"the images have {len(counts):,} sizes: {', '.join(listed)}"
    inventory.problem(what, hint, inventory.root)


def _block(decoded: list[Pixels]) -> Pixels:
    """One array (number, height, width, channels) of images (height, width) or (.., 3).

    Empties the list.
    """
    channels = 1
    if any(pixels.ndim == 3 for pixels in decoded):
        channels = 3
    block = np.empty((len(decoded), *decoded[0].shape[:2], channels), np.uint8)
    # From the end: each image's memory is freed once it is copied.
    for index in range(len(decoded) - 1, -1, -1):
        block[index] = with_channels(decoded.pop(), channels)
    return block


def _part(
    files: Sequence[ImageFile], split: Split, images: Pixels, labels: NDArray[Any]
) -> tuple[Pixels, NDArray[Any]] | None:
    """The images and labels of one split, without a copy, as they are adjacent."""
    places = [index for index, file in enumerate(files) if file.split == split]
    if places:
        return (images[places[0] : places[-1] + 1], labels[places[0] : places[-1] + 1])
    return None


def _frames_note(frames: Sequence[Path], inventory: Inventory) -> list[str]:
    if not frames:
        return []
    if len(frames) == 1:
        hold = "1 file holds"
    else:
        hold = f"{len(frames):,} files hold"
    return [
        f"{hold} several images, of which the first is used (for example "
        f"{inventory.name(frames[0])})"
    ]
