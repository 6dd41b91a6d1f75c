/**
 * @file Masked words (Fan et al. 2021): a share of pairs is chosen, and in these each word of either side becomes MASK with
 * a probability of its own.
 */

import { Random } from "../../../random.ts";
import { probabilityAt } from "../../noise/model-name.ts";
import { wordsBetweenSpaces } from "../../text/words.ts";
import { MASK } from "../../text/dictionary.ts";
import type { PairNoiseModel } from "./pair-noise.ts";
import { noisyPairs } from "./pair-noise.ts";

export const mask: PairNoiseModel = {
  name: "mask",
  form: "mask:PAIRS:WORDS",
  arguments: 2,
  parse(parts) {
    const [pairs, words] = [probabilityAt(parts, 1), probabilityAt(parts, 2)];
    return {
      text: `mask:${pairs}:${words}`,
      spoil(clean, at, seed, stream) {
        const given = { source: [] as string[], target: [] as string[] };
        for (const position of at) {
          const random = new Random(seed, stream, clean.lines[position]);
          const isChosen = random.uniform() < pairs;
          const masked = (line: string): string =>
            isChosen
              ? wordsBetweenSpaces(line)
                  .map((word) => (random.uniform() < words ? MASK : word))
                  .join(" ")
              : line;
          given.source.push(masked(clean.source[position]!));
          given.target.push(masked(clean.target[position]!));
        }
        return noisyPairs(clean, at, given);
      },
    };
  },
};
