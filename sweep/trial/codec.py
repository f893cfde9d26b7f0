"""Tasks and events as messages of plain values, and back. Only this file knows the form."""

from typing import Any, cast

from pydantic import TypeAdapter

from sweep.trial.events import (
    Done,
    Ended,
    Evaluated,
    Event,
    Finishing,
    Loaded,
    Reading,
    Started,
    Traced,
)
from sweep.trial.tasks import Examine, Publish, Task, Train

# Created at import: forked processes have them already.
_TASKS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Train, Examine, Publish)
}
_EVENTS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (Reading, Loaded, Started, Finishing, Evaluated, Traced, Ended, Done)
}


def to_message(value: Task | Event) -> dict[str, Any]:
    """A task or event as a JSON document with its kind."""
    kind = type(value).__name__
    adapter = _TASKS.get(kind) or _EVENTS[kind]
    return {"kind": kind, **adapter.dump_python(value, mode="json")}


def to_task(message: dict[str, Any]) -> Task:
    """The task in a message. Raises `KeyError` if there is none."""
    return cast(Task, _parsed(_TASKS, message))


def to_event(message: dict[str, Any]) -> Event:
    """The event in a message. Raises `KeyError` if there is none."""
    return cast(Event, _parsed(_EVENTS, message))


def _parsed(kinds: dict[str, TypeAdapter[Any]], message: dict[str, Any]) -> object:
    fields = {name: value for name, value in message.items() if name != "kind"}
    return kinds[message["kind"]].validate_python(fields)
