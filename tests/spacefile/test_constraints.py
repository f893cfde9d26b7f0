"""The `constraints` of a file: what is read, and each problem at its line and column."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import InputError, Problem, SpaceFileError
from sweep.space.constraints import written
from sweep.spacefile.read import load, parse
from tests.conftest import Writer, space_file
from tests.spacefile.test_expressions import WORDS

SPACE = (
    "{filters: [{low: 4, high: 64}, 8], optimizer: {choices: [adam, sgd]}, "
    "batch_size: {choices: [32, 64]}}"
)


def read(constraints: str, space: str = SPACE) -> list[str]:
    """The constraints of a file, as they are written out."""
    file = space_file(f"name: a\nspace: {space}\nconstraints: {constraints}\n")
    return list(map(written, file.spec((28, 28, 1)).constraints))


def problems(text: str) -> list[Problem]:
    with pytest.raises(SpaceFileError) as raised:
        space_file(text)
    return list(raised.value.problems)


def places(text: str) -> list[str]:
    return [problem.where.removeprefix("space.yaml:") for problem in problems(text)]


@pytest.mark.parametrize(
    ("constraints", "wanted"),
    [
        ("filters.1 <= filters.2", ["filters.1 <= filters.2"]),
        ("[filters.1 <= filters.2]", ["filters.1 <= filters.2"]),
        ("[flops <= 50e6, batch_size < 64]", ["flops <= 50_000_000", "batch_size < 64"]),
        ("\n  - flops <= 50e6\n  - 'batch_size < 64'", ["flops <= 50_000_000", "batch_size < 64"]),
        ("[\"optimizer == 'adam'\"]", ["optimizer == adam"]),
        ("filters.1\n  <= filters.2", ["filters.1 <= filters.2"]),
        (">\n  filters.1\n  <= filters.2", ["filters.1 <= filters.2"]),
        ("flops <= 50e6  # a remark", ["flops <= 50_000_000"]),
    ],
)
def test_one_text_is_a_constraint_and_so_is_each_of_a_list(
    constraints: str, wanted: list[str]
) -> None:
    assert read(constraints) == wanted


def test_a_file_without_constraints_has_none() -> None:
    assert space_file("name: a\nspace: {}\n").spec((28, 28, 1)).constraints == ()


PLACES = {
    "in a flow list": ("[flops < 3e9, batch_size = 64]", ["3:39"]),
    "in a block list": ("\n  - flops < 3e9\n  - batch_size = 64\n", ["5:16"]),
    "alone": ("batch_size = 64", ["3:25"]),
    "in quotes": ("['batch_size = 64']", ["3:27"]),
    "in double quotes": ('["batch_size = 64"]', ["3:27"]),
    "after the last letter": ("batch_size <", ["3:26"]),
    "in each of several": ("[batch_size = 64, droput < 0.1]", ["3:26", "3:32"]),
    # The text is not in the file as it stands: its beginning is named.
    "over two lines": ("batch_size\n  = 64", ["3:14"]),
    "in a block": (">\n  batch_size = 64", ["3:14"]),
    "with quotes in quotes": ("'optimizer = ''adam'''", ["3:14"]),
}


@pytest.mark.parametrize(("constraints", "wanted"), PLACES.values(), ids=list(PLACES))
def test_a_mistake_is_named_at_its_column(constraints: str, wanted: list[str]) -> None:
    assert places(f"name: a\nspace: {SPACE}\nconstraints: {constraints}\n") == wanted


NO_TEXTS = {
    "nothing": ("", "3:13", "a constraint is a text, not nothing"),
    "an empty list": ("[]", "3:14", "constraints lists nothing"),
    "a number": ("[3]", "3:15", "a constraint is a text, not 3"),
    "true": ("[true]", "3:15", "a constraint is a text, not true"),
    "a list in a list": ("[[a < 3]]", "3:15", "a constraint is a text, not a list"),
    "a mapping": ("{parameters: 3}", "3:14", "a constraint is a text, not a mapping"),
    "a mapping in a list": ("[parameters: 3]", "3:15", "a constraint is a text, not a mapping"),
}


@pytest.mark.parametrize(("constraints", "place", "message"), NO_TEXTS.values(), ids=NO_TEXTS)
def test_what_is_no_text_is_refused(constraints: str, place: str, message: str) -> None:
    (problem,) = problems(f"name: a\nspace: {SPACE}\nconstraints: {constraints}\n")
    assert problem.where == f"space.yaml:{place}"
    assert problem.message == message
    assert "constraints: [parameters <= 2_000_000]" in problem.hint


def test_a_constraint_that_is_repeated_is_a_problem_at_its_second_place() -> None:
    text = f"name: a\nspace: {SPACE}\nconstraints: [batch_size < 64, batch_size<6_4]\n"
    (problem,) = problems(text)
    assert problem.message == "the constraint batch_size < 64 is repeated"
    assert problem.where == "space.yaml:3:32"


def test_mistakes_of_the_space_and_of_constraints_are_reported_at_once() -> None:
    text = (
        "name: a\nspace: {filters: [8, 8, 8], batch_size: banana}\n"
        "constraints: [filters.3 < 9, batch_size = 3]\n"
    )
    assert places(text) == ["2:41", "3:41"]


def test_a_baseline_that_breaks_a_constraint_is_a_problem_at_its_line() -> None:
    text = (
        f"name: a\nspace: {SPACE}\nconstraints: [filters.1 <= filters.2, batch_size < 64]\n"
        "baselines:\n"
        "  good: {filters: [8, 8], optimizer: sgd, batch_size: 32}\n"
        "  bad: {filters: [9, 8], optimizer: sgd, batch_size: 32}\n"
        "  worse: {filters: [9, 8], optimizer: sgd, batch_size: 64}\n"
    )
    found = [(p.where, p.message) for p in problems(text)]
    assert found == [
        ("space.yaml:6:3", "the baseline bad breaks the constraint filters.1 <= filters.2"),
        ("space.yaml:7:3", "the baseline worse breaks the constraint filters.1 <= filters.2"),
        ("space.yaml:7:3", "the baseline worse breaks the constraint batch_size < 64"),
    ]


# A space of which nothing is left: the constraints, and the problems.
EMPTY = {
    "one that is never true": (
        "[batch_size < 128, filters.1 > 64]",
        "",
        [("3:33", "no network keeps the constraint filters.1 > 64: none of 20,000 random points")],
    ),
    "two that are never true": (
        "[batch_size > 128, filters.1 > 64]",
        "",
        [
            ("3:15", "no network keeps the constraint batch_size > 128: none of 20,000"),
            ("3:33", "no network keeps the constraint filters.1 > 64: none of 20,000"),
        ],
    ),
    "two that exclude each other": (
        "[batch_size < 64, batch_size > 32]",
        "",
        [("3:15", "no network keeps all constraints: none of 20,000 random points does")],
    ),
    "one that no network of the data keeps": (
        "parameters < 100",
        "",
        [("3:14", "no network keeps the constraint parameters < 100")],
    ),
    "a grid": (
        "filters.1 == 5",
        "search: {sampler: {name: grid, values: 2}}\n",
        [("3:14", "no configuration of grid keeps the constraints")],
    ),
    "a grid with a baseline": (
        "filters.1 == 5",
        "search: {sampler: {name: grid, values: 2}}\n"
        "baselines: {b: {filters: [5, 8], optimizer: sgd, batch_size: 32}}\n",
        [("3:14", "no configuration of grid keeps the constraints")],
    ),
    "one at a time": (
        "filters.1 + batch_size == 37 and optimizer == sgd",
        "search: {sampler: {name: one-at-a-time, values: 2}}\n"
        "baselines: {b: {filters: [5, 8], optimizer: sgd, batch_size: 32}}\n",
        [("3:14", "no configuration of one-at-a-time keeps the constraints")],
    ),
}


@pytest.mark.parametrize(("constraints", "rest", "wanted"), EMPTY.values(), ids=EMPTY)
def test_constraints_that_leave_nothing_are_a_problem_where_they_stand(
    constraints: str, rest: str, wanted: list[tuple[str, str]]
) -> None:
    found = problems(f"name: a\nspace: {SPACE}\nconstraints: {constraints}\n{rest}")
    assert [problem.where for problem in found] == [f"space.yaml:{where}" for where, _ in wanted]
    for problem, (_, message) in zip(found, wanted, strict=True):
        assert message in problem.message
        assert "loosen" in problem.hint


def test_constraints_that_exclude_each_other_are_named_with_what_each_leaves() -> None:
    text = f"name: a\nspace: {SPACE}\nconstraints: [batch_size < 64, batch_size > 32]\n"
    (problem,) = problems(text)
    assert "batch_size < 64 leaves " in problem.hint
    assert "batch_size > 32 leaves " in problem.hint


def test_a_space_with_a_narrow_rest_is_no_mistake() -> None:
    """One in 61 points: fewer than the first hundred may hold one."""
    assert read("filters.1 == 64") == ["filters.1 == 64"]


def test_a_space_too_large_to_look_at_whole_is_found_empty() -> None:
    layers = ", ".join(["{low: 1, high: 99}"] * 12)
    text = f"name: a\nspace: {{filters: [{layers}], pool: none}}\nconstraints: parameters < 9\n"
    assert places(text) == ["3:14"]


def test_a_file_that_ran_is_read_even_if_nothing_is_left_of_its_space() -> None:
    text = "name: a\nspace: {batch_size: {choices: [32, 64]}}\nconstraints: batch_size > 64\n"
    with pytest.raises(SpaceFileError):
        space_file(text)
    assert len(space_file(text, as_run=True).spec((28, 28, 1)).constraints) == 1


def test_constraints_on_the_network_wait_for_the_shape_and_classes_of_data_of_a_file(
    blobs: Path, write: Writer
) -> None:
    """Four filters, and three classes of images of 12 x 10 in colour."""
    text = (
        f"name: a\ndata: {{path: {blobs}, validation: 30}}\n"
        "space: {filters: [{choices: [4, 8]}], pool: none}\nconstraints: parameters <= %d\n"
    )
    weights = 25 * 3 * 4 + 4 + 12 * 10 * 4 * 3 + 3
    spec = load(write(text % weights)).spec((12, 10, 3), 270, 3)
    assert spec.classes == 3
    with pytest.raises(InputError, match="no network keeps"):
        load(write(text % (weights - 1))).spec((12, 10, 3), 270, 3)


def test_named_data_bring_their_number_of_classes() -> None:
    for data, classes in (("mnist", 10), ("cifar10", 10), ("cifar100", 100)):
        file = space_file(f"name: a\ndata: {data}\nspace: {{}}\n")
        shape = (28, 28, 1) if data == "mnist" else (32, 32, 3)
        assert file.spec(shape).classes == classes


def test_a_design_is_counted_without_what_is_left_out() -> None:
    text = (
        "name: a\nspace: {filters: [{choices: [4, 8]}, {choices: [4, 8]}]}\n"
        "search: {sampler: grid%s}\nconstraints: filters.1 <= filters.2\n"
    )
    assert space_file(text % "").spec((28, 28, 1)).search.trials == 3
    (problem,) = problems(text % ", trials: 4")
    assert problem.message == "grid has only 3 trainings here, not 4"


def test_a_large_grid_is_looked_at_in_part_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sweep.space.design.LOOKED_AT", 30)
    text = (
        "name: a\nspace: {batch_size: {low: 1, high: 50}}\n"
        "search: {sampler: {name: grid, values: 50}, trials: 3}\nconstraints: batch_size %s\n"
    )
    (problem,) = problems(text % "> 40")
    assert problem.message.startswith("none of the first 100,000 combinations of grid keeps")
    (problem,) = problems(text % "> 28")
    assert "only 2 can be built and keep the constraints" in problem.message
    assert "loosen the constraints" in problem.hint
    assert space_file(text % "> 27").name == "a"


QUOTED = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@given(st.one_of(QUOTED, st.text(max_size=30)))
@settings(max_examples=60)
def test_no_text_makes_anything_but_a_sweep_or_problems_of_the_file(text: str) -> None:
    quoted = text.replace("'", "''")
    whole = f"name: a\nspace: {SPACE}\nsearch: {{sampler: grid, trials: 1}}\n"
    try:
        found = parse(f"{whole}constraints: ['{quoted}']\n", Path("space.yaml"))
    except SpaceFileError as error:
        places = [problem.where.rpartition(":")[0] for problem in error.problems]
    else:
        places = []
        assert found.name == "a"
    assert all(place.startswith("space.yaml:") for place in places)
