"""Run another of our programs where time goes twenty times as fast: old clients spend it waiting.

The client is as it was released; only the clock is not. The first argument is the program's module.
"""

import runpy
import sys
import time

TIMES = 20
began, clock, sleep = time.time(), time.time, time.sleep


def hurried_sleep(seconds):
    sleep(seconds / TIMES)


time.time = lambda: began + (clock() - began) * TIMES
time.sleep = hurried_sleep

runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
