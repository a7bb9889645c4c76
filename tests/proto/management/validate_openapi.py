#!/usr/bin/env python3
"""Checks that proto/management/openapi.yaml is a valid OpenAPI 3.1 document, that its schemas take the examples that
are good and refuse those that are bad, and that recorded exchanges are as it says.

    validate_openapi.py [--run PROGRAM] [EXCHANGES...]

EXCHANGES are files of JSON lines, each with path, request, status, content_type, headers and answer. PROGRAM writes
such lines: tests/proto/management/record_requests.cpp writes what the agent's own encoders make.
Needs the packages of tests/requirements.txt.
"""

import argparse
import json
import pathlib
import subprocess
import sys

from management_protocol import DESCRIPTION, Protocol, read_json
from openapi_spec_validator import OpenAPIV31SpecValidator

EXAMPLES = pathlib.Path(__file__).resolve().parent / "examples"


def check_description(protocol):
    errors = OpenAPIV31SpecValidator(protocol.description).iter_errors()
    return [f"{DESCRIPTION.name}: {error.message[:300]}" for error in errors]


def check_operations(protocol):
    """Checks the promises of the protocol that hold for every operation."""
    problems = []
    for path, item in protocol.description["paths"].items():
        operation = item.get("post")
        if operation is None or set(item) != {"post"}:
            problems.append(f"{path}: is not exactly one POST")
            continue
        if (path == "/enroll") != (operation.get("security") == []):
            problems.append(f"{path}: only /enroll goes without a client certificate")
        for status in ("200", "400", "403", "413", "429", "503", "default"):
            if status not in operation["responses"]:
                problems.append(f"{path}: says nothing about {status}")
    return problems


def check_examples(protocol):
    """examples.json: for each schema values that are good, and changes to the first of them that are not."""
    problems = []
    examples = read_json((EXAMPLES / "examples.json").read_text(encoding="utf-8"))
    for name, cases in examples.items():
        for value in cases["good"]:
            problems += [f"{name}: a good example is refused: {problem}" for problem in protocol.check_schema(name, value)]
        for change in cases.get("bad", []):
            value = json.loads(json.dumps(cases["good"][change.get("of", 0)]))
            place = value
            for step in change["at"][:-1]:
                place = place[step]
            if "value" in change:
                place[change["at"][-1]] = change["value"]
            else:
                del place[change["at"][-1]]
            if not protocol.check_schema(name, value):
                problems.append(f"{name}: a bad example is taken: {change}")
    undescribed = {"LeaseRequest", "LeaseAnswer", "ResultsRequest", "ResultsAnswer"} - set(examples)
    return problems + [f"{name}: has no example" for name in sorted(undescribed)]


def check_exchanges(protocol, source, text):
    lines = [line for line in text.splitlines() if line.strip()]
    problems = [] if lines else [f"{source}: holds no exchange"]
    for number, line in enumerate(lines, 1):
        problems += [f"{source}:{number}: {problem}" for problem in protocol.check_exchange(json.loads(line))]
    return problems


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", metavar="PROGRAM")
    parser.add_argument("exchanges", nargs="*", type=pathlib.Path)
    options = parser.parse_args(arguments)
    protocol = Protocol.load()
    problems = check_description(protocol)
    # The rest needs a document that is sound.
    if not problems:
        problems = check_operations(protocol) + check_examples(protocol)
        for file in options.exchanges:
            problems += check_exchanges(protocol, file.name, file.read_text(encoding="utf-8"))
        if options.run:
            ran = subprocess.run([options.run], check=True, capture_output=True, text=True)
            problems += check_exchanges(protocol, pathlib.Path(options.run).name, ran.stdout)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print("the description is valid, and the examples and exchanges are as it says")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
