#!/usr/bin/env python3
"""Example: tests/replay/captures_test.py

What tunic drill and tunic replay write, and the fixtures: tshark, tcpdump and libtins read it without an objection. The same of
serve and of fixture record is shown in tests/tun.
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
from sound_capture import BUILD, missing_readers, objections  # noqa: E402

TUNIC = str(BUILD / "tools/tunic/tunic")
FIXTURES = TESTS.parent / "pcap-fixtures"


@unittest.skipIf(missing_readers(), missing_readers())
class CapturesTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tunic captures ")))

    def written(self, *words):
        subprocess.run([TUNIC, *map(str, words), "--pcap", self.folder], check=True, capture_output=True, timeout=100)
        return sorted(self.folder.iterdir())

    def test_of_scripts(self):
        """What the scripts themselves send may be as bad as they like."""
        captures = self.written("drill", TESTS / "script")
        self.assertGreater(len(captures), 50)
        self.assertEqual(objections(*captures, source="192.168.0.1"), [])

    def test_of_replays(self):
        captures = self.written("replay", FIXTURES)
        self.assertGreater(len(captures), 20)
        self.assertEqual(objections(*captures), [])

    def test_fixtures_as_they_were_recorded(self):
        self.assertEqual(objections(*sorted(FIXTURES.glob("*.pcap"))), [])

    def test_an_objection_is_seen(self):
        """One changed octet of the last packet, which all three notice."""
        octets = bytearray((FIXTURES / "one-loss.pcap").read_bytes())
        octets[-1] ^= 1
        broken = self.folder / "broken.pcap"
        broken.write_bytes(octets)
        self.assertEqual([line.split(":")[0] for line in objections(broken)], ["tshark", "tcpdump", "libtins"])


if __name__ == "__main__":
    sys.exit(unittest.main())
