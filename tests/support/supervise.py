"""Runs a program for as long as somebody holds this process's standard input open.

A test that is killed cannot stop its servers; the operating system closes its pipes in any case. So the end of standard
input, however it comes about, ends the program and everything that it started.

    supervise.py PROGRAM [ARGUMENT…]
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


# Elsewhere than on Unix there are no process groups, and only the program itself is ended.
GROUPS = hasattr(os, "killpg")


def main():
    if GROUPS:
        # A Ctrl-C at the terminal is to reach the tests only, which then let go of this process.
        os.setpgid(0, 0)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=GROUPS)
    threading.Thread(target=end_with_input, args=[child], daemon=True).start()
    sys.exit(child.wait())


def end_with_input(child):
    while os.read(0, 4096):
        pass
    with contextlib.suppress(ProcessLookupError):
        if GROUPS:
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


if __name__ == "__main__":
    main()
