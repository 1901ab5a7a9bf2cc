#!/usr/bin/env python3
"""Example: tests/linux/record.py tests/linux/rack-reordering.pkt

Runs packet scripts on this machine's Linux kernel, in a network namespace of their own, over a TUN device, and writes back what the
kernel did: its segments, the results of the calls and the values of tcp_info. What a script does itself stays: calls, segments to
the kernel, waits, sysctls, comments. A new script needs only those; `+.5 wait` lets time pass, and the value of an assertion may be `?`.

Needs root (namespaces, a TUN device) and a quiet machine: times are the kernel's, in milliseconds.
Exit codes: 0 all recorded, 1 a script could not be, 2 wrong use, 3 the environment lacks something.
"""

import argparse
import os
import re
import select
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import kernel
import wire


@dataclass
class Stimulus:
    at: float  # seconds, since the first event
    text: str
    comment: str  # the lines above it


@dataclass
class Line:
    at: float
    text: str
    comment: str = ""


def read_script(text):
    """What the script does itself, with times since its beginning; what it expects is left out."""
    commands, stimuli, comment, at, previous = [], [], "", 0.0, 0.0
    body = re.sub(r"%\{(.*?)\}%", lambda code: "%{" + code.group(1).replace("\n", " ") + "}%", text, flags=re.S)
    head = re.search(r"`(.*?)`\n", body, re.S)
    if head:
        commands = [line.strip() for line in head.group(1).splitlines() if line.strip()]
        comment, body = body[: head.start()], body[head.end() :]
    for line in body.splitlines():
        if not line.strip() or line.startswith("//"):
            comment += line + "\n" if line.strip() else ""
            continue
        when, what = re.match(r"(\+?[0-9.]+)\s+(.*)", line).groups()
        at = previous + float(when[1:]) if when.startswith("+") else float(when)
        previous = at
        if what.startswith(">"):
            comment = ""
            continue
        stimuli.append(Stimulus(at, what.strip(), comment))
        comment = ""
    return commands, stimuli


class Recording:
    def __init__(self, commands):
        self.world = kernel.World(commands)
        self.link = wire.Flow()
        self.lines = []
        self.begin = 0.0

    def play(self, stimuli):
        self.begin = time.monotonic() + 0.02
        for stimulus in stimuli:
            self.listen_until(stimulus.at, None)
            # What comes late moves what follows: the time between two events is what the script says.
            self.begin += max(0.0, time.monotonic() - self.begin - stimulus.at)
            self.lines += self.do(stimulus)
            self.listen_until(None, stimulus.at)
        return self.lines

    def listen_until(self, at, instant):
        """Until the time `at`; or for a moment, in which all that the kernel sends belongs to the event at `instant`."""
        end = time.monotonic() + 0.003 if at is None else self.begin + at
        while (left := end - time.monotonic()) > 0:
            if at is None or left < 0.001 or select.select([self.world.device], [], [], left - 0.001)[0]:
                self.take(instant)

    def take(self, instant):
        try:
            datagram = os.read(self.world.device, 65536)
        except BlockingIOError:
            return
        at = time.monotonic() - self.begin if instant is None else instant
        text = self.link.from_kernel(datagram)
        if text:
            self.lines.append(Line(at, text))

    def do(self, stimulus):
        text = stimulus.text
        if text.startswith("<"):
            datagram, text = self.link.to_kernel(text[1:].strip())
            os.write(self.world.device, datagram)
            return [Line(stimulus.at, "< " + text, stimulus.comment)]
        if text == "wait":
            return [Line(stimulus.at, "wait", stimulus.comment)]
        if text.startswith("%{"):
            return [Line(stimulus.at, self.world.assertion(text), stimulus.comment)]
        return [Line(stimulus.at, self.world.call(text), stimulus.comment)]


def number(seconds):
    text = f"{seconds:.3f}".rstrip("0").rstrip(".")
    return text[1:] if text.startswith("0.") else text


def write_script(commands, lines):
    """Times are told since the event before; a wait is only time."""
    comment = lines[0].comment
    out = [comment + "`" + "\n".join(commands) + "`\n"] if commands else [comment]
    previous = 0.0
    for index, line in enumerate(lines):
        if line.text == "wait":
            continue
        gap = max(line.at - previous, 0.0)
        previous += round(gap, 3)
        when = "0" if index == 0 else "+" + number(gap)
        out.append(("" if index == 0 else line.comment) + f"{when:<5} {line.text}\n")
    return "".join(out)


def record(path):
    commands, stimuli = read_script(path.read_text())
    recording = Recording(commands)
    path.write_text(write_script(commands, recording.play(stimuli)))


def main():
    summary, rest = __doc__.split("\n\n", 1)
    parser = argparse.ArgumentParser(description=summary + "\n\n" + rest, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", nargs="+", type=Path, metavar="PATH", help="a script, to be written anew")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("record.py: this user may make no namespace: the kernel is asked in one.\n  Fix: run it as root.", file=sys.stderr)
        return 3
    status = 0
    for path in options.scripts:
        # A child each: a namespace and its device end with their process.
        child = os.fork()
        if child == 0:
            try:
                record(path)
                os._exit(0)
            except (OSError, ValueError, AttributeError, KeyError) as error:
                print(f"record.py: {path}: {type(error).__name__}: {error}", file=sys.stderr)
                os._exit(1)
        if os.waitpid(child, 0)[1] != 0:
            status = 1
        else:
            print(path, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
