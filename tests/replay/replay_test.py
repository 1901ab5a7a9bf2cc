#!/usr/bin/env python3
"""Example: tests/replay/replay_test.py ReplayTest.test_exit_codes

tunic replay as its users call it: what it prints and writes, its exit codes, bounded memory, and that it needs no privileges.
The capture is a request and its answer, made here: checksums are what an offload would have left.
"""

import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("TUNIC_BUILD_ROOT", HERE.parents[1] / "build"))
TUNIC = str(BUILD / "tools/tunic/tunic")
NOBODY = 65534
CLIENT, SERVER = bytes([10, 9, 0, 1]), bytes([10, 9, 0, 2])
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = bytes([2, 4, 1460 >> 8, 1460 & 255])
MIB = 1 << 20
GIB = 1 << 30


def replay(*words, memory=None, environment=None):
    """Runs it as an ordinary user, where this one may become one."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    variables = {name: value for name, value in os.environ.items() if name != "CI"} | (environment or {})
    done = subprocess.run([TUNIC, "replay", *map(str, words)], capture_output=True, timeout=120, preexec_fn=limit,
                          env=variables, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def folded(total):
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def words_sum(octets):
    return sum(struct.unpack(f">{len(octets) // 2}H", octets))


def segment(from_server, seq, ack, flags, payload=b"", options=b""):
    """An IPv4 packet whose TCP checksum is left to the device: the sum of the pseudo-header."""
    source, destination = (SERVER, CLIENT) if from_server else (CLIENT, SERVER)
    ports = (80, 40000) if from_server else (40000, 80)
    size = 20 + len(options) + len(payload)
    pseudo = folded(words_sum(source + destination) + 6 + size)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (20 + len(options)) << 2, flags, 65535, pseudo, 0)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, 6, 0) + source + destination
    checksum = folded(words_sum(head)) ^ 0xFFFF
    return head[:10] + struct.pack(">H", checksum) + head[12:] + tcp + options + payload


def pcap(frames, link=101):
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for at, packet in frames:
        data += struct.pack("<IIII", 1700000000, at, len(packet), len(packet)) + packet
    return data


def conversation(answer_ack=4):
    """The server's side of a request of three octets, an answer of two, and a reset."""
    c, s = 0x7FFFFFFE, 0xFFFFFFFE
    return [
        (0, segment(False, c, 0, SYN, options=MSS)),
        (100, segment(True, s, c + 1, SYN | ACK, options=MSS)),
        (20000, segment(False, c + 1, s + 1, ACK)),
        (20001, segment(False, c + 1, s + 1, PSH | ACK, b"GET")),
        (20100, segment(True, s + 1, c + answer_ack, PSH | ACK, b"OK")),
        (40000, segment(False, c + 4, s + 3, RST | ACK)),
    ]


class ReplayTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="tunic replay ")))
        self.folder.chmod(0o777)

    def capture(self, frames=None, name="x.pcap"):
        path = self.folder / name
        path.write_bytes(pcap(conversation() if frames is None else frames))
        return path

    def test_a_capture_passes(self):
        status, out, err = replay(self.capture(), "--local", "10.9.0.2", "--level", "outcome")
        self.assertEqual((status, err), (0, ""), out)
        self.assertIn("calls of 10.9.0.1:40000-10.9.0.2:80, inferred:\n  0.000000 listen()\n  0.020100 write(2)\n", out)
        self.assertTrue(out.endswith("x.pcap as 10.9.0.2, outcome: passed\n1 passed, 0 failed, 0 skipped\n"), out)

    def test_a_difference_is_shown(self):
        status, out, err = replay(self.capture(conversation(answer_ack=5)), "--local", "10.9.0.2", "--level", "strict")
        self.assertEqual((status, err), (1, ""), out)
        self.assertIn("recorded, frame 5, 0.020100: P. 1:3(2) ack 5", out)
        self.assertIn("the stack's reason: ", out)
        self.assertTrue(out.endswith("0 passed, 1 failed, 0 skipped\n"), out)

    def test_exit_codes(self):
        capture = self.capture()
        self.assertEqual(replay("--help")[0], 0)
        self.assertEqual(replay()[0], 2)
        self.assertEqual(replay(capture, "--level", "loose")[0], 2)
        self.assertEqual(replay(self.folder / "none.pcap")[0], 2)
        self.assertEqual(replay(capture, "--local", "10.9.0.7")[0], 2)
        self.assertEqual(replay(capture, "--set", "net.ipv4.tcp_sock=1")[0], 2)
        self.assertEqual(replay(capture, "--pcap", "/proc/none")[0], 3)
        text = self.folder / "text.pcap"
        text.write_text("no capture")
        self.assertEqual(replay(text)[0], 1)

    def test_who_is_replayed_must_be_clear(self):
        between = [(at if sender == 0 else at + 10000, packet) for sender, (at, packet) in enumerate(conversation()[:2])]
        status, out, _ = replay(self.capture(between + [(20100, conversation()[2][1])]))
        self.assertEqual(status, 2)
        self.assertIn("which host is replayed? Its hosts are 10.9.0.1, 10.9.0.2; say --local", out)

    def test_a_folder_and_json(self):
        self.capture(name="a.pcap")
        self.capture(conversation(answer_ack=5), name="b.pcap")
        status, out, _ = replay(self.folder, "--json")
        lines = out.splitlines()
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed, 0 skipped"))
        first, second = map(json.loads, lines[:-1])
        self.assertEqual((first["local"], first["level"], first["result"]), ("10.9.0.2", "semantic", "passed"))
        self.assertEqual(second["result"], "failed")
        self.assertIn("which is acknowledged", second["reason"])
        self.assertIn("recorded", second["ladder"])

    def test_what_passed_is_a_capture_with_comments(self):
        path = self.folder / "out.pcapng"
        self.assertEqual(replay(self.capture(), "--pcap", path)[0], 0)
        shown = subprocess.run(["tshark", "-r", path, "-Tfields", "-eframe.comment", "-etcp.flags.str"], capture_output=True,
                               check=True, text=True).stdout.splitlines()
        self.assertRegex(shown[1], r"^0\.000000 PassiveOpenReply \(RFC 9293 .*A..S")
        self.assertRegex(shown[5], r"^0\.020100 ESTABLISHED LastBufferedData \(RFC 9293 .*AP...")
        self.assertEqual(len(shown), 7)

    def test_goldens(self):
        capture = self.capture()
        golden = self.folder / "x.golden"
        status, _, err = replay(capture, "--update", environment={"CI": "true"})
        self.assertEqual((status, golden.exists()), (2, False))
        self.assertIn("CI is set", err)
        self.assertEqual(replay(capture, "--update")[0], 0)
        text = golden.read_text()
        self.assertIn("> P. 1:3(2) ack 4 win 65532  LastBufferedData\n", text)
        self.assertEqual(replay(capture)[0], 0)
        golden.chmod(0o666)
        golden.write_text(text.replace("LastBufferedData", "NewData"))
        status, out, _ = replay(capture)
        self.assertEqual(status, 1)
        self.assertIn("x.golden: the stack does not send what it once sent\n", out)
        self.assertRegex(out, r"\n- [^\n]* P\. 1:3\(2\) ack 4 win 65532  NewData\n\+ [^\n]* P\. 1:3\(2\) ack 4 win 65532  LastBufferedData\n")
        status, out, _ = replay(capture, "--json")
        self.assertEqual(status, 1)
        self.assertIn("NewData\n+ ", json.loads(out.splitlines()[1])["difference"])

    def large(self, size, kinds):
        """A capture of `size` octets: a conversation, and then frames of 60000 octets of each kind in turn, whose data is a hole."""
        path = self.folder / "large.pcap"
        with path.open("wb") as file:
            file.write(pcap(conversation()))
            while file.tell() < size:
                for head in kinds:
                    file.write(struct.pack("<IIII", 1700000000, 50000, 60000, 60000) + head)
                    file.seek(60000 - len(head), os.SEEK_CUR)
            file.truncate()
        return path

    def test_a_large_file_needs_little_memory(self):
        """Frames that are of no use are not kept, nor those of other conversations than the one that is wanted."""
        ipv6 = bytes([0x60])
        status, out, _ = replay(self.large(GIB // 4, [ipv6]), "--local", "10.9.0.2", memory=200 * MIB)
        self.assertEqual(status, 0, out)
        self.assertIn(" frames of IPv6 are left out", out)
        c = 0x7FFFFFFE
        other = segment(True, 1, c + 1, ACK, bytes(60000 - 40))[:40]
        other = other[:22] + struct.pack(">H", 50000) + other[24:]  # another port of the client, whose SYN nobody recorded
        path = self.large(GIB, [ipv6, other])
        wanted = "10.9.0.1:40000-10.9.0.2:80"
        status, out, _ = replay(path, "--local", "10.9.0.2", "--flow", wanted, memory=200 * MIB)
        self.assertEqual(status, 0, out)
        self.assertTrue(out.endswith("1 passed, 0 failed, 0 skipped\n"), out)
        status, out, _ = replay(path, "--local", "10.9.0.2", memory=200 * MIB)
        self.assertEqual(status, 1)
        self.assertIn("large.pcap: frame 8: 10.9.0.2:80 > 10.9.0.1:50000 begins in mid-connection", out)

    def test_what_is_too_large_is_refused_with_a_way_out(self):
        """One connection of more than is kept: replay, info and shrink say what can be done, and it can."""
        data = segment(True, 0xFFFFFFFE + 1, 0x7FFFFFFE + 4, ACK, bytes(60000 - 40))[:40]
        path = self.large(GIB, [data])
        status, out, _ = replay(path, "--local", "10.9.0.2", memory=300 * MIB)
        self.assertEqual(status, 1)
        said = f"{path}: frame 1125: more than 64 MiB or 250000 packets are too many; take the first frames alone: "
        self.assertIn(said + f"tcpdump -r {path} -c 1124 -w part.pcap", out)
        for command in "info", "shrink":
            done = subprocess.run([TUNIC, "fixture", command, path], capture_output=True, text=True, timeout=60, check=False,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (300 * MIB, 300 * MIB)))
            self.assertEqual(done.returncode, 2)
            self.assertIn(said, done.stderr)
        if shutil.which("tcpdump"):
            part = self.folder / "part.pcap"
            subprocess.run(["tcpdump", "-r", path, "-c", "1124", "-w", part], check=True, capture_output=True, timeout=60)
            self.assertIn("1124 packets", subprocess.run([TUNIC, "fixture", "info", part], capture_output=True, text=True,
                                                         timeout=60, check=True).stdout)


if __name__ == "__main__":
    sys.exit(unittest.main())
