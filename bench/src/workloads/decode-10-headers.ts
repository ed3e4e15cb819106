import { decodeWorkload } from '../decode/decode-contest.js'

export const workload = decodeWorkload('10-headers', { headers: 10, compression: 'none' })
