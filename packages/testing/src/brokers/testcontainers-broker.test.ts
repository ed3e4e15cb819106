import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { kafkaJvmFile } from './kafka-jars.js'
import { containerEnvironment, startTestcontainersBroker } from './testcontainers-broker.js'

test('gives the container the settings of the JVM broker, in the form of its image', () => {
  const settings = containerEnvironment(readFileSync(kafkaJvmFile('single.properties'), 'utf8'), '127.0.0.1:20001')
  expect(settings).toMatchObject({
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://127.0.0.1:20001',
    KAFKA_LISTENERS: 'PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
  })
  expect(JSON.stringify(settings)).not.toContain('@DIR@')
  expect(JSON.stringify(settings)).not.toMatch(/@C?PORT@/)
})

test('is unavailable where no engine answers, whatever client is installed', async () => {
  expect(await startTestcontainersBroker({ env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } })).toEqual({
    unavailable: expect.stringContaining('no Docker engine answers'),
  })
})
