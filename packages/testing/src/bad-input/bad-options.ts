import { asText, bad, type BadInput } from './bad-input.js'

/** What people write where a duration is expected. None is one. */
export const badDurations: readonly BadInput<unknown>[] = [
  ...asText([
    '',
    ' ',
    '0',
    '10',
    '10S',
    '1,5m',
    '1.5.5s',
    'ten',
    '-1s',
    'Infinitys',
    '10 s',
    '1s ',
    '1e3s',
    's',
    '0x10s',
  ]),
  ...[0, -1, 10_000, Number.NaN, Number.POSITIVE_INFINITY].map((value) => bad(String(value), () => value)),
  bad('null', () => null),
  bad('an object', () => ({})),
  bad('an array', () => ['10s']),
  bad('a bigint', () => 10n),
  bad('true', () => true),
]

/** What people write where a whole number above 0 is expected. */
export const badCounts: readonly BadInput<unknown>[] = [
  ...[-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map((value) => bad(String(value), () => value)),
  ...asText(['', '16', '0x10']),
  bad('null', () => null),
  bad('a bigint', () => 16n),
  bad('an array', () => [16]),
]

/** Option names that are none, those of every object included. */
export const unknownOptionNames: readonly string[] = ['concurency', 'Timeout', '__proto__x', 'constructor', 'toString']

/** Broker lists as they stand in environments. `isUsable` says whether a careful reader can make sense of one. */
export const brokerLists: readonly { readonly text: string; readonly isUsable: boolean }[] = [
  { text: 'localhost:9092', isUsable: true },
  { text: ' a:9092 , b:9092 ', isUsable: true },
  { text: 'a:9092,', isUsable: true },
  { text: 'a:9092,a:9092', isUsable: true },
  { text: '[::1]:9092', isUsable: true },
  { text: '', isUsable: false },
  { text: ' ', isUsable: false },
  { text: ',', isUsable: false },
  { text: 'a', isUsable: false },
  { text: 'a:', isUsable: false },
  { text: ':9092', isUsable: false },
  { text: 'a:0', isUsable: false },
  { text: 'a:65536', isUsable: false },
  { text: 'a:port', isUsable: false },
  { text: '::1:9092', isUsable: false },
  { text: 'kafka://a:9092', isUsable: false },
]

/** Settings that are fine alone and wrong together, by option name. */
export const contradictoryOptions: readonly {
  readonly name: string
  readonly options: Readonly<Record<string, string>>
}[] = [
  { name: 'a heartbeat as slow as the session', options: { sessionTimeout: '3s', heartbeatInterval: '3s' } },
  { name: 'a rebalance shorter than the drain', options: { rebalanceTimeout: '1s' } },
]
