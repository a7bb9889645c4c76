#!/usr/bin/env python3
"""Checks that proto/registration/openapi.yaml is a valid OpenAPI 3.1 document, and that its schemas take and refuse what
the codec takes and refuses: the seeds of its fuzz target. Needs the packages of tests/requirements.txt."""

import json
import pathlib
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS / "proto" / "management"))
from management_protocol import Protocol  # noqa: E402

DESCRIPTION = TESTS.parent / "proto" / "registration" / "openapi.yaml"
SCHEMAS = {"c": "ChallengeRequest", "v": "VerifyRequest", "n": "Notification", "C": "ChallengeAnswer",
           "V": "VerifyAnswer", "N": "NotifyAnswer", "p": "Problem"}
BAD = {"unknown_member", "success_without_certificate", "challenge_and_digest"}


def main():
    protocol = Protocol.load(DESCRIPTION)
    problems = [error.message[:300] for error in OpenAPIV31SpecValidator(protocol.description).iter_errors()]
    for seed in sorted((TESTS / "fuzz" / "corpus" / "registration").iterdir()) if not problems else []:
        text = seed.read_text(encoding="utf-8")
        wrong = protocol.check_schema(SCHEMAS[text[0]], json.loads(text[1:]))
        if bool(wrong) != (seed.name in BAD):
            problems.append(f"{seed.name}: {wrong or 'is taken'}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
