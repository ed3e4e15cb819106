import { type ProofRun, UsageError } from '../proof-run.js'
import { type Hurt, hurtANode } from './three-nodes/hurt-a-node.js'
import {
  type HurtTransactions,
  hurtTransactions,
  type TransactionFault,
  transactionFaults,
} from './three-nodes/hurt-transactions.js'
import {
  type HurtProducer,
  hurtTheProducer,
  type ProducerFault,
  producerFaults,
} from './three-nodes/hurt-the-producer.js'
import type { Outcome } from './three-nodes/loaded-group.js'
import { type Moves, moveLeaders } from './three-nodes/move-leaders.js'
import { type ReplicatedCluster, startReplicatedCluster } from './three-nodes/replicated-cluster.js'

/** What a group may stand still longer than the brokers themselves. */
const stallAtMostMs = 2_000
/** Nobody hangs up for a frozen node: a dead letter on its way to it waits for the time limit of its request first. */
const requestLimitMs = 10_000
const parts = ['moves', 'killed', 'frozen', 'exactly-once', 'producer'] as const

export const proof: ProofRun = {
  title: 'Three nodes: leaders that move, a node that dies, a node that freezes',
  async run(args, print, signal) {
    const wanted = parts.filter((part) => args.length === 0 || args.includes(part))
    if (args.some((argument) => !parts.some((part) => part === argument))) {
      throw new UsageError(`three-nodes [${parts.join('|')}]...`)
    }
    const cluster = await startReplicatedCluster(signal)
    try {
      print(
        'Three worker processes share a group and six partitions, each on three nodes with two in-sync replicas for a write.',
      )
      print(
        'Their backlog keeps every partition at work while brokers are away. Oracles O1 to O6 and O10 judge every part; of a pipeline, O8 and O9 as well.',
      )
      let held = true
      for (const part of wanted) held = (await runPart(part, cluster, print, signal)) && held
      return held
    } finally {
      await cluster.stop()
    }
  },
}

async function runPart(
  part: (typeof parts)[number],
  cluster: ReplicatedCluster,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  if (part === 'exactly-once') {
    let held = true
    for (const fault of transactionFaults) {
      const hurt = await hurtTransactions(cluster, fault, signal)
      report(print, titles[fault], hurt, transactionsOf(hurt), hurt.wrong)
      held &&= hurt.wrong.length === 0
    }
    return held
  }
  if (part === 'producer') {
    let held = true
    for (const fault of producerFaults)
      held = reportProducer(print, fault, await hurtTheProducer(cluster, fault, signal)) && held
    return held
  }
  if (part === 'moves') {
    const moves = await moveLeaders(cluster, signal)
    const wrong = [...moves.wrong, ...(moves.rejoins > 0 ? [`the group was joined again ${moves.rejoins} times`] : [])]
    report(print, 'Leaders move', moves, movesOf(moves), wrong)
    return wrong.length === 0
  }
  const hurt = await hurtANode(cluster, part, signal)
  const allowedMs = hurt.failoverMs + stallAtMostMs + (part === 'frozen' ? requestLimitMs : 0)
  const isLate = hurt.stallMs > allowedMs
  const late = `a partition stood still for ${hurt.stallMs.toFixed(0)} ms where the brokers needed ${hurt.failoverMs}`
  const wrong = [...hurt.wrong, ...(isLate ? [late] : [])]
  report(
    print,
    part === 'killed' ? 'A node is killed with SIGKILL' : 'A node is frozen with SIGSTOP',
    hurt,
    timesOf(hurt, allowedMs),
    wrong,
  )
  return wrong.length === 0
}

const titles: Readonly<Record<TransactionFault, string>> = {
  moved: 'Exactly once: leaders and coordinators of transactions move',
  killed: 'Exactly once: the node of a transaction coordinator is killed with SIGKILL',
  frozen: 'Exactly once: the node of a transaction coordinator is frozen with SIGSTOP',
}

type Rows = readonly (readonly [string, string])[]

const movesOf = ({ leaderMoves, coordinatorMoves }: Moves): Rows => [
  ['leaders moved', `${leaderMoves}`],
  ['of these moves, how many changed the coordinator of the group', `${coordinatorMoves}`],
]

const transactionsOf = ({ evidence, leaderMoves, coordinatorMoves, told }: HurtTransactions): Rows => [
  ['leaders moved by hand', `${leaderMoves}`],
  ['transactional ids that another node coordinated then', `${coordinatorMoves}`],
  ['transactions committed, aborted, fenced', `${told.committed}, ${told.aborted}, ${told.fenced}`],
  ['outputs, read afterwards and beside the faults', `${evidence.outputs.length}, ${evidence.during.outputs.length}`],
  ['outputs of aborted transactions in the log', `${evidence.aborted.outputs.length}`],
]

const timesOf = ({ stallMs, failoverMs }: Hurt, allowedMs: number): Rows => [
  ['longest time that a partition with work stood still', seconds(stallMs)],
  ['longest time that a record of Kafka’s Java producer waited for the same brokers', seconds(failoverMs)],
  ['allowed: that and 2 s; beside a frozen node also the 10 s that a request to it may take', seconds(allowedMs)],
]

function report(
  print: (line: string) => void,
  title: string,
  { evidence, rejoins, duplicates }: Outcome,
  rows: Rows,
  wrong: readonly string[],
): void {
  const common: Rows = [
    ['records acknowledged', `${evidence.sent.length}`],
    ['of these dead-lettered', `${evidence.letters.length}`],
    ['records handled more than once', `${duplicates}`],
    ['joins after the first', `${rejoins}`],
  ]
  printPart(print, title, [...rows, ...common], wrong)
}

const producerTitles: Readonly<Record<ProducerFault, string>> = {
  moved: 'A producer of users: the leaders of its topic move',
  killed: 'A producer of users: a node that leads is killed with SIGKILL',
  frozen: 'A producer of users: a node that leads is frozen with SIGSTOP',
}

function reportProducer(print: (line: string) => void, fault: ProducerFault, hurt: HurtProducer): boolean {
  const { acknowledged, rejected, longestMs } = hurt
  // Its delivery timeout is longer than the brokers are away: nothing has to be refused.
  const refusals = [...rejected].map(([code, count]) => `${count} sends were rejected: ${code}`)
  const wrong = [...refusals, ...hurt.wrong]
  const rows: Rows = [
    ['records acknowledged', `${acknowledged}`],
    ['longest time from a send to its answer', seconds(longestMs)],
  ]
  printPart(print, producerTitles[fault], rows, wrong)
  return wrong.length === 0
}

function printPart(print: (line: string) => void, title: string, rows: Rows, wrong: readonly string[]): void {
  const found = wrong.length === 0 ? 'Held.' : `**Did not hold:**\n`
  print(['', `## ${title}`, '', found, ...wrong.slice(0, 30).map((one) => `- ${one}`), ''].join('\n'))
  print([['figure', 'value'], ['---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'))
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
