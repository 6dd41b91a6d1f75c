/** @file Batches of CIFAR as Python writes them. */

import { inflateSync } from "node:zlib";

const packed = (text: string): Buffer => inflateSync(Buffer.from(text, "base64"));

/**
 * Two images with labels 3 and 4 and pixels 40 and 41, by Python 3.11 and NumPy 1.24 in each protocol:
 * `pickle.dumps({"batch_label": "x", "labels": [3, 4], "data": data, "filenames": [...]}, protocol)`, with keys of bytes
 * above protocol 2. And CIFAR's class names.
 */
export const PICKLES = {
  2: packed(
    "eNrtzsluwjAQBuAhLC2B7htdz+klEq/RqBxy8gUhx3ELUjD8iSMViUq9FMpTt27gLZjvYI9+e8b+8j5BgegQUSKtGo8ymegMNVFzyQc80XJ7lRWoD9EIonrU0KLh0lRaiaYy5XS+CNUs1+G0zOxE5rlc+KNcq5kpbF4q66O1veWbdHuKg4i+cahGapZqVfja/Bc+2tWzCfzds3Zi+uis0I1xtMZxjJMgqkXeK3VXON3NTO1i7lrPhOdayj7ONz9rXMS4dF+txi1xNRgMXn6daonI4jrZjNuCekQBY4wxxhhjbG88M8YYY4wxxvYGbsadFXoxbi3uEtEmordJpo2c6gL3QzwEoukyGc7NOx6rOqnqJ12Gf2+XKuw=",
  ),
  3: packed(
    "eNrtzstOg1AQBuDh0mpp1XrvI+CGxFeQXU9k0RWbpjkHjtoEKD8cEkk0cVNrn1oJ9S0632IymZlk/i/nE+SHYyVN8rbKpNIZrNgionfY4bAf1HCWcH3hCFeHbiqNxCApmrxsg2RT6SBvMrOWVSVbb1XpZFPUpmoS42F4uPKK9LDFiaAtTkNLYbSDt8DYF5awn2nyjcn/bWraUns4i+0uQ/OI8/3PDhcLTLv/fa4PXEZRNP/t9EWQwZXaP9GMyGeMMcYYY4wdjQfGGGOMMcbY0cC1wY0KRy/rTBcy1zVul7jz4wERyaAsXnHf96rvZ7oJ/gACzBwz",
  ),
  4: packed(
    "eNrt2U1qwzAQBWA5sVtCsi30CO7G0CtUu4h60X0Jkq00Adsxjgw1tNBNfwLa5fV2vUvrKsfI+xajWbwZZq+3+PvnWgSvSOXcaFdsVpU2toKPniEvQr/HI1I1VbGVcamdhr9q+rodsmLX2azuK7fVXacH+MWqs8Wu2buuLxyO8EkIwl825SlyhBLvkJHBJx7GrZGa3IvFBzYzn5RuaO3/1KS/xeHrFJj66AV5ni9/R6Eo4WAOd2K8PCUiIiIiorNxQ0REREREZwMORs7W28o2urbhn8InOmubJ/jEhNf22R+YdCVe",
  ),
  5: packed(
    "eNrt2TFqw0AQBVDJtgLGqVL5CEojyBm2s7CK9MHsyqPEIMlCXoENCaRKYtjO3z5R7pVsltzC/xUzvxjmAv89OX/Po+ANqZoZbcuXVa2N1HDxHuom5B2ekObjfCJqstZWw921Q9MdsnLbS+aj9JsSbraq+m1jhqqSHiekl+j/d0pERERERFfjnoiIiIiIrgZcEvoCv9f20AlOcKPhAcevTzz+NQsufkVRFIsfL4w8sjD5aBndfsDFCtbfqWm1qaXVjYQ+wiU669pn/9OELUP2CyybGnY=",
  ),
  meta: packed(
    "eNodyEsSgjAQRdHIRxFciCPX0xPLSkgrKQPhdcLQKpZOzOzes1c/KBqUUl4b9q9FzxxxeqK6U5dVO1m9Xhg19f/dUpiDcZ7RUJPBOLFoqc456oRzQcssuBS04YOu4FtyXqnNOQWJjL5wnNyKoXCSbfzixvFxAG8iJeo=",
  ),
} as const;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(`U${String.fromCharCode(value.length)}${value}`, "latin1");
const raw = (value: string): Buffer => Buffer.from(value, "latin1");

/**
 * Two images as Python 2 wrote the official files: texts by SHORT_BINSTRING, the array by NumPy's `_reconstruct`, and
 * all of it remembered by BINPUT. Image `first` + i has that label and pixels of that value.
 */
export function batchByPython2(first: number, labels = "labels"): Buffer {
  const pixels = Buffer.concat([Buffer.alloc(3072, first), Buffer.alloc(3072, first + 1)]);
  const pair = `](K${String.fromCharCode(first)}K${String.fromCharCode(first + 1)}e`;
  return Buffer.concat([
    raw("\x80\x02}q\x01("),
    ...[text("batch_label"), raw("q\x02"), text("training batch 1 of 5"), raw("q\x03")],
    ...[text(labels), raw("q\x04"), raw(pair), raw("q\x05")],
    ...[
      text("data"),
      raw("cnumpy.core.multiarray\n_reconstruct\nq\x06cnumpy\nndarray\nq\x07K\x00\x85"),
      text("b"),
      raw("\x87R"),
    ],
    ...[raw("(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nq\x08"), text("u1"), raw("K\x00K\x01\x87R")],
    ...[
      raw("(K\x03"),
      text("|"),
      raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"),
      u32(pixels.length),
      pixels,
      raw("tb"),
    ],
    ...[text("filenames"), raw("]("), text("a.png"), text("b.png"), raw("eu.")],
  ]);
}
