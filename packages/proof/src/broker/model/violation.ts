/** A broker did what no broker may do. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

export function claim(holds: boolean, otherwise: string | (() => string)): asserts holds {
  if (!holds) throw new Violation(typeof otherwise === 'string' ? otherwise : otherwise())
}
