#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plays scenes of guest programs: natively (what is right) and by `wasmlinux run`.

usage: run.py --list
       run.py --build BUILD [--native | --guest] SCENE...

A scene fails with a line that says what was expected; the status is then 1.
"""
import argparse
import fcntl
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time

from scenes import SCENES

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
FLAGS = ["-std=gnu17", "-O2", "-w"]
LIMIT = 240  # seconds; a scene that takes that long hangs


class Failure(Exception):
    pass


class World:
    """Where a scene is played: natively, or on the machine."""

    def __init__(self, build, native):
        self.build = build
        self.native = native
        self.directory = os.path.join(build, "guest")
        self.scratch = tempfile.mkdtemp(prefix="wasmlinux-guest-")
        self.environment = dict(os.environ, TMPDIR=self.scratch, XDG_CACHE_HOME=os.path.join(self.directory, "cache"))

    def compiler(self):
        if self.native:
            return ["musl-gcc", "-static"]
        return [os.path.join(self.build, "bin", "wasmlinux-cc")]

    def program(self, scene):
        """The compiled program, made anew if a source or the compiler is newer."""
        sources = [os.path.join(PROGRAMS, name + ".c") for name in (scene.program, *scene.sources)]
        out = os.path.join(self.directory, "native" if self.native else "wasm", scene.program)
        out += "" if self.native else ".wasm"
        os.makedirs(os.path.dirname(out), exist_ok=True)
        inputs = sources + [os.path.join(PROGRAMS, "guest_test.h")]
        if not self.native:
            inputs.append(os.path.join(self.build, "share/wasmlinux/sysroot/lib/libc.a"))
            inputs.append(os.path.join(self.build, "libexec/wasmlinux/wasm-postlink"))
        with open(out + ".lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(out) or os.path.getmtime(out) < max(map(os.path.getmtime, inputs)):
                command = [*self.compiler(), *FLAGS, *sources, "-o", out + ".new", "-lm"]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise Failure(f"{' '.join(command)} failed:\n{done.stderr}")
                os.rename(out + ".new", out)
            if not self.native:  # ahead of time, so that no run reports progress
                self.compile_native_code(out)
        return out

    def compile_native_code(self, program):
        command = [os.path.join(self.build, "bin", "wasmlinux"), "compile", program]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"{' '.join(command)}: status {done.returncode}: {done.stderr}")

    def command(self, scene):
        program = self.program(scene)
        if self.native:
            return [program, *scene.arguments]
        return [os.path.join(self.build, "bin", "wasmlinux"), "run", *scene.options, program, *scene.arguments]

    def start(self, command, **rest):
        """In a session of its own, so that what it leaves behind can be found."""
        return subprocess.Popen(command, env=self.environment, start_new_session=True, **rest)

    def leave(self):
        leftovers = os.listdir(self.scratch)
        shutil.rmtree(self.scratch, ignore_errors=True)
        if leftovers:
            raise Failure(f"files left in TMPDIR: {' '.join(leftovers)}")


def status_of(process):
    """As a shell counts."""
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def survivors(session):
    """Processes of a session that should be gone, zombies included."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                name, fields = file.read().rsplit(")", 1)
        except OSError:
            continue
        if int(fields.split()[3]) == session:
            found.append(name + ")")
    return found


def excerpt(data):
    return repr(data if len(data) <= 600 else data[:300] + b" ... " + data[-300:])


def expect(what, expected, actual):
    if callable(expected):
        if not expected(actual):
            raise Failure(f"{what} is not as expected: {excerpt(actual)}")
    elif expected != actual:
        if isinstance(expected, bytes):
            raise Failure(f"{what}: expected {excerpt(expected)}, is {excerpt(actual)}")
        raise Failure(f"{what}: expected {expected}, is {actual}")


# ---- Ways to play -----------------------------------------------------------------------------

def play_to_the_end(world, scene):
    process = world.start(world.command(scene), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(scene.stdin, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise Failure(f"hangs; stdout so far {excerpt(out)}, stderr {excerpt(err)}") from None
    expect("stderr", scene.stderr, err)
    expect("status", scene.status, status_of(process))
    expect("stdout", scene.stdout, out)
    return process


def wait_for(process):
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise Failure("does not end") from None


def signalled(world, scene, number):
    process = world.start(world.command(scene), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with process.stdout:
        expect("first line", b"running\n", process.stdout.readline())
        process.send_signal(number)
        wait_for(process)
    expect("status", scene.status, status_of(process))
    return process


def play_interrupted(world, scene):
    return signalled(world, scene, signal.SIGINT)


def play_terminated(world, scene):
    return signalled(world, scene, signal.SIGTERM)


def play_timed_out(world, scene):
    process = world.start(["timeout", "3", *world.command(scene)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with process.stdout:
        expect("stdout", b"running\n", process.stdout.read())
        wait_for(process)
    expect("status", scene.status, status_of(process))
    return process


def play_reader_leaves(world, scene):
    """Whoever reads the output goes away: the program gets SIGPIPE, and ends."""
    process = world.start(world.command(scene), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(b"x\n")
    process.stdin.flush()
    expect("first line", b"x\n", process.stdout.readline())
    process.stdout.close()
    try:
        while process.poll() is None:
            process.stdin.write(bytes(65536))
            process.stdin.flush()
    except BrokenPipeError:
        pass
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    wait_for(process)
    expect("status", 128 + signal.SIGPIPE, status_of(process))
    return process


SHOWN = {}  # what a terminal has shown behind what was waited for


def read_terminal(terminal, process, until):
    """What arrives at the terminal until a text does, or the process ends."""
    seen = SHOWN.pop(terminal, b"")
    end = time.monotonic() + LIMIT
    while until not in seen:
        if time.monotonic() > end:
            raise Failure(f"the terminal never shows {until}: {excerpt(seen)}")
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 4096)
        elif process.poll() is not None:
            raise Failure(f"ended with {status_of(process)} before {until} was seen: {excerpt(seen)}")
    seen, SHOWN[terminal] = seen.split(until, 1)
    return seen


def on_terminal(world, scene, talk):
    """Runs it on a terminal, whose other side is talk(master, slave, process)."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (37, 111))
    before = termios.tcgetattr(slave)

    def own_terminal():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = world.start(world.command(scene), stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal)
    try:
        talk(master, slave, process)
        wait_for(process)
        expect("status", scene.status, status_of(process))
        expect("terminal's settings", before, termios.tcgetattr(slave))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        SHOWN.pop(master, None)
        os.close(master)
        os.close(slave)
    return process


def play_control_c(world, scene):
    """On a terminal, ^C is typed: a byte for the guest, whose line discipline makes a signal."""

    def talk(master, _slave, process):
        read_terminal(master, process, b"running")
        os.write(master, b"\x03")

    return on_terminal(world, scene, talk)


def play_terminal(world, scene):
    """What programs/terminal.c does, from the other side of the terminal."""

    def talk(master, slave, process):
        read_terminal(master, process, b"size 37x111\r\n")
        termios.tcsetwinsize(slave, (11, 22))
        read_terminal(master, process, b"size 11x22\r\n")
        os.write(master, b"ab\x7fc\r")
        expect("echo", True, read_terminal(master, process, b"line <ac>\r\n").startswith(b"ab"))
        read_terminal(master, process, b"raw")
        os.write(master, b"\x03")
        expect("echo in raw mode", False, b"\x03" in read_terminal(master, process, b"key 3\r\n"))

    return on_terminal(world, scene, talk)


WAYS = {
    None: play_to_the_end,
    "interrupted": play_interrupted,
    "terminated": play_terminated,
    "timed_out": play_timed_out,
    "reader_leaves": play_reader_leaves,
    "control_c": play_control_c,
    "terminal": play_terminal,
}


def play(build, scene, native):
    world = World(build, native)
    try:
        process = WAYS[scene.play](world, scene)
        left = survivors(process.pid)
        if left:
            raise Failure(f"processes left: {' '.join(left)}")
    finally:
        failed = sys.exc_info()[0] is not None
        try:
            world.leave()
        except Failure:
            if not failed:
                raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true", help="names of scenes; a tab and 'long' for long ones")
    parser.add_argument("--build", default="build")
    parser.add_argument("--native", action="store_true", help="only natively")
    parser.add_argument("--guest", action="store_true", help="only by wasmlinux")
    parser.add_argument("scenes", nargs="*")
    options = parser.parse_args()
    scenes = {scene.name: scene for scene in SCENES}
    if options.list:
        for scene in SCENES:
            print(scene.name + ("\tlong" if scene.long else ""))
        return 0
    build = os.path.abspath(options.build)
    failures = 0
    for name in options.scenes or scenes:
        if name not in scenes:
            parser.error(f"no scene {name}")
        scene = scenes[name]
        places = []
        if scene.native and not scene.options and not options.guest:
            places.append(True)
        if not options.native:
            places.append(False)
        for native in places:
            start = time.monotonic()
            where = "natively" if native else "by wasmlinux"
            try:
                play(build, scene, native)
                print(f"{name} {where}: ok ({time.monotonic() - start:.2f} s)", flush=True)
            except Failure as failure:
                print(f"{name} {where}: {failure}", flush=True)
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
