#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots a kernel with KUnit built in and checks that every expected test has run and passed.

usage: kunit.py [--record] EXPECTED COMMAND [ARGUMENT...]

COMMAND boots the kernel and prints its console. EXPECTED lists suite<TAB>tests, a line each;
--record writes it instead of checking. A suite that is missing, that has another number of
tests, or that nobody expects, is a failure like a test that fails.
"""
import re
import subprocess
import sys

# "[    0.123456] " before each line, if the kernel prints times; "<6>" if levels.
PREFIX = re.compile(r"^(<\d+>)?(\[ *\d+\.\d+\]( ?\[ *[TC]\d+\])? ?)?")
RESULT = re.compile(r"^( *)(not ok|ok) \d+ (?:- )?([^\s#]+)(.*)$")


def parse(lines):
    """suite -> {"tests": number, "failed": [names], "ok": bool}; tests are indented once, suites are not."""
    suites, tests, failed = {}, 0, []
    for raw in lines:
        line = PREFIX.sub("", raw.rstrip())
        match = RESULT.match(line)
        if not match:
            continue
        indent, verdict, name, _ = match.groups()
        if len(indent) == 4:
            tests += 1
            if verdict == "not ok":
                failed.append(name)
        elif not indent:
            suites[name] = {"tests": tests, "failed": failed, "ok": verdict == "ok"}
            tests, failed = 0, []
    return suites


def read_expected(path):
    expected = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, count = line.split("\t")
                expected[name] = int(count)
    return expected


def problems(suites, expected, status):
    for name, suite in suites.items():
        for test in suite["failed"]:
            yield f"{name}: {test} failed"
        if not suite["ok"] and not suite["failed"]:
            yield f"{name}: failed"
        if name not in expected:
            yield f"{name}: not in the list of expected suites"
        elif suite["tests"] != expected[name]:
            yield f"{name}: {suite['tests']} tests instead of {expected[name]}"
    for name in expected:
        if name not in suites:
            yield f"{name}: did not run"
    if status:
        yield f"the machine ended with status {status}"


def main():
    arguments = sys.argv[1:]
    record = arguments[:1] == ["--record"]
    if record:
        arguments = arguments[1:]
    if len(arguments) < 2:
        sys.exit(__doc__)
    path, *command = arguments
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         check=False)
    lines = run.stdout.decode(errors="replace").replace("\r", "").splitlines()
    suites = parse(lines)
    if record:
        with open(path, "w", encoding="utf-8") as f:
            f.write("# SPDX-License-Identifier: Apache-2.0\n# KUnit suites of the test kernel and their tests.\n")
            f.writelines(f"{name}\t{suite['tests']}\n" for name, suite in suites.items())
    found = list(problems(suites, read_expected(path), run.returncode))
    if found:
        print("\n".join(lines))
        print("\n".join(f"kunit: {problem}" for problem in found))
        return 1
    print(f"kunit: {sum(s['tests'] for s in suites.values())} tests in {len(suites)} suites passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
