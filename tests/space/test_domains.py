"""What values a hyperparameter may take: what belongs to a domain, and how large it gets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.design import spread
from sweep.space.domains import (
    Choices,
    Constant,
    Domain,
    FloatRange,
    IntRange,
    at,
    contains,
    is_same,
    largest,
    members,
)
from sweep.space.hyperparams import Value

CASES: list[tuple[Domain, Value, bool]] = [
    (Constant(3), 3, True),
    (Constant(1), True, False),
    (Constant(True), True, True),
    (Constant((3, 3)), (3, 3), True),
    (Choices((1, 2)), 2, True),
    (Choices((1, 2)), 3, False),
    (Choices((True, False)), 1, False),
    (Choices(("sgd",)), "adam", False),
    (IntRange(2, 8, 3), 5, True),
    (IntRange(2, 8, 3), 6, False),
    (IntRange(2, 8, 3), 8, True),
    (IntRange(2, 8), 9, False),
    (IntRange(0, 1), True, False),
    (IntRange(2, 8), 2.0, False),
    (FloatRange(0.0, 1.0), 1.0, True),
    (FloatRange(0.0, 1.0), 1, True),
    (FloatRange(0.0, 1.0), 1.1, False),
    (FloatRange(0.0, 0.6, 0.1), 0.3, True),
    (FloatRange(0.0, 0.6, 0.1), 0.35, False),
    (FloatRange(0.0, 1.0), "0.5", False),
    (FloatRange(0.0, 1.0), (0,), False),
    (FloatRange(0.0, 1.0), math.nan, False),
]


@pytest.mark.parametrize(("domain", "value", "belongs"), CASES)
def test_what_belongs_to_a_domain(domain: Domain, value: Value, belongs: bool) -> None:
    assert contains(domain, value) is belongs


def test_true_is_not_one() -> None:
    assert is_same(1, 1.0)
    assert is_same(True, True)
    assert not is_same(1, True)
    assert not is_same(0, False)


@pytest.mark.parametrize(
    ("domain", "most"),
    [
        (Constant(7), 7),
        (Choices((3, 9, 4)), 9),
        (IntRange(1, 12), 12),
        (FloatRange(0.5, 8.0), 8),
    ],
)
def test_the_largest_value(domain: Domain, most: int) -> None:
    assert largest(domain) == most


ranges = st.builds(
    lambda low, size, step: IntRange(low, low + size, step),
    st.integers(-50, 50),
    st.integers(0, 100),
    st.integers(1, 9),
)


@given(domain=ranges, count=st.integers(2, 9))
def test_values_that_are_spread_belong_to_the_range(domain: IntRange, count: int) -> None:
    values = spread(domain, count)
    assert len(values) <= count
    assert all(contains(domain, value) for value in values)
    assert values[0] == domain.low


@given(
    low=st.floats(-10, 10),
    size=st.floats(0.01, 10),
    parts=st.integers(1, 30),
    count=st.integers(2, 9),
)
def test_steps_of_a_range_of_fractions_belong_to_it(
    low: float, size: float, parts: int, count: int
) -> None:
    domain = FloatRange(low, low + size, size / parts)
    values = spread(domain, count)
    assert values[0] == low
    assert values[-1] in (low, domain.high)
    assert all(contains(domain, value) for value in values)


ALMOST_ONE = math.nextafter(1.0, 0.0)
ENDS: list[tuple[Domain, Value, Value]] = [
    (Constant(3), 3, 3),
    (Choices(("a", "b", "c")), "a", "c"),
    (IntRange(2, 8, 3), 2, 8),
    (IntRange(1, 100, log=True), 1, 100),
    (FloatRange(0.1, 0.7, 0.1), 0.1, 0.7),
    (FloatRange(1.0, 3.0), 1.0, 3.0),
    (FloatRange(1e-4, 1e-1, log=True), 1e-4, 1e-1),
]


@pytest.mark.parametrize(("domain", "low", "high"), ENDS)
def test_the_shares_of_a_domain_reach_from_one_end_to_the_other(
    domain: Domain, low: Value, high: Value
) -> None:
    ends = at(domain, 0.0), at(domain, ALMOST_ONE)
    if isinstance(low, str):
        assert ends == (low, high)
    else:
        assert ends == pytest.approx((low, high), rel=1e-12)
    assert all(contains(domain, at(domain, share / 50)) for share in range(50))


def test_whole_numbers_and_choices_have_equal_shares() -> None:
    for domain in (IntRange(1, 4), Choices((1, 2, 3, 4)), FloatRange(1.0, 4.0, 1.0)):
        drawn = [at(domain, share / 100) for share in range(100)]
        assert [drawn.count(value) for value in (1, 2, 3, 4)] == [25] * 4


def test_a_log_range_is_shared_in_the_logarithm() -> None:
    assert at(FloatRange(1e-4, 1e-2, log=True), 0.5) == pytest.approx(1e-3)
    assert at(IntRange(1, 99, log=True), 0.5) == 7


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        (Constant(3), [3]),
        (Choices(("a", "b")), ["a", "b"]),
        (IntRange(2, 8, 3), [2, 5, 8]),
        (IntRange(1, 4, log=True), [1, 2, 3, 4]),
        (FloatRange(0.0, 0.5, 0.25), [0.0, 0.25, 0.5]),
    ],
)
def test_the_members_of_a_domain(domain: Domain, values: list[Value]) -> None:
    found = members(domain, 5)
    assert found is not None
    assert list(found) == values
    assert members(domain, len(values) - 1) is None


def test_a_domain_without_end_has_no_list_of_members() -> None:
    assert members(FloatRange(0.0, 0.5), 10**9) is None
    assert members(IntRange(1, 10**12), 10_000) is None
    assert members(FloatRange(0.0, 1.0, 1e-9), 10_000) is None
