// Holds a leashed program until somebody kills this process; prints the program's pid.
import { spawnLeashed } from '../leashed-process.js'

const [removeIfOrphaned = '', file = '', ...args] = process.argv.slice(2)
const held = await spawnLeashed(file, args, { removeIfOrphaned })
process.stdout.write(`${JSON.stringify({ pid: held.pid })}\n`)
