#!/usr/bin/env python3
"""Example: tests/tun/fixture_test.py FixtureTest.test_a_loss_is_repaired

tunic fixture record: two kernels, or a kernel and Tunic, talk through our own link, and what is written is what passed.
"""

import json
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sound_capture import missing_readers, objections  # noqa: E402
from tunic_program import TUNIC, FolderTest, run, skip_unless_able

SERVER = ("import socket; s=socket.create_server(('10.9.0.2', 7)); c,_=s.accept(); "
          "c.recv(100); c.sendall(bytes(20000)); c.close()")
CLIENT = ("import socket; c=socket.create_connection(('10.9.0.2', 7)); c.sendall(b'x'); n=0\n"
          "while (d:=c.recv(65536)): n+=len(d)\n"
          "raise SystemExit(n != 20000)")


class FixtureTest(FolderTest):
    def setUp(self):
        super().setUp()
        (self.folder / "server.py").write_text(SERVER)
        (self.folder / "client.py").write_text(CLIENT)

    def record(self, *words, server="server.py", client="client.py", status=0):
        done = run(TUNIC, "fixture", "record", self.folder / "x.pcap", *words,
                   *(["--server", f"exec {sys.executable} '{self.folder / server}'"] if server else []),
                   "--client", f"exec {sys.executable} '{self.folder / client}'", "--settle", "300ms", timeout=60)
        self.assertEqual(done.returncode, status, done.stderr.decode()[-2000:])
        return done

    def sidecar(self, name="x"):
        return json.loads((self.folder / f"{name}.json").read_text())

    def shown(self, name, display, *fields):
        if not shutil.which("tshark"):
            self.skipTest("tshark is not installed (fix: tools/deps test)")
        words = [word for field in fields for word in ("-e", field)]
        checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "tcp.analyze_sequence_numbers:TRUE"]
        done = run("tshark", "-r", self.folder / name, *checks, "-Y", display, "-T", "fields", *(words or ["-e", "frame.number"]))
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode().split("\n")[:-1]

    def assert_sound(self, name):
        if missing_readers():
            self.skipTest(missing_readers())
        self.assertEqual(objections(self.folder / name), [])

    def record_commands(self, *words):
        done = run(TUNIC, "fixture", "record", self.folder / "x.pcap", "--settle", "300ms", *words, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-2000:])

    def test_both_sides_see_their_own_end_of_a_loss(self):
        self.record("--beside", "both", "--delay", "5ms", "--do", "drop 2nd data segment of the server")
        data = "ip.src == 10.9.0.2 and tcp.len > 0"
        first_time = self.shown("x-server.pcap", data, "tcp.seq")
        reached = self.shown("x-client.pcap", data, "tcp.seq")
        self.assertEqual(len(first_time), len(reached) + 1)
        self.assertEqual(first_time.count("1449"), 2)  # sent again
        self.assertEqual(reached.count("1449"), 1)     # but the first did not come

    def test_what_is_written_is_sound(self):
        self.record("--beside", "both", "--delay", "1ms", "--drop-chance", "2", "--seed", "7")
        for name in ("x-client.pcap", "x-server.pcap"):
            self.assert_sound(name)
            self.assertGreater(len(self.shown(name, "tcp.checksum.status == 1")), 10)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed (fix: tools/deps run)")
    def test_the_calls_are_those_of_the_program(self):
        self.record("--beside", "both", "--delay", "5ms")
        server = [(call["call"], call.get("bytes")) for call in self.sidecar("x-server")["replays"][0]["calls"]]
        self.assertEqual(server, [("listen", None), ("accept", None), ("read", 1), ("write", 20000), ("close", None)])
        client = [(call["call"], call.get("bytes")) for call in self.sidecar("x-client")["replays"][0]["calls"]]
        self.assertEqual(client[:2], [("connect", None), ("write", 1)])
        self.assertEqual(sum(size or 0 for name, size in client if name == "read"), 20000)
        self.assertEqual(client[-1], ("close", None))

    def test_settings_reach_the_kernel_and_the_sidecar(self):
        self.record("--no-calls", "--sysctl", "net.ipv4.tcp_timestamps=0", "--snap", "96", "--mtu", "1000",
                    "--shows", "a narrow path", "--level", "strict")
        self.assertEqual(self.shown("x.pcap", "tcp.options.timestamp.tsval"), [])
        self.assertEqual(set(self.shown("x.pcap", "tcp", "frame.cap_len")) - {str(n) for n in range(97)}, set())
        self.assertEqual(self.shown("x.pcap", "icmp.type == 3 and icmp.code == 4", "icmp.mtu")[0], "1000")
        sidecar = self.sidecar()
        self.assertEqual(sidecar["sysctls"], {"net.ipv4.tcp_timestamps": "0"})
        self.assertEqual((sidecar["shows"], sidecar["congestion_control"]), ("a narrow path", "cubic"))
        replay = sidecar["replays"][0]
        self.assertEqual((replay["local"], replay["level"], replay["role"]), ("10.9.0.2", "strict", "sender"))
        self.assertEqual(replay["set"]["net.ipv4.tcp_timestamps"], "0")
        self.assertNotIn("calls", replay)

    def test_a_closed_port_needs_no_server(self):
        (self.folder / "client.py").write_text("import socket; socket.socket().connect(('10.9.0.2', 7))")
        done = self.record("--beside", "client", server=None)
        self.assertIn(b"the client ended with exit status 1", done.stdout)
        self.assertEqual(self.shown("x.pcap", "tcp", "tcp.flags.reset"), ["0", "1"])

    def test_the_server_may_be_a_program_with_tunic_in_it(self):
        """The stack's own losses are repaired by it, and its capture, unlike the kernel's, is one of Tunic."""
        for offload in ("off", "auto"):
            (self.folder / "page").write_bytes(bytes(range(256)) * 300)
            self.record_commands(
                "--beside", "both", "--delay", "5ms", "--do", "drop 2nd data segment of the server", "--server-stack", "tunic",
                "--server", f"exec {TUNIC} serve http --offload {offload} --dir '{self.folder}'",
                "--client", f"curl -sS http://10.9.0.2/page -o '{self.folder}/copy'")
            self.assertTrue((self.folder / "copy").read_bytes() == (self.folder / "page").read_bytes())
            data = "ip.src == 10.9.0.2 and tcp.len > 0"
            self.assertEqual(len(self.shown("x-server.pcap", data)), len(self.shown("x-client.pcap", data)) + 1)
            self.assertEqual(self.shown("x-server.pcap", "ip.len > 1500"), [])
            for name in ("x-server.pcap", "x-client.pcap"):
                self.assert_sound(name)
            server, client = (self.sidecar(name)["replays"][0] for name in ("x-server", "x-client"))
            self.assertEqual((server["stack"], server.get("set"), server.get("calls")), ("tunic", None, None))
            self.assertNotIn("stack", client)
            self.assertIn("net.ipv4.tcp_sack", client["set"])

    def test_the_client_may_be_a_program_with_tunic_in_it(self):
        """What Tunic did, Tunic does again."""
        (self.folder / "page").write_text("a page\n")
        server = f"cd '{self.folder}' && exec {sys.executable} -m http.server 80"
        self.record_commands("--beside", "client", "--delay", "2ms", "--client-stack", "tunic", "--server", server,
                             "--client", f"exec {TUNIC} get http://10.9.0.2/page -o '{self.folder}/copy'")
        self.assertEqual((self.folder / "copy").read_text(), "a page\n")
        self.assertEqual(self.sidecar()["replays"][0]["stack"], "tunic")
        self.assertIn(b"10.9.0.1 (tunic, ", run(TUNIC, "fixture", "info", self.folder / "x.pcap").stdout)
        replayed = run(TUNIC, "replay", self.folder / "x.pcap")
        self.assertEqual(replayed.returncode, 0, replayed.stdout.decode())

    def test_both_may_be_programs_with_tunic_in_them(self):
        self.record_commands("--client-stack", "tunic", "--server-stack", "tunic", "--client", f"exec {TUNIC} ping -c 2 -i 0.05 10.9.0.2",
                             "--server", f"exec {TUNIC} serve echo")
        self.assertEqual(self.shown("x.pcap", "icmp", "icmp.type"), ["8", "0", "8", "0"])

    def test_a_stack_is_nobody_without_a_program(self):
        done = run(TUNIC, "fixture", "record", self.folder / "x.pcap", "--server-stack", "tunic", "--client", "true")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"give --server, such as --server 'tunic serve echo'", done.stderr)

    def test_mistakes_are_named_with_a_fix(self):
        (self.folder / "deaf.py").write_text("import time; time.sleep(60)")
        (self.folder / "gone.py").write_text("")
        for words, more, status, named in ((["--do", "loose the SYN"], {}, 2, b"'loose the SYN' is not understood"),
                                           (["--sysctl", "net.ipv4.no_such=1"], {}, 3, b"net.ipv4.no_such"),
                                           (["--congestion", "nosuch"], {}, 3, b"congctl nosuch"),
                                           (["--limit", "300ms"], {"client": "deaf.py"}, 4, b"does not end"),
                                           ([], {"server": "gone.py"}, 4, b"the server ended")):
            said = self.record(*words, status=status, **more).stderr
            self.assertIn(named, said)
            self.assertIn(b"\n  Fix: ", said)


if __name__ == "__main__":
    skip_unless_able()
    unittest.main(verbosity=2)
