import { expectTypeOf, it } from 'vitest'
import type { HandleOptions, handleOptions } from './declare/handle-options.js'
import type { InputOf } from './option.js'
import type { handlerOptions, producerOptions, retryOptions, workerOptions } from './options.js'
import type {
  HandlerOptionsInput,
  ProducerOptionsInput,
  RetryOptionsInput,
  WorkerOptionsInput,
} from './options-input.js'

it('what users may pass is what the tables read', () => {
  expectTypeOf<WorkerOptionsInput>().toEqualTypeOf<InputOf<typeof workerOptions>>()
  expectTypeOf<HandlerOptionsInput>().toEqualTypeOf<InputOf<typeof handlerOptions>>()
  expectTypeOf<RetryOptionsInput>().toEqualTypeOf<InputOf<typeof retryOptions>>()
  expectTypeOf<ProducerOptionsInput>().toEqualTypeOf<InputOf<typeof producerOptions>>()
  expectTypeOf<Required<HandleOptions>>().toEqualTypeOf<Required<InputOf<typeof handleOptions>>>()
})
