import { decodeWorkload } from '../decode/decode-contest.js'

export const workload = decodeWorkload('3-headers', { headers: 3, compression: 'none' })
