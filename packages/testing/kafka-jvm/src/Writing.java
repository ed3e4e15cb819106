import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Fixtures and transactions. */
final class Writing {
  /** More than any test writes at once, less than the heap of the probe. */
  static final int LARGEST_BATCH = 64 * 1024 * 1024;

  private final Call call;

  Writing(Call call) {
    this.call = call;
  }

  JsonNode produce() throws Exception {
    String transactionalId = call.request.path("transactionalId").asText(null);
    KafkaProducer<byte[], byte[]> producer = transactionalId == null ? null : call.connection.openTransactions.get(transactionalId);
    if (producer == null) producer = open(transactionalId, transactionalId != null);
    boolean keepOpen = false;
    try {
      ArrayNode written = sendAll(producer);
      keepOpen = transactionalId != null && call.text("outcome").equals("open");
      if (transactionalId != null && !keepOpen) end(producer, transactionalId, call.text("outcome"));
      if (keepOpen) call.connection.openTransactions.put(transactionalId, producer);
      return written;
    } finally {
      if (!keepOpen) {
        if (transactionalId != null) call.connection.openTransactions.remove(transactionalId);
        producer.close(Duration.ZERO);
      }
    }
  }

  /** A producer with what the call says; with a transactional id it is initialised, which fences the one before it. */
  KafkaProducer<byte[], byte[]> open(String transactionalId, boolean begun) {
    Properties config = call.clientConfig();
    String acks = call.request.path("acks").asText("all");
    config.put("acks", acks);
    config.put("enable.idempotence", acks.equals("all"));
    config.put("compression.type", call.request.path("compression").asText("none"));
    config.put("delivery.timeout.ms", call.timeoutMs);
    // A node that accepts and never answers, or one that is only just starting, costs one of several tries.
    config.put("request.timeout.ms", Math.min(call.timeoutMs / 2, 10_000));
    // flush() ends the wait, so a long one costs nothing and fills batches the same way every time
    config.put("linger.ms", call.timeoutMs / 4);
    config.put("max.block.ms", call.timeoutMs);
    config.put("max.request.size", LARGEST_BATCH);
    config.put("buffer.memory", 2L * LARGEST_BATCH);
    if (call.request.hasNonNull("recordsPerBatch")) config.put("batch.size", roomForOneBatch());
    if (transactionalId != null) config.put("transactional.id", transactionalId);
    call.request.path("properties").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));

    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      if (transactionalId != null) producer.initTransactions();
      if (begun) producer.beginTransaction();
      return producer;
    } catch (RuntimeException refused) {
      producer.close(Duration.ZERO);
      throw refused;
    }
  }

  /** Bytes that the records of one batch take at most, before they are compressed. */
  int roomForOneBatch() {
    long largest = 0;
    for (JsonNode node : call.request.path("records")) largest = Math.max(largest, node.toString().length());
    long room = 1024 + (largest + 64) * Math.min(call.request.path("recordsPerBatch").asLong(), count());
    return (int) Math.min(room, LARGEST_BATCH);
  }

  long count() {
    long count = 0;
    for (JsonNode node : call.request.path("records")) count += node.path("repeat").asLong(1);
    return count;
  }

  /** Ends a transaction and waits for its markers: the answer to the end comes before a reader can see it. */
  void end(KafkaProducer<byte[], byte[]> producer, String transactionalId, String outcome) throws Exception {
    if (outcome.equals("commit")) producer.commitTransaction();
    else producer.abortTransaction();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.timeoutMs);
    for (;;) {
      var described = call.wait(call.admin().describeTransactions(List.of(transactionalId)).description(transactionalId));
      TransactionState state = described.state();
      if (state != TransactionState.PREPARE_COMMIT && state != TransactionState.PREPARE_ABORT) return;
      if (System.nanoTime() > deadline) throw new TimeoutException("the transaction stays in " + state);
      Thread.sleep(5);
    }
  }

  /** Sends every record as often as it says and waits for all answers. Batches end where the call asks for it. */
  ArrayNode sendAll(KafkaProducer<byte[], byte[]> producer) throws Exception {
    long perBatch = call.request.path("recordsPerBatch").asLong(Long.MAX_VALUE);
    long sent = 0;
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    for (JsonNode node : call.request.path("records")) {
      long times = node.path("repeat").asLong(1);
      for (long time = 0; time < times; time += 1) {
        answers.add(producer.send(record(node)));
        sent += 1;
        if (sent % perBatch == 0) producer.flush();
      }
    }
    producer.flush();
    ArrayNode written = MillraceProbe.JSON.createArrayNode();
    for (Future<RecordMetadata> answer : answers) {
      RecordMetadata metadata = answer.get();
      written.addObject().put("partition", metadata.partition()).put("offset", Long.toString(metadata.offset()));
    }
    return written;
  }

  ProducerRecord<byte[], byte[]> record(JsonNode node) {
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
        call.text("topic"),
        node.hasNonNull("partition") ? Integer.valueOf(node.get("partition").asInt()) : null,
        node.hasNonNull("timestamp") ? Long.valueOf(node.get("timestamp").asLong()) : null,
        Call.bytes(node.get("key")),
        Call.bytes(node.get("value")));
    for (JsonNode header : node.path("headers")) {
      record.headers().add(new String(Call.bytes(header.get(0)), StandardCharsets.UTF_8), Call.bytes(header.get(1)));
    }
    return record;
  }

  JsonNode endTransaction() throws Exception {
    KafkaProducer<byte[], byte[]> producer = call.connection.openTransactions.remove(call.text("transactionalId"));
    if (producer == null) throw new IllegalStateException("no open transaction " + call.text("transactionalId"));
    try {
      end(producer, call.text("transactionalId"), call.text("outcome"));
    } finally {
      producer.close(Duration.ZERO);
    }
    return MillraceProbe.JSON.nullNode();
  }

  /**
   * Writes to every partition of a topic at a steady pace and tells, by partition, the longest time from a send until its
   * answer: how long a careful Java producer was held up by whatever happened to the brokers meanwhile.
   */
  JsonNode pace() throws Exception {
    Properties config = call.clientConfig();
    config.put("acks", "all");
    config.put("linger.ms", 0);
    config.put("delivery.timeout.ms", 120_000);
    config.put("max.block.ms", 60_000);
    // a frozen node answers nothing: a second is enough to tell, and the metadata is then asked of another one
    config.put("request.timeout.ms", 1000);
    config.put("metadata.max.age.ms", 1000);
    config.put("retry.backoff.ms", 20);
    config.put("retry.backoff.max.ms", 100);
    config.put("reconnect.backoff.max.ms", 200);
    List<TopicPartition> partitions = call.wantedPartitions(call.text("topic"));
    Map<Integer, Long> longest = new ConcurrentHashMap<>();
    AtomicLong failed = new AtomicLong();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(call.request.path("forMs").asLong());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      while (System.nanoTime() < end) {
        for (TopicPartition partition : partitions) {
          long sentAt = System.nanoTime();
          producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, new byte[] {1}), (metadata, error) -> {
            if (error != null) failed.incrementAndGet();
            longest.merge(partition.partition(), System.nanoTime() - sentAt, Math::max);
          });
        }
        Thread.sleep(call.request.path("everyMs").asLong());
      }
      producer.flush();
    }
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    longest.forEach((partition, nanos) -> list.addObject().put("partition", partition)
        .put("longestMs", TimeUnit.NANOSECONDS.toMillis(nanos)).put("failed", failed.get()));
    return list;
  }
}
