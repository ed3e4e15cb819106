import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Leaders, quotas and permissions. */
final class Cluster {
  private final Call call;

  Cluster(Call call) {
    this.call = call;
  }

  // ---- leaders

  JsonNode leaderOf() throws Exception {
    Node leader = info().leader();
    return leader == null ? MillraceProbe.JSON.nullNode() : MillraceProbe.JSON.getNodeFactory().numberNode(leader.id());
  }

  /** Makes a node the first replica, waits until it has caught up, elects it, and waits until the metadata says so. */
  JsonNode moveLeader() throws Exception {
    int to = call.request.path("to").asInt();
    List<Integer> replicas = new ArrayList<>(List.of(to));
    List<Node> before = info().replicas();
    for (Node replica : before) if (replica.id() != to && replicas.size() < before.size()) replicas.add(replica.id());
    var wanted = Map.of(partition(), Optional.of(new NewPartitionReassignment(replicas)));
    call.wait(call.admin().alterPartitionReassignments(wanted).all());

    long deadline = deadline();
    while (!call.wait(call.admin().listPartitionReassignments(Set.of(partition())).reassignments()).isEmpty()) {
      pause(deadline, "replicas are still moved");
    }
    while (!isLeader(to)) {
      try {
        elect(ElectionType.PREFERRED);
      } catch (ExecutionException early) {
        // not in sync yet, or its broker is not known yet: both pass
        if (!(early.getCause() instanceof RetriableException)) throw early;
      }
      pause(deadline, "node " + to + " does not lead");
    }
    return call.nodes();
  }

  JsonNode electLeader() throws Exception {
    elect(call.request.path("unclean").asBoolean() ? ElectionType.UNCLEAN : ElectionType.PREFERRED);
    return MillraceProbe.JSON.nullNode();
  }

  void elect(ElectionType type) throws Exception {
    try {
      call.wait(call.admin().electLeaders(type, Set.of(partition())).all());
    } catch (ExecutionException refused) {
      if (!(refused.getCause() instanceof ElectionNotNeededException)) throw refused;
    }
  }

  JsonNode coordinatorOf() throws Exception {
    String group = call.text("group");
    Node node = call.wait(call.admin().describeConsumerGroups(List.of(group)).describedGroups().get(group)).coordinator();
    return MillraceProbe.JSON.getNodeFactory().numberNode(node.id());
  }

  /** Every transactional id that the cluster knows, with its state and its coordinator; one that has just expired is left out. */
  JsonNode transactions() throws Exception {
    String prefix = call.text("prefix");
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    for (var listing : call.wait(call.admin().listTransactions().all())) {
      String id = listing.transactionalId();
      if (!id.startsWith(prefix)) continue;
      var described = call.wait(call.admin().describeTransactions(List.of(id)).description(id));
      list.addObject().put("transactionalId", id).put("state", described.state().toString())
          .put("coordinator", described.coordinatorId()).put("timeoutMs", described.transactionTimeoutMs())
          .put("partitions", described.topicPartitions().size());
    }
    return list;
  }

  TopicPartition partition() {
    return new TopicPartition(call.text("topic"), call.request.path("partition").asInt());
  }

  TopicPartitionInfo info() throws Exception {
    return call.describe(call.text("topic")).partitions().get(partition().partition());
  }

  boolean isLeader(int node) throws Exception {
    Node leader = info().leader();
    return leader != null && leader.id() == node;
  }

  long deadline() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs);
  }

  static void pause(long deadline, String late) throws InterruptedException {
    if (System.nanoTime() > deadline) throw new TimeoutException(late);
    Thread.sleep(20);
  }

  // ---- quotas

  JsonNode alterQuotas() throws Exception {
    Map<String, String> entity = new HashMap<>();
    call.request.path("entity").properties().forEach(entry -> entity.put(entry.getKey(), entry.getValue().asText(null)));
    List<ClientQuotaAlteration.Op> changes = new ArrayList<>();
    call.request.path("quotas").properties().forEach(entry -> changes.add(new ClientQuotaAlteration.Op(
        entry.getKey(), entry.getValue().isNull() ? null : Double.valueOf(entry.getValue().asDouble()))));
    var alteration = new ClientQuotaAlteration(new ClientQuotaEntity(entity), changes);
    call.wait(call.admin().alterClientQuotas(List.of(alteration)).all());
    return MillraceProbe.JSON.nullNode();
  }

  // ---- permissions

  JsonNode createAcls() throws Exception {
    call.wait(call.admin().createAcls(acls()).all());
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode deleteAcls() throws Exception {
    List<AclBindingFilter> filters = new ArrayList<>();
    for (AclBinding acl : acls()) filters.add(acl.toFilter());
    call.wait(call.admin().deleteAcls(filters).all());
    return MillraceProbe.JSON.nullNode();
  }

  Collection<AclBinding> acls() {
    List<AclBinding> list = new ArrayList<>();
    for (JsonNode acl : call.request.path("acls")) {
      ResourcePattern resource = new ResourcePattern(
          ResourceType.valueOf(acl.path("resource").asText()), acl.path("name").asText(), PatternType.valueOf(acl.path("pattern").asText()));
      list.add(new AclBinding(resource, new AccessControlEntry(
          acl.path("principal").asText(), acl.path("host").asText(),
          AclOperation.valueOf(acl.path("operation").asText()), AclPermissionType.valueOf(acl.path("permission").asText()))));
    }
    return list;
  }
}
