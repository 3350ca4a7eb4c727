#!/usr/bin/python3
"""A serial port as any program uses it: without the program under test.

  serial.py ask PORT TEXT     sends TEXT, with Python's escapes, and prints what comes back within a second
  serial.py hold PORT         keeps the port for itself until it is ended
"""
import fcntl
import os
import select
import sys
import termios
import time
import tty


def opened(port):
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    return fd


def ask(port, text):
    fd = opened(port)
    os.write(fd, text.encode().decode("unicode_escape").encode("latin-1"))
    answer, end = b"", time.monotonic() + 1
    while (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            try:
                answer += os.read(fd, 4096)
            except OSError:
                break
    print(repr(answer))


def hold(port):
    fd = opened(port)
    fcntl.ioctl(fd, termios.TIOCEXCL)
    print("held", flush=True)
    time.sleep(3600)


if sys.argv[1:2] == ["ask"]:
    ask(*sys.argv[2:])
elif sys.argv[1:2] == ["hold"]:
    hold(*sys.argv[2:])
else:
    sys.exit(__doc__)
