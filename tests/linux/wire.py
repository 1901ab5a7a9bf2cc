"""Packet notation <-> datagrams, for one flow between a script and the kernel. Sequence numbers are told from the ISNs."""

import re
import socket
import struct

from kernel import LOCAL, PORT, REMOTE

FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128}
CODEPOINTS = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}
TCP = struct.Struct("!HHIIBBHHH")
FAST_OPEN_EXPERIMENT = 0xF989


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Flow:
    """Timestamps of the kernel are told from 100 on, so that a script does not change with each recording. An ecr that is
    not 0 becomes the kernel's latest value."""

    def __init__(self):
        self.kernel_isn = 0
        self.ports = (54321, PORT)  # the script's, the kernel's
        self.first_timestamp = None
        self.latest_timestamp = 0

    # ---- from the kernel ----

    def from_kernel(self, datagram):
        header = (datagram[0] & 15) * 4
        if datagram[0] >> 4 != 4 or datagram[9] != socket.IPPROTO_TCP:
            return None
        segment = datagram[header:]
        source, destination, seq, ack, offset, flags, window, _, urgent = TCP.unpack_from(segment)
        if destination == PORT:  # the kernel has connected
            self.ports = (destination, source)
        if flags & FLAGS["S"]:
            self.kernel_isn = seq
        data = (offset >> 4) * 4
        size = len(segment) - data
        letters = "".join(letter for letter in "FSRPEWU" if flags & FLAGS[letter]) + ("." if flags & 16 else "")
        begin = (seq - self.kernel_isn) & 0xFFFFFFFF
        begin = begin - 2**32 if begin > 2**31 else begin
        text = "> "
        if codepoint := datagram[1] & 3:
            text += "[" + next(name for name, bits in CODEPOINTS.items() if bits == codepoint) + "] "
        text += f"{letters or '-'} {begin}:{begin + size}({size})"
        text += f" ack {ack}" if flags & 16 else ""
        text += f" win {window}" if flags & FLAGS["S"] else ""
        text += f" urg {urgent}" if flags & FLAGS["U"] else ""
        options = self.options_from(segment[TCP.size : data])
        return text + (f" <{options}>" if options else "")

    def options_from(self, octets):
        words = []
        while octets:
            kind = octets[0]
            if kind < 2:
                words.append("nop" if kind else "eol")
                octets = octets[1:]
                continue
            body, octets = octets[2 : octets[1]], octets[octets[1] :]
            words.append(self.option_from(kind, body))
        return ",".join(words)

    def option_from(self, kind, body):
        if kind == 2:
            return f"mss {struct.unpack('!H', body)[0]}"
        if kind == 3:
            return f"wscale {body[0]}"
        if kind == 4:
            return "sackOK"
        if kind == 5:
            edges = struct.unpack(f"!{len(body) // 4}I", body)
            return "sack " + " ".join(f"{a}:{b}" for a, b in zip(edges[::2], edges[1::2]))
        if kind == 8:
            self.latest_timestamp, echo = struct.unpack("!II", body)
            if self.first_timestamp is None:
                self.first_timestamp = self.latest_timestamp
            return f"TS val {self.told(self.latest_timestamp)} ecr {echo}"
        if kind == 34:
            return ("FO " + body.hex()).strip()
        if kind == 254 and body[:2] == struct.pack("!H", FAST_OPEN_EXPERIMENT):
            return ("FOEXP " + body[2:].hex()).strip()
        raise ValueError(f"option {kind} of the kernel's is not known")

    def told(self, timestamp):
        return (timestamp - self.first_timestamp + 100) & 0xFFFFFFFF

    # ---- to the kernel ----

    def to_kernel(self, text):
        """The datagram, and the text as it was meant: with the echoed timestamp."""
        pattern = r"(?:\[(\w+)\] )?(\S+) (\d+):(\d+)\((\d+)\)(?: ack (\d+))? win (\d+)(?: urg (\d+))?(?: <(.*)>)?$"
        codepoint, letters, begin, _, size, ack, window, urgent, options = re.match(pattern, text).groups()
        flags = sum(FLAGS[letter] for letter in letters if letter != "-")
        told = [self.option_to(word.strip()) for word in options.split(",")] if options else []
        octets = b"".join(option for option, _ in told)
        octets += bytes(-len(octets) % 4)
        acked = (int(ack) + self.kernel_isn) & 0xFFFFFFFF if ack else 0
        offset = (TCP.size + len(octets)) // 4 << 4
        segment = bytearray(TCP.pack(*self.ports, int(begin), acked, offset, flags, int(window), 0, int(urgent or 0)))
        segment += octets + bytes(int(size))
        addresses = socket.inet_aton(REMOTE) + socket.inet_aton(LOCAL)
        pseudo = addresses + struct.pack("!HH", socket.IPPROTO_TCP, len(segment))
        struct.pack_into("!H", segment, 16, checksum(pseudo + bytes(segment)))
        tos = CODEPOINTS[codepoint] if codepoint else 0
        header = bytearray(struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(segment), 1, 0, 255, socket.IPPROTO_TCP, 0) + addresses)
        struct.pack_into("!H", header, 10, checksum(bytes(header)))
        if options:
            text = text[: text.index("<")] + "<" + ",".join(word for _, word in told) + ">"
        return bytes(header + segment), text

    def option_to(self, text):
        name, *words = text.split()
        if name in ("nop", "eol"):
            return (b"\1" if name == "nop" else b"\0"), text
        if name == "mss":
            return struct.pack("!BBH", 2, 4, int(words[0])), text
        if name == "wscale":
            return struct.pack("!BBB", 3, 3, int(words[0])), text
        if name == "sackOK":
            return b"\4\2", text
        if name == "sack":
            edges = [(int(edge) + self.kernel_isn) & 0xFFFFFFFF for word in words for edge in word.split(":")]
            return struct.pack(f"!BB{len(edges)}I", 5, 2 + 4 * len(edges), *edges), text
        if name == "TS":
            echo = 0 if words[3] == "0" else self.latest_timestamp
            words[3] = str(self.told(echo) if echo else 0)
            return struct.pack("!BBII", 8, 10, int(words[1]), echo), " ".join([name, *words])
        if name in ("FO", "FOEXP"):
            cookie = bytes.fromhex(words[0]) if words else b""
            if name == "FO":
                return struct.pack("!BB", 34, 2 + len(cookie)) + cookie, text
            return struct.pack("!BBH", 254, 4 + len(cookie), FAST_OPEN_EXPERIMENT) + cookie, text
        raise ValueError(f"the option '{text}' is not known")
