#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A terminal as the guest's: raw while it runs, as it was afterwards, however that comes."""
import fcntl, os, signal, struct, subprocess, tempfile, termios, time

from terminal_session import Session, TIMEOUT, WASMLINUX, fail

MODULES = os.environ['MODULES']


def main():
    directory = tempfile.TemporaryDirectory()
    kernel = directory.name + '/kernel.so'
    subprocess.run([WASMLINUX, 'compile', '--kind', 'kernel', MODULES + '/stream_kernel.wasm', '-o', kernel], check=True)

    def start(command='t'):
        session = Session('boot', '--kernel', kernel, '--cmdline', command)
        if command == 't':
            session.expect(b'ready\r\n')
            if session.modes() == session.before:
                fail('the terminal is not raw')
        else:
            session.expect(b'waiting\r\n')
        return session

    session = start()
    session.type(b'a\x03\x1a\r')  # ^C and ^Z are the guest's, and Enter is no newline
    session.expect(b'<61><03><1a><0d>')
    fcntl.ioctl(session.slave, termios.TIOCSWINSZ, struct.pack('HHHH', 0x33, 0x44, 0, 0))
    os.kill(session.process.pid, signal.SIGWINCH)
    session.expect(b'<window 33x44>')
    session.type(b'q')
    session.expect(b'<71>')
    session.end(0, 'an orderly end')

    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
        session = start('w')
        os.kill(session.process.pid, number)
        session.end(128 + number, f'signal {number}')

    for number in signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE:  # sent: a bug of ours would look so
        session = start()
        os.kill(session.process.pid, number)
        session.end(-number, f'crash by signal {number}')

    session = start()
    os.kill(session.process.pid, signal.SIGTSTP)
    os.waitpid(session.process.pid, os.WUNTRACED)
    if session.modes() != session.before:
        fail('the terminal is raw while the command is stopped')
    os.kill(session.process.pid, signal.SIGCONT)
    end = time.monotonic() + TIMEOUT
    while session.modes() == session.before:
        if time.monotonic() > end:
            fail('the terminal is not raw again')
    session.type(b'q')
    session.expect(b'<71>')
    session.end(0, 'an end after a stop')

    session = Session('boot', '--no-tty', '--kernel', kernel, '--cmdline', 'c')
    session.type(b'a line\n\x04')
    session.expect(b'a line\r\na line\r\n')  # echoed by the terminal, copied by the kernel
    session.end(7, 'streams on a terminal')

    session = Session('boot', '--no-tty', '--kernel', kernel, '--cmdline', 'w')
    session.expect(b'waiting')
    session.type(b'\x03')
    session.end(130, '^C with streams')

    session = Session('boot', '--kernel', kernel, '--cmdline', 'o')
    session.expect(b'no command')
    session.end(125, 'a panic')


main()
