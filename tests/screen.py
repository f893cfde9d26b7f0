"""What a terminal shows of what was written to it: as much of one as Rich's live display needs."""

import re

_PIECES = re.compile(
    r"\x1b\[(?P<count>\d*)(?P<command>[A-Za-z])|\x1b\[\?\d+[a-z]|(?P<end>\r|\n)|(?P<text>[^\x1b\r\n]+)"
)


def lines(written: str) -> list[str]:
    """The lines of a terminal of any height, from its first."""
    screen, row, column = [""], 0, 0
    for piece in _PIECES.finditer(written):
        if piece["text"]:
            screen[row] = (
                screen[row][:column].ljust(column)
                + piece["text"]
                + screen[row][column + len(piece["text"]) :]
            )
            column += len(piece["text"])
        elif piece["end"] == "\n":
            row, column = row + 1, 0
            screen += [""] * (row + 1 - len(screen))
        elif piece["end"] == "\r":
            column = 0
        elif piece["command"] == "A":
            row = max(row - int(piece["count"] or 1), 0)
        elif piece["command"] == "K":
            screen[row] = ""
    return screen
