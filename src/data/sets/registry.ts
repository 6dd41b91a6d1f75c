/** @file The built-in data sets. A new one is a file of its own and a line here. */

import type { BuiltInSet } from "./built-in-set.ts";
import { cifar10 } from "./cifar10.ts";
import { cifar100 } from "./cifar100.ts";
import { glyphs } from "./glyphs.ts";
import { mnist } from "./mnist.ts";

export const builtInSets = [cifar10, cifar100, mnist, glyphs] as const satisfies readonly BuiltInSet[];
