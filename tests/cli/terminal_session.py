# SPDX-License-Identifier: Apache-2.0
"""The command on a terminal of its own."""
import fcntl, os, pty, select, subprocess, sys, termios, time

WASMLINUX = os.environ['WASMLINUX']
TIMEOUT = 20


def fail(what):
    sys.exit(f'{os.path.basename(sys.argv[0])}: {what}')


class Session:
    """A command on a terminal of its own, in the foreground."""

    def __init__(self, *arguments, stderr=None):
        self.master, self.slave = pty.openpty()
        self.before = self.modes()
        self.output = b''

        def foreground():
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen([WASMLINUX, *arguments], stdin=self.slave, stdout=self.slave,
                                        stderr=stderr or self.slave, preexec_fn=foreground)

    def modes(self):
        return termios.tcgetattr(self.slave)

    def expect(self, text):
        end = time.monotonic() + TIMEOUT
        while text not in self.output:
            if not select.select([self.master], [], [], max(0, end - time.monotonic()))[0]:
                fail(f'no {text} but {self.output}')
            self.output += os.read(self.master, 4096)
        self.output = self.output.split(text, 1)[1]

    def type(self, text):
        os.write(self.master, text)

    def end(self, status, what):
        got = self.process.wait(TIMEOUT)
        if got != status:
            fail(f'{what}: status {got}, not {status}; {self.output}')
        if self.modes() != self.before:
            fail(f'{what}: the terminal is not as it was')
        os.close(self.master)
        os.close(self.slave)
