import { describe, expect, it } from 'vitest'
import { createSettings, valuesOfKafka } from '../environment/settings.js'
import { temporaryFolder } from '../test-support/temporary-folder.js'
import { readOutside } from './read-outside.js'

// One of the four says nothing at a time, from the strongest on.
const env = { KAFKA_PRESET: 'local', KAFKA_BROKERS: 'env:1' }
const file = 'kafka:\n  brokers: file:1\n'
const code = { brokers: 'code:1' }

describe('of several that say something about a setting', () => {
  it.each([
    ['the environment counts', env, file, code, 'env:1', 'environment'],
    ['else the config file', { KAFKA_PRESET: 'local' }, file, code, 'file:1', 'file'],
    ['else code', { KAFKA_PRESET: 'local' }, '', code, 'code:1', 'code'],
    ['else the preset', { KAFKA_PRESET: 'local' }, '', {}, 'localhost:9092', 'preset'],
    ['an empty variable says nothing', { KAFKA_BROKERS: ' ' }, file, code, 'file:1', 'file'],
    ['an empty key says nothing', {}, 'kafka:\n  brokers:\n', code, 'code:1', 'code'],
  ])('%s', (_what, variables, text, inCode, value, origin) => {
    using folder = temporaryFolder({ 'millrace.config.yaml': text })
    const { said, problems } = readOutside(variables, folder.path)
    expect(problems).toEqual([])
    expect(createSettings(said, valuesOfKafka(inCode))('KAFKA_BROKERS')).toMatchObject({ text: value, origin })
  })

  it('a preset may come from any of them', () => {
    using folder = temporaryFolder({ 'millrace.config.yaml': 'kafka:\n  preset: local\n' })
    const { said } = readOutside({}, folder.path)
    expect(createSettings(said, { KAFKA_PRESET: 'redpanda' })('KAFKA_BROKERS')?.text).toBe('localhost:9092')
    expect(createSettings(new Map(), { KAFKA_PRESET: 'local' })('KAFKA_BROKERS')?.where).toBe('preset local')
  })
})
