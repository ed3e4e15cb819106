import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildOnce, cacheDirectory, cacheKey } from './cache-directory.js'

test.each([
  ['takes MILLRACE_CACHE as it is', { MILLRACE_CACHE: '/a', XDG_CACHE_HOME: '/b' }, '/a'],
  ['else a folder of the XDG cache', { XDG_CACHE_HOME: '/b' }, '/b/millrace'],
  ['else a folder of ~/.cache', {}, join(homedir(), '.cache/millrace')],
  ['an empty variable is not set', { MILLRACE_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache/millrace')],
])('%s', (_behaviour, env, directory) => {
  expect(cacheDirectory(env)).toBe(directory)
})

test('a key tells apart where one input ends and the next begins', () => {
  expect(cacheKey('ab', 'c')).not.toBe(cacheKey('a', 'bc'))
  expect(cacheKey('ab', 'c')).toBe(cacheKey('ab', 'c'))
})

describe('buildOnce', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'millrace-cache-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const write = (text: string) => (draft: string) => writeFile(join(draft, 'made'), text)

  test('builds what is missing and then never again', async () => {
    const target = join(root, 'deep', 'thing')
    await buildOnce(target, write('first'))
    await buildOnce(target, write('second'))
    expect(await readFile(join(target, 'made'), 'utf8')).toBe('first')
  })

  test('of two builders at once one wins whole, and no draft stays', async () => {
    const target = join(root, 'thing')
    const started: (() => void)[] = []
    const build = (text: string) => async (draft: string) => {
      await new Promise<void>((resolve) => {
        started.push(resolve)
        if (started.length === 2) for (const goOn of started) goOn()
      })
      await write(text)(draft)
    }
    await Promise.all([buildOnce(target, build('a')), buildOnce(target, build('b'))])
    expect(['a', 'b']).toContain(await readFile(join(target, 'made'), 'utf8'))
    expect(await readdir(root)).toEqual(['thing'])
  })

  test('a failed build leaves nothing and says why', async () => {
    const fails = async (draft: string) => {
      await write('half')(draft)
      throw new Error('no space')
    }
    await expect(buildOnce(join(root, 'thing'), fails)).rejects.toThrow('no space')
    expect(await readdir(root)).toEqual([])
  })
})
