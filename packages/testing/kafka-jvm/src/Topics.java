import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics and their settings. */
final class Topics {
  private final Call call;

  Topics(Call call) {
    this.call = call;
  }

  JsonNode createTopic() throws Exception {
    JsonNode assignment = call.request.path("assignment");
    int partitions = assignment.isArray() ? assignment.size() : call.request.path("partitions").asInt(1);
    NewTopic topic = assignment.isArray()
        ? new NewTopic(call.text("topic"), replicasOf(assignment))
        : new NewTopic(call.text("topic"), partitions, (short) call.request.path("replication").asInt(1));
    call.wait(call.admin().createTopics(List.of(topic.configs(call.textMap("configs")))).all());
    awaitUsable(partitions);
    return call.nodes();
  }

  static Map<Integer, List<Integer>> replicasOf(JsonNode assignment) {
    Map<Integer, List<Integer>> replicas = new HashMap<>();
    for (int partition = 0; partition < assignment.size(); partition += 1) {
      List<Integer> nodes = new ArrayList<>();
      assignment.get(partition).forEach(node -> nodes.add(node.asInt()));
      replicas.put(partition, nodes);
    }
    return replicas;
  }

  /**
   * A created topic is usable once the brokers know it and its leaders have opened their logs. The admin client waits
   * for the second, but an unknown topic is final for it, so asking again is up to us.
   */
  void awaitUsable(int partitions) throws Exception {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition += 1) all.add(new TopicPartition(call.text("topic"), partition));
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs);
    for (;;) {
      try {
        call.listOffsets(all, OffsetSpec.latest());
        return;
      } catch (ExecutionException early) {
        boolean unknown = early.getCause() instanceof UnknownTopicOrPartitionException;
        if (!unknown || System.nanoTime() > deadline) throw early;
        Thread.sleep(10);
      }
    }
  }

  JsonNode deleteTopic() throws Exception {
    call.wait(call.admin().deleteTopics(List.of(call.text("topic"))).all());
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs);
    while (call.wait(call.admin().listTopics().names()).contains(call.text("topic"))) {
      if (System.nanoTime() > deadline) throw new TimeoutException("the topic is still listed");
      Thread.sleep(20);
    }
    return call.nodes();
  }

  JsonNode listTopics() throws Exception {
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    call.wait(call.admin().listTopics().names()).stream().sorted().forEach(list::add);
    return list;
  }

  JsonNode describeTopic() throws Exception {
    TopicDescription description = call.describe(call.text("topic"));
    ObjectNode node = MillraceProbe.JSON.createObjectNode();
    ArrayNode partitions = node.putArray("partitions");
    description.partitions().forEach(info -> {
      ObjectNode entry = partitions.addObject().put("partition", info.partition());
      if (info.leader() == null) entry.putNull("leader");
      else entry.put("leader", info.leader().id());
      ArrayNode replicas = entry.putArray("replicas");
      info.replicas().forEach(replica -> replicas.add(replica.id()));
      ArrayNode inSync = entry.putArray("inSync");
      info.isr().forEach(replica -> inSync.add(replica.id()));
    });
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, call.text("topic"));
    ObjectNode configs = node.putObject("configs");
    for (ConfigEntry entry : call.wait(call.admin().describeConfigs(List.of(resource)).all()).get(resource).entries()) {
      configs.put(entry.name(), entry.value());
    }
    return node;
  }

  JsonNode addPartitions() throws Exception {
    int total = call.request.path("total").asInt();
    call.wait(call.admin().createPartitions(Map.of(call.text("topic"), NewPartitions.increaseTo(total))).all());
    awaitUsable(total);
    return call.nodes();
  }

  JsonNode alterConfigs() throws Exception {
    ConfigResource resource = new ConfigResource(
        call.text("resource").equals("broker") ? ConfigResource.Type.BROKER : ConfigResource.Type.TOPIC, call.text("name"));
    List<AlterConfigOp> changes = new ArrayList<>();
    call.request.path("configs").properties().forEach(entry -> changes.add(entry.getValue().isNull()
        ? new AlterConfigOp(new ConfigEntry(entry.getKey(), ""), AlterConfigOp.OpType.DELETE)
        : new AlterConfigOp(new ConfigEntry(entry.getKey(), entry.getValue().asText()), AlterConfigOp.OpType.SET)));
    call.wait(call.admin().incrementalAlterConfigs(Map.of(resource, changes)).all());
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode deleteRecords() throws Exception {
    Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
    call.request.path("before").properties().forEach(entry -> before.put(
        new TopicPartition(call.text("topic"), Integer.parseInt(entry.getKey())),
        RecordsToDelete.beforeOffset(entry.getValue().asLong())));
    call.wait(call.admin().deleteRecords(before).all());
    return MillraceProbe.JSON.nullNode();
  }
}
