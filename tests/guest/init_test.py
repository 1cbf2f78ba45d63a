#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Init (userland/init) with all kinds of /etc/wasmlinux/run, good and bad.

usage: init_test.py BUILD
"""
import os
import stat
import subprocess
import sys
import tempfile

import run
import scenes

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "userland"))
import mkinitramfs  # noqa: E402 pylint: disable=wrong-import-position

RUN = "etc/wasmlinux/run"


def records(*lines):
    return b"".join(line.encode() + b"\0" for line in lines)


def program(path, *more):
    return records("tty=0", "from-the-future=1", f"program={path}", f"arg={os.path.basename(path)}", *more)


class Guest:
    def __init__(self, build):
        self.build = build
        self.world = run.World(build, native=False)
        with open(os.path.join(build, "share/wasmlinux/initramfs.cpio"), "rb") as file:
            self.base = file.read()

    def compiled(self, name):
        path = self.world.program(scenes.Scene(name, name))
        with open(path, "rb") as file:
            return file.read()

    def boot(self, files):
        """status, stdout, stderr of a machine whose files are {name: (mode, content)}."""
        archive = mkinitramfs.Archive()
        for name, (mode, content) in files.items():
            archive.add(name, stat.S_IFREG | mode, content)
        with tempfile.NamedTemporaryFile(suffix=".cpio") as initrd:
            initrd.write(self.base + archive.finish())
            initrd.flush()
            done = subprocess.run(
                [os.path.join(self.build, "bin/wasmlinux"), "boot", "--no-tty", "--initrd", initrd.name],
                env=self.world.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=run.LIMIT,
                check=False)
        return done.returncode, done.stdout, done.stderr


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: init_test.py BUILD")
    guest = Guest(os.path.abspath(sys.argv[1]))
    args = (0o755, guest.compiled("args"))
    status = (0o755, guest.compiled("status"))
    trials = [
        # name, files, status, and what must be seen in the output
        ("program", {"bin/args": args, RUN: (0o600, program("/bin/args", "env=A=b c", "arg=1 2", "workdir=/home"))}, 0,
         [b"argv[0]=<args>", b"argv[1]=<1 2>", b"env <A=b c>", b"in </home>"]),
        ("status", {"bin/status": status, RUN: (0o600, program("/bin/status", "arg=200"))}, 200, []),
        ("script", {"bin/args": args, "bin/script": (0o755, b"#!/bin/args -x\n"),
                    RUN: (0o600, program("/bin/script", "arg=y"))}, 0,
         [b"argv[0]=</bin/args>", b"argv[1]=<-x>", b"argv[2]=</bin/script>", b"argv[3]=<y>"]),
        ("not found", {RUN: (0o600, program("/bin/none"))}, 127, [b"wasmlinux: none: not found"]),
        ("no permission", {RUN: (0o600, program("/etc/passwd"))}, 126, [b"wasmlinux: passwd: Permission denied"]),
        ("a directory", {RUN: (0o600, program("/etc"))}, 126, [b"wasmlinux: etc: Permission denied"]),
        ("a text", {"bin/text": (0o755, b"text\n"), RUN: (0o600, program("/bin/text"))}, 126,
         [b"wasmlinux: text: Exec format error"]),
        ("a damaged program", {"bin/damaged": (0o755, args[1][:2000]), RUN: (0o600, program("/bin/damaged"))}, 126,
         [b"wasmlinux: damaged: Exec format error"]),
        ("no interpreter", {"bin/script": (0o755, b"#!/bin/none\n"), RUN: (0o600, program("/bin/script"))}, 126,
         [b"wasmlinux: script: its interpreter is not found"]),
        ("no working directory", {"bin/status": status, RUN: (0o600, program("/bin/status", "arg=0", "workdir=/none"))},
         126, [b"wasmlinux: /none: No such file or directory"]),
        ("no run file", {}, 125, [b"wasmlinux: /etc/wasmlinux/run: No such file or directory"]),
        ("an empty run file", {RUN: (0o600, b"")}, 125, [b"wasmlinux: /etc/wasmlinux/run: names no program"]),
    ]
    failures = 0
    for name, files, wanted, lines in trials:
        code, out, err = guest.boot(files)
        seen = (out + err).replace(b"\r", b"").splitlines()
        missing = [line for line in lines if not any(line in one for one in seen)]
        if code != wanted or missing:
            failures += 1
            print(f"{name}: status {code}, expected {wanted}; missing {missing}\n  stdout {out[-500:]}\n  stderr {err[-500:]}")
        else:
            print(f"{name}: ok")
    guest.world.leave()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
