"""The `search` section: its values, contradictions in it, and the number of trials."""

import math
from importlib.util import find_spec

from sweep.space import (
    LOOKED_AT,
    MOST_CONFIGURATIONS,
    CmaEs,
    NoPruner,
    OneAtATime,
    Search,
    Shape,
    SweepSpec,
    Threshold,
    allow_more,
    designed,
)
from sweep.spacefile.checks import Checker
from sweep.spacefile.nodes import Entry, Leaf, Mark, Node, Table, written
from sweep.spacefile.sections import DEFAULT_TRIALS, SearchSection


def read_search(check: Checker, node: Node | None) -> SearchSection | None:
    """The checked section: defaults if it is missing, None after a problem."""
    if isinstance(node, Table):
        node = Table(tuple(Entry(e.key, e.mark, _by_name(e)) for e in node.entries), node.mark)
    sampler = "tpe"
    if isinstance(node, Leaf) and node.value is not None:
        sampler = written(node)
    return check.optional_section(
        node, SearchSection, "search", f"write search: {{sampler: {sampler}}}"
    )[0]


def settled(section: SearchSection) -> Search:
    """The search, with defaults that fit its sampler; a design's trials are counted later."""
    return Search(
        trials=section.trials or DEFAULT_TRIALS,
        sampler=section.sampler,
        pruner=section.chosen_pruner,
        evaluations=section.evaluations,
        seed=section.seed,
        threads=section.threads,
        keep=section.keep,
        repeats=section.repeats,
        patience=section.patience,
    )


def _by_name(entry: Entry) -> Node:
    """The long form of `sampler: tpe`, `sampler: {name: tpe}`."""
    value = entry.value
    if entry.key not in ("sampler", "pruner") or not isinstance(value, Leaf) or value.value is None:
        return value
    return Table((Entry("name", value.mark, value),), value.mark)


def check_search(check: Checker, root: Table, search: SearchSection) -> None:
    """Contradictions within `search`, or with the baselines."""
    node = root.get("baselines")
    baselines = 0
    if isinstance(node, Table):
        baselines = len(node.entries)
    least = baselines * search.repeats
    if search.sampler.is_design:
        room = least
    else:
        room = DEFAULT_TRIALS
    if least > (search.trials or room):
        check.problem(
            root.mark_of("baselines"),
            f"{baselines} baselines do not fit in {search.trials or room} trials"
            + (f", each trained {search.repeats} times" if search.repeats > 1 else ""),
            f"set search.trials to {least} or more",
        )
    if search.trials is not None and search.trials < search.repeats:
        check.problem(
            search_mark(root, "trials"),
            f"{search.trials} trials are fewer than the {search.repeats} trainings of one "
            "configuration",
            f"set trials to {search.repeats} or more, or repeats to fewer",
        )
    if isinstance(search.sampler, OneAtATime):
        if baselines == 0:
            check.problem(
                search_mark(root, "sampler"),
                "one-at-a-time varies a baseline, and the file has none",
                "add baselines: with at least one",
            )
        if not isinstance(search.chosen_pruner, NoPruner):
            check.problem(
                search_mark(root, "pruner"),
                "one-at-a-time compares trials at their end, and none may be pruned",
                "leave pruner out",
            )


def check_evaluations(check: Checker, root: Table, spec: SweepSpec) -> None:
    """What needs more evaluations than any trial has."""
    most = spec.most_evaluations
    count = f"{most} evaluation" + ("s" if most > 1 else "")
    patience = spec.search.patience
    if patience is not None and patience + 1 >= most:
        check.problem(
            search_mark(root, "patience"),
            f"patience {patience} has no effect: the longest trial has {count}, and it could end "
            f"one after {patience + 1} at the earliest",
            f"write search: {{evaluations: ..}} with more than {most}, or a smaller patience",
        )
    if spec.objective.of == "best" and most == 1:
        check.problem(
            root.mark_of("objective"),
            "of: best has no effect: the longest trial has 1 evaluation",
            "write search: {evaluations: ..} with more than 1, or leave of out",
        )


def check_strategies(check: Checker, root: Table, search: SearchSection) -> None:
    """Whether the sampler can run here, and the pruner has what it needs."""
    if isinstance(search.sampler, CmaEs) and find_spec("cmaes") is None:
        check.problem(
            search_mark(root, "sampler"),
            "sampler: cmaes needs the package cmaes, which is not installed",
            "run pip install 'cnn-sweep[cmaes]', or leave sampler out for tpe",
        )
    pruner = search.chosen_pruner
    if not isinstance(pruner, Threshold):
        return
    if pruner.lower is None and pruner.upper is None:
        check.problem(
            search_mark(root, "pruner"),
            "threshold has neither lower nor upper",
            "write pruner: {name: threshold, lower: 0.5}",
        )
    elif pruner.lower is not None and pruner.upper is not None and pruner.lower > pruner.upper:
        check.problem(
            search_mark(root, "pruner"),
            f"lower {pruner.lower:g} is above upper {pruner.upper:g}",
            "swap them",
        )


def count_trials(
    check: Checker, spec: SweepSpec, shape: Shape, asked: int | None, mark: Mark
) -> int:
    """The number of trials of a design: `asked`, or those of all configurations that can be built.

    Contradictions are problems at `mark`.
    """
    repeats = spec.search.repeats
    name = spec.search.sampler.name
    fewer = "set trials for a part of them, or values to fewer, or narrow the space"
    if asked is not None and asked > MOST_CONFIGURATIONS * repeats:
        check.problem(
            mark,
            f"{asked} trials are more than {MOST_CONFIGURATIONS} configurations of {name}",
            "set trials to fewer",
        )
        return asked
    found = designed(
        spec, shape, MOST_CONFIGURATIONS if asked is None else math.ceil(asked / repeats)
    )
    trials = len(found.configurations) * repeats
    if asked is None and not found.is_whole:
        check.problem(mark, f"{name} has more than {trials} trainings here", fewer)
    elif asked is not None and trials < asked and found.is_whole:
        check.problem(
            mark,
            f"{name} has only {trials} trainings here, not {asked}",
            "leave trials out for all of them",
        )
    elif asked is not None and trials < asked:
        what = (
            f"of the first {LOOKED_AT} combinations of {name} only {trials // repeats} can be built"
        )
        if spec.constraints:
            what += " and keep the constraints"
        check.problem(mark, what, allow_more(spec))
    if asked is None:
        return trials
    return asked


def search_mark(root: Table, key: str) -> Mark:
    """The position of `key` in the search, else of the search or the file."""
    node = root.get("search")
    if isinstance(node, Table):
        found = [e.mark for e in node.entries if e.key == key]
    else:
        found = []
    if found:
        return found[0]
    return root.mark_of("search")
