import { expect, it } from 'vitest'
import { authenticateByToken } from './authenticate-by-token.js'

const said = (bytes: readonly Buffer[]): string[] => bytes.map((one) => one.toString().replaceAll('\u0001', '|'))

it('sends the token and its extensions as RFC 7628 says, and nothing more once the broker took it', async () => {
  const sent: Buffer[] = []
  const exchange = async (bytes: Buffer): Promise<Buffer> => {
    sent.push(bytes)
    return Buffer.alloc(0)
  }
  await authenticateByToken({ value: 'a.b.c', extensions: { logicalCluster: 'lkc-1' } }, exchange)
  expect(said(sent)).toEqual(['n,,|auth=Bearer a.b.c|logicalCluster=lkc-1||'])
})

it('acknowledges the words of a broker that does not take the token, so that it says no', async () => {
  const sent: Buffer[] = []
  const refusal = new Error('SASL authentication failed')
  const exchange = async (bytes: Buffer): Promise<Buffer> => {
    if (sent.push(bytes) === 2) throw refusal
    return Buffer.from('{"status":"invalid_token"}')
  }
  await expect(authenticateByToken({ value: 't' }, exchange)).rejects.toBe(refusal)
  expect(said(sent).at(-1)).toBe('|')
})

it('does not let a broker through that says nothing after its words', async () => {
  const exchange = async (): Promise<Buffer> => Buffer.from('{"status":"invalid_token"}')
  await expect(authenticateByToken({ value: 't' }, exchange)).rejects.toMatchObject({
    code: 'MILLRACE_DRIVER_UNAUTHORIZED',
    message: expect.stringContaining('invalid_token'),
  })
})
