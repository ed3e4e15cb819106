import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The second opinion of the tests: Apache Kafka's own Java clients behind JSON lines, so that no claim about what is in a
 * topic rests on the client under test.
 *
 * <p>Prints the port it listens on (127.0.0.1) as its only line of output and lives until its standard input ends. A
 * connection sends {@code {"id", "command", "bootstrap", "timeoutMs", ...}} and gets, per id, any number of
 * {@code {"id", "part"}} and then one {@code {"id", "done"}} or {@code {"id", "error", "message"}}. Commands of one
 * connection run side by side. Offsets and timestamps travel as decimal text, bytes as base64.
 */
public final class MillraceProbe {
  static final ObjectMapper JSON = new ObjectMapper();
  /** Records per "part" line: bounds the size of a line, not of an answer. */
  static final int RECORDS_PER_PART = 500;

  public static void main(String[] args) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    System.out.println(server.getLocalPort());
    System.out.flush();
    Thread acceptor = new Thread(() -> acceptAll(server), "accept");
    acceptor.setDaemon(true);
    acceptor.start();
    while (System.in.read() >= 0) {
      // nothing is sent this way: the pipe is only a leash
    }
    System.exit(0); // not halt(): compression libraries delete their unpacked native parts on exit
  }

  static void acceptAll(ServerSocket server) {
    for (;;) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        Thread thread = new Thread(() -> new Connection(socket).serve(), "connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException broken) {
        throw new IllegalStateException(broken);
      }
    }
  }

  /** One client. Its admin clients and open transactions end with it. */
  static final class Connection {
    final Socket socket;
    final Map<String, Admin> admins = new ConcurrentHashMap<>();
    final Map<String, KafkaProducer<byte[], byte[]>> openTransactions = new ConcurrentHashMap<>();
    final ExecutorService commands = Executors.newCachedThreadPool(work -> {
      Thread thread = new Thread(work, "command");
      thread.setDaemon(true);
      return thread;
    });
    BufferedWriter out;

    Connection(Socket socket) {
      this.socket = socket;
    }

    void serve() {
      try (socket) {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        out = new BufferedWriter(new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          JsonNode request = JSON.readTree(line);
          commands.execute(() -> answer(request));
        }
      } catch (IOException gone) {
        // the client closed or died in the middle of a line: there is nobody left to tell
      } finally {
        commands.shutdownNow();
        openTransactions.values().forEach(producer -> producer.close(Duration.ZERO));
        admins.values().forEach(admin -> admin.close(Duration.ZERO));
      }
    }

    void answer(JsonNode request) {
      ObjectNode reply = JSON.createObjectNode().put("id", request.path("id").asLong());
      try {
        reply.set("done", new Command(this, request).run());
      } catch (Throwable thrown) {
        Throwable cause = thrown instanceof ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        reply.put("error", cause.getClass().getSimpleName()).put("message", String.valueOf(cause.getMessage()));
      }
      send(reply);
    }

    void send(ObjectNode reply) {
      try {
        String line = JSON.writeValueAsString(reply);
        synchronized (this) {
          out.write(line);
          out.write('\n');
          out.flush();
        }
      } catch (IOException gone) {
        // the reader thread sees the same end and cleans up
      }
    }
  }

  static final class Command {
    final Connection connection;
    final JsonNode request;
    final String bootstrap;
    final int timeoutMs;

    Command(Connection connection, JsonNode request) {
      this.connection = connection;
      this.request = request;
      this.bootstrap = text("bootstrap");
      this.timeoutMs = request.path("timeoutMs").asInt(30_000);
    }

    JsonNode run() throws Exception {
      switch (text("command")) {
        case "read": return read();
        case "produce": return produce();
        case "endTransaction": return endTransaction();
        case "offsets": return offsets();
        case "committed": return committed();
        case "setCommitted": return setCommitted();
        case "listGroups": return listGroups();
        case "describeGroup": return describeGroup();
        case "deleteGroup": return deleteGroup();
        case "createTopic": return createTopic();
        case "deleteTopic": return deleteTopic();
        case "listTopics": return listTopics();
        case "describeTopic": return describeTopic();
        case "addPartitions": return addPartitions();
        case "alterConfigs": return alterConfigs();
        case "deleteRecords": return deleteRecords();
        default: throw new IllegalArgumentException("no such command: " + text("command"));
      }
    }

    // ---- records

    JsonNode read() throws Exception {
      String topic = text("topic");
      Properties config = clientConfig();
      config.put("isolation.level", text("isolation"));
      config.put("enable.auto.commit", false);
      config.put("auto.offset.reset", "earliest");
      config.put("allow.auto.create.topics", false);
      config.put("max.poll.records", 5000);
      // closing waits for the fetch under way, and at the end of a log that is the full wait
      config.put("fetch.max.wait.ms", 10);
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        List<TopicPartition> partitions = wantedPartitions(topic);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, Duration.ofMillis(timeoutMs));
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, Duration.ofMillis(timeoutMs));
        Map<TopicPartition, Long> open = new HashMap<>();
        consumer.assign(partitions);
        for (TopicPartition partition : partitions) {
          long start = Math.max(starts.get(partition), request.path("fromOffset").asLong(0));
          if (start >= ends.get(partition)) continue;
          consumer.seek(partition, start);
          open.put(partition, ends.get(partition));
        }
        consumer.assign(open.keySet());
        readUntil(consumer, open);
        return offsetList(ends);
      }
    }

    /** Reads up to the ends that were current at the start; a reader of a growing topic comes to an end as well. */
    void readUntil(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> open) throws Exception {
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      ArrayNode part = JSON.createArrayNode();
      while (!open.isEmpty()) {
        if (System.nanoTime() > deadline) throw new TimeoutException("still reading " + open.keySet());
        if (Thread.currentThread().isInterrupted()) throw new InterruptedException("the connection is closed");
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          Long end = open.get(new TopicPartition(record.topic(), record.partition()));
          if (end == null || record.offset() >= end) continue;
          part.add(recordNode(record));
          if (part.size() == RECORDS_PER_PART) part = sendPart(part);
        }
        open.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
      }
      if (part.size() > 0) sendPart(part);
    }

    ArrayNode sendPart(ArrayNode part) {
      connection.send(JSON.createObjectNode().put("id", request.path("id").asLong()).set("part", part));
      return JSON.createArrayNode();
    }

    ObjectNode recordNode(ConsumerRecord<byte[], byte[]> record) {
      ObjectNode node = JSON.createObjectNode();
      node.put("partition", record.partition()).put("offset", Long.toString(record.offset()));
      node.put("timestamp", Long.toString(record.timestamp())).put("timestampType", record.timestampType().name);
      node.put("key", base64(record.key())).put("value", base64(record.value()));
      ArrayNode headers = node.putArray("headers");
      for (Header header : record.headers()) {
        headers.addArray().add(base64(header.key().getBytes(StandardCharsets.UTF_8))).add(base64(header.value()));
      }
      return node;
    }

    JsonNode produce() throws Exception {
      String transactionalId = request.path("transactionalId").asText(null);
      Properties config = clientConfig();
      config.put("acks", text("acks"));
      config.put("enable.idempotence", text("acks").equals("all"));
      config.put("compression.type", text("compression"));
      config.put("delivery.timeout.ms", timeoutMs);
      config.put("request.timeout.ms", timeoutMs / 2);
      // flush() ends the wait, so a long one costs nothing and fills batches the same way every time
      config.put("linger.ms", timeoutMs / 4);
      config.put("max.block.ms", timeoutMs);
      config.put("max.request.size", 64 * 1024 * 1024);
      config.put("buffer.memory", 128L * 1024 * 1024);
      if (transactionalId != null) config.put("transactional.id", transactionalId);
      request.path("properties").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));

      KafkaProducer<byte[], byte[]> producer = transactionalId == null ? null : connection.openTransactions.get(transactionalId);
      if (producer == null) {
        producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        try {
          if (transactionalId != null) begin(producer);
        } catch (RuntimeException refused) {
          producer.close(Duration.ZERO);
          throw refused;
        }
      }
      boolean keepOpen = false;
      try {
        ArrayNode written = sendAll(producer);
        keepOpen = transactionalId != null && text("outcome").equals("open");
        if (transactionalId != null && !keepOpen) end(producer, text("outcome"));
        if (keepOpen) connection.openTransactions.put(transactionalId, producer);
        return written;
      } finally {
        if (!keepOpen) {
          if (transactionalId != null) connection.openTransactions.remove(transactionalId);
          producer.close(Duration.ZERO);
        }
      }
    }

    static void begin(KafkaProducer<byte[], byte[]> producer) {
      producer.initTransactions();
      producer.beginTransaction();
    }

    static void end(KafkaProducer<byte[], byte[]> producer, String outcome) {
      if (outcome.equals("commit")) producer.commitTransaction();
      else producer.abortTransaction();
    }

    ArrayNode sendAll(KafkaProducer<byte[], byte[]> producer) throws Exception {
      List<Future<RecordMetadata>> answers = new ArrayList<>();
      for (JsonNode node : request.path("records")) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
            text("topic"),
            node.hasNonNull("partition") ? Integer.valueOf(node.get("partition").asInt()) : null,
            node.hasNonNull("timestamp") ? Long.valueOf(node.get("timestamp").asLong()) : null,
            bytes(node.get("key")),
            bytes(node.get("value")));
        for (JsonNode header : node.path("headers")) {
          record.headers().add(new String(bytes(header.get(0)), StandardCharsets.UTF_8), bytes(header.get(1)));
        }
        answers.add(producer.send(record));
      }
      producer.flush();
      ArrayNode written = JSON.createArrayNode();
      for (Future<RecordMetadata> answer : answers) {
        RecordMetadata metadata = answer.get();
        written.addObject().put("partition", metadata.partition()).put("offset", Long.toString(metadata.offset()));
      }
      return written;
    }

    JsonNode endTransaction() {
      KafkaProducer<byte[], byte[]> producer = connection.openTransactions.remove(text("transactionalId"));
      if (producer == null) throw new IllegalStateException("no open transaction " + text("transactionalId"));
      try {
        end(producer, text("outcome"));
      } finally {
        producer.close(Duration.ZERO);
      }
      return JSON.nullNode();
    }

    // ---- offsets and groups

    JsonNode offsets() throws Exception {
      OffsetSpec spec = text("at").equals("earliest") ? OffsetSpec.earliest() : OffsetSpec.latest();
      return offsetList(listOffsets(wantedPartitions(text("topic")), spec));
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

    JsonNode committed() throws Exception {
      var offsets = wait(admin().listConsumerGroupOffsets(text("group")).partitionsToOffsetAndMetadata());
      ArrayNode list = JSON.createArrayNode();
      offsets.forEach((partition, committed) -> {
        if (committed == null) return;
        list.addObject().put("topic", partition.topic()).put("partition", partition.partition())
            .put("offset", Long.toString(committed.offset())).put("metadata", committed.metadata());
      });
      return list;
    }

    JsonNode setCommitted() throws Exception {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      request.path("offsets").properties().forEach(entry -> offsets.put(
          new TopicPartition(text("topic"), Integer.parseInt(entry.getKey())), new OffsetAndMetadata(entry.getValue().asLong())));
      wait(admin().alterConsumerGroupOffsets(text("group"), offsets).all());
      return JSON.nullNode();
    }

    JsonNode listGroups() throws Exception {
      ArrayNode list = JSON.createArrayNode();
      for (var group : wait(admin().listGroups().all())) {
        list.addObject().put("group", group.groupId())
            .put("state", group.groupState().map(Object::toString).orElse("Unknown"));
      }
      return list;
    }

    JsonNode describeGroup() throws Exception {
      String group = text("group");
      var description = wait(admin().describeConsumerGroups(List.of(group)).describedGroups().get(group));
      ObjectNode node = JSON.createObjectNode().put("group", group).put("state", description.groupState().toString());
      ArrayNode members = node.putArray("members");
      for (var member : description.members()) {
        ObjectNode entry = members.addObject().put("memberId", member.consumerId()).put("clientId", member.clientId())
            .put("host", member.host());
        ArrayNode assigned = entry.putArray("assignment");
        for (TopicPartition partition : member.assignment().topicPartitions()) {
          assigned.addObject().put("topic", partition.topic()).put("partition", partition.partition());
        }
      }
      return node;
    }

    JsonNode deleteGroup() throws Exception {
      wait(admin().deleteConsumerGroups(List.of(text("group"))).all());
      return JSON.nullNode();
    }

    // ---- topics

    JsonNode createTopic() throws Exception {
      NewTopic topic = new NewTopic(text("topic"), request.path("partitions").asInt(1), (short) request.path("replication").asInt(1));
      wait(admin().createTopics(List.of(topic.configs(textMap("configs")))).all());
      awaitUsable(request.path("partitions").asInt(1));
      return JSON.nullNode();
    }

    /**
     * A created topic is usable once the brokers know it and its leaders have opened their logs. The admin client waits
     * for the second, but an unknown topic is final for it, so asking again is up to us.
     */
    void awaitUsable(int partitions) throws Exception {
      List<TopicPartition> all = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition += 1) all.add(new TopicPartition(text("topic"), partition));
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      for (;;) {
        try {
          listOffsets(all, OffsetSpec.latest());
          return;
        } catch (ExecutionException early) {
          boolean unknown = early.getCause() instanceof UnknownTopicOrPartitionException;
          if (!unknown || System.nanoTime() > deadline) throw early;
          Thread.sleep(10);
        }
      }
    }

    JsonNode deleteTopic() throws Exception {
      wait(admin().deleteTopics(List.of(text("topic"))).all());
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
      while (wait(admin().listTopics().names()).contains(text("topic"))) {
        if (System.nanoTime() > deadline) throw new TimeoutException("the topic is still listed");
        Thread.sleep(20);
      }
      return JSON.nullNode();
    }

    JsonNode listTopics() throws Exception {
      ArrayNode list = JSON.createArrayNode();
      wait(admin().listTopics().names()).stream().sorted().forEach(list::add);
      return list;
    }

    JsonNode describeTopic() throws Exception {
      TopicDescription description = describe(text("topic"));
      ObjectNode node = JSON.createObjectNode();
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
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, text("topic"));
      ObjectNode configs = node.putObject("configs");
      for (ConfigEntry entry : wait(admin().describeConfigs(List.of(resource)).all()).get(resource).entries()) {
        configs.put(entry.name(), entry.value());
      }
      return node;
    }

    JsonNode addPartitions() throws Exception {
      int total = request.path("total").asInt();
      wait(admin().createPartitions(Map.of(text("topic"), NewPartitions.increaseTo(total))).all());
      awaitUsable(total);
      return JSON.nullNode();
    }

    JsonNode alterConfigs() throws Exception {
      ConfigResource resource = new ConfigResource(
          text("resource").equals("broker") ? ConfigResource.Type.BROKER : ConfigResource.Type.TOPIC, text("name"));
      List<AlterConfigOp> changes = new ArrayList<>();
      request.path("configs").properties().forEach(entry -> changes.add(entry.getValue().isNull()
          ? new AlterConfigOp(new ConfigEntry(entry.getKey(), ""), AlterConfigOp.OpType.DELETE)
          : new AlterConfigOp(new ConfigEntry(entry.getKey(), entry.getValue().asText()), AlterConfigOp.OpType.SET)));
      wait(admin().incrementalAlterConfigs(Map.of(resource, changes)).all());
      return JSON.nullNode();
    }

    JsonNode deleteRecords() throws Exception {
      Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
      request.path("before").properties().forEach(entry -> before.put(
          new TopicPartition(text("topic"), Integer.parseInt(entry.getKey())),
          RecordsToDelete.beforeOffset(entry.getValue().asLong())));
      wait(admin().deleteRecords(before).all());
      return JSON.nullNode();
    }

    // ---- shared parts

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
      ArrayNode list = JSON.createArrayNode();
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
  }
}
