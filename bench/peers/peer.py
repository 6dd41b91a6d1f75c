"""Times Algorithm 1 in PyTorch eager mode on the CPU: student steps, the teacher update, a period of K steps + update.

Usage: python3 bench/peers/peer.py --peer double_backward|finite_difference|torch_func [--student resnet32] [--batch 128] …
       python3 bench/peers/peer.py --check      what check.py does

Float32, channels-last, random CIFAR-shaped images drawn outside the timed parts. Prints one JSON line: medians,
milliseconds, MiB. Peak memory is the process's, so each measurement needs a fresh process.
"""
import argparse
import json
import os
import resource
import statistics
import sys
import time
from typing import Callable, List, Optional, Tuple

import torch
from torch import Tensor

from algorithm import Problem, Record
from products import PEERS
from students import make_student

RATE = 0.01


def arguments(argv: Optional[List[str]] = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=PEERS, default="double_backward")
    parser.add_argument("--student", default="resnet32", help="resnet{6n+2} or wrn-{6n+4}-{k}")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--valid-batch", type=int, default=128)
    parser.add_argument("--teacher-every", type=int, default=20, help="K")
    parser.add_argument("--window", type=int, default=2, help="B")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3, help="measured periods, after one that warms up")
    parser.add_argument("--derive-period", action="store_true", help="few steps; a period is K median steps and a median update")
    args = parser.parse_args(argv)
    if not 1 <= args.window <= args.teacher_every:
        parser.error(f"--window: expected 1 to --teacher-every = {args.teacher_every}, got {args.window}")
    return args


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def examples(size: int) -> Tuple[Tensor, Tensor]:
    return torch.randn(size, 3, 32, 32), torch.randint(0, 10, (size,))


def channels_last(x: Tensor, y: Tensor) -> Tuple[Tensor, Tensor]:
    return x.contiguous(memory_format=torch.channels_last), y


def measure(args: argparse.Namespace) -> dict:
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    problem = Problem(make_student(args.student).to(memory_format=torch.channels_last))
    products = PEERS[args.peer]()
    # Derived, a repeat still fills the window, and has steps enough for a median.
    steps_a_period = max(args.window, min(args.teacher_every, 5)) if args.derive_period else args.teacher_every
    step_ms: List[float] = []
    update_ms: List[float] = []
    period_ms: List[float] = []
    for repeat in range(args.repeats + 1):
        window: List[Record] = []
        steps: List[float] = []
        for _ in range(steps_a_period):
            batch = examples(args.batch)
            steps.append(timed(lambda: window.append(problem.step(*channels_last(*batch), RATE))))
            del window[: -args.window]
        validation = examples(args.valid_batch)

        def update() -> None:
            problem.teacher.climb(problem.teacher_gradient(products, window, channels_last(*validation)))

        update_took = timed(update)
        if repeat > 0:
            step_ms += steps
            update_ms.append(update_took)
            period_ms.append(sum(steps) + update_took)
    step, updating = statistics.median(step_ms), statistics.median(update_ms)
    return {
        "stepMs": step,
        "teacherUpdateMs": updating,
        "periodMs": args.teacher_every * step + updating if args.derive_period else statistics.median(period_ms),
        "peakRssMb": peak_rss_mb(),
    }


def main() -> None:
    if "--check" in sys.argv[1:]:
        import check

        sys.argv.remove("--check")
        return check.main()
    args = arguments()
    report = {
        "peer": args.peer,
        "torch": torch.__version__,
        "student": args.student,
        "batch": args.batch,
        "validBatch": args.valid_batch,
        "teacherEvery": args.teacher_every,
        "window": args.window,
        "threads": args.threads,
        "repeats": args.repeats,
        "period": "derived" if args.derive_period else "measured",
    }
    try:
        report |= measure(args)
    except NotImplementedError as missing:
        report["unavailable"] = str(missing)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
