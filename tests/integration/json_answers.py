"""The JSON Schemas of packaging/schema, to hold what `certconnector --json` prints against."""

import collections
import functools
import json
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "packaging" / "schema"
COMMON = "common.json"

# How often each command has given an answer (True) or an error (False) to this process.
seen = collections.Counter()


class WrongAnswer(Exception):
    """An answer that its schema does not allow; the text says where."""


def commands():
    """Every command that has a schema, such as "jobs list"."""
    return sorted(json.loads(path.read_text())["title"].removeprefix("certconnector ").removesuffix(" --json")
                  for path in SCHEMAS.glob("*.json") if path.name != COMMON)


def command_of(arguments):
    """The command in these arguments of certconnector."""
    words = [str(word) for word in arguments if not str(word).startswith("-")]
    names = set(commands())
    for length in (3, 2, 1):
        name = " ".join(words[:length])
        if name in names:
            return name
    raise WrongAnswer(f"no schema for certconnector {' '.join(map(str, arguments))}")


def read(name):
    """A schema with the common definitions in it, as all versions of jsonschema can resolve them."""
    text = (SCHEMAS / name).read_text()
    return json.loads(text.replace(COMMON + "#/", "#/"))


@functools.cache
def validators(command):
    """One for the whole schema, and one for each kind of document in it."""
    import jsonschema

    schema = read(command.replace(" ", "-") + ".json")
    schema["$defs"] = read(COMMON)["$defs"] | schema.get("$defs", {})
    jsonschema.Draft202012Validator.check_schema(schema)
    branches = [{"$defs": schema["$defs"], **branch} for branch in schema["oneOf"]]
    return [jsonschema.Draft202012Validator(one) for one in (schema, *branches)]


def mistakes(command, document):
    """Where the document is not as the schema says; none: it is."""
    whole, *branches = validators(command)
    if whole.is_valid(document):
        return []
    # The branch with the fewest mistakes is the one that was meant.
    found = min(([f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in branch.iter_errors(document)]
                 for branch in branches), key=len)
    return found or ["more than one kind of document allows it"]


def check(arguments, output):
    """Checks each line that certconnector printed for these arguments; fails with WrongAnswer."""
    command = command_of(arguments)
    for line in output.splitlines():
        document = json.loads(line)
        if found := mistakes(command, document):
            raise WrongAnswer(f"certconnector {command} --json: " + "; ".join(found[:5]) + f"\n{line[:2000]}")
        seen[command, document["ok"]] += 1
