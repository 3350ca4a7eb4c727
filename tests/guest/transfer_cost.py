#!/usr/bin/python3
"""Measures single control transfers through Linux's usbfs.

  transfer_cost.py BUS-PORT [COUNT]

Prints the seconds of one GETSTATUS and of one UPLOAD of wTransferSize, each the mean of COUNT in a
row, and of one GETSTATUS after a pause of 10 ms, as between two blocks. The board must be idle in
DFU mode, with 16 readable blocks at its address pointer.
"""
import ctypes
import fcntl
import os
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
    place, count = sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 200
    about = f"/sys/bus/usb/devices/{place}/"
    descriptors = open(about + "descriptors", "rb").read()
    functional = descriptors.index(b"\x09\x21")
    block = int.from_bytes(descriptors[functional + 5:functional + 7], "little")
    bus, device = (int(open(about + name).read()) for name in ("busnum", "devnum"))
    node = os.open(f"/dev/bus/usb/{bus:03}/{device:03}", os.O_RDWR)
    interface = ctypes.c_uint(0)
    fcntl.ioctl(node, CLAIM_INTERFACE, interface)
    data = (ctypes.c_uint8 * block)()

    def transfer(kind, request, value, length):
        one = ControlTransfer(kind, request, value, 0, length, 5000, ctypes.addressof(data))
        fcntl.ioctl(node, CONTROL, one)

    def mean(action):
        began = time.perf_counter()
        for number in range(count):
            action(number)
        return (time.perf_counter() - began) / count

    status = mean(lambda _: transfer(0xA1, 3, 0, 6))
    # Reads the same few blocks repeatedly: an upload past the end of flash would stall.
    upload = mean(lambda number: transfer(0xA1, 2, 2 + number % 16, block))
    transfer(0x21, 6, 0, 0)
    paused = 0.0
    for _ in range(40):
        time.sleep(0.01)
        began = time.perf_counter()
        transfer(0xA1, 3, 0, 6)
        paused += (time.perf_counter() - began) / 40
    fcntl.ioctl(node, RELEASE_INTERFACE, interface)
    print(f"{status:.6f} {upload:.6f} {paused:.6f}")


if __name__ == "__main__":
    main()
