/**
 * @file Errors of the operating system and of Node as sentences with a remedy. One table, by kind; a code that it lacks
 * is told with its own words, and never as a defect.
 */

/** What an error of the system says about itself. */
interface SystemError {
  /** `ENOSPC`, `ERR_STRING_TOO_LONG` */
  readonly code: string;
  /** The system's own words: "no space left on device" */
  readonly words: string;
  /** The call that failed, such as `open`; empty if unknown */
  readonly syscall: string;
  /** Empty if unknown */
  readonly path: string;
}

type Sentence = (error: SystemError) => string;

const at = ({ path }: SystemError, before = " for "): string => (path === "" ? "" : `${before}${path}`);
const place = ({ path }: SystemError, otherwise = "a file"): string => (path === "" ? otherwise : path);

const ANOTHER = "choose another folder with --out";

const noSpace: Sentence = (error) => `no space left on the disk${at(error)}. Free some, or ${ANOTHER}`;
const noQuota: Sentence = (error) => `the disk quota is used up${at(error)}. Free some space, or ${ANOTHER}`;
const tooLarge: Sentence = (error) =>
  `${place(error)} would be larger than the file system or the limit of this shell allows. Raise the limit (ulimit -f), or ${ANOTHER}`;
const forbidden: Sentence = (error) =>
  `no permission for ${place(error)}${call(error)}. Change its permissions, or name another path`;
const readOnly: Sentence = (error) =>
  `${place(error, "the file system")} is on a read-only file system. Name another path`;
const missing: Sentence = (error) =>
  error.syscall === "uv_cwd"
    ? "the folder that this was started in is gone. Change into one that is there"
    : `${place(error)} does not exist${call(error)}. Check the path`;
const notAFolder: Sentence = (error) =>
  `part of ${place(error, "the path")} is a file where a folder is needed. Name another path`;
const aFolder: Sentence = (error) => `${place(error, "the path")} is a folder where a file is needed. Name a file`;
const longName: Sentence = (error) =>
  `a name is longer than the file system allows${at(error, ": ")}. Choose a shorter one with --out, or with name: in a sweep file`;
const loop: Sentence = (error) => `${place(error, "the path")} goes round in circles of symbolic links. Mend the links`;
const oddName: Sentence = (error) => `the system refuses ${place(error, "a path")}${call(error)}. Name another path`;
const handles: Sentence = () => "too many open files. Close some, or raise the limit (ulimit -n)";
const memory: Sentence = () => OUT_OF_MEMORY;
const processes: Sentence = (error) =>
  `the system starts no more processes or threads now${call(error)}. Use fewer --jobs or --threads, or raise the limit (ulimit -u)`;
const broken: Sentence = (error) =>
  `the disk or its connection reports an error${at(error, " at ")}. Check it, or ${ANOTHER}`;
const occupied: Sentence = (error) =>
  `${place(error)} is in use by another program${call(error)}. Stop that program, or name another path`;
const notEmpty: Sentence = (error) => `${place(error, "a folder")} is not empty. Empty it, or name another path`;
const exists: Sentence = (error) => `${place(error)} is there already. Remove it, or name another path`;
const acrossDisks: Sentence = (error) =>
  `${place(error)} cannot be moved to another file system. Keep both paths on one, or name another path`;
const unsupported: Sentence = (error) =>
  `the file system lacks what this needs${at(error)}${call(error)}. Name a path on another one`;
const closed: Sentence = (error) => `the other side closed the connection${at(error)}. Start again`;
const network: Sentence = (error) =>
  `the network fails (${error.code}${at(error)}). Check the connection and HTTPS_PROXY, or put the files there by hand`;
const hugeText: Sentence = (error) => `a file is too large to be read at once${at(error)}. Name another one`;
const nulInPath: Sentence = () => "a path holds a NUL character. Write it without";

/** Sentences by kind, each with the codes that mean it. */
const KINDS: readonly (readonly [Sentence, string])[] = [
  [noSpace, "ENOSPC"],
  [noQuota, "EDQUOT"],
  [tooLarge, "EFBIG EOVERFLOW"],
  [forbidden, "EACCES EPERM"],
  [readOnly, "EROFS"],
  [missing, "ENOENT"],
  [notAFolder, "ENOTDIR"],
  [aFolder, "EISDIR"],
  [longName, "ENAMETOOLONG"],
  [loop, "ELOOP"],
  [oddName, "EINVAL EILSEQ ENXIO ENODEV"],
  [handles, "EMFILE ENFILE"],
  [memory, "ENOMEM ERR_WORKER_OUT_OF_MEMORY ERR_MEMORY_ALLOCATION_FAILED ERR_OUT_OF_MEMORY"],
  [processes, "EAGAIN ERR_WORKER_INIT_FAILED"],
  [broken, "EIO ESTALE EREMOTEIO ENOTCONN EHOSTDOWN"],
  [occupied, "EBUSY ETXTBSY EDEADLK ENOLCK"],
  [notEmpty, "ENOTEMPTY"],
  [exists, "EEXIST"],
  [acrossDisks, "EXDEV EMLINK"],
  [unsupported, "ENOTSUP EOPNOTSUPP ENOSYS"],
  [closed, "EPIPE ECONNRESET ECONNABORTED ERR_IPC_CHANNEL_CLOSED ERR_STREAM_DESTROYED"],
  [network, "ENOTFOUND ECONNREFUSED ETIMEDOUT EHOSTUNREACH ENETUNREACH ENETDOWN EAI_AGAIN"],
  [hugeText, "ERR_STRING_TOO_LONG ERR_FS_FILE_TOO_LARGE ERR_BUFFER_TOO_LARGE"],
  [nulInPath, "ERR_INVALID_ARG_VALUE"],
];

const SENTENCES: ReadonlyMap<string, Sentence> = new Map(
  KINDS.flatMap(([sentence, codes]) => codes.split(" ").map((code) => [code, sentence] as const)),
);

/** "ENOSPC: no space left on device, write", "ENOENT: no such file or directory, rename 'a' -> 'b'" */
const MESSAGE = /^(E[A-Z0-9_]+): ([^,]*)(?:, (\w+)(?: '(.*?)'(?: -> '.*')?)?)?$/s;

const call = ({ syscall }: SystemError): string => (syscall === "" ? "" : ` (${syscall})`);

/** Sentence on an error of the system; undefined for any other error. */
export function systemText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const known = read(error);
  if (known) {
    const sentence = SENTENCES.get(known.code);
    if (sentence === nulInPath && !/null bytes/.test(error.message)) return undefined;
    if (sentence) return sentence(known);
    if (isOfTheSystem(known)) return unknownText(known);
  }
  return isOutOfMemory(error.message) ? `${OUT_OF_MEMORY} (${error.message})` : undefined;
}

/** An error from another thread has only its code and message, and sometimes only the message. */
function read({ code, path, syscall, message }: NodeJS.ErrnoException): SystemError | undefined {
  const [, messageCode, words = message, messageCall = "", messagePath = ""] = MESSAGE.exec(message) ?? [];
  const name = typeof code === "string" ? code : messageCode;
  if (name === undefined) return undefined;
  return { code: name, words, syscall: syscall ?? messageCall, path: path ?? messagePath };
}

/** Node has codes of its own (`ERR_INVALID_ARG_TYPE`): those that the table lacks are mistakes of the caller. */
const isOfTheSystem = ({ code }: SystemError): boolean => /^E[A-Z0-9]+$/.test(code);

function unknownText(error: SystemError): string {
  const { code, words } = error;
  return `the system reports ${code}${words === "" || words.startsWith(code) ? "" : `, ${words}`}${at(error)}${call(error)}`;
}

/** What lowers the memory that a run takes, most effective first. */
const OUT_OF_MEMORY =
  "out of memory. Use a smaller --batch or --valid-batch, a smaller --student, --reversal float, --train-limit, or fewer --jobs";

/** How allocators say that there is no memory: C++, onnxruntime, libtorch, CUDA, the system, V8. */
const NO_MEMORY =
  /bad_alloc|bad allocation|not enough memory|out of memory|cannot allocate memory|can't allocate memory|failed to allocate memory|allocation failed|Invalid (typed )?array (buffer )?length|memory allocation/i;

const isOutOfMemory = (message: string): boolean => NO_MEMORY.test(message);

/** Adds what lowers memory to the message of an engine that has run out of it. */
export const withMemoryRemedy = (message: string): string =>
  isOutOfMemory(message) && !message.includes("--batch")
    ? `${message.replace(/[.\s]+$/, "")}: ${OUT_OF_MEMORY}`
    : message;
