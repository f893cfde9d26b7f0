"""The entry point: turns a path into a `SweepSpec`, or reports every problem with its line."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sweep.errors import InputError
from sweep.space import (
    DEFAULT_DATA,
    DEFAULT_OBJECTIVE,
    KNOBS,
    LOOKED_AT,
    NAMED_DATA,
    NEWEST_DEFAULTS,
    Baseline,
    Constraint,
    DataSpec,
    Impossible,
    Objective,
    Objectives,
    Sampler,
    Shape,
    Space,
    SweepSpec,
    Value,
    broken,
    designed,
    impossible,
    nothing_can_be_built,
    nothing_is_left,
    remainder_in_words,
    usual,
    without_effect,
    written,
)
from sweep.spacefile.baselines import read_baselines
from sweep.spacefile.checks import Checker
from sweep.spacefile.constraints import read_constraints
from sweep.spacefile.hints import objective_hint
from sweep.spacefile.nodes import Entry, Items, Leaf, Mark, Node, Table, nodes, read, show
from sweep.spacefile.search import (
    check_evaluations,
    check_search,
    check_strategies,
    count_trials,
    read_search,
    search_mark,
    settled,
)
from sweep.spacefile.sections import (
    NAME_PATTERN,
    DataSection,
    ObjectiveSection,
)
from sweep.spacefile.space import constants, length_hint, read_space

TOP_KEYS = ("name", "data", "space", "search", "objective", "constraints", "baselines")


@dataclass
class _Marks:
    """The positions of the parts of a file."""

    space: Mark
    trials: Mark
    knobs: dict[str, Mark] = field(default_factory=dict)
    baselines: dict[str, Mark] = field(default_factory=dict)
    constraints: dict[Constraint, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class SpaceFile:
    """A space file, read and checked, except for what depends on the shape of unnamed data."""

    _spec: SweepSpec
    _marks: _Marks
    _asked: int | None
    """The trials that the file asks for; a grid that asks for none has all of its own."""
    _checked_for: Shape | None
    """The shape of images for which all of it was checked already."""
    _as_run: bool = False
    """Whether it is the file of a sweep that began, perhaps before some check was there."""

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def data(self) -> DataSpec:
        return self._spec.data

    @property
    def sampler(self) -> Sampler:
        return self._spec.search.sampler

    @property
    def threads(self) -> int:
        """The number of TensorFlow threads per trial."""
        return self._spec.search.threads

    def check_precision(self, *, bfloat16_is_native: bool) -> None:
        """Raises `SpaceFileError` if the file asks for arithmetic that is slow on this machine."""
        if bfloat16_is_native or "bfloat16" not in self._spec.values_of("precision"):
            return
        check = Checker(())
        check.problem(
            self._marks.knobs.get("precision", self._marks.space),
            "bfloat16 would be many times slower than float32 here: the processor does not "
            "multiply it natively",
            "write precision: float32, or run this file where there is AVX512_BF16, AMX or a GPU",
        )
        check.finish()

    def spec(
        self, shape: Shape, images: int | None = None, classes: int | None = None
    ) -> SweepSpec:
        """The sweep of this file, for images of `shape` (height, width, channels), so many
        `images` of them to train on, of so many `classes`; both are known of named data.

        Raises `SpaceFileError` if no point of the space, or not every baseline, is allowed for
        them, or if there are fewer configurations than trials.
        """
        spec = self._spec
        if images is not None:
            spec = spec.for_images(images)
        if classes is not None:
            spec = replace(spec, classes=classes)
        if shape == self._checked_for:
            return spec
        check = Checker(())
        _shapes(check, spec.space, spec.baselines, self._marks, shape)
        check.finish()
        if not self._as_run:
            _constrained(check, spec, self._marks, shape)
            check.finish()
        spec = _counted(check, spec, shape, self._asked, self._marks, as_run=self._as_run)
        check.finish()
        return spec


def _counted(
    check: Checker, spec: SweepSpec, shape: Shape, asked: int | None, marks: _Marks, *, as_run: bool
) -> SweepSpec:
    """`spec` with the number of trials of its design, if it has one.

    An earlier sweep keeps its own number, because its version may have counted differently.
    """
    if not spec.search.sampler.is_design or (as_run and asked is not None):
        return spec
    trials = count_trials(check, spec, shape, asked, marks.trials)
    return replace(spec, search=replace(spec.search, trials=trials))


def load(path: Path) -> SpaceFile:
    """Reads and checks a space file.

    Raises `SpaceFileError` with every problem, and `InputError` if the file cannot be read.
    """
    return parse(read(path), path)


def parse(
    text: str, path: Path, *, as_run: bool = False, defaults: int = NEWEST_DEFAULTS
) -> SpaceFile:
    """Checks the text of a space file; `path` is its location, now or when the sweep ran.

    `as_run` skips checks that are younger than the sweep, and `defaults` is the edition of its
    defaults: an old file still means what it meant. Raises `SpaceFileError` with every problem.
    """
    root, repeated = nodes(text, path)
    check = Checker(repeated)
    if not isinstance(root, Table):
        raise InputError(
            "a space file is a mapping of keys to values",
            "begin with name: and space:",
            str(root.mark),
        )
    data = _data(check, root.get("data"), path)
    check.unknown_keys(root, TOP_KEYS, "a space file", "top")

    name = _name(check, root)
    search = read_search(check, root.get("search"))
    objective = _objective(check, root.get("objective"), as_run=as_run)

    marks = _Marks(root.mark_of("space"), search_mark(root, "trials"))
    before = check.count
    space = replace(_space(check, root, marks), edition=defaults)
    if data is not None and "epochs" in space.knobs:
        space = replace(space, images=_training_images(data))
    space_is_sound = check.count == before
    # If the space has problems, the baselines are checked without it.
    if space_is_sound:
        known = space
    else:
        known = Space(())
    baselines = read_baselines(check, root.get("baselines"), known, marks.baselines, as_run=as_run)
    if check.count == before and not as_run:
        for found in without_effect(space, baselines):
            check.problem(
                marks.knobs[found.knob], f"{found.knob} has no effect: {found.reason}", found.hint
            )
    understood = None
    if space_is_sound:
        understood = space
    marks.constraints = read_constraints(check, root.get("constraints"), understood, text)
    if space_is_sound and data is not None and data.name is not None:
        shape = data.shape(NAMED_DATA[data.name].shape)
        _shapes(check, space, baselines, marks, shape)
    if search is not None:
        check_search(check, root, search)
    if search is not None and not as_run:
        check_strategies(check, root, search)

    if name is None or data is None or search is None or objective is None:
        check.finish()
        raise AssertionError("what is missing has a problem")
    objectives = Objectives((objective,))
    constraints = tuple(marks.constraints)
    spec = SweepSpec(name, data, space, settled(search), objectives, baselines, text, constraints)
    if space_is_sound:
        check_evaluations(check, root, spec)
    checked_for = None
    if data.name is not None:
        checked_for = data.shape(NAMED_DATA[data.name].shape)
        spec = replace(spec, classes=NAMED_DATA[data.name].classes)
    if check.count == 0 and checked_for is not None and not as_run:
        _constrained(check, spec, marks, checked_for)
    if check.count == 0 and checked_for is not None:
        spec = _counted(check, spec, checked_for, search.trials, marks, as_run=as_run)
    check.finish()
    return SpaceFile(spec, marks, search.trials, checked_for, as_run)


def _name(check: Checker, root: Table) -> str | None:
    node = root.get("name")
    if node is None:
        check.problem(root.mark, "the sweep has no name", "add a line such as name: lenet")
        return None
    if (
        isinstance(node, Leaf)
        and isinstance(node.value, str)
        and re.fullmatch(NAME_PATTERN, node.value)
    ):
        return node.value
    check.problem(
        node.mark,
        f"name cannot be {show(node)}",
        "use letters, digits, . _ and -, the first a letter, a digit or _; quote a name of digits "
        "only",
    )
    return None


def _data(check: Checker, node: Node | None, path: Path) -> DataSpec | None:
    if isinstance(node, Leaf) and node.value is not None:
        node = Table((Entry("name", node.mark, node),), node.mark)
    section, table = check.optional_section(
        node, DataSection, "data", "write data: mnist or {path: FILE or folder}"
    )
    if section is None:
        return None
    if table is None:
        return DataSpec(name=DEFAULT_DATA)
    before = check.count
    if (section.name is None) == (section.path is None):
        check.problem(
            table.mark,
            "data needs a name or a path, and not both",
            "write data: mnist or {path: FILE or folder}",
        )
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
            table.mark_of("test"),
            f"{section.name} brings its own test images",
            "leave test out, or add merge: true to split all images anew",
        )
    if section.crop and section.size is None:
        check.problem(
            table.mark_of("crop"), "crop has no effect without size", "add size: [64, 64]"
        )
    if section.broken == "skip" and section.path is None:
        check.problem(
            table.mark_of("broken"), f"{section.name} has no broken images", "leave broken out"
        )
    if check.count != before:
        return None
    try:
        if section.path is None:
            where = None
        else:
            where = (path.parent / Path(section.path).expanduser()).resolve()
    except (ValueError, RuntimeError, OSError) as error:
        check.problem(
            table.mark_of("path"), f"this cannot be a path: {error}", "check how it is written"
        )
        return None
    size = section.size
    if isinstance(size, int):
        size = (size, size)
    data = DataSpec(
        section.name,
        where,
        section.validation,
        section.test,
        section.merge,
        section.stratify,
        section.seed,
        section.train,
        size,
        section.crop,
        section.broken == "skip",
        scale=section.scale,
        class_weight=section.class_weight,
    )
    if data.name is not None:
        try:
            data.parts(NAMED_DATA[data.name].to_split(merge=data.merge))
        except ValueError as error:
            at = next((key for key in ("train", "validation") if table.get(key)), "test")
            check.problem(
                table.mark_of(at), str(error), "ask for smaller shares, at least one image each"
            )
    return data


def _training_images(data: DataSpec) -> int | None:
    """The number of training images; None if they must be read first."""
    if data.name is None:
        return None
    total = NAMED_DATA[data.name].to_split(merge=data.merge)
    try:
        return data.parts(total)[0]
    except ValueError:
        return None


def _objective(check: Checker, node: Node | None, *, as_run: bool) -> Objective | None:
    if node is None:
        return DEFAULT_OBJECTIVE
    word = ""
    if isinstance(node, Leaf):
        word = str(node.value)
    table = check.table(node, "objective", objective_hint(word) or "write {maximize: val_accuracy}")
    if table is None:
        return None
    entries = []
    for entry in table.entries:
        if entry.key != "of" and isinstance(entry.value, Items):
            check.problem(
                entry.value.mark, "this version has one objective, not several", "name one metric"
            )
        elif isinstance(entry.value, Leaf) and str(entry.value.value).startswith("test_"):
            hint = objective_hint(str(entry.value.value)) or "write {maximize: val_accuracy}"
            what = f"a sweep cannot be judged by {entry.value.value}"
            check.problem(entry.value.mark, what, f"{hint}: the test images are kept for the end")
        else:
            entries.append(entry)
    section = check.section(Table(tuple(entries), table.mark), ObjectiveSection, "objective")
    if section is None or len(entries) < len(table.entries):
        return None
    if (section.maximize is None) == (section.minimize is None):
        check.problem(
            table.mark,
            "objective needs one of maximize and minimize",
            "write {maximize: val_accuracy}",
        )
        return None
    metric = section.maximize or section.minimize
    assert metric is not None
    objective = Objective(metric, maximize=section.maximize is not None, of=section.of)
    better = replace(usual(metric), of=section.of)
    if not as_run and objective != better:
        check.problem(
            table.mark_of(objective.direction),
            f"to {objective.direction} {metric} is to look for the worst network",
            f"write {{{better.direction}: {metric}}}",
        )
    return objective


def _space(check: Checker, root: Table, marks: _Marks) -> Space:
    """The parts of the space that could be understood."""
    node = root.get("space")
    if node is None:
        check.problem(
            root.mark, "the file has no space", "add space: with the hyperparameters to vary"
        )
        return Space(())
    hint = (
        "write its hyperparameters as keys below it, as in space: {learning_rate: {low: 0.001, "
        "high: 0.1}}"
    )
    table = check.table(node, "space", hint)
    if table is None:
        return Space(())
    space, marks.knobs = read_space(check, table)
    depths = Counter(p.knob for p in space.parameters if p.layer is not None)
    varying = {p.knob for p in space.parameters if p.is_depth}
    for knob, count in depths.items():
        along = KNOBS[knob].along
        if along in depths and along not in varying and count != depths[along]:
            what = f"{knob} lists {count} layers, {along} {depths[along]}"
            check.problem(marks.knobs[knob], what, length_hint(knob, constants(space, knob)))
    return space


def _shapes(
    check: Checker, space: Space, baselines: tuple[Baseline, ...], marks: _Marks, shape: Shape
) -> None:
    reason = nothing_can_be_built(space, shape)
    if reason is not None:
        present = [
            k
            for k in (reason.knob, "kernel_size", "pool_size", "strides", "filters")
            if k in marks.knobs
        ]
        if present:
            mark = marks.knobs[present[0]]
        else:
            mark = marks.space
        check.problem(
            mark,
            f"no network of this space can be built: {reason.cause}",
            _smaller(reason, constants(space, reason.knob)),
        )
    for baseline in baselines:
        cause = impossible(baseline.point, shape)
        if cause is not None:
            mark = marks.baselines[baseline.name]
            check.problem(
                mark,
                f"the baseline {baseline.name} cannot be built: {cause.cause}",
                _smaller(cause, getattr(baseline.point, cause.knob)),
            )


def _constrained(check: Checker, spec: SweepSpec, marks: _Marks, shape: Shape) -> None:
    """Problems for baselines that break a constraint, and for constraints that leave nothing of
    the space; every baseline can be built."""
    if not spec.constraints:
        return
    before = check.count
    for baseline in spec.baselines:
        for constraint in broken(spec, baseline.point, shape):
            check.problem(
                marks.baselines[baseline.name],
                f"the baseline {baseline.name} breaks the constraint {written(constraint)}",
                "change the baseline, or loosen the constraint",
            )
    if check.count > before:
        return
    if spec.search.sampler.is_design:
        _check_design(check, spec, marks, shape)
    else:
        _check_space(check, spec, marks, shape)


def _check_space(check: Checker, spec: SweepSpec, marks: _Marks, shape: Shape) -> None:
    left = nothing_is_left(spec, shape)
    if left is None:
        return
    hint = "loosen the constraint, or widen the space"
    if all(left.each):
        what = f"no network keeps all constraints: none of {left.drawn:,} random points does"
        hint = f"loosen them: {'; '.join(remainder_in_words(spec, left)[:-1])}"
        check.problem(marks.constraints[spec.constraints[0]], what, hint)
    for constraint, count in zip(spec.constraints, left.each, strict=True):
        if count == 0:
            what = (
                f"no network keeps the constraint {written(constraint)}: none of {left.drawn:,} "
                "random points does"
            )
            check.problem(marks.constraints[constraint], what, hint)


def _check_design(check: Checker, spec: SweepSpec, marks: _Marks, shape: Shape) -> None:
    """A problem if the constraints leave nothing of a design but its baselines."""
    least = len(spec.baselines) + 1
    found = designed(spec, shape, least)
    if len(found.configurations) == least:
        return
    name = spec.search.sampler.name
    what = f"no configuration of {name} keeps the constraints"
    if not found.is_whole:
        what = f"none of the first {LOOKED_AT:,} combinations of {name} keeps the constraints"
    free = replace(spec, constraints=())
    if len(designed(free, shape, least).configurations) == least:
        mark = marks.constraints[spec.constraints[0]]
        check.problem(mark, what, "loosen them, or widen the space")


def _smaller(reason: Impossible, written: Value | Sequence[Value]) -> str:
    """What lets a network be built, in place of what is `written`."""
    if reason.is_of_length:
        return length_hint(reason.knob, written)
    if reason.knob == "pool_size":
        return "make pool_size smaller, use fewer layers, smaller strides, or pool: none"
    layers = "a list has one entry per layer ([5, 5] is two layers, not height and width)"
    return f"make kernel_size smaller, use fewer layers, or padding: same; {layers}"
