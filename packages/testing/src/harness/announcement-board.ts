import type { Announcement } from './announce.js'

export interface SaidOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number
  readonly where?: (facts: Announcement['facts']) => boolean
}

/** What one worker has announced, and who waits for what. */
export interface AnnouncementBoard {
  readonly all: readonly Announcement[]
  add(announcement: Announcement): void
  /** Nothing more will come; `how` says why, with the end of the output. */
  end(how: string): void
  said(signal: string, options?: SaidOptions): Promise<Announcement>
}

export function createAnnouncementBoard(outputEnd: () => string): AnnouncementBoard {
  const all: Announcement[] = []
  const listeners = new Set<() => void>()
  let ended: string | undefined

  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  return {
    all,
    add(announcement) {
      all.push(announcement)
      changed()
    },
    end(how) {
      ended = how
      changed()
    },
    said(signal, { timeoutMs = 30_000, where = () => true } = {}) {
      return new Promise((resolve, reject) => {
        const settle = (call: () => void): void => {
          clearTimeout(timer)
          listeners.delete(look)
          call()
        }
        const giveUp = (why: string): void => settle(() => reject(new Error(`${why}${outputEnd()}`)))
        const look = (): void => {
          const found = all.find((one) => one.signal === signal && where(one.facts))
          if (found !== undefined) settle(() => resolve(found))
          else if (ended !== undefined) giveUp(`the worker ended (${ended}) before it said "${signal}"`)
        }
        const timer = setTimeout(() => giveUp(`the worker did not say "${signal}" in ${timeoutMs} ms`), timeoutMs)
        listeners.add(look)
        look()
      })
    },
  }
}
