import { scenario } from '../scenario.js'
import { ascending, partitionsOf } from '../shares.js'

const generationsOf = ({ assignments }: { readonly assignments: readonly { readonly generation: number }[] }) =>
  assignments.map(({ generation }) => generation)
const sortedOf = (leases: readonly { readonly partition: number }[]): number[] =>
  partitionsOf(leases).toSorted(ascending)

export const staticMemberScenarios = [
  scenario('a static member that comes back finds its partitions, and nobody rebalances', async (s) => {
    const topic = await s.topic({ partitions: 4 })
    const group = s.named('g')
    const one = s.member(group, [topic], { instanceId: 'one' })
    await one.assigned()
    const two = s.member(group, [topic], { instanceId: 'two' })
    await Promise.all([one.assigned(2), two.assigned()])
    const had = sortedOf(await two.assigned())
    await two.leave()
    s.is('still two', (await s.java.describeGroup(group)).members.length, 2)
    const again = s.member(group, [topic], { instanceId: 'two' })
    s.is('the same partitions', sortedOf(await again.assigned()).join() === had.join(), true)
    s.is('generations', [generationsOf(one), generationsOf(two), generationsOf(again)], [[1, 2], [2], [2]])
  }),
  scenario('the younger of two with one instance id wins', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const elder = s.member(group, [topic], { instanceId: 'one' })
    await elder.assigned()
    const younger = s.member(group, [topic], { instanceId: 'one' })
    s.is('younger', sortedOf(await younger.assigned()), [0, 1])
    const fatal = await s.until('the end of the elder', () => elder.fatal[0])
    await s.refused('elder', Promise.reject(fatal), 'MILLRACE_DRIVER_INSTANCE_FENCED')
    s.is('generation', generationsOf(younger), [1])
    s.is('members', (await s.java.describeGroup(group)).members.length, 1)
  }),
  scenario('what the elder still commits is refused', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, [{ value: 'a' }, { value: 'b' }])
    const elder = s.member(group, [topic], { instanceId: 'one', heartbeatIntervalMs: 3000 })
    const [lease] = await elder.assigned()
    await elder.first(2)
    const younger = s.member(group, [topic], { instanceId: 'one' })
    const [held] = await younger.assigned()
    await younger.first(2)
    const commit = lease && elder.member.commit([{ lease, offset: 1n }], AbortSignal.timeout(5000))
    s.trace('elder', await commit?.catch((error: unknown) => error))
    if (held !== undefined) await younger.member.commit([{ lease: held, offset: 2n }], AbortSignal.timeout(5000))
    s.is(
      'committed',
      (await s.java.committed(group)).map(({ offset }) => offset),
      ['2'],
    )
  }),
  scenario('a static member that stays away is thrown out after its session', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const one = s.member(group, [topic], { instanceId: 'one' })
    await one.assigned()
    const two = s.member(group, [topic], { instanceId: 'two', sessionTimeoutMs: 1000 })
    await Promise.all([one.assigned(2), two.assigned()])
    await two.leave()
    await one.assigned(3)
    s.is('alone', sortedOf(await one.assigned(3)), [0, 1])
    s.is('generations', generationsOf(one), [1, 2, 3])
  }),
  scenario('static and other members share a group', async (s) => {
    const topic = await s.topic({ partitions: 4 })
    const group = s.named('g')
    const fixed = s.member(group, [topic], { instanceId: 'one' })
    await fixed.assigned()
    const loose = s.member(group, [topic])
    await Promise.all([fixed.assigned(2), loose.assigned()])
    const both = [sortedOf(await fixed.assigned(2)), sortedOf(await loose.assigned())]
    s.is(
      'shares',
      [both.map(({ length }) => length), both.flat().toSorted(ascending)],
      [
        [2, 2],
        [0, 1, 2, 3],
      ],
    )
    await loose.leave()
    s.is('after it left', sortedOf(await fixed.assigned(3)), [0, 1, 2, 3])
  }),
]
