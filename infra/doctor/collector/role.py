"""Whether the reconciler's role may really do what its own policies allow.

IAM's simulation counts in what the template does not show: permissions boundaries, organization
policies, and policies that somebody attached by hand. Each statement that allows is asked back as
it stands, on a resource and in a context that fit it; what comes back as anything but allowed is
denied by something else.
"""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from .asking import Asking

#: What stands for `*` in an ARN or a condition.
_SAMPLE = "x0123456789abcdef0"


def simulate(asking: Asking, role: str) -> dict | None:
    """What the role is denied; None where IAM does not answer, which the page then says."""
    iam = asking.client("iam")
    denied: dict[str, str] = {}
    simulated: set[str] = set()
    try:
        arn = iam.get_role(RoleName=role)["Role"]["Arn"]
        for statement in _statements(iam, role):
            answer = iam.simulate_principal_policy(PolicySourceArn=arn, **question(statement))
            for result in answer["EvaluationResults"]:
                simulated.add(result["EvalActionName"])
                if result["EvalDecision"] != "allowed":
                    denied[result["EvalActionName"]] = result["EvalDecision"]
    except (BotoCoreError, ClientError):
        return None
    return {"arn": arn, "simulated": len(simulated), "denied": denied}


def _statements(iam, role: str) -> Iterator[dict]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        yield from (one for one in _listed(document["Statement"]) if one["Effect"] == "Allow")


def question(statement: dict) -> dict:
    """A statement as the question whether it holds."""
    return {
        "ActionNames": _listed(statement["Action"]),
        "ResourceArns": [_concrete(arn) for arn in _listed(statement["Resource"])],
        "ContextEntries": list(_context(statement.get("Condition", {}))),
    }


def _context(condition: dict) -> Iterator[dict]:
    """A value for each key that a condition asks for; one that must not be null is asked elsewhere
    in the same condition."""
    for operator, keys in condition.items():
        if operator == "Null":
            continue
        several = operator.startswith("ForA")
        kind = "boolean" if operator == "Bool" else "stringList" if several else "string"
        for key, values in keys.items():
            fitting = [_concrete(str(value)) for value in _listed(values)]
            yield {
                "ContextKeyName": key,
                "ContextKeyType": kind,
                "ContextKeyValues": fitting if several else fitting[:1],
            }


def _concrete(pattern: str) -> str:
    """Something that a pattern fits; `*` alone stands for every resource, and stays."""
    return pattern if pattern == "*" else pattern.replace("*", _SAMPLE)


def _listed(value: object) -> list:
    return value if isinstance(value, list) else [value]
