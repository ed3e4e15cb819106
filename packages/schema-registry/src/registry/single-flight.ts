/** Runs one piece of work per key at a time; who asks meanwhile gets the same promise. Nothing is kept once it has ended. */
export function createSingleFlight<Key>(): <Result>(key: Key, work: () => Promise<Result>) => Promise<Result> {
  const underWay = new Map<Key, Promise<unknown>>()
  return <Result>(key: Key, work: () => Promise<Result>) => {
    const known = underWay.get(key)
    if (known !== undefined) return known as Promise<Result> // a key stands for one kind of work
    const promise = work().finally(() => underWay.delete(key))
    underWay.set(key, promise)
    return promise
  }
}
