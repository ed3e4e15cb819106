import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findJava, javaMajor } from './find-java.js'

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_412"', 8],
  ['openjdk version "21" 2023-09-19', 21],
  ['openjdk version "25-ea" 2025-09-16', 25],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "11.0.2"', 11],
  ['command not found', undefined],
])('reads the major version of %j', (text, major) => {
  expect(javaMajor(text)).toBe(major)
})

describe('findJava', () => {
  let home = ''
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'millrace-java-'))
  })
  afterEach(() => rm(home, { recursive: true, force: true }))

  const install = async (script: string) => {
    await mkdir(join(home, 'bin'))
    await writeFile(join(home, 'bin', 'java'), `#!/bin/sh\n${script}\n`)
    await chmod(join(home, 'bin', 'java'), 0o755)
  }

  test('uses the Java of JAVA_HOME', async () => {
    await install(`echo 'openjdk version "21.0.1"' >&2`)
    expect(await findJava({ JAVA_HOME: home })).toEqual({
      java: join(home, 'bin/java'),
      javac: join(home, 'bin/javac'),
      version: 'openjdk version "21.0.1"\n',
    })
  })

  test.each([
    [
      'an old one is named with its version',
      `echo 'openjdk version "11.0.2"' >&2`,
      'is Java 11, Kafka needs 17 or newer',
    ],
    ['one that fails is named with its exit code', 'exit 3', 'does not run: exit code 3'],
  ])('%s', async (_behaviour, script, reason) => {
    await install(script)
    expect(await findJava({ JAVA_HOME: home })).toEqual({ unavailable: expect.stringContaining(reason) })
  })

  test('none at all says what to do', async () => {
    expect(await findJava({ JAVA_HOME: home })).toEqual({
      unavailable: 'no Java 17+ found (install a JDK or set MILLRACE_TEST_BROKERS)',
    })
  })

  test.each([
    ['none', undefined, 'no Java 17+ found'],
    ['an old one', `echo 'openjdk version "11.0.2"' >&2`, 'is Java 11'],
  ])('with brokers named and Java missing (%s) it does not advise to name brokers', async (_which, script, reason) => {
    if (script !== undefined) await install(script)
    const found = await findJava({ JAVA_HOME: home, MILLRACE_TEST_BROKERS: '127.0.0.1:9092' })
    expect(found).toEqual({ unavailable: expect.stringContaining(reason) })
    expect(found).toEqual({
      unavailable: expect.stringContaining(
        '(MILLRACE_TEST_BROKERS is set, but the suites read the cluster back with a Java probe: install a JDK 17+)',
      ),
    })
  })
})
