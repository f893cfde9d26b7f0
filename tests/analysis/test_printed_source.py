"""A report does not tell where on a machine the images were."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.printed_source import data_name, fence, printed_source, without_directory
from sweep.space import SweepSpec
from tests.conftest import space_file
from tests.store.test_ledger import FACTS

NOTE = "The directory of the images is left out: …/ stands in its place."


def spec_with(data: str) -> SweepSpec:
    return space_file(f"name: a\n{data}\nspace: {{steps: 20}}\n").spec((28, 28, 1))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("data: {path: /home/ann/pets}", "data: {path: …/pets}"),
        ("data: {path: /home/ann/pets/}", "data: {path: …/pets/}"),
        ("data:\n  path: '/home/ann/my pets.npz'", "data:\n  path: '…/my pets.npz'"),
        ("data: {path: /pets}", "data: {path: …/pets}"),
        ("# of /home/ann/pets\ndata: {path: /home/ann/pets}", "# of …/pets\ndata: {path: …/pets}"),
    ],
)
def test_an_absolute_path_is_cut_to_its_name(data: str, expected: str) -> None:
    found = printed_source(spec_with(data), FACTS)
    assert f"name: a\n{expected}\n" in found.text
    assert "ann" not in found.text
    assert found.note == NOTE


@pytest.mark.parametrize(
    "data", ["data: {path: pets}", "data: {path: ../pets}", "data: {name: mnist}", ""]
)
def test_a_file_without_an_absolute_path_is_printed_as_it_is(data: str) -> None:
    spec = spec_with(data)
    found = printed_source(spec, FACTS)
    assert (found.text, found.note) == (spec.source, "")


def test_a_path_that_is_written_with_escapes_is_not_printed() -> None:
    found = printed_source(spec_with('data: {path: "/home/\\x61nn/pets"}'), FACTS)
    assert found.text == ""
    assert found.note == "It is not printed here: it has the absolute path of the images."


def test_where_the_images_were_when_it_ran_is_left_out_of_other_lines_too() -> None:
    spec = spec_with("data: {path: /home/ann/pets}")
    facts = replace(FACTS, data=replace(FACTS.data, label="/mnt/bob/pets"))
    line = "2 files in /mnt/bob/pets, now in /home/ann/pets"
    assert without_directory(line, spec, facts) == "2 files in …/pets, now in …/pets"


def test_a_relative_path_is_no_secret_and_its_letters_stay_in_other_words() -> None:
    spec = spec_with("data: {path: /home/ann/pets}")
    facts = replace(FACTS, data=replace(FACTS.data, label="e"))
    assert without_directory("2 files left out", spec, facts) == "2 files left out"


def test_data_with_a_name_have_no_directory() -> None:
    spec = spec_with("data: {name: mnist}")
    assert without_directory("/home/ann", spec, FACTS) == "/home/ann"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("data: {name: mnist}", "mnist"),
        ("", "mnist"),
        ("data: {path: /home/ann/pets.npz}", "pets.npz"),
        ("data: {path: pets}", "pets"),
    ],
)
def test_data_are_called_by_their_name_or_that_of_their_file(data: str, name: str) -> None:
    assert data_name(spec_with(data)) == name


def test_a_root_folder_is_called_images() -> None:
    spec = spec_with("data: {path: pets}")
    assert data_name(replace(spec, data=replace(spec.data, path=Path("/")))) == "images"


@given(st.text("`a\n", max_size=30))
def test_a_fence_is_longer_than_any_that_stands_in_the_text(text: str) -> None:
    marks = fence(text)
    assert marks not in text
    assert len(marks) >= 3
    assert set(marks) == {"`"}
