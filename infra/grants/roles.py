"""One role a function: what ``policies.yaml`` says, as CloudFormation wants it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from infra.deploy.packaging.template import FUNCTION, Template, function_of
from infra.grants.environment import its_own
from infra.grants.policies import Policy, read_policies

ROLE_OF_ALL = "DefaultRole"
"""Chalice's: one role for all functions."""
FROM_QUEUES = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What Lambda asks of a queue in the name of the function that reads it."""
TO_TRACE = {
    # AWS knows no narrower permission for traces.
    "Sid": "Traces",
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}
OF_BEDROCK = "others/bedrock"
OTHERS: dict[str, Template] = {
    "bucket": {"Fn::GetAtt": ["Bucket", "Arn"]},
    "services": {"Ref": "ServicesSecret"},
    "vault": {"Fn::GetAtt": ["VaultKey", "Arn"]},
    # From any of this account's own senders; which one is PERCH_ALERT_SENDER's to say.
    "email": {"Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"},
}


def with_roles(template: Template, policies: Mapping[str, Policy] | None = None) -> Template:
    """Return a packaged template in which each function has a role and settings of its own.

    Chalice knows one role, and variables that all functions have; both go.
    """
    policies = read_policies() if policies is None else policies
    resources = {name: each for name, each in template["Resources"].items() if name != ROLE_OF_ALL}
    everybodys = template["Globals"]["Function"]["Environment"]["Variables"]
    roles: Template = {}
    assuming: list[Any] = []
    for name, resource in resources.items():
        if resource["Type"] != FUNCTION:
            continue
        properties = resource["Properties"]
        role, policy = f"{name}Role", policies[function_of(properties)]
        roles[role] = _role(policy, properties["LoggingConfig"]["LogGroup"]["Ref"])
        properties["Role"] = {"Fn::GetAtt": [role, "Arn"]}
        properties.pop("Policies", None)
        own = its_own(function_of(properties), {**everybodys, **properties["Environment"]["Variables"]})
        properties["Environment"] = {"Variables": own}
        if any(need.target == OF_BEDROCK for need in policy.grants()):
            assuming.append(role)
    _let_assume(resources, assuming)
    rest = {name: each for name, each in template.items() if name != "Globals"}
    return {**rest, "Resources": {**resources, **roles}}


def _role(policy: Policy, log_group: str) -> Template:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "its-own-work",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": _statements(policy, log_group)},
                }
            ],
        },
    }


def _statements(policy: Policy, log_group: str) -> list[Template]:
    """Return a statement for each thing; what may be done to it stands in one list."""
    granted: defaultdict[str, set[str]] = defaultdict(set)
    for need in policy.grants():
        if need.target != OF_BEDROCK:
            granted[need.target].add(need.action)
    if policy.reads is not None:
        granted[f"queues/{policy.reads}"].update(FROM_QUEUES)
    statements = [_statement(target, sorted(actions)) for target, actions in sorted(granted.items())]
    logs = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
    }
    return [*statements, logs, TO_TRACE]


def _statement(target: str, actions: list[str]) -> Template:
    statement: Template = {"Effect": "Allow", "Action": actions, "Resource": _resource(target)}
    if target == "others/vault":
        # By this one key, and never without saying whose they are.
        statement["Condition"] = {"StringLike": {"kms:EncryptionContext:account": "*"}}
    return statement


def _resource(target: str) -> Template:
    kind, _, name = target.partition("/")
    match kind:
        case "tables":
            return {"Fn::GetAtt": [f"{_camel(name)}Table", "Arn"]}
        case "queues":
            queue = _camel(name) if name.endswith("dead-letters") else f"{_camel(name)}Queue"
            return {"Fn::GetAtt": [queue, "Arn"]}
        case "files":
            return {"Fn::Sub": f"${{Bucket.Arn}}/{name}"}
    return OTHERS[name]


def _let_assume(resources: Template, roles: list[str]) -> None:
    """Let functions ask Bedrock as its role.

    In a policy beside their roles: each role would otherwise have to be there before the other.
    """
    trust = resources["BedrockRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Principal"] = {"AWS": [{"Fn::GetAtt": [role, "Arn"]} for role in roles]}
    resources["BedrockRolePolicy"]["Properties"]["Roles"] = [{"Ref": role} for role in roles]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
