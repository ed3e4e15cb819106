/** Every error code of an answer, wherever it stands. */
export function errorCodesIn(body: unknown): readonly number[] {
  if (Array.isArray(body)) return body.flatMap((each) => errorCodesIn(each))
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return []
  return Object.entries(body).flatMap(([name, value]) =>
    /errorCode$/i.test(name) && typeof value === 'number' ? [value] : errorCodesIn(value),
  )
}

/** For changes that take their time to be seen: whether this code stands somewhere in the answer. */
export const says =
  (code: number) =>
  (body: unknown): boolean =>
    errorCodesIn(body).includes(code)

/** Whether nothing in the answer is an error. */
export const isFine = (body: unknown): boolean => errorCodesIn(body).every((code) => code === 0)
