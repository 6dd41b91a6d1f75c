/**
 * @file Target classes of "flip2" noise, two for each class, as drawn by Meta-Weight-Net (Shu et al., NeurIPS 2019).
 *
 * Its matrix function seeds numpy's legacy generator with 1 and then takes `choice(others, 2, replace=False)` for class
 * 0, 1, …, so the pairs are the same in every run. They are written out here because that generator exists only in
 * numpy.
 */

type Pairs = readonly (readonly [number, number])[];

const pairs = (text: string): Pairs =>
  text
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [first, second] = pair.split(",");
      return [Number(first), Number(second)] as const;
    });

/** Class i of CIFAR-10 → two targets. */
export const CIFAR10_FLIPS: Pairs = pairs("9,3 4,8 1,8 8,4 2,5 7,4 9,2 8,5 6,5 5,4");

/** Class i of CIFAR-100 → two targets. */
export const CIFAR100_FLIPS: Pairs = pairs(`
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
`);
