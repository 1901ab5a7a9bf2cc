#!/usr/bin/env python3
"""Example: tests/tun/floods.py syn --rate 200000

What floods leave of an established flow, and of those who want to connect. For each kind:
what `tunic serve chargen` sends without the flood, the same connection during it, then 200 small requests, one after the
other; and the largest memory of the stack's process. A measurement for a quiet machine with two cores, not a test: it prints,
and fails only where a request does.
Exit codes: 0 measured, 1 a request failed, 2 wrong use, 3 the environment lacks something.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tunic_program import BUILD, TUNIC, skip_unless_able

KINDS = ["syn", "rst", "ack", "icmp", "fragments", "bytes"]
STACK, CHARGEN, HTTP = "10.9.0.2", 19, 80
CONNECTS = 200
SOURCE = str(BUILD / "tests/tun/flood_source")


def goodput(flow, seconds):
    """Octets a second that `flow` brings."""
    begin, octets = time.monotonic(), 0
    while time.monotonic() - begin < seconds:
        octets += len(flow.recv(1 << 18))
    return octets / (time.monotonic() - begin)


def connects(number):
    """How many of as many small requests, one after the other, are answered."""
    answered = 0
    for _ in range(number):
        with socket.create_connection((STACK, HTTP), timeout=30) as peer:
            peer.sendall(b"GET /small HTTP/1.0\r\n\r\n")
            answer = b""
            while part := peer.recv(4096):
                answer += part
            answered += answer.endswith(b"small\n")
    return answered


def flood_source(kind, seconds, rate):
    return subprocess.Popen([SOURCE, kind, STACK, str(HTTP), str(seconds), str(rate)], stdout=subprocess.PIPE, text=True)


def peak_of_parent():
    """The largest memory that the stack's process has had, in octets."""
    for line in Path(f"/proc/{os.getppid()}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def inside(kind, seconds, rate):
    """Runs in the namespace, beside the stack; prints one object."""
    flow = socket.create_connection((STACK, CHARGEN), timeout=30)
    goodput(flow, 1)  # out of slow start
    alone = goodput(flow, seconds)
    source = flood_source(kind, seconds + 1, rate)
    time.sleep(0.5)
    beside = goodput(flow, seconds)
    packets = int(source.communicate()[0])
    source = flood_source(kind, seconds, rate)
    flow.close()
    begin = time.monotonic()
    answered = connects(CONNECTS)
    took = time.monotonic() - begin
    packets += int(source.communicate()[0])
    print(json.dumps({"flood": kind, "packets": packets, "alone": alone, "beside": beside, "answered": answered,
                      "seconds for connects": took, "memory": peak_of_parent()}))


def measure(kind, options, folder):
    words = [TUNIC, "serve", "chargen", "http", "--dir", folder, "--", sys.executable, __file__, "--inside", kind,
             "--seconds", options.seconds, "--rate", options.rate]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60 + 10 * options.seconds)
    if done.returncode != 0:
        raise SystemExit(f"floods.py: tunic serve ended with {done.returncode}: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="KIND", help="of " + ", ".join(KINDS))
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement (default 4)")
    parser.add_argument("--rate", type=int, default=0, help="of the flood, in packets a second (default: as many as go)")
    parser.add_argument("--json", action="store_true", help="one object per flood")
    parser.add_argument("--inside", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.inside, options.seconds, options.rate)
    skip_unless_able()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "small").write_text("small\n")
        for kind in options.kinds:
            result = measure(kind, options, folder)
            wrong += result["answered"] != CONNECTS
            if options.json:
                print(json.dumps(result), flush=True)
                continue
            print(f"{kind:<10} {result['packets']:>9} packets  goodput {result['beside'] / 125e6:.2f} of {result['alone'] / 125e6:.2f} Gbit/s "
                  f"({result['beside'] / result['alone']:.2f})  {result['answered']} of {CONNECTS} requests in "
                  f"{result['seconds for connects']:.1f} s  {result['memory'] >> 20} MiB", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
