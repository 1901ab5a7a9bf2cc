"""Example: serve_client.py echo 10.9.0.2 5000000

The kernel's side of the tests of tunic serve: sends a pattern to a service over an ordinary socket. echo: compares what
comes back; discard: waits for the end. Exit codes: 0 as it should be, 1 not.
"""

import random
import socket
import sys
import threading

PORTS = {"echo": 7, "discard": 9, "udp-echo": 7}


def exchange_datagrams(address, data):
    """Every length in turn, each asked for again until it has come back."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.connect((address, PORTS["udp-echo"]))
    peer.settimeout(0.2)
    for size in (0, 1, 1472, 1473, 9000, 65507):
        for _ in range(300):
            peer.send(data[:size])
            try:
                if peer.recv(65536) == data[:size]:
                    break
            except TimeoutError:
                pass
        else:
            print(f"udp-echo: {size} octets did not come back")
            return 1
    return 0


def main():
    service, address, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
    data = random.Random(size).randbytes(min(size, 1 << 22))
    data = (data * (size // len(data) + 1))[:size]
    if service == "udp-echo":
        return exchange_datagrams(address, data)
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
