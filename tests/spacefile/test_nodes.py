"""The door to YAML: values of YAML 1.2, places, and what is refused."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.spacefile.nodes import (
    Items,
    Leaf,
    Mark,
    Node,
    Table,
    nodes,
    number,
    plain,
    read,
    show,
    written,
)

WHERE = Path("f.yaml")

VALUES = {
    "1e-3": 1e-3,
    "012": 12,
    "0o17": 15,
    "0x1F": 31,
    "on": "on",
    "yes": "yes",
    "true": True,
    "12:30": "12:30",
    "1_000": "1_000",
    ".inf": math.inf,
    "-.INF": -math.inf,
    "~": None,
    "'5'": "5",
    "1.": 1.0,
    ".5": 0.5,
    "2001-01-01": "2001-01-01",
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    root, _ = nodes(f"k: {text}", WHERE)
    found = plain(root)["k"]
    assert found == value
    assert type(found) is type(value)


REFUSED = {
    "anchor": ("a: &x 1", "anchors and aliases are refused", "1:4"),
    "alias": ("a: [*x]", "anchors and aliases are refused", "1:5"),
    "tag": ("a: !!python/object:os.system x", "the tag", "1:4"),
    "second document": ("a: 1\n---\nb: 2", "a second document", "2:1"),
    "depth": ("a: " + "[" * 100_000, "nested deeper", "1:"),
    "open bracket": ("a: [1, 2", "this is not YAML", "1:9"),
    "tab": ("a:\n\tb: 1", "this is not YAML", "2:1"),
    "key that is no name": ("[1]: 2", "a key must be a name", "1:1"),
    "empty": ("", "empty", "1:1"),
    "only comments": ("# nothing\n", "empty", "1:1"),
    "control character": ("b: 1\na: \x07", "control character", "2:4"),
}


@pytest.mark.parametrize(("text", "message", "place"), REFUSED.values(), ids=REFUSED)
def test_what_a_space_file_does_not_need_is_refused(text: str, message: str, place: str) -> None:
    with pytest.raises(InputError) as raised:
        nodes(text, WHERE)
    problem = raised.value.problems[0]
    assert message in problem.message
    assert problem.where.startswith(f"f.yaml:{place}")


def test_repeated_keys_are_problems_at_their_second_place() -> None:
    root, repeated = nodes("a: 1\nb: 2\na: 3\n", WHERE)
    assert plain(root) == {"a": 1, "b": 2}
    assert [(p.where, "line 1" in p.message) for p in repeated] == [("f.yaml:3:1", True)]


FILES = {
    "missing": (None, "No such file"),
    "not UTF-8": (b"name: \xff\xfe", "not UTF-8"),
    "too large": (b"#" * 1_000_001, "larger than 1 MB"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_files_that_are_no_text_are_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "f.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives(number: float) -> None:
    root, _ = nodes(f"k: {number!r}", WHERE)
    assert isinstance(root, Table)
    leaf = root.get("k")
    assert isinstance(leaf, Leaf)
    assert leaf.value == number


@given(st.text(max_size=200))
def test_no_text_brings_anything_but_nodes_or_an_input_error(text: str) -> None:
    try:
        nodes(text, WHERE)
    except InputError:
        return


def node(text: str) -> Node:
    """The node that a text stands for."""
    found, problems = nodes(text, WHERE)
    assert not problems
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("0.5", 0.5), ("true", None), ("three", None), ("[3]", None), ("~", None)],
)
def test_only_a_number_is_a_number(text: str, value: float | None) -> None:
    assert number(node(text)) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("~", "nothing"),
        ("true", "true"),
        ("word", "the text 'word'"),
        ("x" * 60, f"the text {'x' * 40!r}"),
        ("1e-3", "0.001"),
        ("[1]", "a list"),
        ("{a: 1}", "a mapping"),
    ],
)
def test_what_stands_in_the_file_is_shown_in_short(text: str, shown: str) -> None:
    assert show(node(text)) == shown


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(0.001, 1000.0)
).map(lambda value: Leaf(value, Mark("f.yaml", 1, 1)))


@given(
    st.lists(leaves, min_size=1, max_size=4).map(
        lambda inner: Items(tuple(inner), Mark("f.yaml", 1, 1))
    )
)
def test_what_is_written_is_read_as_the_same(items: Items) -> None:
    assert plain(node(written(items))) == plain(items)


def test_a_mapping_is_written_on_one_line() -> None:
    assert written(node("low: 1\nhigh: 9\ninner: {a: [true, ~]}")) == (
        "{low: 1, high: 9, inner: {a: [true, null]}}"
    )
