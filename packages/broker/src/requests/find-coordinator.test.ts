import { expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createFindCoordinatorHandler } from './find-coordinator.js'

const handle = createFindCoordinatorHandler({ nodeId: 3, address: () => ({ host: '127.0.0.1', port: 9092 }) })
const ask = (keyType: number) =>
  handle({ key: 'billing', keyType }, { apiVersion: 2, clientId: 'test', clientHost: '/127.0.0.1' })

it.each([
  ['groups', 0],
  ['transactions', 1],
])('this broker coordinates all %s', (_what, keyType) => {
  expect(ask(keyType)).toEqual({
    errorCode: errorCode.NONE,
    errorMessage: 'NONE',
    nodeId: 3,
    host: '127.0.0.1',
    port: 9092,
  })
})

it.each([
  ['share groups, which no offered version has', 2],
  ['a kind that does not exist', 9],
])('%s: no request', (_what, keyType) => {
  expect(ask(keyType)).toMatchObject({ errorCode: errorCode.INVALID_REQUEST, nodeId: -1, host: '', port: -1 })
})
