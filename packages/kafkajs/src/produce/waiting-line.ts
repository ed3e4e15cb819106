/**
 * First in, first out, and whoever leaves early is gone at once, from the middle too: what the line holds is what still
 * waits. (An array keeps the gap until its turn comes; a Set walks over its gaps to find the first.)
 */
export class WaitingLine<Item> {
  #first: Place<Item> | undefined
  #last: Place<Item> | undefined

  get first(): Item | undefined {
    return this.#first?.item
  }

  /** Returns the way out, which may be taken more than once. */
  join(item: Item): () => void {
    const place: Place<Item> = { item, ahead: this.#last, behind: undefined, hasLeft: false }
    if (this.#last === undefined) this.#first = place
    else this.#last.behind = place
    this.#last = place
    return () => this.#leave(place)
  }

  #leave(place: Place<Item>): void {
    if (place.hasLeft) return
    place.hasLeft = true
    const { ahead, behind } = place
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    // A way out may be kept for long: it must not keep those who came after, one behind the other.
    place.ahead = undefined
    place.behind = undefined
  }
}

interface Place<Item> {
  readonly item: Item
  ahead: Place<Item> | undefined
  behind: Place<Item> | undefined
  hasLeft: boolean
}
