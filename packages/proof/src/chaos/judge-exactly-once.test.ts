import { expect, it, test } from 'vitest'
import { killPoints } from './exactly-once-schedule.js'
import { exactlyOnceReport } from './exactly-once-report.js'
import { type ExactlyOnceEvidence, judgeExactlyOnce } from './judge-exactly-once.js'
import { stopped } from './test-support/clean-chaos.js'
import { cleanExactlyOnce } from './test-support/clean-exactly-once.js'

const clean = cleanExactlyOnce()
type Outputs = ExactlyOnceEvidence['outputs']

/** What both readers see: the log is what it is. */
const withOutputs = (change: (outputs: Outputs) => Outputs): ExactlyOnceEvidence => {
  const outputs = change(clean.outputs)
  const downstream = outputs.flatMap(({ partition, offset }) => {
    const [line] = clean.downstream
    return line === undefined ? [] : [{ ...line, partition, offset }]
  })
  return { ...clean, outputs, downstream, during: { ...clean.during, outputs } }
}
const at = (index: number): Outputs[number] => {
  const record = clean.outputs[index]
  if (record === undefined) throw new RangeError(`no output ${index}`)
  return record
}
const changeWorker = (name: string, change: Partial<ExactlyOnceEvidence['workers'][number]>): ExactlyOnceEvidence => ({
  ...clean,
  workers: clean.workers.map((worker) => (worker.name === name ? { ...worker, ...change } : worker)),
})
const firedBut = (leftOut: (one: ExactlyOnceEvidence['fired'][number]) => boolean): ExactlyOnceEvidence => {
  const fired = clean.fired.filter((one) => !leftOut(one))
  return { ...clean, fired, planned: fired.length }
}
/** Of one partition and one key: the first and the second output with the key `k00`. */
const [first, second] = clean.outputs.flatMap(({ key }, index) => (key?.toString() === 'k00' ? [index] : []))
if (first === undefined || second === undefined) throw new Error('no two outputs of one key')
const line = clean.lines.find(({ id }) => id.startsWith('ok-'))
if (line === undefined) throw new Error('no line')

const flipFirst = <Letter extends { readonly value: Buffer | null }>(letter: Letter, index: number): Letter =>
  index === 0 ? { ...letter, value: Buffer.from('x') } : letter
const failed = { code: 1, signal: null }
const joined = { signal: 'member.joined', facts: {} }
const gaveUp = (atMs: number) => ({ signal: 'worker.stopped', facts: { atMs } })
const restartMs = Math.min(
  ...clean.fired.flatMap(({ planned, atMs }) => (planned.fault.kind === 'restart' ? [atMs] : [])),
)
const strayRun = (timeMs: number): ExactlyOnceEvidence['lines'] =>
  (['start', 'done'] as const).map((edge) => ({ ...line, id: 'aborted-1', partition: 0, offset: 50n, edge, timeMs }))

it('finds nothing wrong in a run that is clean', () => {
  expect(judgeExactlyOnce(clean).wrong).toEqual([])
  expect(judgeExactlyOnce(clean).figures).toMatchObject({
    ...{
      records: 200,
      outputs: 200 - 20 - 20 - 20 + 2 * 20,
      deadLetters: 40,
      kills: 1,
      abortedRecords: 3,
      handledAgain: 0,
    },
  })
})

/** O13: what the verdict has to see, in a run that is clean but for it. */
test.each<[string, ExactlyOnceEvidence, readonly string[]]>([
  ['a loss', withOutputs((all) => all.toSpliced(first, 1)), ['O8: lost: ["k00",']],
  ['a duplicate', withOutputs((all) => [...all, { ...at(first), offset: 9_000n }]), ['O8: duplicate: ["k00",']],
  [
    'a swap',
    withOutputs((all) =>
      all
        .with(first, { ...at(second), offset: at(first).offset })
        .with(second, { ...at(first), offset: at(second).offset }),
    ),
    ['O8: order: '],
  ],
  [
    'an aborted read',
    { ...clean, during: { ...clean.during, outputs: [...clean.during.outputs, ...clean.aborted.outputs] } },
    ['O8: a reader beside the faults was given invoices[0]@5000, which was never committed'],
  ],
  [
    'an output that the reader beside the faults missed',
    { ...clean, during: { ...clean.during, outputs: clean.outputs.toSpliced(first, 1) } },
    ['O8: a reader beside the faults was never given invoices'],
  ],
  [
    'a dead letter that the reader beside the faults missed',
    { ...clean, during: { ...clean.during, letters: clean.letters.slice(1) } },
    ['O8: a reader beside the faults was never given orders.dlq'],
  ],
  [
    'a handler that was given an aborted record of the input',
    {
      ...clean,
      lines: clean.lines.flatMap((one) =>
        one.id === 'ok-98' && one.edge === 'done' ? [one, ...strayRun(one.timeMs + 1)] : [one],
      ),
    },
    ['O9: aborted-1 at orders[0]@50 was handled by w2', 'O1: unknown: aborted-1'],
  ],
  [
    'a handler downstream that was given an aborted output',
    {
      ...clean,
      downstream: [...clean.downstream, { ...line, topic: 'invoices', partition: 0, offset: 5_000n, edge: 'start' }],
    },
    ['O9: ok-0 at invoices[0]@5000 was handled by w2', 'O9: invoices[0]@5000 was handled downstream'],
  ],
  [
    'an output that nobody handled downstream',
    { ...clean, downstream: clean.downstream.slice(1) },
    ['O1: lost downstream: '],
  ],
  [
    'a dead letter twice',
    { ...clean, deadLetters: [...clean.deadLetters, ...clean.deadLetters.slice(0, 1)] },
    ['O8: duplicate: 2 dead letters of orders[0]@5'],
  ],
  [
    'a dead letter that is missing',
    { ...clean, deadLetters: clean.deadLetters.slice(0, -1) },
    [
      'O1: lost: permanent-195',
      'O2: permanent-195',
      'O3: ok-19',
      'O5: orders[1] was committed at 103 while permanent-195',
    ],
  ],
  [
    'a flipped byte in a dead letter',
    {
      ...clean,
      letters: clean.letters.map(flipFirst),
      during: { ...clean.during, letters: clean.letters.map(flipFirst) },
    },
    ['O10: dead letter 1'],
  ],
  [
    'a transaction that holds a reader up',
    { ...clean, stable: [{ topic: 'invoices', partition: 0, lastStable: 499n, end: 500n }] },
    ['O8: invoices[0] is stable up to 499 of 500'],
  ],
  [
    'a transaction that has not ended',
    { ...clean, transactions: clean.transactions.map((one) => ({ ...one, state: 'Ongoing' })) },
    ['O8: the transaction of billing-1 is Ongoing'],
  ],
  [
    'lag',
    { ...clean, commits: clean.commits.map((commit) => ({ ...commit, offset: 102n })) },
    ['O5: orders[0] ends at 103, but 102 is committed in the end', 'O5: orders[1]'],
  ],
  [
    'a commit that is early',
    { ...clean, commits: [{ topic: 'orders', partition: 0, offset: 60n, generation: 0, atMs: 50 }, ...clean.commits] },
    ['O5: orders[0] was committed at 60 while'],
  ],
  [
    'a commit that falls',
    {
      ...clean,
      commits: [{ topic: 'orders', partition: 0, offset: 999n, generation: 0, atMs: 100_000 }, ...clean.commits],
    },
    ['O5: orders[0] fell from 999 to 103'],
  ],
  [
    'an unbalanced ledger',
    changeWorker('w2', { announcements: [stopped(6)] }),
    ['ledger: billing orders: 7 received, 6'],
  ],
  ['a ledger that was not printed', changeWorker('w2', { announcements: [] }), ['ledger: a worker has not printed']],
  [
    'a lease that was logged as unbalanced',
    changeWorker('w1', { log: 'MILLRACE_LEDGER_UNBALANCED' }),
    ['ledger: a lease of w1'],
  ],
  [
    'a zombie that does not come back',
    changeWorker('w2', { exit: { code: 1, signal: null } }),
    ['w2 ended with code 1'],
  ],
  [
    'one that gives up, although it had joined',
    changeWorker('w2', { exit: failed, announcements: [joined, gaveUp(restartMs + 10), stopped()] }),
    ['w2 ended with code 1'],
  ],
  [
    'one that never joins, although the broker was there',
    changeWorker('w2', { exit: failed, announcements: [gaveUp(restartMs - 10), stopped()] }),
    ['w2 ended with code 1'],
  ],
  [
    'a stalled member',
    changeWorker('w2', { announcements: [stopped(), { signal: 'member.stalled', facts: {} }] }),
    ['O7: the watchdog of w2 fired'],
  ],
  [
    'a fault that met nothing',
    {
      ...clean,
      fired: clean.fired.map((one) => (one.planned.fault.kind === 'cut' ? { ...one, hasFired: false } : one)),
    },
    ['did not fire: connections of all workers cut: w1', 'nothing of the kind cut has fired'],
  ],
  [
    'a kind of fault that was not planned',
    firedBut(({ planned }) => planned.fault.kind === 'restart'),
    ['nothing of the kind restart'],
  ],
  [
    'a kill point that was left out',
    firedBut(({ planned: { fault } }) => fault.kind === 'kill-at' && fault.point.api === 'EndTxn' && fault.isDelivered),
    ['nobody died at the request EndTxn, delivered'],
  ],
  [
    'a fault that was not sent out',
    { ...clean, planned: clean.planned + 1 },
    [`${clean.planned + 1} faults were planned`],
  ],
  [
    'a run in which no output was taken back',
    { ...clean, aborted: { ...clean.aborted, outputs: [] } },
    ['no output was aborted'],
  ],
  [
    'a run in which no input was taken back',
    { ...clean, aborted: { ...clean.aborted, input: [] } },
    ['no record of the input'],
  ],
  [
    'a record that was never acknowledged',
    { ...clean, plannedRecords: 201 },
    ['O1: 201 records were planned, 200 acknowledged'],
  ],
  ['a group that does not come back', { ...clean, untilMs: 230_000 }, ['O7: ']],
])('catches %s, and only that', (_seed, evidence, wrong) => {
  const found = judgeExactlyOnce(evidence).wrong
  const named = found.map((one) => wrong.find((words) => one.startsWith(words)) ?? one)
  expect([...new Set(named)].toSorted()).toEqual(wrong.toSorted())
})

it('excuses one that found no broker when it started', () => {
  const announcements = [gaveUp(restartMs + 10), stopped()]
  expect(judgeExactlyOnce(changeWorker('w2', { exit: failed, announcements })).wrong).toEqual([])
})

it('names each kill point that nobody died at', () => {
  const { wrong } = judgeExactlyOnce(firedBut(({ planned }) => planned.fault.kind === 'kill-at'))
  expect(wrong.filter((one) => one.startsWith('nobody died at')).length).toBe(killPoints.length)
})

it('reports what was wrong, the figures, and every fault', () => {
  const report = exactlyOnceReport(clean, judgeExactlyOnce(clean)).join('\n')
  expect(report).toContain('Nothing is wrong.')
  expect(report.split('\n').filter((one) => one.includes('kill -9')).length).toBe(killPoints.length + 2)
  const wrong = exactlyOnceReport(clean, { ...judgeExactlyOnce(clean), wrong: ['this'] }).join('\n')
  expect(wrong).toContain('**1 things are wrong.**\n- this')
})
