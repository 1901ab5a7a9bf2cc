#!/usr/bin/env python3
"""Example: tests/tun/client_peer.py echo 7000

A peer for tunic get and nc on the kernel's side: one connection on a port (or to one, with an address before it), then what
the first word says. Words that begin with udp speak in datagrams.
    echo      sends back what comes until the end
    early     ends its own direction first, then counts what comes until the end and prints it
    reset     resets after the first octet
    cut       an HTTP answer that ends too early
    chunked   an HTTP answer in chunks
    udp-echo  sends every datagram back, and prints its size
    udp-ask   sends a datagram (to an address and a port), prints the answer and ends
"""

import socket
import struct
import sys


def accept_or_connect(words):
    if len(words) == 2:
        return socket.create_connection((words[0], int(words[1])), timeout=20)
    listener = socket.create_server(("", int(words[0])))
    return listener.accept()[0]


def speak_in_datagrams(what, words):
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if what == "udp-ask":
        peer.settimeout(20)
        peer.sendto(b"question\n", (words[0], int(words[1])))
        print(f"{peer.recv(65536)!r} came", flush=True)
        return
    peer.bind(("", int(words[0])))
    while True:
        data, source = peer.recvfrom(65536)
        print(f"{len(data)} octets came", flush=True)
        peer.sendto(data, source)


def main():
    what = sys.argv[1]
    if what.startswith("udp"):
        return speak_in_datagrams(what, sys.argv[2:])
    peer = accept_or_connect(sys.argv[2:])
    if what == "echo":
        while data := peer.recv(65536):
            peer.sendall(data)
    elif what == "early":
        peer.shutdown(socket.SHUT_WR)
        count = 0
        while data := peer.recv(65536):
            count += len(data)
        print(f"{count} octets came", flush=True)
    elif what == "reset":
        peer.recv(1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif what == "cut":
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
    elif what == "chunked":
        peer.recv(65536)
        for part in (b"HTTP/1.1 200 OK\r\nTransfer-Enc", b"oding: chunked\r\n\r\n", b"5\r\nhello\r", b"\n6\r\n world\r\n0\r\n\r\n"):
            peer.sendall(part)
    peer.close()


if __name__ == "__main__":
    main()
