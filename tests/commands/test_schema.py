"""`sweep schema` prints a schema that takes what a space file may be."""

import json

import jsonschema
import pytest

from tests.test_cli import Command


def test_what_is_printed_takes_a_space_file_and_refuses_a_wrong_one(sweep: Command) -> None:
    code, out, err = sweep("schema")
    assert (code, err) == (0, "")
    schema = json.loads(out)
    jsonschema.validate({"name": "a", "space": {"filters": [4, {"low": 2, "high": 4}]}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "a", "spaec": {}}, schema)


def test_it_takes_no_argument(sweep: Command) -> None:
    code, out, err = sweep("schema", "lenet")
    assert (code, out, "hint: see sweep schema --help" in err) == (2, "", True)
