"""A machine that has no seccomp: as this process, and whatever it starts, finds it from now on."""

import os
from errno import ENOSYS

from chalicelib.engine.sandbox.kernel import linux, seccomp
from chalicelib.engine.sandbox.kernel.bpf import Rule, program
from chalicelib.engine.sandbox.kernel.syscalls import ARCHITECTURES


def lose_seccomp() -> None:
    """Have the kernel take no filters any more, by a filter: there is no way back for this process."""
    architecture = ARCHITECTURES[os.uname().machine]
    linux.forbid_new_privileges()
    refused = {architecture.seccomp: Rule(errno=ENOSYS)}
    seccomp.install_program(
        architecture,
        program(architecture.audit, refused, errno=ENOSYS, limit=architecture.limit, others=Rule()),
    )
