#!/usr/bin/env python3
"""Example: TUNIC_FULL=1 tests/tun/client_test.py GetTest

tunic get, ping and nc with the kernel's own programs as peers. Sizes are small unless TUNIC_FULL=1.
"""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from tunic_program import BAD_LINK, FULL, MB, TUNIC, FolderTest, read_until, run, skip_unless_able

PEER = [sys.executable, str(Path(__file__).with_name("client_peer.py"))]
WEB = [sys.executable, "-m", "http.server", "8000"]


class ClientTest(FolderTest):
    def tunic(self, *words, status=0, timeout=120, **options):
        done = run(TUNIC, *words, timeout=timeout, **options)
        self.assertEqual(done.returncode, status, done.stderr.decode()[-2000:])
        return done

    def summary(self):
        return json.loads((self.folder / "log").read_text().splitlines()[-1])


class GetTest(ClientTest):
    def get(self, path, *words, server=WEB, **options):
        return self.tunic("get", f"http://10.9.0.1:8000/{path}", *words, "--", *server, cwd=self.folder, **options)

    def test_a_file_arrives_bit_exact(self):
        source = self.file("F", 100 * MB if FULL else 10 * MB)
        self.get("F", "-o", "copy", "--log", "log", "--json" if not FULL else "--trace")
        self.assertTrue((self.folder / "copy").read_bytes() == source.read_bytes())
        if not FULL:
            self.assertEqual((self.summary()["connections_open"], self.summary()["bytes_queued"]), (0, 0))

    def test_the_document_goes_to_stdout_alone(self):
        (self.folder / "F").write_text("content\n")
        for option in ("--trace", "--json"):
            self.assertEqual(self.get("F", option).stdout, b"content\n")

    def test_a_slow_reader_gets_it_all(self):
        source = self.file("F", 3 * MB)
        script = f'"{TUNIC}" get http://10.9.0.1:8000/F -- "$@" | {{ sleep 1; cat; }}'
        done = run("bash", "-c", script, "bash", *WEB, cwd=self.folder)
        self.assertTrue(done.stdout == source.read_bytes(), done.stderr)

    def test_a_bad_link_changes_nothing(self):
        source = self.file("F", MB)
        self.get("F", *BAD_LINK, "-o", "copy", "--json", "--log", "log")
        self.assertTrue((self.folder / "copy").read_bytes() == source.read_bytes())
        self.assertGreater(self.summary()["drops"].get("LinkDrop", 0), 0)

    def test_a_long_download_tells_how_far_it_is(self):
        self.file("F", MB)
        self.assertRegex(self.get("F", "--rate", "4Mbit").stderr, rb"tunic: \d+\.\d of 1\.0 MB, \d+\.\d MB/s\n")

    def test_chunks_are_put_together(self):
        self.assertEqual(self.get("", server=[*PEER, "chunked", "8000"]).stdout, b"hello world")

    def test_failures_of_the_peer_have_their_exit_code(self):
        for server, named in ((WEB, b"the server says 404 File not found"),
                              ([*PEER, "cut", "8000"], b"it ended before its body was complete"),
                              ([*PEER, "reset", "8000"], b"reset"),
                              (["sleep", "60"], b"connection refused")):
            began = time.monotonic()
            said = self.get("nothing", server=server, status=4).stderr
            self.assertIn(named, said)
            self.assertIn(b"\n  Fix: ", said)
            self.assertLess(time.monotonic() - began, 10)

    def test_without_a_command_a_refusal_is_final(self):
        began = time.monotonic()
        self.tunic("get", "http://10.9.0.1:8000/", status=4)
        self.assertLess(time.monotonic() - began, 1.5)

    def test_mistakes_are_named_with_a_fix(self):
        for words, status, named in ((["get", "http://10.9.0.255/"], 2, "10.9.0.255"),
                                     (["get", "http://10.9.0.1/", "-o", "/nosuch/f"], 3, "/nosuch/f"),
                                     (["nc", "224.0.0.1", "7"], 2, "224.0.0.1"),
                                     (["nc", "-u", "10.9.0.255", "7"], 2, "10.9.0.255"),
                                     (["ping", "224.0.0.1"], 2, "224.0.0.1"),
                                     (["nc", "10.9.0.1", "7", "--", "no-such-program"], 3, "no-such-program")):
            said = self.tunic(*words, status=status).stderr.decode()
            self.assertIn(named, said)
            self.assertIn("\n  Fix: ", said)


class NcTest(ClientTest):
    def nc(self, *words, peer, data=b"", **options):
        return self.tunic("nc", *words, "--", *PEER, *peer, input=data, **options)

    def test_what_goes_out_comes_back(self):
        data = os.urandom(20 * MB if FULL else 2 * MB)
        self.assertTrue(self.nc("10.9.0.1", "7000", peer=["echo", "7000"], data=data).stdout == data)

    def test_a_listener_takes_one_connection(self):
        data = os.urandom(MB)
        done = self.nc("-l", "7000", *BAD_LINK, peer=["echo", "10.9.0.2", "7000"], data=data)
        self.assertTrue(done.stdout == data)

    def test_all_is_sent_to_a_peer_that_ended_first(self):
        data = os.urandom(MB)
        self.assertIn(b"1000000 octets came", self.nc("10.9.0.1", "7000", peer=["early", "7000"], data=data).stderr)

    def test_a_reset_is_a_failure_of_the_peer(self):
        said = self.nc("10.9.0.1", "7000", peer=["reset", "7000"], data=os.urandom(MB), status=4).stderr
        self.assertIn(b"the connection with 10.9.0.1:7000 failed: ", said)

    def test_a_command_that_does_not_connect_ends_the_wait(self):
        self.tunic("nc", "-l", "7000", "--", "true", status=4)

    def test_a_signal_ends_it_with_its_number(self):
        nc = subprocess.Popen([TUNIC, "nc", "-l", "7000"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        read_until(nc.stderr, "listening on 10.9.0.2:7000")
        nc.send_signal(signal.SIGINT)
        nc.communicate(timeout=20)
        self.assertEqual(nc.returncode, 128 + signal.SIGINT)

    def test_the_command_ends_with_it(self):
        nc = subprocess.Popen([TUNIC, "nc", "-l", "7000", "--", "sh", "-c", "echo $$ >&2; sleep 600"],
                              stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        pid = int(nc.stderr.readline())
        nc.send_signal(signal.SIGTERM)
        nc.communicate(timeout=20)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


class NcDatagramTest(ClientTest):
    def nc(self, *words, peer, data=b"", **options):
        return self.tunic("nc", "-u", *words, "--", *peer, input=data, **options)

    def test_a_datagram_comes_back(self):
        done = self.nc("10.9.0.1", "7000", "-w", "1", peer=[*PEER, "udp-echo", "7000"], data=b"one\n")
        self.assertEqual((done.stdout, done.stderr), (b"one\n", b"4 octets came\n"))

    def test_what_is_read_at_once_is_one_datagram(self):
        source = self.file("F", 65507 + 10)
        with source.open("rb") as data:
            done = run(TUNIC, "nc", "-u", "10.9.0.1", "7000", "-w", "1", "--", *PEER, "udp-echo", "7000", stdin=data)
        self.assertEqual((done.returncode, done.stderr), (0, b"65507 octets came\n10 octets came\n"))
        self.assertTrue(done.stdout == source.read_bytes())

    def test_a_command_may_take_its_time_to_listen(self):
        peer = ["sh", "-c", 'sleep 0.3; exec "$@"', "sh", *PEER, "udp-echo", "7000"]
        self.assertEqual(self.nc("10.9.0.1", "7000", "-w", "1.5", peer=peer, data=b"one\n").stdout, b"one\n")

    def test_a_listener_answers_who_sent_first(self):
        done = self.nc("-l", "7000", peer=[*PEER, "udp-ask", "10.9.0.2", "7000"], data=b"answer")
        self.assertEqual((done.stdout, done.stderr), (b"question\n", b"b'answer' came\n"))

    def test_an_unreachable_port_is_a_failure_of_the_peer(self):
        began = time.monotonic()
        said = self.tunic("nc", "-u", "10.9.0.1", "7000", input=b"one\n", status=4).stderr
        self.assertIn(b"cannot reach 10.9.0.1:7000: port unreachable", said)
        self.assertLess(time.monotonic() - began, 1.5)
        said = self.nc("10.9.0.1", "7000", peer=["sleep", "60"], data=b"one\n", status=4).stderr
        self.assertIn(b"within two seconds", said)

    def test_a_connection_may_be_idle_for_so_long(self):
        began = time.monotonic()
        done = self.tunic("nc", "-w", "0.3", "-l", "7000", "--", "bash", "-c",
                          "exec 3<>/dev/tcp/10.9.0.2/7000; echo hello >&3; sleep 60", input=b"")
        self.assertEqual(done.stdout, b"hello\n")
        self.assertLess(time.monotonic() - began, 10)


class PingTest(ClientTest):
    def ping(self, *words, **options):
        return self.tunic("ping", *words, **options).stdout.decode()

    def test_the_kernel_answers(self):
        said = self.ping("10.9.0.1", "-c", "3", "-i", "0.05")
        lines = said.splitlines()
        self.assertEqual(lines[0], "PING 10.9.0.1 56(84) bytes of data.")
        for number in range(1, 4):
            self.assertRegex(lines[number], rf"^64 bytes from 10\.9\.0\.1: icmp_seq={number} ttl=64 time=[\d.]+ ms$")
        self.assertRegex(said, r"\n\n--- 10\.9\.0\.1 ping statistics ---\n"
                               r"3 packets transmitted, 3 received, 0% packet loss, time \d+ms\n"
                               r"rtt min/avg/max/mdev = [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms\n$")

    def test_every_size_comes_back(self):
        for size in (0, 1, 1472, 1473, 65507):
            said = self.ping("10.9.0.1", "-c", "1", "-s", str(size))
            self.assertIn(f"\n{size + 8} bytes from 10.9.0.1: icmp_seq=1 ", said)
            self.assertNotIn("OTHER", said)
        self.assertIn("1 received", self.ping("10.9.0.2", "-c", "1"))  # itself

    def test_losses_are_counted(self):
        words = ["10.9.0.1", "-c", "20", "-i", "0.01", "-W", "0.3", "--drop-chance", "20", "--duplicate-chance", "20", "--seed", "1",
                 "--json"]
        said = [json.loads(line) for line in self.ping(*words).splitlines()]
        summary = said[-1]
        answered = {line["seq"] for line in said[:-1] if not line["duplicate"]}
        self.assertEqual((summary["sent"], summary["received"]), (20, len(answered)))
        self.assertLess(summary["received"], 20)
        self.assertGreater(summary["duplicates"], 0)

    def test_nobody_is_a_failure_of_the_peer(self):
        done = self.tunic("ping", "10.9.0.77", "-c", "2", "-i", "0.05", "-W", "0.2", status=4)
        self.assertIn(b"2 packets transmitted, 0 received, 100% packet loss", done.stdout)
        self.assertIn(b"10.9.0.77 did not answer", done.stderr)

    def test_a_signal_ends_it_with_the_summary(self):
        ping = subprocess.Popen([TUNIC, "ping", "10.9.0.1", "-c", "1000"], stdout=subprocess.PIPE, text=True)
        read_until(ping.stdout, "icmp_seq=1 ")
        ping.send_signal(signal.SIGINT)
        said, _ = ping.communicate(timeout=20)
        self.assertRegex(said, r"(\d+) packets transmitted, \1 received")
        self.assertEqual(ping.returncode, 0)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to make a router of the kernel")
    def test_a_router_says_what_is_wrong(self):
        # Each asks from an address of its own: the kernel tells each host of so many errors a second.
        script = ("ip tuntap add tun7 mode tun; ip addr add 10.77.0.1/24 dev tun7; ip link set tun7 up; "
                  "ip tuntap add tun8 mode tun; ip addr add 10.78.0.1/24 dev tun8; ip link set tun8 mtu 1000 up; "
                  "ip route add unreachable 10.79.0.0/24; ip route add prohibit 10.80.0.0/24; "
                  "sysctl -q -w net.ipv4.ip_forward=1; "
                  'ping() { own=$1; shift; "$0" ping --tun tun7 --addr 10.77.0.$own/24 -c 2 -i 0.02 -W 0.5 "$@"; }; '
                  "ping 2 10.78.0.2 -t 1; ping 3 10.79.0.2; ping 4 10.80.0.2; ping 5 10.81.0.2; "
                  "ping 6 10.78.0.2 -M do -s 1400; ping 7 10.78.0.2 -M do -s 1473")
        said = run("unshare", "--net", "bash", "-c", script, TUNIC, timeout=60)
        for expected in ("From 10.77.0.1 icmp_seq=2 Time to live exceeded\n",
                         "From 10.77.0.1 icmp_seq=2 Destination Host Unreachable\n",
                         "From 10.77.0.1 icmp_seq=2 Packet filtered\n",
                         "From 10.77.0.1 icmp_seq=2 Destination Net Unreachable\n",
                         "From 10.77.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1000)\n"
                         "From 10.77.0.6 icmp_seq=2 Frag needed and DF set (mtu = 1000)\n",
                         "From 10.77.0.7 icmp_seq=1 Frag needed and DF set (mtu = 1500)\n",
                         "2 packets transmitted, 0 received, +2 errors, 100% packet loss"):
            self.assertIn(expected, said.stdout.decode(), said.stderr.decode())
        self.assertIn(b"10.78.0.2 did not answer: Time to live exceeded", said.stderr)
        self.assertEqual(said.returncode, 4)


if __name__ == "__main__":
    skip_unless_able()
    unittest.main(verbosity=2)
