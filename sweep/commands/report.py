"""`sweep report`: a page of plots, and its Markdown twin."""

import typer

from sweep.commands import find, terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results, SweepName


def report(name: SweepName, results: Results = DEFAULT_RESULTS, as_json: Json = False) -> None:
    """Write a page with plots of what each hyperparameter did, and its Markdown twin."""
    from sweep.analysis.report import write_report
    from sweep.commands.process import quiet_libraries

    # After the import of Optuna, which sets the level of its logger.
    quiet_libraries()
    written = write_report(find.sweep_folder(name, results))
    if as_json:
        terminal.print_json(written.to_json())
        return
    typer.echo(f"{written.html}\n{written.markdown}")
