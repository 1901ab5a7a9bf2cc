"""What other programs have against captures that we write: tshark, tcpdump and libtins, which share nothing with our readers."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BUILD = Path(os.environ.get("TUNIC_BUILD_ROOT", Path(__file__).resolve().parents[2] / "build"))
LIBTINS_READS = BUILD / "tests/support/libtins_reads"
# Packets are judged, not what applications say in them; nor are captures put together one conversation.
CHECKS = ["--disable-protocol", "http", "-o", "tcp.desegment_tcp_streams:FALSE"]
CHECKS += [word for protocol in ("ip", "tcp", "udp") for word in ("-o", f"{protocol}.check_checksum:TRUE")]
# The kernel writes a computed checksum of 0 as 0xffff (it adds up to the same), and what ICMP quotes is cut: tshark calls both bad.
WRONG = ("_ws.malformed or ip.checksum.status == 0 or icmp.checksum.status == 0 or udp.checksum.status == 0 or "
         "(tcp.checksum.status == 0 and tcp.checksum != 0xffff and not icmp)")
COMPLAINT = re.compile(r"\b(bad|incorrect|invalid|truncated|missing|wrong)\b|\[\|(ip|tcp|udp|icmp)")


def missing_readers():
    """The reason to skip a test that needs them; empty: all are here."""
    names = [name for name in ("tshark", "mergecap", "tcpdump") if not shutil.which(name)]
    return f"{' and '.join(names)} not installed (fix: tools/deps test)" if names else ""


def read(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def by_tshark(captures, source):
    with tempfile.TemporaryDirectory(prefix="tunic captures ") as folder:
        merged = Path(folder) / "all.pcapng"
        status, out, err = read("mergecap", "-w", merged, *captures)
        if status != 0:
            return [out + err]
        shown = f"({WRONG}) and ip.src == {source}" if source else WRONG
        status, out, err = read("tshark", "-r", merged, *CHECKS, "-Y", shown)
        packets = read("tshark", "-r", merged, "-Y", "ip", "-T", "fields", "-e", "frame.number")[1].splitlines()
    if status != 0:
        return [err]
    return [f"tshark: {line}" for line in out.splitlines()] + ([] if packets else ["tshark: there is no packet"])


def by_tcpdump(capture, source):
    status, out, err = read("tcpdump", "-nvvr", capture, *(["src", "host", source] if source else []))
    if status != 0:
        return [f"tcpdump: {capture}: {err}"]
    lines = ["", *out.splitlines()]
    # Behind a tab stand what an application said and what ICMP quotes, whose transport is in the line below and may be cut.
    return [f"tcpdump: {capture}: {line}" for above, line in zip(lines, lines[1:])
            if COMPLAINT.search(line) and not line.startswith("\t") and not above.startswith("\tIP ")]


def objections(*captures, source=None):
    """What is wrong with the packets of these captures, or with those of one sender."""
    found = by_tshark(captures, source)
    for capture in captures:
        found += by_tcpdump(capture, source)
    status, out, err = read(LIBTINS_READS, *(["--source", source] if source else []), *captures)
    return found + ([f"libtins: {line}" for line in (out + err).splitlines()] if status != 0 else [])
