/**
 * @file Python's pickles, as far as the batches of CIFAR need them: dictionaries, lists, numbers, texts and arrays of
 * bytes by NumPy. Nothing is executed: a name other than those of NumPy's arrays is refused.
 * @see https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */

import type { Pickled } from "./pickled.ts";
import { filled, Named, named, PickledArray, PickleError, textOf } from "./pickled.ts";

/** Steps of the longest pickle: those of CIFAR have some 300,000. */
const MOST_STEPS = 4_000_000;

/** The machine that a pickle is a program for. */
class Machine {
  readonly stack: Pickled[] = [];
  readonly marks: number[] = [];
  readonly memo = new Map<number, Pickled>();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(count: number): Uint8Array {
    const from = this.#at;
    if (!(count >= 0 && from + count <= this.#bytes.length)) throw new PickleError("it is cut off");
    this.#at += count;
    return this.#bytes.subarray(from, this.#at);
  }

  /** An unsigned number of `width` bytes. */
  number(width: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    return width === 4 ? this.#view.getUint32(at, true) : Number(this.#view.getBigUint64(at, true));
  }

  line(): string {
    const text = textOf(this.take(this.#bytes.indexOf(10, this.#at) - this.#at));
    this.take(1);
    return text;
  }

  top(): Pickled {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw new PickleError("it takes more than it has");
    return this.stack.at(-1)!;
  }

  pop(): Pickled {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  /** The last `count` values, in their order. */
  tuple(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popToMark(): Pickled[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new PickleError("it takes more than it has");
    return this.stack.splice(mark);
  }

  remembered(key: number): Pickled {
    const value = this.memo.get(key);
    if (value === undefined) throw new PickleError("it refers to what is not there");
    return value;
  }
}

function fill(dictionary: Pickled, items: readonly Pickled[]): Pickled {
  if (!(dictionary instanceof Map)) throw new PickleError("it fills what is no dictionary");
  for (let i = 0; i + 1 < items.length; i += 2) dictionary.set(textOf(items[i]), items[i + 1]!);
  return dictionary;
}

function append(list: Pickled, items: readonly Pickled[]): Pickled {
  if (!Array.isArray(list)) throw new PickleError("it fills what is no list");
  for (const item of items) list.push(item);
  return list;
}

function call([callee, args]: readonly Pickled[]): Pickled {
  if (!(callee instanceof Named && Array.isArray(args))) throw new PickleError("it calls what cannot be called");
  return callee.call(args);
}

const build = ([object, state]: readonly Pickled[]): Pickled =>
  object instanceof PickledArray && Array.isArray(state) ? filled(object, state) : object!;

/** The items were taken first: they lie on top of what they are put into. */
const onto = (machine: Machine, put: typeof fill, items: readonly Pickled[]): Pickled => put(machine.pop(), items);

/** What each opcode pushes; nothing where it returns nothing. */
const OPCODES: Readonly<Record<string, (machine: Machine) => Pickled | undefined>> = {
  "\x80": (m) => void m.take(1), // PROTO
  "\x95": (m) => void m.take(8), // FRAME
  "(": (m) => void m.marks.push(m.stack.length), // MARK
  N: () => null, // NONE
  "\x88": () => true, // NEWTRUE
  "\x89": () => false, // NEWFALSE
  J: (m) => m.number(4) | 0, // BININT
  K: (m) => m.number(1), // BININT1
  M: (m) => m.number(2), // BININT2
  U: (m) => m.take(m.number(1)), // SHORT_BINSTRING
  T: (m) => m.take(m.number(4)), // BINSTRING
  C: (m) => m.take(m.number(1)), // SHORT_BINBYTES
  B: (m) => m.take(m.number(4)), // BINBYTES
  "\x8e": (m) => m.take(m.number(8)), // BINBYTES8
  "\x96": (m) => m.take(m.number(8)), // BYTEARRAY8
  X: (m) => m.take(m.number(4)), // BINUNICODE
  "\x8c": (m) => m.take(m.number(1)), // SHORT_BINUNICODE
  "}": () => new Map<string, Pickled>(), // EMPTY_DICT
  "]": () => [], // EMPTY_LIST
  ")": () => [], // EMPTY_TUPLE
  t: (m) => m.popToMark(), // TUPLE
  "\x85": (m) => m.tuple(1),
  "\x86": (m) => m.tuple(2),
  "\x87": (m) => m.tuple(3),
  e: (m) => onto(m, append, m.popToMark()), // APPENDS
  a: (m) => onto(m, append, m.tuple(1)), // APPEND
  u: (m) => onto(m, fill, m.popToMark()), // SETITEMS
  s: (m) => onto(m, fill, m.tuple(2)), // SETITEM
  q: (m) => void m.memo.set(m.number(1), m.top()), // BINPUT
  r: (m) => void m.memo.set(m.number(4), m.top()), // LONG_BINPUT
  "\x94": (m) => void m.memo.set(m.memo.size, m.top()), // MEMOIZE
  h: (m) => m.remembered(m.number(1)), // BINGET
  j: (m) => m.remembered(m.number(4)), // LONG_BINGET
  c: (m) => named([m.line(), m.line()]), // GLOBAL
  "\x93": (m) => named(m.tuple(2).map(textOf)), // STACK_GLOBAL
  R: (m) => call(m.tuple(2)), // REDUCE
  b: (m) => build(m.tuple(2)), // BUILD
};

/** Reads a pickle of protocol 2 to 5. @throws PickleError for anything that the batches of CIFAR do not need */
export function readPickle(bytes: Uint8Array): Pickled {
  const machine = new Machine(bytes);
  for (let step = 0; step < MOST_STEPS; step++) {
    const code = String.fromCharCode(machine.take(1)[0]!);
    if (code === ".") return machine.pop();
    const opcode = Object.hasOwn(OPCODES, code) ? OPCODES[code] : undefined;
    if (!opcode) throw new PickleError(`the batches of CIFAR have no opcode ${JSON.stringify(code)}`);
    const value = opcode(machine);
    if (value !== undefined) machine.stack.push(value);
  }
  throw new PickleError(`it has more than ${MOST_STEPS} steps`);
}
