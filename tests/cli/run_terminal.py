#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wasmlinux run` on a terminal: lines, editing, ^C, ^D, as at home."""
import os, subprocess, tempfile
from pathlib import Path

from terminal_session import Session, WASMLINUX, fail

HERE = Path(__file__).resolve().parent


def main():
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for program in 'ask', 'busy':
            subprocess.run([os.environ['WASMLINUX_CC'], str(HERE / f'programs/{program}.c'), '-o', f'{program}.wasm'],
                           check=True)
            subprocess.run([WASMLINUX, 'compile', f'{program}.wasm'], check=True)

        session = Session('run', './ask.wasm')
        session.expect(b'terminals 111, 24x80\r\n')
        session.expect(b'an error\r\n')
        session.type(b'helpless\x7f\x7f\x7f\x7f\r')  # corrected
        session.expect(b'answer help\r\n')
        session.type(b'\x04')
        session.expect(b'no more\r\n')
        session.end(5, 'a dialogue')

        with open('errors', 'wb') as errors:
            session = Session('run', './ask.wasm', stderr=errors)
            session.expect(b'terminals 110, 24x80\r\n')
            session.type(b'\x04')
            session.expect(b'no more\r\n')
            session.end(5, 'standard error elsewhere')
        if Path('errors').read_bytes() != b'an error\n':
            fail('standard error is not what was written there')

        session = Session('run', './busy.wasm')
        session.expect(b'busy\r\n')
        session.type(b'\x03')
        session.end(130, '^C')

        session = Session('run', './busy.wasm')
        session.expect(b'busy\r\n')
        session.process.terminate()
        session.end(143, 'SIGTERM')


main()
