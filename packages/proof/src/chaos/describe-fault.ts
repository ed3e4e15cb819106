import type { ChaosFault } from './chaos-schedule.js'

/** A fault in words. */
export function describeFault(fault: ChaosFault): string {
  switch (fault.kind) {
    case 'kill':
      return `kill -9 of worker ${fault.slot + 1}`
    case 'kill-at': {
      const { api, edge } = fault.point
      const where = `kill -9 of worker ${fault.slot + 1} at the ${edge === 'request' ? 'request' : 'answer to a request'} ${api}`
      return fault.isDelivered ? `${where}, then delivered` : where
    }
    case 'freeze':
      return `broker frozen for ${seconds(fault.forMs)}`
    case 'restart':
      return `broker killed and started again after ${seconds(fault.downMs)}`
    case 'cut':
      return `connections of ${whom(fault.slot)} cut`
    case 'black-hole':
      return `black hole around ${whom(fault.slot)} for ${seconds(fault.forMs)}`
    case 'zombie':
      return `worker ${fault.slot + 1} frozen for ${seconds(fault.forMs)}${fault.held === undefined ? '' : `, its ${fault.held} held until others have taken over`}`
    case 'lose-answer':
      return `answer to an ${fault.api} of worker ${fault.slot + 1} lost, ${fault.silently ? 'silently' : 'with its connection'}`
    case 'stop':
      return `SIGTERM to worker ${fault.slot + 1}`
    case 'guest':
      return `one more worker joins and leaves after ${seconds(fault.staysMs)}`
  }
}

const whom = (slot: number | undefined): string => (slot === undefined ? 'all workers' : `worker ${slot + 1}`)
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
