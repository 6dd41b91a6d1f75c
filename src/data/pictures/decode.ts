/**
 * @file Pictures of any size to arrays of one size. sharp is loaded when the first picture is decoded, so runs without
 * pictures do without it.
 */

import type { Sharp, default as SharpModule } from "sharp";
import { DataError } from "../../errors.ts";
import { PictureError, sniff } from "./sniff.ts";

/** What becomes of a side that does not fit: cut off around the centre, padded with black, or the picture is stretched. */
export const FITS = ["crop", "pad", "stretch"] as const;
export type Fit = (typeof FITS)[number];

export interface PictureForm {
  /** pixels on each side */
  readonly size: number;
  readonly fit: Fit;
  /** 3 = red, green, blue; 1 = grey */
  readonly channels: 1 | 3;
}

/** Pixels of the largest picture. */
const MOST_PIXELS = 100e6;

/** Version of the steps below: another one makes other pixels. */
const STEPS = 1;

const SHARP_FIT = { crop: "cover", pad: "contain", stretch: "fill" } as const;
const BLACK = { r: 0, g: 0, b: 0 } as const;

let loaded: Promise<typeof SharpModule> | undefined;

async function sharpModule(): Promise<typeof SharpModule> {
  loaded ??= import("sharp").then(
    ({ default: sharp }) => {
      // One picture is decoded by one thread; several at once keep the cores busy.
      sharp.concurrency(1);
      sharp.cache(false);
      return sharp;
    },
    (error: unknown) => {
      throw new DataError(
        `images cannot be decoded here: sharp does not load on ${process.platform}-${process.arch}. ` +
          `Install reweight again with its optional packages, or give features as .npz`,
        { cause: error },
      );
    },
  );
  return loaded;
}

/** What decides pixels beside the files and the form: part of a cache's key. */
export async function decoderVersion(): Promise<string> {
  const { versions } = await sharpModule();
  return `${STEPS} sharp ${versions.sharp ?? "?"} vips ${versions.vips}`;
}

/** Width and height as they are stored. @throws PictureError for what is no picture */
export async function sizeOf(bytes: Uint8Array): Promise<readonly [width: number, height: number]> {
  const sharp = await sharpModule();
  sniff(bytes);
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return [width, height];
  } catch (error) {
    throw new PictureError(`cannot be decoded (${reason(error)})`, { cause: error });
  }
}

/**
 * Decodes the first frame or page: orientation by EXIF, sRGB, alpha over black, then the size, with Lanczos 3.
 * @returns `[C, size, size]`, planar, 0…255
 * @throws PictureError for what is no picture, is cut off or damaged, or has more than 100 million pixels
 */
export async function decodePicture(bytes: Uint8Array, form: PictureForm): Promise<Uint8Array> {
  const sharp = await sharpModule();
  sniff(bytes);
  const picture = sharp(bytes, { failOn: "error", limitInputPixels: MOST_PIXELS, pages: 1, page: 0 });
  return inForm(picture.autoOrient(), form);
}

/**
 * Brings decoded pixels to a form, as `decodePicture` does.
 * @param pixels `[height, width, channels]`, 0…255; the fourth channel is alpha
 */
export async function formPixels(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  form: PictureForm,
): Promise<Uint8Array> {
  const sharp = await sharpModule();
  return inForm(sharp(pixels, { raw: { width, height, channels: channels as 1 | 3 | 4 } }), form);
}

async function inForm(picture: Sharp, { size, fit, channels }: PictureForm): Promise<Uint8Array> {
  try {
    const flat = picture.flatten({ background: BLACK }).resize(size, size, { fit: SHARP_FIT[fit], background: BLACK });
    const coloured = channels === 1 ? flat.greyscale().toColourspace("b-w") : flat.toColourspace("srgb");
    const { data, info } = await coloured.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return planar(data, info.channels, channels, size * size);
  } catch (error) {
    throw new PictureError(`cannot be decoded (${reason(error)})`, { cause: error });
  }
}

/** `[H, W, given]` to `[wanted, H, W]`; one grey channel stands for all three. */
function planar(data: Uint8Array, given: number, wanted: number, area: number): Uint8Array {
  const planes = new Uint8Array(wanted * area);
  for (let c = 0; c < wanted; c++) {
    const from = given < wanted ? 0 : c;
    for (let i = 0; i < area; i++) planes[c * area + i] = data[i * given + from]!;
  }
  return planes;
}

/** The first line of a message of libvips. */
const reason = (error: unknown): string => (error as Error).message.split("\n", 1)[0]!.slice(0, 160);
