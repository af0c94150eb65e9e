"""CloudFormation with the services that Perch's template names, and not with all that moto knows.

Measured with moto 5.2.5: its CloudFormation imports the models of 29 services, which takes two seconds at
each start of a stack, and 125 MB for good. Here the others are empty modules while it is imported: a resource
of theirs in a template is one that CloudFormation does not know, and passes over. Whoever asks such a service
itself still gets moto's own.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

UNUSED = (
    "apigateway", "autoscaling", "awslambda", "batch", "datapipeline", "ec2", "ecr", "ecs", "efs", "elb",
    "elbv2", "emr", "iot", "kinesis", "rds", "redshift", "route53", "sagemaker", "ssm", "stepfunctions",
)  # fmt: skip
MODELS = [*(f"moto.{service}.models" for service in UNUSED), "moto.ec2.models.core"]


def apply() -> None:
    """Import CloudFormation without what no template of ours needs, unless it is imported already."""
    with _left_out():
        importlib.import_module("moto.cloudformation.parsing")


@contextmanager
def _left_out() -> Iterator[None]:
    """For the block, have empty modules in place of those that are not imported yet."""
    imported = set(sys.modules)
    sys.modules |= {name: _Empty(name) for name in MODELS if name not in imported}
    try:
        yield
    finally:
        # Packages as well: they have taken something from their empty models.
        theirs = tuple(f"moto.{service}." for service in UNUSED)
        for name in [name for name in sys.modules.keys() - imported if f"{name}.".startswith(theirs)]:
            del sys.modules[name]


class _Empty(ModuleType):
    """Has whatever is asked of it: a class of which nothing is an instance."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
