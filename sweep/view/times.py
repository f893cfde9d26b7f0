"""Times in words: exact where they were measured, rough where they are estimated."""

# Units in seconds. A unit is used from 1.5 of it on.
_UNITS = ((1, "s"), (60, "min"), (3600, "h"))


def duration(seconds: float) -> str:
    """Seconds in a person's words: `45 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def rough(seconds: float, low: float | None = None, high: float | None = None) -> str:
    """Seconds to two digits, as `45 s`, `4.5 min` or `4.5 min (3.9 to 12 min)`."""
    size, unit = next((u for u in reversed(_UNITS) if seconds >= 1.5 * u[0]), _UNITS[0])
    middle = f"{_two_digits(seconds / size)} {unit}"
    if low is None or high is None:
        return middle
    return f"{middle} ({_two_digits(low / size)} to {_two_digits(high / size)} {unit})"


def _two_digits(number: float) -> str:
    if number < 10:
        return f"{number:.1f}".removesuffix(".0")
    return f"{float(f'{number:.2g}'):.0f}"
