/**
 * @file Errors that a user can act on. Each class has a stable `code`. Messages name the argument, the expectation, the
 * finding and the remedy.
 */

/** Stable codes of the error classes below. */
export type ErrorCode = "SHAPE" | "DTYPE" | "ENGINE" | "CONFIG" | "DATA" | "CHECKPOINT" | "DIVERGED" | "INTERRUPTED";

/** Base of every error that reweight raises on purpose. Any other error is a bug in reweight. */
export class ReweightError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Arrays whose shapes do not fit an operation. */
export class ShapeError extends ReweightError {
  constructor(message: string) {
    super("SHAPE", message);
  }
}

/** Integers where floats are needed, or the reverse. */
export class DtypeError extends ReweightError {
  constructor(message: string) {
    super("DTYPE", message);
  }
}

/** An engine that cannot load, compile or run a graph. */
export class EngineError extends ReweightError {
  constructor(message: string, options?: ErrorOptions) {
    super("ENGINE", message, options);
  }
}

/** A setting, on the command line or in a config file, that is unknown or out of range: exit code 2. */
export class ConfigError extends ReweightError {
  constructor(message: string, options?: ErrorOptions) {
    super("CONFIG", message, options);
  }
}

/** Data files that are missing, truncated, mis-sized or out of range. */
export class DataError extends ReweightError {
  constructor(message: string, options?: ErrorOptions) {
    super("DATA", message, options);
  }
}

/** A checkpoint that is truncated, of another format, or of another run. */
export class CheckpointError extends ReweightError {
  constructor(message: string, options?: ErrorOptions) {
    super("CHECKPOINT", message, options);
  }
}

/** Training produced a loss that is not finite. */
export class DivergedError extends ReweightError {
  constructor(message: string) {
    super("DIVERGED", message);
  }
}

const CLASSES: Readonly<Partial<Record<ErrorCode, new (message: string) => ReweightError>>> = {
  SHAPE: ShapeError,
  DTYPE: DtypeError,
  ENGINE: EngineError,
  CONFIG: ConfigError,
  DATA: DataError,
  CHECKPOINT: CheckpointError,
  DIVERGED: DivergedError,
};

/** The error of this code, as an instance of its class: what another thread threw comes without one. */
export function errorOf(code: ErrorCode, message: string): ReweightError {
  const Class = CLASSES[code];
  return Class ? new Class(message) : new ReweightError(code, message);
}
