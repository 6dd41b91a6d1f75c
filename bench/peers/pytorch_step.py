"""One ResNet training step (forward, backward, momentum SGD with weight decay) in PyTorch eager mode on the CPU.

Usage: python3 bench/peers/pytorch_step.py [--depth 32] [--batch 128] [--steps 15] [--threads 2] [--layout channels_last|nchw]
Prints one line: layout, minimum and median milliseconds per step, wall and processor time.
"""
import argparse
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """conv - BN - ReLU - conv - BN plus the parameter-free shortcut (He et al. 2016, option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.before = (outputs - inputs) // 2
        self.after = outputs - inputs - self.before

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, depth, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(16)
        blocks, inputs = [], 16
        for outputs, stride in ((16, 1), (32, 2), (64, 2)):
            for i in range((depth - 2) // 6):
                blocks.append(Block(inputs, outputs, stride if i == 0 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(64, classes)

    def forward(self, x):
        return self.classifier(self.blocks(F.relu(self.bn(self.conv(x)))).mean((2, 3)))


def main():
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
    model = ResNet(args.depth).to(memory_format=memory_format)
    x = torch.randn(args.batch, 3, 32, 32).to(memory_format=memory_format)
    y = torch.randint(0, 10, (args.batch,))
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    times = []
    for _ in range(args.steps + 3):
        start = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
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
