// What a caller does wrong: classes and codes are those that Node.js uses for its own functions.

export type MisuseCode = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_INVALID_STATE' | 'ERR_OUT_OF_RANGE';

/** Something of another type. */
export function wrongType(message: string): TypeError {
  return coded(new TypeError(message), 'ERR_INVALID_ARG_TYPE');
}

/** The right type, and none of the values that are meant: an unknown word, an unknown option. */
export function wrongValue(message: string): TypeError {
  return coded(new TypeError(message), 'ERR_INVALID_ARG_VALUE');
}

/** A number, a length, out of its bounds. */
export function outOfRange(message: string): RangeError {
  return coded(new RangeError(message), 'ERR_OUT_OF_RANGE');
}

/** Right, but not now: what is in use, or has ended, or does not have what is asked of it. */
export function wrongState(message: string, options?: ErrorOptions): TypeError {
  return coded(new TypeError(message, options), 'ERR_INVALID_STATE');
}

function coded<Misuse extends Error>(error: Misuse, code: MisuseCode): Misuse {
  return Object.assign(error, { code });
}
