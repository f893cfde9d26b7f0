"""What a command and all of its processes use."""

import subprocess
import sys

from bench.peers.usage import descendants


def test_children_and_their_children_are_descendants() -> None:
    program = "import subprocess; subprocess.run(['cat'])"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        while len(below := descendants(process.pid)) < 1:
            pass
        (child,) = below
        assert child[0] != process.pid
        process.stdin.close()
    assert descendants(process.pid) == {}
