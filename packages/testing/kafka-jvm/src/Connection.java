import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;

/** One client. Its admin clients and open transactions end with it. */
final class Connection {
  final Socket socket;
  final Map<String, Admin> admins = new ConcurrentHashMap<>();
  final Map<String, KafkaProducer<byte[], byte[]>> openTransactions = new ConcurrentHashMap<>();
  final Map<String, KafkaProducer<byte[], byte[]>> producers = new ConcurrentHashMap<>();
  /** Readers that follow a topic, by a name of the client; true when it has seen enough. */
  final Map<String, AtomicBoolean> tails = new ConcurrentHashMap<>();
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
        JsonNode request = MillraceProbe.JSON.readTree(line);
        commands.execute(() -> answer(request));
      }
    } catch (IOException gone) {
      // the client closed or died in the middle of a line: there is nobody left to tell
    } finally {
      commands.shutdownNow();
      openTransactions.values().forEach(producer -> producer.close(Duration.ZERO));
      producers.values().forEach(producer -> producer.close(Duration.ZERO));
      admins.values().forEach(admin -> admin.close(Duration.ZERO));
    }
  }

  void answer(JsonNode request) {
    ObjectNode reply = MillraceProbe.JSON.createObjectNode().put("id", request.path("id").asLong());
    try {
      reply.set("done", run(new Call(this, request)));
    } catch (Throwable thrown) {
      Throwable cause = thrown instanceof ExecutionException && thrown.getCause() != null ? thrown.getCause() : thrown;
      reply.put("error", cause.getClass().getSimpleName()).put("message", String.valueOf(cause.getMessage()));
    }
    send(reply);
  }

  void send(ObjectNode reply) {
    try {
      String line = MillraceProbe.JSON.writeValueAsString(reply);
      synchronized (this) {
        out.write(line);
        out.write('\n');
        out.flush();
      }
    } catch (IOException gone) {
      // the reader thread sees the same end and cleans up
    }
  }

  static JsonNode run(Call call) throws Exception {
    switch (call.text("command")) {
      case "read": return new Reading(call).read();
      case "tail": return new Reading(call).tail();
      case "endTail": return new Reading(call).endTail();
      case "produce": return new Writing(call).produce();
      case "transactions": return new Cluster(call).transactions();
      case "endTransaction": return new Writing(call).endTransaction();
      case "pace": return new Writing(call).pace();
      case "openProducer": return new Transactions(call).open();
      case "begin": return new Transactions(call).begin();
      case "send": return new Transactions(call).send();
      case "sendOffsets": return new Transactions(call).sendOffsets();
      case "end": return new Transactions(call).end();
      case "closeProducer": return new Transactions(call).close();
      case "offsets": return new Groups(call).offsets();
      case "committed": return new Groups(call).committed();
      case "setCommitted": return new Groups(call).setCommitted();
      case "listGroups": return new Groups(call).listGroups();
      case "describeGroup": return new Groups(call).describeGroup();
      case "deleteGroup": return new Groups(call).deleteGroup();
      case "createTopic": return new Topics(call).createTopic();
      case "deleteTopic": return new Topics(call).deleteTopic();
      case "listTopics": return new Topics(call).listTopics();
      case "describeTopic": return new Topics(call).describeTopic();
      case "addPartitions": return new Topics(call).addPartitions();
      case "alterConfigs": return new Topics(call).alterConfigs();
      case "deleteRecords": return new Topics(call).deleteRecords();
      case "leaderOf": return new Cluster(call).leaderOf();
      case "moveLeader": return new Cluster(call).moveLeader();
      case "electLeader": return new Cluster(call).electLeader();
      case "coordinatorOf": return new Cluster(call).coordinatorOf();
      case "alterQuotas": return new Cluster(call).alterQuotas();
      case "createAcls": return new Cluster(call).createAcls();
      case "deleteAcls": return new Cluster(call).deleteAcls();
      default: throw new IllegalArgumentException("no such command: " + call.text("command"));
    }
  }
}
