import {
  createProbe,
  createKafkaAdmin,
  isUnavailable,
  type JvmCluster,
  startJavaProbe,
  startJvmCluster,
} from '@millrace/testing'
import type { ProofCluster } from '../../rig/proof-rig.js'

/** Three nodes of its own, and topics that are on all of them. */
export interface ReplicatedCluster extends ProofCluster, Pick<JvmCluster, 'nodes'> {
  stop(): Promise<void>
}

export async function startReplicatedCluster(signal: AbortSignal): Promise<ReplicatedCluster> {
  const running = await startJavaProbe({ signal })
  if (isUnavailable(running)) throw new Error(running.unavailable)
  try {
    const cluster = await startJvmCluster({ signal })
    if (isUnavailable(cluster)) throw new Error(cluster.unavailable)
    const { bootstrap, nodes } = cluster
    const probe = createProbe({ port: running.port, bootstrap })
    const admin = createKafkaAdmin(probe)
    return {
      ...{ bootstrap, nodes, probe },
      admin: {
        ...admin,
        createTopic: (topic, options) => admin.createTopic(topic, { replication: nodes.length, ...options }),
      },
      async stop() {
        await probe.close()
        await Promise.all([cluster.stop(), running.stop()])
      },
    }
  } catch (error) {
    await running.stop()
    throw error
  }
}
