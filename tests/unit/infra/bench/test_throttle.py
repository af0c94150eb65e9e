"""A held-back process gets its share of a core and goes on afterwards."""

import subprocess
import sys
import time

import psutil
import pytest

from infra.bench.meters.throttle import Throttle, possible, share_of

BUSY = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"


def test_a_core_is_dealt_out_by_memory():
    assert share_of(1769) == 1
    assert share_of(3000) == 1
    assert share_of(885) == pytest.approx(0.5, abs=0.01)


@pytest.mark.skipif(not possible(), reason="this system does not tell a process's children")
def test_a_tree_is_held_back_and_let_go():
    with subprocess.Popen([sys.executable, "-c", BUSY]) as busy:
        root = psutil.Process(busy.pid)
        while not root.children():
            time.sleep(0.05)
        child = root.children()[0]
        try:
            with Throttle([busy.pid], 0.2):
                before, started = child.cpu_times().user, time.monotonic()
                time.sleep(1.0)
                share = (child.cpu_times().user - before) / (time.monotonic() - started)
            assert share < 0.5
            held = child.cpu_times().user
            while child.cpu_times().user == held:  # until it has gone on, however long that takes here
                time.sleep(0.05)
        finally:
            child.kill()
            busy.wait()
