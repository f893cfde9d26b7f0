"""What a command line names: a space file, or a sweep."""

from pathlib import Path
from typing import TYPE_CHECKING

from sweep.commands.options import DEFAULT_RESULTS
from sweep.errors import InputError

if TYPE_CHECKING:
    from sweep.spacefile.read import SpaceFile


def space_file(file: Path, command: str) -> "SpaceFile":
    """The space file, checked. Raises `InputError` with the file that was probably meant where
    there is none."""
    from sweep.commands.calls import no_space_file
    from sweep.spacefile.read import load

    problem = no_space_file(file, command, DEFAULT_RESULTS)
    if problem is not None:
        raise problem
    return load(file)


def sweep_folder(name: str, results: Path) -> Path:
    """The folder of a sweep: by its name, or the folder itself. Raises `InputError` with what there
    is."""
    from sweep.spacefile.checks import did_you_mean
    from sweep.store.ledger import has_ledger, sweeps_in

    for folder in (results / name, Path(name)):
        if has_ledger(folder):
            return folder
    there = [path.name for path in sweeps_in(results)]
    otherwise = "run one first, or say where with --results"
    if there:
        otherwise = f"there are {', '.join(there)}"
    # Somebody may have written the path of the space file.
    is_file = Path(name).suffix in (".yaml", ".yml")
    if is_file:
        wanted = Path(name).stem
    else:
        wanted = name
    hint = did_you_mean(wanted, there, otherwise)
    if is_file and wanted in there:
        hint = f"write {wanted}: its name"
    raise InputError(f"there is no sweep {name}", hint, str(results))
