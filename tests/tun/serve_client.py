"""Example: serve_client.py echo 10.9.0.2 5000000

The kernel's side of the tests of tunic serve: sends a pattern to a service over an ordinary socket. echo: compares what
comes back; discard: waits for the end. Exit codes: 0 as it should be, 1 not.
"""

import random
import socket
import sys
import threading

PORTS = {"echo": 7, "discard": 9}


def main():
    service, address, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    data = random.Random(size).randbytes(min(size, 1 << 22))
    data = (data * (size // len(data) + 1))[:size]
    peer = socket.create_connection((address, PORTS[service]), timeout=120)

    def send():
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=send)
    writer.start()
    received = bytearray()
    while part := peer.recv(1 << 18):
        received += part
    writer.join()
    expected = data if service == "echo" else b""
    if received != expected:
        print(f"{service}: {len(received)} octets came back, {len(expected)} were expected, or they differ")
        return 1
    return 0


sys.exit(main())
