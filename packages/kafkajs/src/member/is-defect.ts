/** What only a mistake in a program throws, ours or kafkajs's: never what a network or a broker does. */
const PROGRAM_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError] as const

export const isDefect = (error: unknown): boolean => PROGRAM_ERRORS.some((kind) => error instanceof kind)
