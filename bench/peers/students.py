"""The students of the race as ordinary PyTorch modules: ResNet for CIFAR (option A) and Wide ResNet, as in src/models/.

`forward` returns the logits and the internal state I0 that the teacher reads: the pooled input of the classifier.
"""
import re
from contextlib import contextmanager
from typing import Iterator, Tuple

import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class Block(nn.Module):
    """conv - BN - ReLU - conv - BN plus the parameter-free shortcut (He et al. 2016, option A)."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, outputs, stride=stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv(outputs, outputs), nn.BatchNorm2d(outputs)
        self.stride = stride
        self.before = (outputs - inputs) // 2
        self.after = outputs - inputs - self.before

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.after))
        return F.relu(y + x)


class WideBlock(nn.Module):
    """Pre-activation block; where the width changes, a 1×1 convolution of the activated input goes around it."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, outputs, stride=stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), conv(outputs, outputs)
        self.shortcut = None if inputs == outputs else conv(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        activated = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(activated))))
        return y + (x if self.shortcut is None else self.shortcut(activated))


class Student(nn.Module):
    def __init__(self, stem: nn.Module, blocks: nn.Module, head: nn.Module, features: int, classes: int):
        super().__init__()
        self.stem, self.blocks, self.head = stem, blocks, head
        self.features = features
        self.classifier = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:
        state = self.head(self.blocks(self.stem(x))).mean((2, 3))
        return self.classifier(state), state


def stages(block: type, n: int, widths: Tuple[int, ...], inputs: int = 16) -> nn.Sequential:
    """Three stages of n blocks; the second and third halve the image."""
    blocks = []
    for stage, outputs in enumerate(widths):
        for i in range(n):
            blocks.append(block(inputs, outputs, 2 if stage > 0 and i == 0 else 1))
            inputs = outputs
    return nn.Sequential(*blocks)


def make_student(name: str, classes: int = 10) -> Student:
    """`resnet{6n+2}` or `wrn-{6n+4}-{k}`."""
    if match := re.fullmatch(r"resnet(\d+)", name):
        stem = nn.Sequential(conv(3, 16), nn.BatchNorm2d(16), nn.ReLU())
        blocks = stages(Block, (int(match[1]) - 2) // 6, (16, 32, 64))
        student = Student(stem, blocks, nn.Identity(), 64, classes)
    elif match := re.fullmatch(r"wrn-(\d+)-(\d+)", name):
        widen = int(match[2])
        blocks = stages(WideBlock, (int(match[1]) - 4) // 6, (16 * widen, 32 * widen, 64 * widen))
        head = nn.Sequential(nn.BatchNorm2d(64 * widen), nn.ReLU())
        student = Student(conv(3, 16), blocks, head, 64 * widen, classes)
    else:
        raise SystemExit(f"student: expected resnet{{6n+2}} or wrn-{{6n+4}}-{{k}}, got {name}")
    for module in student.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    return student


@contextmanager
def frozen_statistics(student: nn.Module) -> Iterator[None]:
    """Batch norm stays in train mode (the batch's statistics) without updating its running statistics."""
    norms = [module for module in student.modules() if isinstance(module, nn.BatchNorm2d)]
    try:
        for norm in norms:
            norm.track_running_stats = False
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
