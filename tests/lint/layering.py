#!/usr/bin/env python3
"""Example: tests/lint/layering.py

Checks each #include in stack/, tun/ and tools/ against the rooms and arrows of rooms.txt, and that the expensive and the
test-only headers stay where rooms.txt confines them.
"""

from pathlib import Path

import common


def read_table(path):
    rooms, confined, header = {}, [], []
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("confined ") or line.startswith("header "):
            (kind, prefix), places = line.split(":")[0].split(), line.split(":")[1].split()
            (confined if kind == "confined" else header).append((prefix, places))
        elif line:
            left, below = line.split(":")
            name, directory = (part.strip() for part in left.split("="))
            rooms[name] = (directory, below.split())
    return rooms, confined, header


def closure(rooms):
    """room -> all rooms it may include."""
    reach = {}

    def visit(room):
        if room not in reach:
            reach[room] = {room, "api"}
            for other in rooms[room][1]:
                reach[room] |= visit(other)
        return reach[room]

    for room in rooms:
        visit(room)
    return reach


def room_of(path, rooms):
    fitting = [(len(d), name) for name, (d, _) in rooms.items() if path.is_relative_to(d)]
    return max(fitting)[1] if fitting else None


def main():
    args = common.arguments(__doc__).parse_args()
    rooms, confined, header = read_table(Path(__file__).with_name("rooms.txt"))
    reach = closure(rooms)
    findings = common.Findings()
    files = common.sources(args.root, ".hpp", ".cpp", ".h", ".cc")
    for path in files:
        text = (args.root / path).read_text()
        room = room_of(path, rooms)
        for match in common.INCLUDE.finditer(common.code_only(text)):
            line = common.line_of(text, match.start(1) if match.group(1) else match.start(2))
            name = match.group(1) or match.group(2)
            for prefix, places in confined:
                allowed = places if path.suffix == ".cpp" else dict(header).get(prefix, [])
                if name.startswith(prefix) and not any(path.is_relative_to(place) for place in allowed):
                    findings.add(path, line, f"<{name}> does not belong here",
                                 f"include it in a .cpp under {' or '.join(places)} only (tests/lint/rooms.txt)")
            if room is None:
                continue  # tests may include everything; their room's link decides
            bases = [path.parent, Path("stack/include"), Path("stack"), Path("tun/include"), Path("."), Path("tools/include"),
                     Path("tools")]
            target = next((b / name for b in bases if (args.root / b / name).is_file()), None)
            if target is None:
                if match.group(1) or name.startswith("tunic/"):
                    findings.add(path, line, f'"{name}" is no file of the tree',
                                 'spell it "room/file.hpp" from stack/, or <tunic/file.hpp>')
                continue
            target = Path(*[p for p in target.parts if p != "."])
            if ".." in target.parts:
                findings.add(path, line, f'"{name}" climbs out of its directory', 'spell it "room/file.hpp" from stack/')
                continue
            other = room_of(target, rooms)
            if other is None:
                findings.add(path, line, f"room {room} includes {target}, which is in no room", "include only rooms")
            elif other not in reach[room]:
                findings.add(path, line, f"room {room} may not include room {other} ({target})",
                             f"move what both need into a room below {room}: "
                             f"{' '.join(sorted(reach[room] - {room}))}")
    findings.finish(len(files), "files")


if __name__ == "__main__":
    main()
