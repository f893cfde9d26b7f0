"""A drawing becomes a file: its size, its kind, and settings that are ours alone."""

import warnings
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from sweep.analysis.canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, rendered, svg


def cross(figure: Figure) -> None:
    figure.text(0.5, 0.5, "x")


def test_what_is_drawn_has_its_size_in_inches() -> None:
    found = rendered(cross, 2.0, 1.0, format="svg").decode()
    assert 'width="144pt" height="72pt"' in found


def test_an_svg_begins_with_its_element_and_stands_in_a_page() -> None:
    found = svg(cross, 2.0, 1.0)
    assert found.startswith("<svg")
    assert ElementTree.fromstring(found).tag.endswith("svg")


def test_a_png_has_as_many_pixels_as_asked() -> None:
    found = rendered(cross, 2.0, 1.0, format="png", dpi=50)
    assert found.startswith(b"\x89PNG")
    assert (int.from_bytes(found[16:20]), int.from_bytes(found[20:24])) == (100, 50)


def test_a_persons_settings_change_nothing_and_stay() -> None:
    before = svg(cross, 2.0, 1.0)
    with matplotlib.rc_context({"font.size": 30, "figure.facecolor": "black"}):
        assert svg(cross, 2.0, 1.0) == before
        assert matplotlib.rcParams["font.size"] == 30


def test_a_script_that_the_font_lacks_is_no_warning() -> None:
    def draw(figure: Figure) -> None:
        figure.text(0.5, 0.5, "猫")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rendered(draw, 2.0, 1.0, format="png")


def test_the_colours_differ() -> None:
    assert len({BLUE, ORANGE, GREEN, RED, PURPLE, GREY}) == 6
