"""What CloudFormation makes of a SAM template, by AWS's own transformation."""

import copy
import os
from typing import Any
from unittest.mock import patch

from samtranslator.translator.transform import transform

Template = dict[str, Any]
REGION = "eu-central-1"


class NoManagedPolicies:
    """Perch's template names none of AWS's policies, so none have to be asked for."""

    def load(self) -> dict[str, str]:
        """Return no policies."""
        return {}


def transformed(template: Template) -> Template:
    """Return a template without the transformation that it asks for; raises what AWS would refuse it with."""
    with patch.dict(os.environ, AWS_DEFAULT_REGION=REGION):
        done: Template = transform(copy.deepcopy(template), {}, NoManagedPolicies())
    return done
