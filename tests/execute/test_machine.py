"""What a machine has, read from folders laid out as its kernel would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sweep.execute import machine


def laid_out(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


CGROUP2 = "0::/user/job\n"
CGROUP1 = "4:memory:/job\n2:cpu,cpuacct:/job\n0::/\n"
LIMITS: dict[str, tuple[dict[str, str], int]] = {
    "no control groups": ({}, 64),
    "no limit": (
        {"proc/self/cgroup": CGROUP2, "sys/fs/cgroup/user/job/cpu.max": "max 100000\n"},
        64,
    ),
    "its own": (
        {"proc/self/cgroup": CGROUP2, "sys/fs/cgroup/user/job/cpu.max": "300000 100000\n"},
        3,
    ),
    "of the group above": (
        {
            "proc/self/cgroup": CGROUP2,
            "sys/fs/cgroup/user/job/cpu.max": "800000 100000\n",
            "sys/fs/cgroup/user/cpu.max": "200000 100000\n",
        },
        2,
    ),
    "part of a core is one more": (
        {"proc/self/cgroup": CGROUP2, "sys/fs/cgroup/user/job/cpu.max": "150000 100000\n"},
        2,
    ),
    "less than one core": (
        {"proc/self/cgroup": CGROUP2, "sys/fs/cgroup/user/job/cpu.max": "5000 100000\n"},
        1,
    ),
    "seen from inside a container": (
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "400000 100000\n"},
        4,
    ),
    "the older form": (
        {
            "proc/self/cgroup": CGROUP1,
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "50000\n",
        },
        5,
    ),
    "the older form without limit": (
        {
            "proc/self/cgroup": CGROUP1,
            "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000\n",
        },
        64,
    ),
}


@pytest.mark.parametrize("case", LIMITS)
def test_limits_of_control_groups_count(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, cores = LIMITS[case]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert machine.usable_cores(laid_out(tmp_path, files)) == cores


def test_usable_cores_are_those_of_the_affinity() -> None:
    program = (
        "import os\nfrom sweep.execute.machine import usable_cores\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nprint(usable_cores())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"
    assert 1 <= machine.usable_cores() <= len(os.sched_getaffinity(0))


X86 = "processor : 0\nflags\t\t: fpu avx2 {}\n"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (X86.format("avx512_bf16 amx_tile"), True),
        (X86.format("amx_bf16"), True),
        (X86.format("avx512f avx512_vnni"), False),
        ("processor : 0\nFeatures : fp asimd bf16\n", True),
        ("model name : a machine named avx512_bf16\nflags : avx2\n", False),
        (None, False),
    ],
)
def test_native_bfloat16_is_a_flag_of_the_cpu(
    said: str | None, expected: bool, tmp_path: Path
) -> None:
    root = laid_out(tmp_path, {} if said is None else {"proc/cpuinfo": said})
    assert machine.has_native_bfloat16(root) is expected


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "1", "2"]),
        ("", []),
        ("-1", []),
        ("1", ["1"]),
        ("GPU-a, 2", ["GPU-a", "2"]),
        ("0,-1,1", ["0"]),
    ],
)
def test_gpus_are_those_that_cuda_may_see(
    visible: str | None, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_has_cuda", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    names = ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "nvidia-uvm")
    assert machine.gpus(laid_out(tmp_path, {f"dev/{name}": "" for name in names})) == expected


def test_without_a_device_or_without_cuda_there_is_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(machine, "_has_cuda", lambda: True)
    assert machine.gpus(tmp_path) == []
    monkeypatch.setattr(machine, "_has_cuda", lambda: False)
    assert machine.gpus(laid_out(tmp_path, {"dev/nvidia0": ""})) == []


def test_a_gpu_multiplies_bfloat16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(machine, "_has_cuda", lambda: True)
    assert machine.has_native_bfloat16(laid_out(tmp_path, {"dev/nvidia0": ""}))


@pytest.mark.parametrize(
    ("cores", "threads", "gpus", "per_gpu", "workers"),
    [(8, 1, 0, 1, 8), (8, 3, 0, 1, 2), (2, 4, 0, 1, 1), (8, 1, 2, 1, 2), (8, 1, 2, 3, 6)],
)
def test_workers_fill_the_machine(
    cores: int, threads: int, gpus: int, per_gpu: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: cores)
    monkeypatch.setattr(machine, "gpus", lambda: [str(n) for n in range(gpus)])
    assert machine.default_workers(threads, per_gpu) == workers
