#!/usr/bin/env bash
# The package as a user gets it: packed, installed into an empty folder, run and imported.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tarball=$(cd "$root" && npm pack --silent --pack-destination "$folder")
cd "$folder"
npm init --yes >/dev/null
# The install script of onnxruntime-node would download libraries for graphics cards, which reweight does not use.
npm install --silent --ignore-scripts --no-audit --no-fund "./$tarball"
npx reweight --version
npx reweight doctor
cat >square.mjs <<'EOF'
import { grad, mul, reference, runOnce, sumAll, tensor, trace } from "reweight";
const at = tensor([1, -2, 3]);
const [slope] = await runOnce(reference, trace((x) => [grad((y) => sumAll(mul(y, y)))(x)], [at]), [at]);
if (slope.data.join() !== "2,-4,6") throw new Error(`expected the gradient 2,-4,6 of the sum of squares, got ${slope.data.join()}`);
EOF
node square.mjs
npx reweight train --student mlp --epochs 1 --train-limit 200 --valid 100 --valid-batch 50 --test-limit 100 --out run
echo "the installed package trains"
