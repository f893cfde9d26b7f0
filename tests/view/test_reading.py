"""The progress of reading images: silent for a moment, a bar on a terminal, one line elsewhere."""

import io

import pytest
from rich.console import Console

from sweep.view import reading
from sweep.view.live import LiveView, PlainView
from sweep.view.reading import ReadingLine
from tests import screen


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reading, "time", made)
    monkeypatch.setenv("TERM", "xterm")
    return made


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, force_terminal=terminal, width=100, color_system=None), file


@pytest.mark.parametrize("terminal", [True, False])
def test_what_takes_less_than_a_second_is_not_shown(clock: Clock, terminal: bool) -> None:
    made, file = console(terminal=terminal)
    line = ReadingLine(made)
    for done in range(100):
        line.show(done, 100)
        clock.now += 0.0099
    line.close()
    assert file.getvalue() == ""


def test_without_a_terminal_there_is_one_plain_line(clock: Clock) -> None:
    made, file = console(terminal=False)
    line = ReadingLine(made)
    for done in range(60):
        line.show(done * 1000, 60_000)
        clock.now += 0.5
    line.close()
    assert file.getvalue() == "reading 60,000 images; 2,000 are read\n"


def test_a_terminal_has_a_bar_that_moves_and_is_gone_in_the_end(clock: Clock) -> None:
    made, file = console(terminal=True)
    line = ReadingLine(made)
    for done in range(60):
        line.show(done, 60)
        clock.now += 0.5
    before = file.getvalue()
    assert "2/60" in before
    assert "59/60" in before
    assert [row for row in screen.lines(before) if "59/60" in row]
    line.show(60, 60)
    assert not "".join(screen.lines(file.getvalue())).strip()


def test_an_interruption_removes_the_bar(clock: Clock) -> None:
    made, file = console(terminal=True)
    line = ReadingLine(made)
    for done in range(3):
        line.show(done, 60)
        clock.now += 1
    assert [row for row in screen.lines(file.getvalue()) if row.strip()]
    line.close()
    line.close()
    assert not "".join(screen.lines(file.getvalue())).strip()


def test_a_bar_is_not_drawn_for_every_image(clock: Clock) -> None:
    made, file = console(terminal=True)
    line = ReadingLine(made)
    for done in range(10_000):
        line.show(done, 10_000)
        clock.now += 0.0005
    line.close()
    assert file.getvalue().count("reading images") < 30


@pytest.mark.parametrize("view", [LiveView, PlainView])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_note_takes_the_place_of_the_bar(
    clock: Clock, view: type[LiveView] | type[PlainView], terminal: bool
) -> None:
    made, file = console(terminal=terminal)
    shown = view(made)
    for done in (0, 10, 20):
        shown.reading(done, 30)
        clock.now += 1
    assert "reading" in file.getvalue()
    shown.note("30 images")
    shown.close()
    rows = [row.strip() for row in screen.lines(file.getvalue()) if row.strip()]
    if terminal:
        assert rows == ["30 images"]
    else:
        assert rows == ["reading 30 images; 10 are read", "30 images"]
