/** At most so many requests within a minute that begins with the first of them. `now` in ms, monotonic. */
export function createRequestLimit(limit: number, now: () => number): () => boolean {
  let sinceMs = Number.NEGATIVE_INFINITY
  let count = 0
  return () => {
    if (now() - sinceMs >= 60_000) {
      sinceMs = now()
      count = 0
    }
    count += 1
    return count <= limit
  }
}
