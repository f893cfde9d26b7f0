"""Baselines are complete configurations with names, or problems at their place."""

import pytest

from sweep.errors import SpaceFileError
from sweep.space import KNOBS, Baseline
from tests.conftest import space_file

SPACE = (
    "name: t\nspace: {filters: [8], dropout: {low: 0.0, high: 0.5}, "
    "optimizer: {choices: [adam, momentum]}, "
    "momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}, steps: 20}\n"
)


def baselines(text: str, *, as_run: bool = False) -> tuple[Baseline, ...]:
    return space_file(f"{SPACE}baselines: {text}", as_run=as_run).spec((28, 28, 1)).baselines


def problems(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(SpaceFileError) as caught:
        baselines(text)
    return [(p.message, p.hint, p.where.partition(":")[2]) for p in caught.value.problems]


def test_a_baseline_has_what_it_gives_and_the_constants_of_the_space() -> None:
    (found,) = baselines("{usual: {dropout: 0.25, optimizer: adam}}")
    assert found.name == "usual"
    assert (found.point.dropout, found.point.optimizer) == (0.25, "adam")
    assert (found.point.filters, found.point.steps) == ((8,), 20)
    assert found.knobs == {"dropout", "optimizer"}


def test_baselines_keep_the_order_of_the_file() -> None:
    text = "{z: {dropout: 0.1, optimizer: adam}, a: {dropout: 0.2, optimizer: adam}}"
    assert [found.name for found in baselines(text)] == ["z", "a"]


@pytest.mark.parametrize("name", ["a", "A-1", "v1.2_b", "0"])
def test_names_have_letters_digits_and_some_signs(name: str) -> None:
    (found,) = baselines(f"{{'{name}': {{dropout: 0.1, optimizer: adam}}}}")
    assert found.name == name


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", ""])
def test_other_names_are_refused(name: str) -> None:
    ((message, hint, _),) = problems(f"{{'{name}': {{dropout: 0.1, optimizer: adam}}}}")
    assert message == f"a baseline cannot be named {name!r}"
    assert hint == "use letters, digits, . _ and -"


@pytest.mark.parametrize(
    ("text", "message", "hint", "where"),
    [
        ("{b: {optimizer: adam}}", "the baseline b does not give dropout", "add dropout: the space varies it", "3:13"),
        ("{b: {dropout: 0.1, optimizer: momentum}}", "the baseline b does not give momentum", "add momentum: the space varies it", "3:13"),
        ("{b: {dropout: 0.1, optimizer: adam, momentum: 0.9}}",
         "the baseline b gives momentum, which exists only when optimizer: ['momentum']", "leave momentum out", "3:13"),
        ("{b: {dropout: 0.1, optimizer: adam, dense_units: 3}}", "the baseline b has no key dense_units", None, "3:48"),
        ("{b: {dropout: 1.5, optimizer: adam}}", "dropout must be below 1, not 1.5", "write a value within the bounds", "3:26"),
        ("{b: {dropout: {low: 0.1, high: 0.2}, optimizer: adam}}", "dropout takes a number, not a mapping", "write a number", None),
        ("{b: 3}", "the baseline b must be a mapping of keys to values, not 3", "write b: {..} with the hyperparameters of one configuration", "3:16"),
        ("{dropout: 0.5}", "the baseline dropout must be a mapping of keys to values, not 0.5", "give the configuration a name: baselines: {NAME: {dropout: 0.5}}", "3:22"),
        ("[{dropout: 0.5}]", "baselines must be a mapping of keys to values, not a list", "give each a name: baselines: {NAME: {..}}", None),
    ],
)  # fmt: skip
def test_a_mistaken_baseline_is_named(
    text: str, message: str, hint: str | None, where: str | None
) -> None:
    ((found, what_to_do, place),) = problems(text)
    assert found == message
    assert hint is None or what_to_do == hint
    assert where is None or place == where


def test_what_has_no_effect_is_refused_and_read_where_the_sweep_has_run() -> None:
    text = "{b: {dropout: 0.1, optimizer: adam, filters: [8], pool: none, pool_size: 3}}"
    ((message, _, _),) = problems(text)
    assert message.startswith("pool_size of the baseline b has no effect: ")
    (found,) = baselines(text, as_run=True)
    assert found.point.pool_size == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("dropout: 0.2, optimizer: adam", "optimizer: adam, dropout: 0.2"),
        ("dropout: 0.2, optimizer: adam", "dropout: 0.2, optimizer: adam, filters: [8]"),
        ("dropout: 0.2, optimizer: adam, kernel_size: 3", "dropout: 0.2, optimizer: adam, kernel_size: [3]"),
    ],
    ids=["in another order", "with a constant", "with a list of one layer"],
)  # fmt: skip
def test_a_baseline_that_is_an_earlier_one_again_is_refused_and_read_where_the_sweep_has_run(
    first: str, second: str
) -> None:
    text = f"{{x: {{{first}}}, z: {{dropout: 0.1, optimizer: adam}}, y: {{{second}}}}}"
    ((message, hint, where),) = problems(text)
    assert message == "the baseline y is the same configuration as the baseline x"
    assert hint.startswith("keep one of the two")
    assert where == f"3:{len('baselines: ') + text.index('y: {') + 1}"
    assert [found.name for found in baselines(text, as_run=True)] == ["x", "z", "y"]


def test_baselines_that_differ_in_one_value_are_two() -> None:
    text = "{x: {dropout: 0.2, optimizer: adam}, y: {dropout: 0.20001, optimizer: adam}}"
    assert len(baselines(text)) == 2


def test_no_baselines_are_none() -> None:
    assert space_file(SPACE).spec((28, 28, 1)).baselines == ()
    assert baselines("{}") == ()


LISTS = [knob.name for knob in KNOBS.values() if knob.takes_list and knob.takes_scalar]


@pytest.mark.parametrize("knob", LISTS)
def test_a_list_without_layers_is_named(knob: str) -> None:
    with pytest.raises(SpaceFileError, match=f"{knob} lists 0 layers"):
        space_file(f"name: t\nspace: {{steps: 20}}\nbaselines: {{b: {{{knob}: []}}}}\n")
