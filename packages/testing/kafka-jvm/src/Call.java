import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** One command of a client, and what all commands need. */
final class Call {
  final Connection connection;
  final JsonNode request;
  final String bootstrap;
  final int timeoutMs;

  Call(Connection connection, JsonNode request) {
    this.connection = connection;
    this.request = request;
    this.bootstrap = text("bootstrap");
    this.timeoutMs = request.path("timeoutMs").asInt(30_000);
  }

  Admin admin() {
    return connection.admins.computeIfAbsent(bootstrap, address -> {
      Properties config = new Properties();
      config.put("bootstrap.servers", address);
      config.put("default.api.timeout.ms", 30_000);
      config.put("request.timeout.ms", 10_000);
      config.put("reconnect.backoff.max.ms", 200);
      return Admin.create(config);
    });
  }

  Properties clientConfig() {
    Properties config = new Properties();
    config.put("bootstrap.servers", bootstrap);
    config.put("default.api.timeout.ms", timeoutMs);
    return config;
  }

  <T> T wait(org.apache.kafka.common.KafkaFuture<T> future) throws Exception {
    try {
      return future.get(timeoutMs, TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.TimeoutException late) {
      throw new TimeoutException("no answer within " + timeoutMs + " ms");
    }
  }

  /** Where each node listens: a change is known to all of them a little later than to the one that was asked. */
  ArrayNode nodes() throws Exception {
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    wait(admin().describeCluster().nodes()).forEach(node -> list.add(node.host() + ":" + node.port()));
    return list;
  }

  TopicDescription describe(String topic) throws Exception {
    return wait(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic);
  }

  List<TopicPartition> wantedPartitions(String topic) throws Exception {
    List<TopicPartition> list = new ArrayList<>();
    if (request.hasNonNull("partitions")) {
      request.get("partitions").forEach(partition -> list.add(new TopicPartition(topic, partition.asInt())));
    } else {
      describe(topic).partitions().forEach(info -> list.add(new TopicPartition(topic, info.partition())));
    }
    if (list.isEmpty()) throw new UnknownTopicOrPartitionException(topic);
    return list;
  }

  ArrayNode offsetList(Map<TopicPartition, Long> offsets) {
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    offsets.forEach((partition, offset) ->
        list.addObject().put("partition", partition.partition()).put("offset", Long.toString(offset)));
    return list;
  }

  String text(String field) {
    JsonNode node = request.get(field);
    if (node == null || !node.isTextual()) throw new IllegalArgumentException("missing: " + field);
    return node.asText();
  }

  Map<String, String> textMap(String field) {
    Map<String, String> map = new HashMap<>();
    request.path(field).properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  static String base64(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] bytes(JsonNode node) {
    return node == null || node.isNull() ? null : Base64.getDecoder().decode(node.asText());
  }

  Map<TopicPartition, Long> listOffsets(Collection<TopicPartition> partitions, OffsetSpec spec) throws Exception {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, spec));
    IsolationLevel isolation = request.path("isolation").asText("").equals("read_committed")
        ? IsolationLevel.READ_COMMITTED
        : IsolationLevel.READ_UNCOMMITTED;
    Map<TopicPartition, Long> found = new LinkedHashMap<>();
    var result = admin().listOffsets(wanted, new ListOffsetsOptions(isolation).timeoutMs(timeoutMs));
    for (TopicPartition partition : partitions) found.put(partition, wait(result.partitionResult(partition)).offset());
    return found;
  }
}
