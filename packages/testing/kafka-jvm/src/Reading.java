import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reading a topic to its end. */
final class Reading {
  private final Call call;

  Reading(Call call) {
    this.call = call;
  }

  KafkaConsumer<byte[], byte[]> consumer(int fetchWaitMs) {
    Properties config = call.clientConfig();
    config.put("isolation.level", call.text("isolation"));
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "earliest");
    config.put("allow.auto.create.topics", false);
    config.put("max.poll.records", 5000);
    config.put("fetch.max.wait.ms", fetchWaitMs);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Follows a topic from its beginning, whatever becomes of the brokers, until `endTail`; then to the ends of that moment. */
  JsonNode tail() throws Exception {
    AtomicBoolean isOver = call.connection.tails.computeIfAbsent(call.text("tail"), name -> new AtomicBoolean());
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(100)) {
      List<TopicPartition> partitions = call.wantedPartitions(call.text("topic"));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!isOver.get()) {
        if (Thread.currentThread().isInterrupted()) throw new InterruptedException("the connection is closed");
        ArrayNode part = MillraceProbe.JSON.createArrayNode();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          part.add(recordNode(record));
          if (part.size() == MillraceProbe.RECORDS_PER_PART) part = sendPart(part);
        }
        if (part.size() > 0) sendPart(part);
      }
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, Duration.ofSeconds(60));
      Map<TopicPartition, Long> open = new HashMap<>(ends);
      open.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
      readUntil(consumer, open);
      return call.offsetList(ends);
    } finally {
      call.connection.tails.remove(call.text("tail"));
    }
  }

  JsonNode endTail() {
    call.connection.tails.computeIfAbsent(call.text("tail"), name -> new AtomicBoolean()).set(true);
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode read() throws Exception {
    String topic = call.text("topic");
    // closing waits for the fetch under way, and at the end of a log that is the full wait
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(10)) {
      List<TopicPartition> partitions = call.wantedPartitions(topic);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, Duration.ofMillis(call.timeoutMs));
      Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, Duration.ofMillis(call.timeoutMs));
      Map<TopicPartition, Long> open = new HashMap<>();
      consumer.assign(partitions);
      for (TopicPartition partition : partitions) {
        long start = Math.max(starts.get(partition), call.request.path("fromOffset").asLong(0));
        if (start >= ends.get(partition)) continue;
        consumer.seek(partition, start);
        open.put(partition, ends.get(partition));
      }
      consumer.assign(open.keySet());
      readUntil(consumer, open);
      return call.offsetList(ends);
    }
  }

  /** Reads up to the ends that were current at the start; a reader of a growing topic comes to an end as well. */
  void readUntil(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> open) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs);
    ArrayNode part = MillraceProbe.JSON.createArrayNode();
    while (!open.isEmpty()) {
      if (System.nanoTime() > deadline) throw new TimeoutException("still reading " + open.keySet());
      if (Thread.currentThread().isInterrupted()) throw new InterruptedException("the connection is closed");
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        Long end = open.get(new TopicPartition(record.topic(), record.partition()));
        if (end == null || record.offset() >= end) continue;
        part.add(recordNode(record));
        if (part.size() == MillraceProbe.RECORDS_PER_PART) part = sendPart(part);
      }
      open.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
    }
    if (part.size() > 0) sendPart(part);
  }

  ArrayNode sendPart(ArrayNode part) {
    call.connection.send(MillraceProbe.JSON.createObjectNode().put("id", call.request.path("id").asLong()).set("part", part));
    return MillraceProbe.JSON.createArrayNode();
  }

  ObjectNode recordNode(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode node = MillraceProbe.JSON.createObjectNode();
    node.put("partition", record.partition()).put("offset", Long.toString(record.offset()));
    node.put("timestamp", Long.toString(record.timestamp())).put("timestampType", record.timestampType().name);
    node.put("key", Call.base64(record.key())).put("value", Call.base64(record.value()));
    ArrayNode headers = node.putArray("headers");
    for (Header header : record.headers()) {
      headers.addArray().add(Call.base64(header.key().getBytes(StandardCharsets.UTF_8))).add(Call.base64(header.value()));
    }
    return node;
  }
}
