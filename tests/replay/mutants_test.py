#!/usr/bin/env python3
"""Example: tests/replay/mutants_test.py

One changed acknowledgment or flag in a segment of the replayed host makes each capture of pcap-fixtures/ fail.
"""

import json
import shutil
import struct
import sys
import tempfile
import unittest
from pathlib import Path

from replay_test import replay

FIXTURES = Path(__file__).resolve().parents[2] / "pcap-fixtures"
CAPTURES = sorted(FIXTURES.glob("*.pcap"))
RST, SYN, TCP, ICMP = 4, 2, 6, 1


def frames_of(capture):
    """(offset of the packet in the file, the packet) of a pcap file of raw IP."""
    octets = capture.read_bytes()
    at = 24
    while at < len(octets):
        captured = struct.unpack_from("<I", octets, at + 8)[0]
        yield at + 16, octets[at + 16:at + 16 + captured]
        at += 16 + captured


def mutants(capture, local):
    """The last packet of the host, with one octet changed; a checksum of TCP is then that of a device that completes it."""
    address = bytes(map(int, local.split(".")))
    own = [(at, packet) for at, packet in frames_of(capture) if packet[12:16] == address and not packet[7] & 31 and not packet[6] & 31]
    segments = [(at, packet) for at, packet in own if packet[9] == TCP and not packet[33] & SYN]
    for at, packet in segments[-1:]:
        if not packet[33] & RST:
            yield "acknowledgment", {at + 31: packet[31] ^ 0x40}
        yield "flag", {at + 33: packet[33] ^ RST}
    if not segments:
        for at, packet in own[-1:]:
            yield "octet", {at + 33: packet[33] ^ 1} if packet[9] == TCP else {at + 21: packet[21] ^ 1}


class MutantsTest(unittest.TestCase):
    def test_a_changed_segment_is_seen(self):
        changed = 0
        for capture in CAPTURES:
            sidecar = capture.with_suffix(".json")
            for entry in json.loads(sidecar.read_text())["replays"]:
                if entry["level"] == "outcome":
                    continue
                for what, octets in mutants(capture, entry["local"]):
                    with self.subTest(capture=capture.name, what=what), tempfile.TemporaryDirectory() as folder:
                        Path(folder).chmod(0o755)
                        copy = Path(folder) / capture.name
                        content = bytearray(capture.read_bytes())
                        for at, octet in octets.items():
                            content[at] = octet
                        copy.write_bytes(content)
                        shutil.copy(sidecar, copy.with_suffix(".json"))
                        self.assertNotEqual(replay(copy, "--local", entry["local"])[0], 0)
                        changed += 1
        self.assertGreaterEqual(changed, len(CAPTURES))


if __name__ == "__main__":
    sys.exit(unittest.main())
