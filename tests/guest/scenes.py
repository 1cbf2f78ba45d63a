# SPDX-License-Identifier: Apache-2.0
"""The scenes of the guest tests: what is run, and what must be seen."""
import dataclasses
import random
import signal
from typing import Callable, Optional, Union


@dataclasses.dataclass
class Scene:
    """One run of a program in tests/guest/programs; natively too, with the same result."""

    name: str
    program: str
    arguments: tuple = ()
    stdin: bytes = b""
    status: int = 0
    stdout: Union[bytes, Callable[[bytes], bool]] = b""
    stderr: Union[bytes, Callable[[bytes], bool]] = b""
    sources: tuple = ()  # beside programs/PROGRAM.c
    native: bool = True
    options: tuple = ()  # of `wasmlinux run`; a scene with options is not run natively
    # A scene that goes another way: a function of run.py.
    play: Optional[str] = None
    long: bool = False


def cases(program, **rest):
    """A program of cases (guest_test.h): each says that it is ok, stderr is empty."""
    return Scene(program, program, sources=("guest_test",), stdout=ok_lines, **rest)


def ok_lines(out):
    lines = out.splitlines()
    return bool(lines) and all(line.startswith(b"ok ") for line in lines)


def numbered(word, count):
    return b"".join(b"%s %d\n" % (word, i) for i in range(count))


def whole_lines(out):
    """Of stdio_futex: no line is torn, each thread's are in order, hello is last."""
    lines = out.splitlines()
    if len(lines) != 801 or lines[-1] != b"Hello, world":
        return False
    for name in (b"alpha", b"beta", b"gamma", b"delta"):
        if [line for line in lines if line.startswith(name)] != [b"%s %d" % (name, i) for i in range(200)]:
            return False
    return True


def has_words(*wanted):
    return lambda out: all(word in out for word in wanted)


def has_lines(*wanted):
    return lambda out: all(line in out.splitlines() for line in wanted)


NOISE = random.Random(1).randbytes(10 << 20)

ADAPTED = b"""\
direct 1
direct 11
something 7
called 8
direct 1
direct 10
direct 6
pointer 6
pointer 560
nothing 7
"""

SHAPES = b"""\
first constructor
second constructor
main, and no newline at the end: handler 2
handler 1
destructor
"""

SCENES = [
    Scene("hello", "hello", stdout=b"Hello, world\n"),
    Scene("stdio_futex", "stdio_futex", stdout=whole_lines),
    # Arguments, environment, status.
    Scene("arguments", "args", ("a", "b c", "", "*"), native=False,
          stdout=has_lines(b"argv[1]=<a>", b"argv[2]=<b c>", b"argv[3]=<>", b"argv[4]=<*>")),
    Scene("environment", "args", options=("--env", "GREETING=good morning", "--workdir", "/tmp"),
          stdout=has_lines(b"env <GREETING=good morning>", b"in </tmp>")),
    Scene("envp", "envp_main", ("x",), native=False, stdout=lambda out: out.startswith(b"2 x ") and b"=" in out),
    Scene("status_0", "status", ("0",)),
    Scene("status_7", "status", ("7",), status=7),
    Scene("status_255", "status", ("255",), status=255),
    Scene("start_and_exit", "shapes", stdout=SHAPES),
    # Streams.
    Scene("streams", "streams", status=3, stdout=numbered(b"out", 1000), stderr=numbered(b"err", 1000)),
    Scene("cat", "cat", stdin=b"hi\n", stdout=b"hi\n"),
    Scene("cat_nothing", "cat"),
    Scene("cat_10_MiB", "cat", stdin=NOISE, stdout=NOISE),
    Scene("cat_to_nobody", "cat", play="reader_leaves"),
    # The C library and the kernel, by cases.
    cases("formats"),
    cases("files"),
    cases("memory"),
    cases("clocks"),
    cases("threads"),
    cases("processes"),
    cases("signals"),
    cases("facilities"),
    cases("kernel_features", native=False),
    Scene("adapters", "adapt", sources=("adapt_other",), stdout=ADAPTED, native=False),
    # Ends.
    # The kernel panics: it tells where, by name, and the machine has a status of its own.
    Scene("kernel_panic", "panic", native=False, status=125, stderr=has_words(
        b"Kernel panic - not syncing: sysrq triggered crash", b"sysrq_handle_crash+0x", b"write_sysrq_trigger+0x")),
    Scene("null_pointer", "crash", ("null",), status=128 + signal.SIGSEGV),
    Scene("division_by_zero", "crash", ("divide",), status=128 + signal.SIGFPE),
    Scene("division_overflow", "crash", ("overflow",), status=128 + signal.SIGFPE),
    Scene("abort", "crash", ("abort",), status=128 + signal.SIGABRT),
    Scene("trap", "crash", ("trap",), status=128 + signal.SIGILL),
    Scene("killed", "crash", ("kill",), status=128 + signal.SIGKILL),
    Scene("terminated", "crash", ("term",), status=128 + signal.SIGTERM),
    Scene("recursion_in_memory", "crash", ("memory",), status=128 + signal.SIGSEGV),
    Scene("recursion_in_registers", "crash", ("registers",), status=128 + signal.SIGSEGV),
    Scene("out_of_memory", "crash", ("eat",), options=("--ram", "64M"), status=128 + signal.SIGKILL),
    # A loop that only the outside can end.
    Scene("interrupted_loop", "loop", play="interrupted", status=128 + signal.SIGINT),
    Scene("terminated_loop", "loop", play="terminated", status=128 + signal.SIGTERM),
    Scene("interrupted_sleep", "loop", ("sleep",), play="interrupted", status=128 + signal.SIGINT),
    Scene("timeout_loop", "loop", play="timed_out", status=124),
    Scene("terminal", "terminal", play="terminal", status=5),
    Scene("control_c_loop", "loop", play="control_c", status=128 + signal.SIGINT, native=False),
    Scene("control_c_sleep", "loop", ("sleep",), play="control_c", status=128 + signal.SIGINT, native=False),
]
