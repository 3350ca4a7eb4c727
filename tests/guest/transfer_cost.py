#!/usr/bin/python3
"""What one control transfer costs here, through Linux's usbfs and nothing else.

  transfer_cost.py BUS-PORT [COUNT]      prints seconds for one GETSTATUS, the median of COUNT

The board must be idle in DFU mode.
"""
import ctypes
import fcntl
import os
import statistics
import sys
import time

CLAIM_INTERFACE = 0x8004550F
RELEASE_INTERFACE = 0x80045510
CONTROL = 0xC0185500


class ControlTransfer(ctypes.Structure):
    _fields_ = [("request_type", ctypes.c_uint8), ("request", ctypes.c_uint8),
                ("value", ctypes.c_uint16), ("index", ctypes.c_uint16),
                ("length", ctypes.c_uint16), ("timeout", ctypes.c_uint32),
                ("data", ctypes.c_void_p)]


def main():
    place, count = sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 300
    about = f"/sys/bus/usb/devices/{place}/"
    bus, device = (int(open(about + name).read()) for name in ("busnum", "devnum"))
    node = os.open(f"/dev/bus/usb/{bus:03}/{device:03}", os.O_RDWR)
    interface = ctypes.c_uint(0)
    fcntl.ioctl(node, CLAIM_INTERFACE, interface)
    status = (ctypes.c_uint8 * 6)()
    transfer = ControlTransfer(0xA1, 3, 0, 0, 6, 5000, ctypes.addressof(status))
    times = []
    for _ in range(count):
        began = time.perf_counter()
        fcntl.ioctl(node, CONTROL, transfer)
        times.append(time.perf_counter() - began)
    fcntl.ioctl(node, RELEASE_INTERFACE, interface)
    print(f"{statistics.median(times):.6f}")


if __name__ == "__main__":
    main()
