"""Reads folders of images: one subfolder per class, or such folders inside train, val and test.

Every file becomes an image, is counted as left out, or is reported as a problem.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection, Labelled, Pixels, collect
from sweep.data.picture import Fit, decode, endings, with_channels
from sweep.errors import DataError, Problem

Split: TypeAlias = Literal["train", "validation", "test"]

# The names, in any case, of split folders. Each holds the class folders of its split.
SPLITS: dict[str, Split] = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip

# Up to this many images of unusual size are reported one by one. Of more, sizes are counted.
DEVIATING = 20
# The most kinds, sizes and folders in one line.
LISTED = 5


@dataclass(frozen=True)
class ImageFile:
    """One image file, its split, and the name of its class."""

    path: Path
    split: Split
    label: str


def read_image_folder(
    folder: Path, fit: Fit | None = None, *, skips_broken: bool = False
) -> Collection:
    """All images, ordered by split, class and file name; grey if all are grey, else colour.

    `fit` resizes them, and `skips_broken` leaves damaged ones out. Raises `DataError` with every
    problem: unreadable files, images of another size than most, class folders without images, and
    images in folders inside class folders.
    """
    inventory = _Inventory(folder)
    files = inventory.files()
    read = _read(files, inventory, fit, skips_broken=skips_broken)
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


class _Inventory:
    """The contents of a folder: image files, files that are left out, and problems."""

    def __init__(self, root: Path) -> None:
        self.problems: list[Problem] = []
        self.root = root
        self._left_out: Counter[str] = Counter()
        self._example: dict[str, Path] = {}
        self._notes: list[str] = []

    @property
    def left_out(self) -> int:
        return self._left_out.total()

    def leave_out_broken(
        self, broken: Mapping[ImageFile, Problem], files: Sequence[ImageFile]
    ) -> None:
        """Counts and notes damaged images. A class with damaged images only is a problem."""
        if not broken:
            return
        first, problem = next(iter(broken.items()))
        example = f"{self.name(first.path)}: {problem.message}"
        self._notes.append(f"{_images(len(broken))} damaged and left out (for example {example})")
        self._left_out["damaged"] += len(broken)
        self._example["damaged"] = first.path
        for split, label in dict.fromkeys((file.split, file.label) for file in files):
            own = [file for file in files if (file.split, file.label) == (split, label)]
            if all(file in broken for file in own):
                what = f"every image of the class {label} is damaged"
                self.problem(what, "save them again, or remove the folder", own[0].path.parent)

    def name(self, path: Path) -> str:
        """A path inside the folder as text."""
        return _text(path.relative_to(self.root).as_posix())

    def problem(self, message: str, hint: str, path: Path) -> None:
        self.problems.append(Problem(message, hint, str(path)))

    def notes(self) -> list[str]:
        """One line on the files that were left out, and others on oddities."""
        if not self._left_out:
            return self._notes

        def order(kind: str) -> tuple[bool, int]:
            # Unread images come first: users miss them the most.
            return kind not in endings(), -self._left_out[kind]

        kinds = sorted(self._left_out, key=order)
        named = [f"{self._left_out[kind]:,} {kind}" for kind in kinds[:LISTED]]
        others = sum(self._left_out[kind] for kind in kinds[LISTED:])
        if others:
            named.append(f"{others:,} others")
        example = self.name(self._example[kinds[0]])
        files = "file" if self.left_out == 1 else "files"
        left_out = f"{self.left_out:,} {files} left out: {', '.join(named)} (for example {example})"
        return [left_out, *self._notes]

    def files(self) -> list[ImageFile]:
        """Every image file, in the order of splits, classes and file names."""
        folders, files = self._entries(self.root)
        if not any(_is_image(file) for path in folders for file in _files_below(path)):
            self._nothing_here(folders, files)
        splits = self._splits(folders)
        for path in files:
            self._leave_out(path)
        if splits is None:
            return self._classes(folders, "train")
        found = {split: self._split(path, split) for split, path in splits.items()}
        self._compare_classes(found, splits)
        return [file for split in ("train", "validation", "test") for file in found.get(split, [])]

    def _entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The folders and the other entries in a folder, by name, without hidden ones."""
        try:
            inside = sorted(folder.iterdir())
        except OSError as error:
            self.problem(
                f"this folder cannot be read: {error.strerror}", "check its permissions", folder
            )
            return [], []
        seen = []
        for path in inside:
            if not _is_hidden(path):
                seen.append(path)
            elif _is_folder(path):
                self._leave_out_folder(path)
            else:
                self._leave_out(path, "hidden")
        return [path for path in seen if _is_folder(path)], [
            path for path in seen if not _is_folder(path)
        ]

    def _leave_out(self, path: Path, kind: str | None = None) -> None:
        kind = kind or _ending(path)
        self._left_out[kind] += 1
        self._example.setdefault(kind, path)

    def _leave_out_folder(self, path: Path) -> None:
        kind = f"in {self.name(path)}/"
        try:
            if path.is_symlink():
                files = [path]
            else:
                files = [*_files_below(path)]
        except DataError:
            files = [path]
        for file in files:
            self._leave_out(file, kind)

    def _nothing_here(self, folders: Sequence[Path], files: Sequence[Path]) -> NoReturn:
        if self.problems:
            raise DataError.of(self.problems)
        images = sum(map(_is_image, files))
        if images:
            raise DataError(
                f"there are no class folders with images here, only {_images(images)}",
                "put the images of each class into a subfolder that is named after it",
                str(self.root),
            )
        there = _by_ending([*files, *(file for path in folders for file in _files_below(path))])
        raise DataError(
            "there are no data of a known form here" + (f", but {there}" if there else ""),
            "give an .npz file, a folder of IDX files or a folder with one subfolder of images per "
            "class",
            str(self.root),
        )

    def _splits(self, folders: Sequence[Path]) -> dict[Split, Path] | None:
        """The folders of the splits; None if the folders are classes themselves."""
        named = [
            (SPLITS[path.name.lower()], path) for path in folders if path.name.lower() in SPLITS
        ]
        if not any(split == "train" and _folders_in(path) for split, path in named):
            self._check_classes_of_splits(folders, [path for _, path in named])
            return None
        splits: dict[Split, Path] = {}
        for split, path in named:
            if split in splits:
                what = f"{splits[split].name}/ and {path.name}/ both hold {split} images"
                self.problem(what, "keep one of the two", self.root)
            splits.setdefault(split, path)
        for path in folders:
            if path.name.lower() in SPLITS:
                continue
            if count := sum(map(_is_image, _files_below(path))):
                what = f"beside {splits['train'].name}/ stands {path.name}/ with {_images(count)}"
                self.problem(what, "move it away, or into the folder of a split", path)
            else:
                self._leave_out_folder(path)
        return splits

    def _check_classes_of_splits(self, folders: Sequence[Path], named: Sequence[Path]) -> None:
        """Reports split folders without class folders: train and test are not classes."""
        holding = [path for path in folders if any(map(_is_image, _files_below(path)))]
        if not all(path in named for path in holding):
            return
        for path in holding:
            if not _folders_in(path):
                what = f"{path.name}/ is the folder of a split, and has no class folders"
                self.problem(
                    what,
                    "put the images of each class into a folder inside it, named after the class",
                    path,
                )

    def _split(self, folder: Path, split: Split) -> list[ImageFile]:
        """The image files of one split, which has class folders inside."""
        folders, files = self._entries(folder)
        images = sum(map(_is_image, files))
        if not folders and split == "test" and images:
            # Competitions often have test images without labels. They are not used.
            for path in files:
                self._leave_out(path, f"in {folder.name}/")
            self._notes.append(
                f"{folder.name}/ has no class folders: it is not used as test images"
            )
            return []
        if not folders:
            what = f"{folder.name}/ has no class folders" + (
                f", but {_images(images)}" if images else ""
            )
            self.problem(what, "give it the class folders that train/ has, or move it away", folder)
            return []
        for path in files:
            self._leave_out(path)
        return self._classes(folders, split)

    def _classes(self, folders: Sequence[Path], split: Split) -> list[ImageFile]:
        found = []
        if split == "train" and len(folders) == 1:
            hint = "a data set needs at least two classes, each in a folder of its own"
            self.problem(f"there is one class folder only, {folders[0].name}", hint, folders[0])
        for folder in folders:
            images = self._class(folder)
            found += [ImageFile(path, split, _text(folder.name)) for path in images]
        return found

    def _class(self, folder: Path) -> list[Path]:
        """The image files of one class. None at all, or some in inner folders, is a problem."""
        folders, files = self._entries(folder)
        images = [path for path in files if _is_image(path)]
        others = [path for path in files if not _is_image(path)]
        for path in others:
            self._leave_out(path)
        nested: dict[str, int] = {}
        for path in folders:
            if path.is_symlink():
                what = "this is a link to a folder, inside a class folder"
                self.problem(what, "remove it, or move the images into the class folder", path)
            elif count := sum(map(_is_image, _files_below(path))):
                nested[path.name] = count
            else:
                self._leave_out_folder(path)
        if nested:
            listed = [f"{name}/ {count:,}" for name, count in list(nested.items())[:LISTED]]
            listed += ["..."] if len(nested) > LISTED else []
            self.problem(
                f"the class folder {folder.name} has {_images(sum(nested.values()))} in folders "
                f"inside it: {', '.join(listed)}",
                f"move them up into {folder.name}/, or give {folder.name}/ as the path if its "
                "folders are the classes",
                folder,
            )
        elif not images:
            self.problem(
                f"the class folder {folder.name} has no image that can be read; "
                f"it {'has ' + _by_ending(others) if others else 'is empty'}",
                "put images into it (PNG, JPEG, WEBP, BMP, GIF, TIFF and others), or remove it",
                folder,
            )
        return images

    def _compare_classes(
        self, found: dict[Split, list[ImageFile]], splits: dict[Split, Path]
    ) -> None:
        """Reports classes without training images, and notes classes without validation images."""
        learned = {path.name for path in _folders_in(splits["train"])}
        for split in ("validation", "test"):
            if not found.get(split):
                continue
            path = splits[split]
            own = {folder.name: folder for folder in _folders_in(path)}
            for name in sorted(own.keys() - learned):
                what = f"the class {name} of {path.name}/ is not in {splits['train'].name}/"
                self.problem(what, "give every class training images, or remove it", own[name])
            if split == "validation" and (missing := sorted(learned - own.keys())):
                listed = ", ".join(missing[:LISTED]) + (", ..." if len(missing) > LISTED else "")
                if len(missing) == 1:
                    classes = "1 class"
                else:
                    classes = f"{len(missing):,} classes"
                self._notes.append(f"{path.name}/ has no images of {classes}: {listed}")


def free_memory() -> int | None:
    """The available memory in bytes; None if the system does not report it."""
    try:
        text = Path("/proc/meminfo").read_text()
        _, _, rest = text.partition("MemAvailable:")
        return int(rest.split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        return None


def _text(name: str) -> str:
    """A printable file name. Bytes that are not UTF-8 become escapes such as \\xe9."""
    return os.fsencode(name).decode(errors="backslashreplace")


def _is_folder(path: Path) -> bool:
    # Path.is_dir raises if a parent folder may not be searched.
    return os.path.isdir(path)


def _is_hidden(path: Path) -> bool:
    # macOS archives contain __MACOSX, with one hidden file for each file.
    return path.name.startswith(".") or path.name == "__MACOSX"


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in endings()


def _folders_in(folder: Path) -> list[Path]:
    try:
        return sorted(
            path for path in folder.iterdir() if _is_folder(path) and not _is_hidden(path)
        )
    except OSError:
        return []


def _files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder, without following links to folders.

    Raises `DataError` if a folder cannot be read.
    """
    for where, folders, names in os.walk(folder, onerror=_unreadable):
        folders.sort()
        yield from (Path(where, name) for name in sorted(names))


def _unreadable(error: OSError) -> NoReturn:
    raise DataError(
        f"this folder cannot be read: {error.strerror}",
        "check its permissions",
        str(error.filename),
    )


def _ending(path: Path) -> str:
    return path.suffix.lower() or "without an ending"


def _by_ending(files: Sequence[Path]) -> str:
    """The most frequent endings, with their counts."""
    counts = Counter(map(_ending, files)).most_common(LISTED)
    return ", ".join(f"{count:,} {ending}" for ending, count in counts)


def _images(count: int) -> str:
    if count == 1:
        return "1 image"
    return f"{count:,} images"


@dataclass
class _Read:
    """The pixels of image files, the files with several frames, and the damaged files."""

    images: list[Pixels]
    frames: list[Path]
    broken: dict[ImageFile, Problem]


def _read(
    files: Sequence[ImageFile], inventory: _Inventory, fit: Fit | None, *, skips_broken: bool
) -> _Read:
    """Decodes all files. Damaged ones are problems, or are left out.

    Without `fit`, different sizes are a problem, too. After a problem only problems are kept.
    """
    read = _Read([], [], {})
    sizes: list[tuple[tuple[int, int], Path]] = []
    keep = True
    for file in files:
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
    _check_sizes(sizes, inventory)
    return read


def _check_memory(count: int, pixels: Pixels, inventory: _Inventory) -> None:
    """Reports a problem if `count` such images do not fit into the free memory."""
    needed = count * pixels.nbytes
    free = free_memory()
    if free is not None and needed > free:
        height, width = pixels.shape[:2]
        inventory.problem(
            f"{_images(count)} of {height} x {width} pixels need {needed / 1e9:.1f} GB of memory, "
            f"and {free / 1e9:.1f} GB are free",
            f"write a smaller size, such as size: [{height // 2}, {width // 2}]",
            inventory.root,
        )


def _check_sizes(sizes: Sequence[tuple[tuple[int, int], Path]], inventory: _Inventory) -> None:
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


def _frames_note(frames: Sequence[Path], inventory: _Inventory) -> list[str]:
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
