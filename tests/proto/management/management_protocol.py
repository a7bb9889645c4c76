"""The management protocol as proto/management/openapi.yaml describes it, to hold real exchanges against.

    protocol = Protocol.load()
    problems = protocol.check_exchange({
        "path": "/management/v1/jobs/lease", "request": "<body>",
        "status": 200, "content_type": "application/json", "headers": {}, "answer": "<body>"})

An empty list means that the exchange is as the description says.
"""

import json
import pathlib
import re

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DESCRIPTION = pathlib.Path(__file__).resolve().parents[3] / "proto" / "management" / "openapi.yaml"
BASE_PATH = "/management/v1"
MAX_REQUEST = 4 * 1024 * 1024
MAX_ANSWER = 16 * 1024 * 1024


def read_json(text):
    """Strict: a key that is there twice is an error."""

    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError("a key is there twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=unique)


class Protocol:
    def __init__(self, description):
        self.description = description
        resource = Resource(contents=description, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:description", resource)

    @classmethod
    def load(cls, path=DESCRIPTION):
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def _resolve(self, node):
        while "$ref" in node:
            at = self.description
            for step in node["$ref"].removeprefix("#/").split("/"):
                at = at[step]
            node = at
        return node

    def _validator(self, pointer):
        return Draft202012Validator(
            {"$ref": "urn:description#" + pointer}, registry=self._registry, format_checker=FormatChecker()
        )

    def check_schema(self, name, value):
        """The errors of a value by the schema of that name under components."""
        errors = self._validator("/components/schemas/" + name).iter_errors(value)
        return [f"{error.json_path}: {error.message[:300]}" for error in errors]

    def check_request(self, path, body):
        operation = self._operation(path)
        if operation is None:
            return [f"{path} is no operation of the protocol"]
        return self._check_body(operation["requestBody"], "application/json", body, MAX_REQUEST, "request")

    def check_answer(self, path, status, content_type, headers, body):
        operation = self._operation(path)
        if operation is None:
            return [f"{path} is no operation of the protocol"]
        responses = operation["responses"]
        response = self._resolve(responses.get(str(status), responses["default"]))
        problems = self._check_body(response, content_type, body, MAX_ANSWER, "answer")
        for name, header in response.get("headers", {}).items():
            given = {key.lower(): value for key, value in headers.items()}.get(name.lower())
            pattern = self._resolve(header)["schema"]["pattern"]
            if given is not None and not re.search(pattern, given):
                problems.append(f"header {name}: {given!r} is not what the description says")
        return problems

    def check_exchange(self, exchange):
        """Both halves. A 4xx may be the answer to a request that is wrong on purpose: then only the answer counts."""
        path = exchange["path"]
        problems = self.check_answer(
            path, exchange["status"], exchange["content_type"], exchange.get("headers", {}), exchange["answer"]
        )
        if exchange["status"] < 400:
            problems += self.check_request(path, exchange["request"])
        return problems

    def _operation(self, path):
        if not path.startswith(BASE_PATH):
            return None
        return self.description["paths"].get(path[len(BASE_PATH) :], {}).get("post")

    def _check_body(self, part, content_type, body, limit, what):
        media_type = content_type.split(";")[0].strip().lower()
        media = self._resolve(part)["content"].get(media_type)
        if media is None:
            return [f"{what}: content type {content_type!r} is not described"]
        if len(body.encode("utf-8")) > limit:
            return [f"{what}: larger than {limit} octets"]
        try:
            value = read_json(body)
        except ValueError as error:
            return [f"{what}: not strict JSON: {error}"]
        name = media["schema"]["$ref"].rsplit("/", 1)[1]
        return [f"{what} {problem}" for problem in self.check_schema(name, value)]
