"""`sweep schema`: the JSON Schema of the space file."""

from sweep.commands import terminal


def schema() -> None:
    """Print the JSON Schema of the space file, for editors."""
    from sweep.spacefile.schema import space_file_schema

    terminal.print_json(space_file_schema())
