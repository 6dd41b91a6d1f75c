"""Times one ResNet training step in PyTorch eager mode on the CPU.

A step is forward, backward, and torch.optim's SGD with momentum and weight decay.

Usage: python3 bench/peers/pytorch_step.py [--depth 32] [--batch 128] [--steps 15] [--threads 2] [--layout channels_last|nchw]
Prints one line: layout, minimum and median milliseconds per step, wall and processor time. The race is peer.py's.
"""
import argparse
import time

import torch
import torch.nn.functional as F

from students import make_student


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, default=32)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=("channels_last", "nchw"), default="channels_last")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    memory_format = torch.channels_last if args.layout == "channels_last" else torch.contiguous_format
    model = make_student(f"resnet{args.depth}").to(memory_format=memory_format)
    x = torch.randn(args.batch, 3, 32, 32).to(memory_format=memory_format)
    y = torch.randint(0, 10, (args.batch,))
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    times = []
    for _ in range(args.steps + 3):
        start = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        logits, _ = model(x)
        F.cross_entropy(logits, y).backward()
        optimizer.step()
        times.append(((time.perf_counter() - start[0]) * 1e3, (time.process_time() - start[1]) * 1e3))
    wall, cpu = (sorted(column) for column in zip(*times[3:]))
    middle = len(wall) // 2
    print(
        f"pytorch {torch.__version__} {args.layout}: min {wall[0]:.0f} median {wall[middle]:.0f} ms, "
        f"processor min {cpu[0]:.0f} median {cpu[middle]:.0f} ms"
    )


if __name__ == "__main__":
    main()
