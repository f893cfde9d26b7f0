"""Looks through a folder of images: the class folders, their files, and what is left out.

Tested in tests/data/test_folder.py.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

from sweep.data.picture import endings
from sweep.errors import DataError, Problem

Split: TypeAlias = Literal["train", "validation", "test"]


# The names, in any case, of split folders. Each holds the class folders of its split.
SPLITS: dict[str, Split] = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


# The most kinds, sizes and folders in one line.
LISTED = 5


@dataclass(frozen=True)
class ImageFile:
    """One image file, its split, and the name of its class."""

    path: Path
    split: Split
    label: str


class Inventory:
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
        self._notes.append(f"{counted(len(broken))} damaged and left out (for example {example})")
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
                f"there are no class folders with images here, only {counted(images)}",
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
                what = f"beside {splits['train'].name}/ stands {path.name}/ with {counted(count)}"
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
                f", but {counted(images)}" if images else ""
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
                f"the class folder {folder.name} has {counted(sum(nested.values()))} in folders "
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


def counted(count: int) -> str:
    if count == 1:
        return "1 image"
    return f"{count:,} images"
