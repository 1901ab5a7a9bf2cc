#!/usr/bin/env python3
"""Example: TUNIC_FULL=1 tests/tun/serve_test.py ServeTest.test_a_file_arrives_bit_exact

tunic serve with the kernel's own programs as peers. Sizes are small unless TUNIC_FULL=1.
"""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sound_capture import missing_readers, objections  # noqa: E402
from tunic_program import BAD_LINK, FULL, MB, TUNIC, FolderTest, read_until, run, skip_unless_able

CLIENT = [sys.executable, str(Path(__file__).with_name("serve_client.py"))]


class ServeTest(FolderTest):
    def serve(self, *words, command, status=0, timeout=180):
        done = run(TUNIC, "serve", *words, "--", *command, timeout=timeout)
        self.assertEqual(done.returncode, status, done.stderr.decode()[-2000:])
        return done

    def logged(self):
        """The events and the summary of a run with --json --log."""
        lines = [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]
        for event in lines[:-1]:
            self.assertTrue(event["why"] and event["rfc"], event)
        return lines[:-1], lines[-1]

    def assert_nothing_left(self, summary):
        self.assertEqual(summary["connections_open"], 0, summary)
        self.assertEqual(summary["bytes_queued"], 0, summary)

    def assert_clean_capture(self, path):
        if missing_readers():
            self.skipTest(missing_readers())
        self.assertEqual(objections(path), [])
        self.assertGreater(path.stat().st_size, 10_000)

    def test_a_file_arrives_bit_exact(self):
        source = self.file("F", 100 * MB if FULL else 10 * MB)
        copy, log, pcap = self.folder / "copy", self.folder / "log", self.folder / "pcap"
        self.serve("http", "--dir", self.folder, "--pcap", pcap, command=["curl", "-sS", "http://10.9.0.2/F", "-o", copy])
        self.assertTrue(copy.read_bytes() == source.read_bytes())
        self.assert_clean_capture(pcap)  # of super-segments, unless the whole test is without offloads
        source = self.file("G", 3 * MB)
        self.serve("http", "--dir", self.folder, "--json", "--log", log, "--pcap", pcap,
                   command=["curl", "-sS", "http://10.9.0.2/G", "-o", copy])
        self.assertTrue(copy.read_bytes() == source.read_bytes())
        events, summary = self.logged()
        self.assertGreater(len(events), 1000)
        self.assert_nothing_left(summary)
        self.assert_clean_capture(pcap)

    def test_fifty_at_once(self):
        source = self.file("F", 100 * MB if FULL else MB)
        script = """for i in $(seq 50); do curl -sS http://10.9.0.2/F | cmp - "$0" & all="$all $!"; done
                    for one in $all; do wait "$one" || exit 1; done"""
        self.serve("http", "--dir", self.folder, command=["bash", "-o", "pipefail", "-c", script, source], timeout=600)

    def test_discard_and_echo_take_everything(self):
        size = 100 * MB if FULL else 10 * MB
        for service in ("discard", "echo"):
            self.serve("echo", "discard", command=[*CLIENT, service, "10.9.0.2", str(size)])

    def test_datagrams_come_back(self):
        for link in [], ["--drop-chance", "3"]:
            self.serve("udp-echo", *link, command=[*CLIENT, "udp-echo", "10.9.0.2", "65507"])
            self.serve("udp-echo", *link, command=["bash", "-c", "for i in $(seq 50); do ping -c 1 -W 1 -s 9000 10.9.0.2 && exit; done; exit 1"])

    def test_a_bad_link_changes_nothing(self):
        size = 5 * MB if FULL else MB
        began = time.monotonic()
        self.serve("echo", *BAD_LINK, "--json", "--log", self.folder / "log", "--pcap", self.folder / "pcap",
                   command=[*CLIENT, "echo", "10.9.0.2", str(size)])
        self.assertLess(time.monotonic() - began, 45)
        _, summary = self.logged()
        self.assert_nothing_left(summary)
        for reason in ("LinkDrop", "DropTcpChecksum"):
            self.assertGreater(summary["drops"].get(reason, 0), 0, summary)
        self.assert_clean_capture(self.folder / "pcap")

    def test_the_small_services_answer(self):
        done = self.serve("daytime", command=["curl", "-sS", "telnet://10.9.0.2:13"])
        self.assertRegex(done.stdout.decode(), r"^\w+day, \w+ \d\d, \d{4} \d\d:\d\d:\d\d-UTC\r\n$")
        done = self.serve("chargen", command=["bash", "-c", "head -c 200000 </dev/tcp/10.9.0.2/19"])
        self.assertEqual(len(done.stdout), 200000)
        self.serve("http", command=["ping", "-n", "-q", "-c", "2", "-i", "0.2", "10.9.0.2"])

    def test_a_closed_port_is_refused_at_once(self):
        began = time.monotonic()
        self.serve("http", command=["curl", "-sS", "http://10.9.0.2:81/"], status=7)
        self.assertLess(time.monotonic() - began, 2)

    def test_the_status_of_the_command_is_passed_on(self):
        self.serve("http", command=["sh", "-c", "exit 42"], status=42)
        self.serve("http", command=["sh", "-c", "kill -9 $$"], status=128 + 9)
        self.assertIn(b"cannot run 'no-such-program': No such file or directory\n  Fix:",
                      self.serve("http", command=["no-such-program"], status=3).stderr)

    def test_stdout_belongs_to_the_command(self):
        (self.folder / "F").write_text("content\n")
        for option in ("--trace", "--json"):
            done = self.serve("http", "--dir", self.folder, option, command=["curl", "-sS", "http://10.9.0.2/F"])
            self.assertEqual(done.stdout, b"content\n")
        self.assertIn("connections_open", json.loads(done.stderr.splitlines()[-1]))

    def test_a_signal_closes_down_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            server = subprocess.Popen([TUNIC, "serve", "http", "echo"], stderr=subprocess.PIPE, text=True)
            read_until(server.stderr, "nsenter")
            server.send_signal(number)
            _, said = server.communicate(timeout=20)
            self.assertEqual(server.returncode, 0)
            self.assertIn("0 connections open, 0 in TIME-WAIT, 0 bytes queued", said)

    def test_a_signal_reaches_the_command(self):
        command = ["sh", "-c", "echo ready; exec sleep 60"]
        server = subprocess.Popen([TUNIC, "serve", "http", "--", *command], stdout=subprocess.PIPE, text=True)
        read_until(server.stdout, "ready")
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)
        self.assertEqual(server.returncode, 128 + signal.SIGTERM)

    def test_ss_shows_the_sockets(self):
        script = 'exec 3<>/dev/tcp/10.9.0.2/7; echo hello >&3; read -r line <&3; "$0" ss --pid "$PPID"; "$0" ss --json --pid "$PPID"'
        done = self.serve("echo", "http", "udp-echo", command=["bash", "-c", script, TUNIC])
        table, _, document = done.stdout.decode().partition("[")
        self.assertRegex(table, r"LISTEN +0 +128 +10\.9\.0\.2:80 +\*")
        self.assertRegex(table, r"ESTABLISHED +0 +0 +10\.9\.0\.2:7 +10\.9\.0\.1:\d+ +\d+ ")
        self.assertRegex(table, r"UDP UNCONN +0 +0 +10\.9\.0\.2:7 +\* +0 dropped")
        stacks = json.loads("[" + document)
        self.assertIn("10.9.0.2:7", [u["local"] for s in stacks for u in s["udp"]])
        self.assertIn("ESTABLISHED", [c["state"] for s in stacks for c in s["connections"]])

    def test_help_starts_with_an_example(self):
        for words in (["--help"], ["serve", "--help"], ["ss", "--help"], ["doctor", "--help"], ["bench", "--help"], ["replay", "--help"]):
            done = run(TUNIC, *words)
            self.assertEqual(done.returncode, 0)
            self.assertTrue(done.stdout.startswith(b"Example: tunic "))

    def test_mistakes_are_named_with_a_fix(self):
        for words, status, named in (
                (["http", "http"], 2, "cannot serve http on 10.9.0.2:80"),
                (["http", "echo:80"], 2, "cannot serve echo on 10.9.0.2:80"),
                (["http", "--addr", "10.9.0.300/24"], 2, "'10.9.0.300/24'"),
                (["http", "--addr", "10.9.0.255/24"], 2, "10.9.0.255/24"),
                (["http:65536"], 2, "'65536' is no port"),
                (["http", "--tun", "nosuch0"], 3, "nosuch0"),
                (["http", "--dir", "/nosuch"], 3, "cannot serve the folder /nosuch"),
                (["http", "--pcap", "/nosuch/f"], 3, "/nosuch/f")):
            done = run(TUNIC, "serve", *words, timeout=10)
            said = done.stderr.decode()
            self.assertEqual(done.returncode, status, said)
            self.assertIn(named, said)
            self.assertIn("\n  Fix: ", said)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to arrange the environment")
    def test_a_missing_or_busy_device_is_named_with_a_fix(self):
        script = 'mount -t tmpfs none /dev/net && "$0" serve http'
        hidden = run("unshare", "--mount", "sh", "-c", script, TUNIC, timeout=10)
        self.assertEqual(hidden.returncode, 3)
        self.assertIn("mknod -m 0666 /dev/net/tun c 10 200", hidden.stderr.decode())
        closed = run("setpriv", "--reuid", "65534", "--clear-groups", TUNIC, "serve", "http", timeout=10)
        self.assertEqual(closed.returncode, 3)
        self.assertIn("  Fix: ", closed.stderr.decode())
        script = 'ip tuntap add tun7 mode tun; "$0" serve http --tun tun7 -- "$0" serve http --tun tun7 -- true'
        busy = run("unshare", "--net", "sh", "-c", script, TUNIC, timeout=20)
        self.assertEqual(busy.returncode, 3)
        self.assertIn("tun7", busy.stderr.decode())

    @unittest.skipUnless(os.geteuid() == 0, "needs root to make the device")
    def test_an_existing_device_is_used_as_it_is(self):
        (self.folder / "F").write_text("content\n")
        script = ('ip tuntap add tun7 mode tun; ip addr add 10.77.0.1/24 dev tun7; ip link set tun7 mtu 1280 up; '
                  '"$0" serve http --dir "$1" --tun tun7 --addr 10.77.0.2/24 -- curl -sS http://10.77.0.2/F; '
                  'ip -o link show tun7')
        done = run("unshare", "--net", "sh", "-c", script, TUNIC, self.folder, timeout=20)
        self.assertTrue(done.stdout.startswith(b"content\n"), done.stderr.decode())
        self.assertIn(b"mtu 1280", done.stdout)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to make an open TUN node")
    def test_an_ordinary_user_needs_an_open_node_alone(self):
        script = ('mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && umask 022 && '
                  'exec setpriv --reuid 65534 --regid 65534 --clear-groups '
                  '"$0" serve http -- curl -sS http://10.9.0.2/')
        done = run("unshare", "--mount", "sh", "-c", script, TUNIC, timeout=20, cwd="/")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(b"<title>/</title>", done.stdout)


if __name__ == "__main__":
    skip_unless_able()
    unittest.main(verbosity=2)
