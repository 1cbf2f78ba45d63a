#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the base initramfs: directories, the device nodes that init needs, init.

usage: mkinitramfs.py INIT.wasm OUTPUT.cpio

The format is newc (cpio -H newc, Documentation/driver-api/early-userspace/buffer-format.rst
of Linux), written here so that no root is needed for the nodes and the same input makes
the same bytes. `wasmlinux run` appends an archive with the program.
"""
import os
import stat
import sys

DIRECTORIES = {
    "bin": 0o755, "dev": 0o755, "etc": 0o755, "etc/wasmlinux": 0o755, "home": 0o755, "lib": 0o755,
    "mnt": 0o755, "opt": 0o755, "proc": 0o555, "root": 0o700, "run": 0o755, "sbin": 0o755,
    "srv": 0o755, "sys": 0o555, "tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755, "usr/lib": 0o755,
    "usr/local": 0o755, "usr/local/bin": 0o755, "usr/sbin": 0o755, "usr/share": 0o755,
    "var": 0o755, "var/tmp": 0o1777, "var/log": 0o755,
}
NODES = {"dev/console": (0o600, 5, 1), "dev/null": (0o666, 1, 3)}
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.1.1\twasmlinux\n",
    "etc/hostname": "wasmlinux\n",
}


class Archive:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b"", rdev=(0, 0), links=1):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, links, 0, len(content), 0, 0, *rdev, len(path), 0)
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += bytes(-len(self.data) % 4)

    def finish(self):
        self.inode = -1  # the trailer's number is 0
        self.add("TRAILER!!!", 0)
        self.data += bytes(-len(self.data) % 512)
        return bytes(self.data)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip().splitlines()[2])
    init, output = sys.argv[1:]
    archive = Archive()
    for name, mode in DIRECTORIES.items():
        archive.add(name, stat.S_IFDIR | mode, links=2)
    for name, (mode, major, minor) in NODES.items():
        archive.add(name, stat.S_IFCHR | mode, rdev=(major, minor))
    for name, text in FILES.items():
        archive.add(name, stat.S_IFREG | 0o644, text.encode())
    with open(init, "rb") as file:
        archive.add("init", stat.S_IFREG | 0o755, file.read())
    with open(output + ".new", "wb") as file:
        file.write(archive.finish())
    os.replace(output + ".new", output)


if __name__ == "__main__":
    main()
