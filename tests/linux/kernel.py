"""The kernel under observation: a namespace with a TUN device, and the calls that a packet script makes."""

import ctypes
import errno
import fcntl
import os
import re
import select
import socket
import struct
import subprocess

LOCAL, REMOTE, PORT = "192.168.0.1", "192.0.2.1", 8080
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

# What the command `defaults.sh` stands for; tools/script/settings.cpp has the same for the stack.
DEFAULTS = {
    "tcp_rmem": "4096 540000 15728640", "tcp_wmem": "4096 262144 4194304", "tcp_timestamps": "1", "tcp_sack": "1",
    "tcp_dsack": "1", "tcp_ecn": "0", "tcp_syn_retries": "5", "tcp_synack_retries": "5", "tcp_frto": "2",
    "tcp_reordering": "3", "tcp_recovery": "1", "tcp_early_retrans": "3", "tcp_slow_start_after_idle": "0",
    "tcp_fastopen": "0x70403", "tcp_fastopen_key": "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4", "tcp_syncookies": "1",
    "tcp_fastopen_blackhole_timeout_sec": "0", "tcp_no_metrics_save": "1", "tcp_invalid_ratelimit": "0",
}

INFO = {}  # name of a member of tcp_info: its offset and format


def _lay_out_tcp_info():
    for offset, name in enumerate("state ca_state retransmits probes backoff options".split()):
        INFO["tcpi_" + name] = (offset, "B")
    words = """rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv
               last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space
               total_retrans pacing_rate:Q max_pacing_rate:Q bytes_acked:Q bytes_received:Q segs_out segs_in
               notsent_bytes min_rtt data_segs_in data_segs_out delivery_rate:Q busy_time:Q rwnd_limited:Q
               sndbuf_limited:Q delivered delivered_ce bytes_sent:Q bytes_retrans:Q dsack_dups reord_seen"""
    offset = 8
    for word in words.split():
        name, _, kind = word.partition(":")
        INFO["tcpi_" + name] = (offset, kind or "I")
        offset += struct.calcsize(kind or "I")


_lay_out_tcp_info()

CONSTANTS = {name: getattr(socket, name) for name in dir(socket) if re.match(r"(SO|TCP|IP|MSG|SOL|IPPROTO|SHUT)_", name)}
CONSTANTS |= {"MSG_FASTOPEN": 0x20000000, "TCP_FASTOPEN_CONNECT": 30, "TCP_INQ": 36, "SO_ZEROCOPY": 60, "SIOCINQ": 0x541B, "SIOCOUTQ": 0x5411}
POLL = {"POLLIN": 1, "POLLPRI": 2, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 16, "POLLRDHUP": 0x2000}


def value(text):
    """A constant, a number, or several of them with |."""
    total = 0
    for word in text.strip("[] ").split("|"):
        total |= CONSTANTS[word] if word in CONSTANTS else int(word, 0)
    return total


def arguments(text):
    """The arguments of a call, cut at the commas that stand in no bracket."""
    words, depth, word = [], 0, ""
    for letter in text:
        depth += (letter in "[{(") - (letter in "]})")
        if letter == "," and depth == 0:
            words.append(word.strip())
            word = ""
        else:
            word += letter
    return words + [word.strip()]


class World:
    """One namespace, entered by this process for the rest of its life, and the sockets of one script."""

    def __init__(self, commands):
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
        for command in (f"addr add {LOCAL}/16 dev tun0", "link set tun0 up mtu 1500", "route add default dev tun0"):
            subprocess.run(["ip", *command.split()], check=True)
        self.set("ipv6/conf/all/disable_ipv6", "1")
        self.sockets = {}
        self.congestion_control = b"cubic"  # of each socket: a namespace may not set the default
        for command in commands:
            self.command(command)

    def set(self, name, text):
        with open("/proc/sys/net/" + name, "w", encoding="ascii") as file:
            file.write(text)

    def command(self, text):
        words = text.split()
        if os.path.basename(words[0]) == "defaults.sh":
            for name, setting in DEFAULTS.items():
                self.set("ipv4/" + name, setting)
            return
        if words[:2] != ["sysctl", "-w"]:
            raise ValueError(f"the command '{text}' is not known")
        name, setting = text.split(None, 2)[2].strip('"').split("=", 1)
        if name.endswith("tcp_congestion_control"):
            self.congestion_control = setting.encode()
        else:
            self.set(name.removeprefix("net.").replace(".", "/"), setting)

    def assertion(self, text):
        """`%{ assert tcpi_x == 1, tcpi_y == ? }%` about the latest socket, with the kernel's values."""
        info = self.sockets[max(self.sockets)].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        def of(member):
            offset, kind = INFO[member.group(1)]
            return f"{member.group(1)} == {struct.unpack_from(kind, info, offset)[0]}"
        return re.sub(r"(tcpi_\w+)\s*==\s*[\w?]+", of, text)

    def call(self, text):
        """The call as the script says it, with the result it has here."""
        name, inside = re.match(r"(\w+)\((.*)\)", text.split(" = ")[0].strip()).groups()
        words = arguments(inside)
        try:
            result = getattr(self, "call_" + name)(words)
            outcome = str(result)
        except OSError as error:
            outcome = f"-1 {errno.errorcode[error.errno]} ({os.strerror(error.errno)})"
        return f"{name}({', '.join(words)}) = {outcome}"

    def new(self, made):
        self.sockets[number := 3 + len(self.sockets)] = made
        return number

    def of(self, words):
        return self.sockets[int(words[0])]

    def call_socket(self, _):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, self.congestion_control)
        return self.new(made)

    def call_bind(self, words):
        self.of(words).bind((LOCAL, PORT))
        return 0

    def call_listen(self, words):
        self.of(words).listen(int(words[1]))
        return 0

    def call_accept(self, words):
        listener = self.of(words)
        listener.setblocking(False)
        made, _ = listener.accept()
        made.setblocking(True)
        return self.new(made)

    def call_connect(self, words):
        self.of(words).setblocking(False)
        self.of(words).connect((REMOTE, PORT))
        return 0

    def call_fcntl(self, words):
        self.of(words).setblocking("O_NONBLOCK" not in words[2])
        return 0

    def call_write(self, words):
        return self.of(words).send(bytes(int(words[2])))

    def call_send(self, words):
        return self.of(words).send(bytes(int(words[2])), value(words[3]))

    def call_sendto(self, words):
        return self.of(words).sendto(bytes(int(words[2])), value(words[3]), (REMOTE, PORT))

    def call_read(self, words):
        return len(self.of(words).recv(int(words[2])))

    def call_recv(self, words):
        return len(self.of(words).recv(int(words[2]), value(words[3])))

    def call_shutdown(self, words):
        self.of(words).shutdown(value(words[1]))
        return 0

    def call_close(self, words):
        self.of(words).close()
        return 0

    def call_setsockopt(self, words):
        if words[2] == "SO_LINGER":
            setting = struct.pack("ii", *(int(part.split("=")[1]) for part in words[3].strip("{}").split(",")))
        else:
            setting = value(words[3])
        self.of(words).setsockopt(value(words[1]), value(words[2]), setting)
        return 0

    def call_getsockopt(self, words):
        words[3] = f"[{self.of(words).getsockopt(value(words[1]), value(words[2]))}]"
        return 0

    def call_ioctl(self, words):
        words[2] = f"[{struct.unpack('i', fcntl.ioctl(self.of(words), value(words[1]), bytes(4)))[0]}]"
        return 0

    def call_poll(self, words):
        number, events = re.match(r"\[\{fd=(\d+), events=([A-Z|]+)", words[0]).groups()
        poller = select.poll()
        poller.register(self.sockets[int(number)], sum(POLL[name] for name in events.split("|")))
        ready = dict(poller.poll(0))
        bits = next(iter(ready.values()), 0)
        names = "|".join(name for name, bit in POLL.items() if bits & bit) or "0"
        words[0] = f"[{{fd={number}, events={events}, revents={names}}}]"
        return len(ready)
