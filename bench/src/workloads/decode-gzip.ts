import { decodeWorkload } from '../decode/decode-contest.js'

export const workload = decodeWorkload('gzip', { headers: 0, compression: 'gzip' })
