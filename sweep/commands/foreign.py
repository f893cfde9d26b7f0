"""Options and commands of other tools, and what to write here instead.

Tested in tests/spacefile/test_foreign.py.
"""

from sweep.spacefile.words import Rows, row_of

_SAYS = "leave it out: trials are named as they end; sweep show NAME --trial N has the learning curve of one"

# Options without their dashes. The option's value replaces `{given}` if it is one plain word.
FLAGS: Rows = {
    "trials n_trials max_trials num_trials num_samples count n t": "write search: {trials: {given}} in the space file",
    "seed random_seed random_state": "write search: {seed: {given}} in the space file",
    "repeats executions_per_trial": "write search: {repeats: {given}} in the space file",
    "sampler method algorithm algo tuner strategy searcher": "write search: {sampler: {given}} in the space file",
    "pruner scheduler": "write search: {pruner: {given}} in the space file",
    "patience early_stopping early_stop early_stopping_rounds early_stopping_patience":
        "write search: {patience: {given}} in the space file",
    "restore_best_weights save_best_only":
        "write objective: {maximize: val_accuracy, of: best} in the space file",
    "timeout time_limit max_time time_budget max_duration":
        "this version has no timeout: stop it with Ctrl-C, and the same command goes on; "
        "`timeout -s INT 1h sweep run FILE` stops it after an hour",
    "name study study_name experiment experiment_name project sweep_id id": "write name: {given} in the space file",
    "gpus gpu num_gpus n_gpus device devices cuda accelerator cpu no_gpu":
        "choose devices by CUDA_VISIBLE_DEVICES=0 (-1 for none) before the command; --workers is "
        "how many trials at once, --trials-per-gpu how many share a GPU",
    "n_jobs jobs j parallel parallelism concurrency max_concurrent num_workers n_workers processes w":
        "write --workers {given}",
    "output output_dir out out_dir o log_dir save_dir dir directory results_dir storage":
        "write --results {given}",
    "config config_file c file f space space_file yaml": "give the file without an option: sweep run FILE",
    "resume continue restart load_if_exists r": "leave it out: the same command goes on where it stopped",
    "force overwrite fresh reset clean":
        "this version overwrites nothing: remove the sweep with rm -r results/NAME, or write "
        "another name in the file",
    "dry_run dry validate no_run plan": "write sweep check FILE: it trains nothing",
    "verbose v vv log_level progress": _SAYS,
    "quiet q silent no_progress":
        "leave it out: progress goes to standard error, so 2> /dev/null silences it; --json prints "
        "one document",
    "tracking mlflow mlflow_uri mlflow_tracking_uri uri": "write --tracking-uri {given}",
    "data dataset data_dir data_path": "write data: {path: {given}}, or data: mnist, in the space file",
    "metric objective direction goal monitor": "write objective: {maximize: val_accuracy} in the space file",
    "gpu_memory memory": "this version has no limit of memory; fewer --workers need less",
    "csv md markdown parquet": "write sweep export NAME -o table.csv; sweep export --help names the other formats",
    "all limit head rows k": "write --top {given}",
    "host bind address": "the MLflow UI listens on this machine alone; --port chooses its port",
    "lr": "no option changes how a trial is trained: write space: {learning_rate: {given}} in the "
          "space file",
    "stop": "press Ctrl-C where it runs: the same command goes on later",
    "wandb tensorboard": "this version records in MLflow: sweep ui NAME opens it",
}  # fmt: skip

# Commands. The first argument after the command replaces `NAME` if it is one plain word.
COMMANDS: Rows = {
    "delete remove rm del clean clear purge prune drop":
        "this version has no delete: delete its runs in sweep ui NAME, then remove the sweep by rm "
        "-r results/NAME",
    "compare diff":
        "this version has no compare: sweep list has the best of each sweep, sweep show NAME the "
        "trials of one",
    "resume continue restart": "write sweep run FILE: it goes on where it stopped",
    "start train sweep execute launch search optimize tune fit exec": "write sweep run FILE",
    "stop kill cancel pause abort":
        "press Ctrl-C where it runs, or end its process by kill PID: the same sweep run goes on "
        "later",
    "status ps state progress info describe studies trials": "write sweep show NAME; sweep list names all of them",
    "best best_trial best_params top leaderboard summary results result": "write sweep show NAME",
    "ls sweeps": "write sweep list",
    "agent worker controller join":
        "this version has no agents: sweep run FILE starts its own workers, as many as --workers",
    "init create new create_study template example":
        "this version has no init: copy search_spaces/lenet.yaml, then sweep check FILE",
    "version": "write sweep --version",
    "validate lint verify dry_run plan estimate time": "write sweep check FILE; --time estimates how long it takes",
    "dashboard mlflow serve web server tensorboard": "write sweep ui NAME",
    "plot visualize visualise figures html": "write sweep report NAME",
    "csv table save dump download": "write sweep export NAME -o table.csv",
    "infer classify": "write sweep predict NAME IMAGE",
    "test eval evaluate":
        "this version has no {word}: no command looks at the test images; sweep inspect NAME shows "
        "the validation",
    "rename mv": "this version has no rename: a sweep that has begun keeps its name",
    "confirm replay rerun repeat": "this version has no {word}; write repeats in the search of a new space file",
    "sync repair watch": "this version has no {word}: sweep run FILE writes what is missing; sweep show NAME shows it",
    "trial confusion": "write sweep show NAME --trial N, or sweep inspect NAME N",
    "data dataset": "write sweep check FILE: it shows the data of a space file",
    "config": "there is no configuration but the space file; sweep schema prints what it takes",
}  # fmt: skip


def foreign_option(word: str) -> str | None:
    """The row of `FLAGS` for an option without its dashes; None if there is none."""
    return row_of(FLAGS, word)


def foreign_command(word: str) -> str | None:
    """The row of `COMMANDS` for a command; None if there is none."""
    return row_of(COMMANDS, word)
