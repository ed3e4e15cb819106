import { createScriptedHarness } from './in-memory/scripted-harness.js'
import { describeDriverConformance } from './vitest.js'

describeDriverConformance('the scripted driver', () => createScriptedHarness())
