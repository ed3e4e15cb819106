import { createHash, timingSafeEqual } from 'node:crypto'

export const minTokenLength = 16

/** Whether the header carries the token. Both are hashed first, so that the time tells neither length nor content. */
export function createTokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token)
  return (authorization) => {
    const [scheme = '', given = '', ...more] = (authorization ?? '').split(' ')
    const isSame = timingSafeEqual(digest(given), expected)
    return isSame && scheme.toLowerCase() === 'bearer' && more.length === 0
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
