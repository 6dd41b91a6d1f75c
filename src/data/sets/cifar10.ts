/** @file CIFAR-10: 32×32 colour photographs of ten classes, 50,000 to train on and 10,000 to test on. */

import { cifarSet, pairs, words } from "./cifar.ts";

const TRAIN = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

export const cifar10 = cifarSet({
  name: "cifar10",
  summary: "60,000 photographs of 10 classes",
  archive: { name: "cifar-10-binary.tar.gz", md5: "c32a1d4ab5d03f1284b67883e8d87530" },
  folder: "cifar-10-batches-bin",
  train: TRAIN,
  test: ["test_batch.bin"],
  names: "batches.meta.txt",
  labelBytes: 1,
  python: {
    archive: "cifar-10-python.tar.gz",
    folder: "cifar-10-batches-py",
    names: "batches.meta",
    labels: "labels",
    classNames: "label_names",
  },
  // Names from the list on https://www.cs.toronto.edu/~kriz/cifar.html, also in batches.meta.txt.
  classes: words("airplane automobile bird cat deer dog frog horse ship truck"),
  flipPairs: pairs("9,3 4,8 1,8 8,4 2,5 7,4 9,2 8,5 6,5 5,4"),
});
