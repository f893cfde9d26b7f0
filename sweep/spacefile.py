"""The door: the path of a space file becomes a `SweepSpec`, or every problem with its line."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from sweep.checks import Checker, did_you_mean, show
from sweep.design import MOST, design
from sweep.distributions import read_space
from sweep.errors import InputError
from sweep.feasible import impossible, nothing_can_be_built
from sweep.hyperparams import KNOBS, Hyperparams, Value
from sweep.sections import (
    DEFAULT_TRIALS,
    DESIGNS,
    NAME_PATTERN,
    DataSection,
    ObjectiveSection,
    SearchSection,
)
from sweep.shapes import Shape
from sweep.spec import Baseline, Choice, DataSpec, Objective, Search, Space, SweepSpec
from sweep.yamlfile import Entry, Items, Leaf, Mark, Node, Table, nodes, read

M = TypeVar("M", bound=BaseModel)

TOP_KEYS = ("name", "data", "space", "search", "objective", "baselines")

# Image shapes (height, width, channels) and numbers of classes of the data sets that have a name.
NAMED_DATA: Mapping[str, tuple[Shape, int]] = {
    "mnist": ((28, 28, 1), 10),
    "fashion_mnist": ((28, 28, 1), 10),
}
# Their numbers of training and test images.
_NAMED_IMAGES: Mapping[str, tuple[int, int]] = {"mnist": (60_000, 10_000), "fashion_mnist": (60_000, 10_000)}

# Keys of the file format that this version refuses rather than ignores.
_NOT_YET = {
    "constraints": "remove it; this version tries every network that can be built",
    "timeout": "remove it, and stop the sweep with Ctrl-C when it is time: the same command goes on later",
}


@dataclass
class _Marks:
    """Where the parts of a file stand."""

    space: Mark
    trials: Mark
    knobs: dict[str, Mark] = field(default_factory=dict)
    baselines: dict[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceFile:
    """A space file that was read and checked, but for what depends on the shape of images without a name."""

    _spec: SweepSpec
    _marks: _Marks
    _all_trials: bool
    """Whether the sweep has as many trials as its grid, or what else is bound to be tried."""
    _settled: bool
    """Whether the images have a name, so that all of it was checked already."""

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def data(self) -> DataSpec:
        return self._spec.data

    def spec(self, shape: Shape) -> SweepSpec:
        """What the file says, for images of `shape` (height, width, channels).

        Raises `SpaceFileError` where no point of the space, or one of the baselines, can be built for
        them, or where there is not enough to try for the number of trials."""
        if self._settled:
            return self._spec
        check = Checker(())
        _shapes(check, self._spec.space, self._spec.baselines, self._marks, shape)
        check.finish()
        trials = self._spec.search.trials
        if self._spec.search.sampler.name in DESIGNS:
            trials = _count(check, self._spec, shape, None if self._all_trials else trials, self._marks)
            check.finish()
        return replace(self._spec, search=replace(self._spec.search, trials=trials))


def load(path: Path) -> SpaceFile:
    """Reads and checks a space file.

    Raises `SpaceFileError` with every problem in it, and `InputError` where it cannot be read.
    """
    return parse(read(path), path)


def parse(text: str, path: Path) -> SpaceFile:
    """The text of a space file, checked; `path` is where it stands, or stood."""
    root, repeated = nodes(text, path)
    check = Checker(repeated)
    if not isinstance(root, Table):
        raise InputError("a space file is a mapping of keys to values", "begin with name: and space:", str(root.mark))
    root = _without_refused(check, root)
    check.unknown_keys(root, TOP_KEYS, "a space file")

    name = _name(check, root)
    data = _data(check, root.get("data"), path)
    search = _search(check, root.get("search"))
    objective = _objective(check, root.get("objective"))

    marks, before = _Marks(_key_mark(root, "space"), _search_mark(root, "trials")), check.count
    space = _space(check, root, marks)
    space_is_sound = check.count == before
    # Against a space that is not understood, a baseline is checked by itself alone.
    baselines = _baselines(check, root.get("baselines"), space if space_is_sound else Space(()), marks)
    if space_is_sound and data is not None and data.name is not None:
        _shapes(check, space, baselines, marks, NAMED_DATA[data.name][0])
    if search is not None:
        _check_search(check, root, search)

    if name is None or data is None or search is None or objective is None:
        check.finish()
        raise AssertionError("what is missing has a problem")
    all_trials = search.trials is None
    spec = SweepSpec(name, data, space, _settled(search), objective, baselines, text)
    if check.count == 0 and data.name is not None and search.is_design:
        trials = _count(check, spec, NAMED_DATA[data.name][0], search.trials, marks)
        spec = replace(spec, search=replace(spec.search, trials=trials))
    check.finish()
    return SpaceFile(spec, marks, all_trials, data.name is not None)


def _check_search(check: Checker, root: Table, search: SearchSection) -> None:
    """What `search` says that does not go together, or not with the baselines."""
    node = root.get("baselines")
    baselines = len(node.entries) if isinstance(node, Table) else 0
    least = baselines * search.repeats
    if not search.is_design and least > (search.trials or DEFAULT_TRIALS):
        check.problem(
            _key_mark(root, "baselines"),
            f"{baselines} baselines do not fit in {search.trials or DEFAULT_TRIALS} trials"
            + (f", each trained {search.repeats} times" if search.repeats > 1 else ""),
            f"set search.trials to {least} or more",
        )
    if search.sampler.name == "one-at-a-time":
        if baselines == 0:
            check.problem(
                _search_mark(root, "sampler"),
                "one-at-a-time varies a baseline, and the file has none",
                "add baselines: with at least one",
            )
        if search.chosen_pruner.name != "none":
            check.problem(
                _search_mark(root, "pruner"),
                "one-at-a-time compares trials at their end, and none may be pruned",
                "leave pruner out",
            )


def _count(check: Checker, spec: SweepSpec, shape: Shape, asked: int | None, marks: _Marks) -> int:
    """The number of trials of a sweep that is bound to its design: all that can be built, or as `asked`."""
    repeats = spec.search.repeats
    most = MOST + 1 if asked is None else math.ceil(asked / repeats)
    trials = len(design(spec, shape, most)) * repeats
    if asked is None and trials > MOST * repeats:
        check.problem(
            marks.trials,
            f"{spec.search.sampler.name} has more than {MOST} configurations here",
            "set trials for a part of them, or values to fewer, or narrow the space",
        )
    if asked is not None and trials < asked:
        check.problem(
            marks.trials,
            f"{spec.search.sampler.name} has only {trials} trainings here, not {asked}",
            "leave trials out for all of them",
        )
    return asked or trials


def _search_mark(root: Table, key: str) -> Mark:
    """Where `key` of the search stands, or else what stands around it."""
    node = root.get("search")
    found = [e.mark for e in node.entries if e.key == key] if isinstance(node, Table) else []
    return found[0] if found else _key_mark(root, "search")


def _key_mark(table: Table, key: str) -> Mark:
    return next((e.mark for e in table.entries if e.key == key), table.mark)


def _without_refused(check: Checker, table: Table) -> Table:
    for entry in table.entries:
        if entry.key in _NOT_YET:
            check.problem(entry.mark, f"{entry.key} is not supported by this version", _NOT_YET[entry.key])
    return Table(tuple(e for e in table.entries if e.key not in _NOT_YET), table.mark)


def _name(check: Checker, root: Table) -> str | None:
    node = root.get("name")
    if node is None:
        check.problem(root.mark, "the sweep has no name", "add a line such as name: lenet")
        return None
    if isinstance(node, Leaf) and isinstance(node.value, str) and re.fullmatch(NAME_PATTERN, node.value):
        return node.value
    check.problem(
        node.mark,
        f"name cannot be {show(node)}",
        "use letters, digits, . _ and -, the first a letter, a digit or _; quote a name of digits only",
    )
    return None


def _section(check: Checker, node: Node | None, model: type[M], what: str) -> tuple[M | None, Table | None]:
    """The section checked; its defaults where it is left out, None after a problem."""
    if node is None:
        return model(), None
    table = check.table(node, what)
    return (None, None) if table is None else (check.section(table, model, what), table)


def _data(check: Checker, node: Node | None, path: Path) -> DataSpec | None:
    if isinstance(node, Leaf):
        node = Table((Entry("name", node.mark, node),), node.mark)
    section, table = _section(check, node, DataSection, "data")
    if section is None:
        return None
    if table is None:
        return DataSpec(name="mnist")
    before = check.count
    if (section.name is None) == (section.path is None):
        check.problem(table.mark, "data needs a name or a path, and not both", "write data: mnist or {path: folder}")
    for key in ("validation", "test"):
        amount = getattr(section, key)
        value = table.get(key)
        if value is not None and amount is not None and amount >= 1 and amount != int(amount):
            check.problem(
                value.mark,
                f"{key} must be a share below 1 or a whole number of images, not {amount}",
                "write for example 0.1 or 5000",
            )
    if section.test is not None and section.name is not None and not section.merge:
        check.problem(
            _key_mark(table, "test"),
            f"{section.name} brings its own test images",
            "leave test out, or add merge: true to split all images anew",
        )
    if check.count != before:
        return None
    try:
        where = None if section.path is None else (path.parent / Path(section.path).expanduser()).resolve()
    except (ValueError, RuntimeError, OSError) as error:
        check.problem(_key_mark(table, "path"), f"this cannot be a path: {error}", "check how it is written")
        return None
    data = DataSpec(
        section.name, where, section.validation, section.test, section.merge, section.stratify, section.seed
    )
    if data.name is not None:
        train, test = _NAMED_IMAGES[data.name]
        try:
            data.amounts(train + test if data.merge else train)
        except ValueError as error:
            at = "validation" if table.get("validation") is not None else "test"
            check.problem(_key_mark(table, at), str(error), "ask for smaller shares, at least one image each")
    return data


def _search(check: Checker, node: Node | None) -> SearchSection | None:
    if isinstance(node, Table):
        node = _without_refused(check, node)
        node = Table(tuple(Entry(e.key, e.mark, _by_name(e)) for e in node.entries), node.mark)
    return _section(check, node, SearchSection, "search")[0]


def _settled(section: SearchSection) -> Search:
    """The search with what goes with its sampler; a design's number of trials is counted later."""
    return Search(
        trials=section.trials or DEFAULT_TRIALS,
        sampler=_choice(section.sampler),
        pruner=_choice(section.chosen_pruner),
        evaluations=section.evaluations,
        seed=section.seed,
        threads=section.threads,
        keep=section.keep,
        repeats=section.repeats,
    )


def _by_name(entry: Entry) -> Node:
    """`sampler: tpe` in its long form, `sampler: {name: tpe}`."""
    value = entry.value
    if entry.key not in ("sampler", "pruner") or not isinstance(value, Leaf) or value.value is None:
        return value
    return Table((Entry("name", value.mark, value),), value.mark)


def _choice(options: BaseModel) -> Choice:
    named = options.model_dump()
    return Choice(named.pop("name"), named)


def _objective(check: Checker, node: Node | None) -> Objective | None:
    if node is None:
        return Objective("val_accuracy", maximize=True)
    table = check.table(node, "objective", "write {maximize: val_accuracy}")
    if table is None:
        return None
    entries = []
    for entry in table.entries:
        if isinstance(entry.value, Items):
            check.problem(entry.value.mark, "several objectives are not supported by this version", "name one metric")
        elif isinstance(entry.value, Leaf) and str(entry.value.value).startswith("test_"):
            check.problem(
                entry.value.mark,
                f"a sweep cannot be judged by {entry.value.value}",
                "use val_accuracy: the test images are kept for the end",
            )
        else:
            entries.append(entry)
    section = check.section(Table(tuple(entries), table.mark), ObjectiveSection, "objective")
    if section is None or len(entries) < len(table.entries):
        return None
    if section.maximize is not None and section.minimize is None:
        return Objective(section.maximize, maximize=True)
    if section.minimize is not None and section.maximize is None:
        return Objective(section.minimize, maximize=False)
    check.problem(table.mark, "objective needs one of maximize and minimize", "write {maximize: val_accuracy}")
    return None


def _space(check: Checker, root: Table, marks: _Marks) -> Space:
    """The space, as far as it is understood."""
    node = root.get("space")
    if node is None:
        check.problem(root.mark, "the file has no space", "add space: with the hyperparameters to vary")
        return Space(())
    table = check.table(node, "space")
    if table is None:
        return Space(())
    space, marks.knobs = read_space(check, table)
    depths = Counter(p.knob for p in space.parameters if p.layer is not None)
    for knob in depths.keys() & {"kernel_size", "strides"}:
        if "filters" in depths and depths[knob] != depths["filters"]:
            check.problem(
                marks.knobs[knob],
                f"{knob} lists {depths[knob]} layers, filters {depths['filters']}",
                f"a list has one entry per layer ([5, 5] is two layers, not height and width); "
                f"one value, as in {knob}: 5, serves all layers",
            )
    return space


def _baselines(check: Checker, node: Node | None, space: Space, marks: _Marks) -> tuple[Baseline, ...]:
    table = None if node is None else check.table(node, "baselines")
    if table is None:
        return ()
    found = []
    for entry in table.entries:
        marks.baselines[entry.key] = entry.mark
        if not re.fullmatch(NAME_PATTERN, entry.key):
            check.problem(entry.mark, f"a baseline cannot be named {entry.key!r}", "use letters, digits, . _ and -")
        baseline = _baseline(check, entry, space)
        if baseline is not None:
            found.append(baseline)
    return tuple(found)


def _baseline(check: Checker, entry: Entry, space: Space) -> Baseline | None:
    table = check.table(entry.value, f"the baseline {entry.key}")
    if table is None:
        return None
    before = check.count
    what = f"the baseline {entry.key}"
    for item in table.entries:
        if item.key not in KNOBS:
            hint = did_you_mean(item.key, KNOBS, f"a baseline takes {', '.join(KNOBS)}")
            check.problem(item.mark, f"{what} has no key {item.key}", hint)
    known = Table(tuple(e for e in table.entries if e.key in KNOBS), table.mark)
    point = check.section(known, Hyperparams, what)
    if point is None or check.count != before:
        return None
    given = frozenset(e.key for e in known.entries)
    constants = {p.name: v for p in space.parameters if (v := p.constant) is not None and p.knob not in given}
    point = _with_constants(point, space, constants)
    _check_given(check, entry, space, point, given)
    return Baseline(entry.key, point, given) if check.count == before else None


def _with_constants(point: Hyperparams, space: Space, constants: Mapping[str, Value]) -> Hyperparams:
    """`point` with the constants of the space where the baseline is silent; a list counts if all of it is."""
    knobs = {p.knob for p in space.parameters if p.name in constants}
    whole = {k for k in knobs if all(p.name in constants for p in space.parameters if p.knob == k)}
    chosen = Space(tuple(p for p in space.parameters if p.knob in whole)).point(constants)
    return point.model_copy(update={knob: getattr(chosen, knob) for knob in whole})


def _check_given(check: Checker, entry: Entry, space: Space, point: Hyperparams, given: frozenset[str]) -> None:
    """Problems for what a baseline leaves open, and for what does not exist there."""
    existing = space.draw_from(point)
    for knob in space.knobs:
        own = [p for p in space.parameters if p.knob == knob]
        exists = any(p.name in existing or p.layer is not None for p in own)
        varied = any(p.constant is None for p in own)
        if exists and varied and knob not in given:
            check.problem(
                entry.mark, f"the baseline {entry.key} does not give {knob}", f"add {knob}: the space varies it"
            )
        if not exists and knob in given:
            condition = " and ".join(f"{c.name}: {list(c.values)}" for c in own[0].when)
            check.problem(
                entry.mark,
                f"the baseline {entry.key} gives {knob}, which exists only when {condition}",
                f"leave {knob} out",
            )


def _shapes(check: Checker, space: Space, baselines: tuple[Baseline, ...], marks: _Marks, shape: Shape) -> None:
    reason = nothing_can_be_built(space, shape)
    if reason is not None:
        present = [k for k in (reason.knob, "kernel_size", "pool_size", "strides", "filters") if k in marks.knobs]
        mark = marks.knobs[present[0]] if present else marks.space
        check.problem(mark, f"no network of this space can be built: {reason.cause}", _smaller(reason.knob))
    for baseline in baselines:
        cause = impossible(baseline.point, shape)
        if cause is not None:
            mark = marks.baselines[baseline.name]
            check.problem(mark, f"the baseline {baseline.name} cannot be built: {cause.cause}", _smaller(cause.knob))


def _smaller(knob: str) -> str:
    return (
        f"make {knob} smaller, use fewer layers, or padding: same; a list has one entry per layer "
        "([5, 5] is two layers, not height and width)"
    )
