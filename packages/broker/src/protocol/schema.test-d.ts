import { expectTypeOf, it } from 'vitest'
import type { RequestBody, ResponseBody } from './apis.js'
import type { produceRequest, produceResponse } from './messages/produce.js'
import type { Decoded, Encodable } from './schema.js'

it('infers what a reader gets: every field, numbers by width, null only where it can be', () => {
  type Request = Decoded<typeof produceRequest>
  expectTypeOf<Request>().toEqualTypeOf<{
    transactionalId: string | null
    acks: number
    timeoutMs: number
    topicData: { name: string; partitionData: { index: number; records: Buffer | null }[] }[]
  }>()
  expectTypeOf<RequestBody<'Fetch'>['topics'][number]['partitions'][number]['fetchOffset']>().toEqualTypeOf<bigint>()
  expectTypeOf<RequestBody<'Fetch'>['forgottenTopicsData'][number]['partitions']>().toEqualTypeOf<number[]>()
})

it('lets a writer leave out what has a default or is not in every version, and nothing else', () => {
  type Partition = Encodable<typeof produceResponse>['responses'][number]['partitionResponses'][number]
  expectTypeOf<{ index: number; errorCode: number; baseOffset: bigint }>().toExtend<Partition>()
  expectTypeOf<{ index: number; errorCode: number }>().not.toExtend<Partition>()
  expectTypeOf<{ readonly topics: readonly [] }>().toExtend<ResponseBody<'TxnOffsetCommit'>>()
})

it('can write what it has read', () => {
  expectTypeOf<Decoded<typeof produceResponse>>().toExtend<Encodable<typeof produceResponse>>()
})
