import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'
import { openTwoFaces } from './test-support/two-faces.js'

type Send = (topic: string, value: string) => Promise<unknown>

const inFlight = 10
const moves = 4
const sendsBetweenMoves = 40
const total = (moves + 1) * sendsBetweenMoves
/** A run in which no move met a batch that waited for its replicas shows nothing. */
const mostRuns = 8

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describeWithBroker(
  'K28: sends to one partition through leader moves are stored once each, in the order of their calls',
  ({ bootstrap, admin, probe }) => {
    /** Ten sends in flight at all times, while the leader moves four times. */
    async function run(open: (brokers: readonly string[]) => Promise<Send>) {
      const topic = uniqueName('moving')
      await admin.createTopic(topic)
      const faces = await openTwoFaces(bootstrap)
      onTestFinished(() => faces.close())
      faces.beforeAnswering = () => pause(4)
      const send = await open(faces.bootstrap)
      const acknowledged: string[] = []
      let next = 0
      const sendOnAndOn = async (): Promise<void> => {
        while (next < total) {
          const value = String(next)
          const move = next / sendsBetweenMoves
          next += 1
          // A moment later, so that a batch is waiting for its replicas then.
          if (move > 0 && Number.isInteger(move)) void pause(2).then(() => faces.lead(topic, 0, move % 2 === 0 ? 1 : 2))
          await send(topic, value).then(
            () => acknowledged.push(value),
            () => undefined, // its caller was told; only what was acknowledged is held against the sender
          )
        }
      }
      await Promise.all(Array.from({ length: inFlight }, sendOnAndOn))
      const stored = (await probe.read(topic)).map(({ value }) => String(value))
      const { refused, refusedAfterAppend } = faces
      return {
        stored,
        acknowledged: acknowledged.length,
        lost: acknowledged.filter((value) => !stored.includes(value)),
        doubled: stored.length - new Set(stored).size,
        refused,
        refusedAfterAppend,
      }
    }
    type Outcome = Awaited<ReturnType<typeof run>>

    async function until(isEnough: (outcome: Outcome) => boolean, open: Parameters<typeof run>[0]): Promise<Outcome> {
      for (let runs = 1; ; runs += 1) {
        const outcome = await run(open)
        if (isEnough(outcome) || runs === mostRuns) return outcome
      }
    }

    test('red on bare kafkajs: acknowledged records are lost, and as many are doubled', async () => {
      const { lost, doubled } = await until(
        (outcome) => outcome.lost.length > 0,
        async (brokers) => {
          const retry = { initialRetryTime: 20, maxRetryTime: 100, retries: 20 }
          const producer = await bareProducer(brokers, { idempotent: true, retry })
          return (topic, value) => producer.send({ topic, messages: [{ partition: 0, value }] })
        },
      )
      expect(lost.length).toBeGreaterThan(0)
      expect(doubled).toBeGreaterThan(0)
    })

    test('green: all are acknowledged, stored once, and in order', async () => {
      const outcome = await until(
        ({ refusedAfterAppend }) => refusedAfterAppend > 0,
        async (brokers) => {
          const sender = await createKafkajsDriver({ brokers }).openSender()
          onTestFinished(() => sender.close())
          return (topic, value) => sender.send({ topic, partition: 0, key: null, value: Buffer.from(value) })
        },
      )
      expect(outcome).toMatchObject({ acknowledged: total, lost: [], doubled: 0 })
      expect(outcome.stored).toEqual(Array.from({ length: total }, (_, number) => String(number)))
      expect(outcome.refused).toBeGreaterThanOrEqual(moves)
      expect(outcome.refusedAfterAppend).toBeGreaterThan(0)
    })
  },
)
