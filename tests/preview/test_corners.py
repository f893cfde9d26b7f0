"""What `check` finds in a space."""

from pathlib import Path

import pytest

from sweep.preview.corners import inspect
from sweep.spacefile.read import load, parse
from tests.conftest import space_file
from tests.spacefile.test_read import SHIPPED


def test_the_corners_of_lenet() -> None:
    found = inspect(load(next(path for path in SHIPPED if path.name == "lenet.yaml")))
    assert [(n.name, n.parameters) for n in found.baselines] == [("tensorflow-tutorial", 3_274_634)]
    assert [(n.name, n.parameters) for n in found.corners] == [
        ("smallest", 103_018),
        ("largest", 3_274_634),
    ]
    assert found.impossible == ()


CONSTRAINED = (
    "name: a\nspace: {filters: [{low: 4, high: 64}, 8], batch_size: {choices: [32, 64]}}\n"
    "constraints: %s\n"
)


def test_a_corner_names_the_constraints_that_it_breaks() -> None:
    found = inspect(space_file(CONSTRAINED % "[filters.1 <= filters.2, parameters <= 10_000]"))
    assert [(n.name, n.breaks) for n in found.corners] == [
        ("smallest", ()),
        ("largest", ("filters.1 <= filters.2", "parameters <= 10_000")),
    ]
    assert [n["breaks"] for n in found.to_json()["corners"]] == [
        [],
        ["filters.1 <= filters.2", "parameters <= 10_000"],
    ]


def test_what_constraints_leave_is_in_the_document() -> None:
    found = inspect(space_file(CONSTRAINED % "[filters.1 <= filters.2, batch_size == 32]"))
    document = found.to_json()["constraints"]
    assert document["points"] == 2000
    assert [own["constraint"] for own in document["each"]] == [
        "filters.1 <= filters.2",
        "batch_size == 32",
    ]
    narrow, half = (own["left"] for own in document["each"])
    assert 0 < document["left"] < narrow < half < 2000


def test_a_space_without_constraints_has_none_in_the_document() -> None:
    document = inspect(space_file("name: a\nspace: {}\n")).to_json()["constraints"]
    assert document == {"points": 0, "each": [], "left": 0}


def test_combinations_that_cannot_be_built_are_counted_with_an_example() -> None:
    found = inspect(
        space_file(
            "name: a\nspace:\n  filters: [4]\n  kernel_size: {choices: [3, 40, 50]}\n  padding: "
            "valid\n"
        )
    )
    assert [(r.corners, r.example["kernel_size"]) for r in found.impossible] == [(1, 40), (1, 50)]
    assert found.looked_at == 3


def test_a_space_with_very_many_corners_is_looked_at_in_part() -> None:
    layers = ", ".join(["{low: 1, high: 9}"] * 16)
    found = inspect(space_file(f"name: a\nspace:\n  filters: [{layers}]\n  pool: none\n"))
    assert not found.all_corners
    assert found.corners[0].hyperparameters["filters.16"] == 1
    assert set(found.corners[1].hyperparameters.values()) == {9, "none"}


def test_shapes_of_data_in_a_file_come_from_the_file(blobs: Path) -> None:
    file = parse(
        f"name: a\ndata: {{path: {blobs}, validation: 30}}\nspace: {{filters: [4], dense: []}}\n",
        Path("s.yaml"),
    )
    first = inspect(file).corners[0].layers
    assert (first[0].output_shape, first[-1].output_shape) == ((12, 10, 4), (3,))


def test_named_data_are_read_only_for_the_numbers_that_follow_from_them() -> None:
    by_scale = {}
    for scale in ("unit", "standard"):
        text = f"name: a\ndata: {{name: mnist, train: 3000, scale: {scale}}}\nspace: {{}}\n"
        by_scale[scale] = inspect(parse(text, Path("s.yaml"))).data
    assert (by_scale["unit"].mean, by_scale["unit"].fingerprint) == ((), "")
    # Those of MNIST's training images, to three digits.
    assert by_scale["standard"].mean == pytest.approx((0.1307,), abs=0.002)
    assert by_scale["standard"].deviation == pytest.approx((0.3081,), abs=0.002)
    text = "name: a\ndata: {name: mnist, class_weight: balanced}\nspace: {}\n"
    weights = inspect(parse(text, Path("s.yaml"))).data.class_weights
    assert (min(weights), max(weights)) == pytest.approx((0.89, 1.107), abs=0.001)
    assert (by_scale["unit"].train, by_scale["standard"].train) == (3000, 3000)


def test_constraints_on_data_of_a_file_know_its_classes(blobs: Path) -> None:
    text = (
        f"name: a\ndata: {{path: {blobs}, validation: 30}}\n"
        "space: {filters: [{choices: [4, 8]}], pool: none}\nconstraints: parameters <= %d\n"
    )
    small = 25 * 3 * 4 + 4 + 12 * 10 * 4 * 3 + 3
    smallest, largest = inspect(parse(text % small, Path("s.yaml"))).corners
    assert (smallest.parameters, smallest.breaks) == (small, ())
    assert largest.breaks == (f"parameters <= {small:_}",)
