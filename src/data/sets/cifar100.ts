/** @file CIFAR-100: 32×32 colour photographs of a hundred classes, 50,000 to train on and 10,000 to test on. */

import { cifarSet, pairs, words } from "./cifar.ts";

export const cifar100 = cifarSet({
  name: "cifar100",
  summary: "60,000 photographs of 100 classes",
  archive: { name: "cifar-100-binary.tar.gz", md5: "03b5dce01913d631647c71ecec9e9cb8" },
  folder: "cifar-100-binary",
  train: ["train.bin"],
  test: ["test.bin"],
  names: "fine_label_names.txt",
  // Coarse, then fine.
  labelBytes: 2,
  python: {
    archive: "cifar-100-python.tar.gz",
    folder: "cifar-100-python",
    names: "meta",
    labels: "fine_labels",
    classNames: "fine_label_names",
  },
  // Names in alphabetical order, as in fine_label_names.txt.
  classes: words(`
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
    bowl boy bridge bus butterfly camel can castle caterpillar cattle
    chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
    dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
    mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
    plain plate poppy porcupine possum rabbit raccoon ray road rocket
    rose sea seal shark shrew skunk skyscraper snail snake spider
    squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
  `),
  flipPairs: pairs(`
    93,84 45,70 57,60 41,11 46,44 0,96 47,92 91,80 3,17 50,53
    91,27 55,46 71,76 42,9 82,29 61,13 93,17 15,54 48,91 9,17
    27,26 84,75 72,59 71,55 43,83 29,95 59,83 99,91 42,75 63,42
    99,57 41,94 60,87 93,69 33,66 98,61 26,59 44,19 90,17 71,59
    47,89 4,26 88,64 53,21 33,5 89,7 0,64 80,23 68,16 82,1
    52,73 23,2 40,21 96,62 76,34 44,8 58,32 49,40 6,89 20,89
    42,75 63,66 25,4 99,56 14,22 16,90 28,65 53,63 71,41 22,79
    61,33 31,99 3,23 11,74 45,94 72,74 45,87 99,80 97,90 92,71
    55,48 90,72 60,36 43,14 58,46 64,90 24,60 20,56 96,43 99,76
    12,65 36,75 80,58 72,41 37,3 46,10 87,52 13,69 21,45 20,96
  `),
});
