import type { WireCall } from './wire-call.js'
import { createWireCluster, type WireCluster } from './wire-cluster.js'

/** Every cluster that one client of the probe has open: one that its admin commands share, and one for each thing that lasts. */
export interface SessionClusters {
  /** Kept until the session ends. */
  admin(call: WireCall): WireCluster
  /** `requestLimitMs` default: a node that accepts and never answers, or one that is only just starting, costs one of several tries. */
  open(call: WireCall, options?: { readonly clientId?: string; readonly requestLimitMs?: number }): WireCluster
  close(cluster: WireCluster): void
  /** For one command. */
  using<T>(cluster: WireCluster, work: (cluster: WireCluster) => Promise<T>): Promise<T>
  closeAll(): void
}

export function createSessionClusters(): SessionClusters {
  const clusters = new Set<WireCluster>()
  const admins = new Map<string, WireCluster>()

  const open: SessionClusters['open'] = (call, options = {}) => {
    const { clientId = 'millrace-probe', requestLimitMs = Math.min(call.timeoutMs / 2, 10_000) } = options
    const cluster = createWireCluster({ bootstrap: call.bootstrap, clientId, requestLimitMs })
    clusters.add(cluster)
    return cluster
  }
  const close: SessionClusters['close'] = (cluster) => {
    clusters.delete(cluster)
    cluster.close()
  }
  return {
    open,
    close,
    admin(call) {
      const cluster = admins.get(call.bootstrap) ?? open(call)
      admins.set(call.bootstrap, cluster)
      return cluster
    },
    async using(cluster, work) {
      try {
        return await work(cluster)
      } finally {
        close(cluster)
      }
    },
    closeAll() {
      for (const cluster of clusters) cluster.close()
      clusters.clear()
    },
  }
}
