#!/usr/bin/env python3
"""Example: tests/tun/examples_test.py

The example programs with the kernel's own programs as peers.
"""

import os
import shlex
import subprocess
import sys
import unittest
from pathlib import Path

from tunic_program import BUILD, SKIP, read_until, run, skip_unless_able

EXAMPLES = BUILD / "tools/examples"
CLIENT = [sys.executable, str(Path(__file__).with_name("serve_client.py"))]


@unittest.skipUnless(os.geteuid() == 0, "needs root to follow the example into its private network")
class ExamplesTest(unittest.TestCase):
    def start(self, name, *words):
        """The running example, and how to get into its network."""
        program = subprocess.Popen([EXAMPLES / name, *words], stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.terminate)
        hint = shlex.split(read_until(program.stdout, "nsenter")[-1].partition("try ")[2])
        return hint[:hint.index("--net") + 1]

    def test_echo_servers(self):
        for name in ("echo_server_threads", "echo_server_loop"):
            enter = self.start(name)
            clients = [subprocess.Popen([*enter, *CLIENT, "echo", "10.9.0.2", "1000000"]) for _ in range(5)]
            self.assertEqual([client.wait(timeout=60) for client in clients], [0] * 5, name)

    def test_udp_echo_server(self):
        enter = self.start("udp_echo_server")
        self.assertEqual(subprocess.run([*enter, *CLIENT, "udp-echo", "10.9.0.2", "65507"], timeout=60).returncode, 0)

    def test_udp_client(self):
        script = (f'coproc {sys.executable} -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); '
                  's.bind((\'0.0.0.0\', 9000)); print(flush=True)\nwhile True: s.sendto(*s.recvfrom(65536))"\n'
                  'read up <&"${COPROC[0]}"; printf "one\\ntwo\\n" | "$0" 9000; echo "status $?"; '
                  'echo x | "$0" 9001; echo "status $?"; kill "$COPROC_PID"')
        done = run("unshare", "--net", "bash", "-c", script, EXAMPLES / "udp_client", timeout=30)
        self.assertEqual(done.stdout.decode().split(), ["one", "two", "status", "0", "status", "4"], done.stderr.decode())

    def test_http_server(self):
        enter = self.start("http_server", str(Path(__file__).parent))
        fetch = [*enter, "curl", "-sS", "--path-as-is", "-w", "%{http_code}"]
        name = Path(__file__).name
        self.assertEqual(run(*fetch, f"http://10.9.0.2/{name}").stdout.decode(), Path(__file__).read_text() + "200")
        self.assertTrue(run(*fetch, "http://10.9.0.2/../meson.build").stdout.endswith(b"404"))
        self.assertTrue(run(*fetch, "http://10.9.0.2//etc/passwd").stdout.endswith(b"404"))
        self.assertTrue(run(*fetch, "http://10.9.0.2/none").stdout.endswith(b"404"))

    def test_client(self):
        script = ('python3 -m http.server --bind 0.0.0.0 8000 >&2 & until ss -ltn | grep -q :8000; do :; done; '
                  'printf "HEAD / HTTP/1.0\\r\\n\\r\\n" | "$0" 8000; echo "status $?"; '
                  '"$0" 8001 </dev/null; echo "status $?"; kill $!')
        done = run("unshare", "--net", "sh", "-c", script, EXAMPLES / "tcp_client", timeout=30)
        said = done.stdout.decode()
        self.assertTrue(said.startswith("HTTP/1.0 200 OK"), done.stderr.decode())
        self.assertIn("status 0", said)
        self.assertIn("status 4", said)


if __name__ == "__main__":
    skip_unless_able()
    if not EXAMPLES.joinpath("tcp_client").exists():
        print("skipped: built without examples (fix: meson configure -Dexamples=true)")
        sys.exit(SKIP)
    unittest.main(verbosity=2)
