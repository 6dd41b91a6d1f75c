import { describe, expect, test } from "vitest";
import { decodeTensors } from "../src/safetensors.ts";

/** A file from a header's text and the bytes after it. */
function file(header: string, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

const F32 = (from: number, to: number, shape = [(to - from) / 4]): string =>
  JSON.stringify({ dtype: "F32", shape, data_offsets: [from, to] });
const floats = (...numbers: number[]): Uint8Array => new Uint8Array(Float32Array.from(numbers).buffer);
const numbers = (bytes: Buffer, name = "a"): number[] => [...decodeTensors(bytes, "file").tensors.get(name)!.data];

describe("safetensors of other programs", () => {
  test("may have spaces around their header, other members, and any order of arrays", () => {
    const header = `  {"b" : ${F32(4, 8)}, "a":{"data_offsets":[0,4],"more":null,"shape":[],"dtype":"F32"} }   `;
    const { tensors, metadata } = decodeTensors(file(header, floats(1.5, -2)), "file");
    expect(tensors.get("a")).toEqual({ data: Float32Array.of(1.5), shape: [], dtype: "float" });
    expect([...tensors.get("b")!.data]).toEqual([-2]);
    expect(metadata).toEqual({});
  });

  test("may have names that objects have of themselves", () => {
    const { tensors, metadata } = decodeTensors(
      file(`{"__metadata__":{"constructor":"x"},"__proto__":${F32(0, 4)},"toString":${F32(4, 8)}}`, floats(1, 2)),
      "file",
    );
    expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
      ["__proto__", 1],
      ["toString", 2],
    ]);
    expect(metadata["constructor"]).toBe("x");
  });

  // Bits by IEEE 754: 0x3c00 is 1 in half precision, 0x0001 its smallest number 2^-24, 0x7bff its largest 65504;
  // a bfloat16 is the upper half of a float32, of which 0x3f80 is 1 and 0xc049 begins -3.140625.
  test.each([
    ["F16", [0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00], [1, -2, 2 ** -24, 65504, -0, Infinity]],
    ["BF16", [0x3f80, 0xc049, 0x0000, 0xff80], [1, -3.140625, 0, -Infinity]],
  ])("have %s read into 32-bit floats", (dtype, bits, want) => {
    const entry = { dtype, shape: [bits.length], data_offsets: [0, 2 * bits.length] };
    const bytes = file(JSON.stringify({ a: entry }), new Uint8Array(Uint16Array.from(bits).buffer));
    expect(decodeTensors(bytes, "file").tensors.get("a")!.data).toEqual(Float32Array.from(want));
  });

  test("have F64 read as they are", () => {
    const bytes = new Uint8Array(Float64Array.of(Math.PI, 1e300).buffer);
    expect(numbers(file('{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}', bytes))).toEqual([Math.PI, 1e300]);
  });

  test.each([
    ["nothing", file(""), "has no JSON header"],
    ["no object", file("[1]"), "has no JSON header"],
    ["null", file("null"), "has no JSON header"],
    ["a text", file('"a"'), "has no JSON header"],
    ["bytes that are no text", Buffer.concat([file(" "), Buffer.of(0xff)]), "has no JSON header"],
    [
      "a header that is no UTF-8",
      Buffer.concat([Buffer.of(2, 0, 0, 0, 0, 0, 0, 0), Buffer.of(0xc3, 0x28)]),
      "not UTF-8",
    ],
    ["no places", file('{"a":{"dtype":"F32","shape":[1]}}'), 'describes "a" by other than'],
    ["an entry that is none", file('{"a":7}'), 'describes "a" by other than'],
    ["a negative place", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'), 'describes "a" by other'],
    ["half a place", file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}}'), 'describes "a" by other'],
    ["a negative extent", file('{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}'), 'describes "a" by other'],
    ["an extent that is a text", file('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}'), 'describes "a" by'],
    [
      "a dtype of objects",
      file('{"a":{"dtype":"constructor","shape":[],"data_offsets":[0,4]}}'),
      'as "constructor", not as',
    ],
    [
      "integers of 64 bits",
      file('{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}', floats(1, 2)),
      'as "I64", not as F32',
    ],
    [
      "too few bytes for a shape",
      file(`{"a":${F32(0, 4, [2])}}`, floats(1)),
      'gives "a" 4 bytes, where its shape [2] needs 8',
    ],
    ["a shape beyond all numbers", file(`{"a":${F32(0, 4, [9e15, 9e15, 0])}}`, floats(1)), 'gives "a" 4 bytes'],
    ["a place outside", file(`{"a":${F32(0, 8)}}`, floats(1)), 'is cut off inside "a"'],
    ["two arrays in one place", file(`{"a":${F32(0, 4)},"b":${F32(0, 4)}}`, floats(1)), "has arrays that overlap"],
    ["arrays that overlap", file(`{"a":${F32(0, 8)},"b":${F32(4, 12)}}`, floats(1, 2, 3)), "has arrays that overlap"],
    ["a gap", file(`{"a":${F32(4, 8)}}`, floats(1, 2)), "has bytes that belong to nothing"],
    ["bytes at the end", file(`{"a":${F32(0, 4)}}`, floats(1, 2)), "has bytes that belong to nothing"],
    ["a name twice", file(`{"a":${F32(0, 4)},"\\u0061":${F32(0, 4)}}`, floats(1)), 'names "a" twice'],
    ["metadata twice", file('{"__metadata__":{"k":"{","k":"w"}}'), 'names "k" twice'],
    ["metadata that are numbers", file('{"__metadata__":{"k":1}}'), "has metadata that are not texts"],
    ["metadata that are null", file('{"__metadata__":null}'), "has metadata that are not texts"],
    ["a header longer than the file", Buffer.alloc(64, 0xff), "ends inside its header"],
    ["a name over lines", file('{"a\\nb":0}'), '"a\\nb"'],
  ])("%s is refused", (_, bytes, why) => {
    const read = (): unknown => decodeTensors(bytes, "t.safetensors");
    expect(read).toThrow(why);
    expect(read).toThrow(
      /^t\.safetensors: expected a whole safetensors file, got one that [^\n]*\. Name another file$/,
    );
  });
});
