import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;

/** Transactional producers that stay open between calls, by a name of the client; several may have one transactional id. */
final class Transactions {
  private final Call call;

  Transactions(Call call) {
    this.call = call;
  }

  JsonNode open() {
    KafkaProducer<byte[], byte[]> producer = new Writing(call).open(call.text("transactionalId"), false);
    call.connection.producers.put(call.text("producer"), producer);
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode begin() {
    producer().beginTransaction();
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode send() throws Exception {
    return new Writing(call).sendAll(producer());
  }

  @SuppressWarnings("removal") // the group as a whole, from nobody in particular
  JsonNode sendOffsets() {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    call.request.path("offsets").properties().forEach(entry -> offsets.put(
        new TopicPartition(call.text("topic"), Integer.parseInt(entry.getKey())),
        new OffsetAndMetadata(entry.getValue().asLong())));
    producer().sendOffsetsToTransaction(offsets, new ConsumerGroupMetadata(call.text("group")));
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode end() throws Exception {
    new Writing(call).end(producer(), call.text("transactionalId"), call.text("outcome"));
    return MillraceProbe.JSON.nullNode();
  }

  /** Leaves an open transaction to the broker, as a process that dies would. */
  JsonNode close() {
    KafkaProducer<byte[], byte[]> producer = call.connection.producers.remove(call.text("producer"));
    if (producer != null) producer.close(Duration.ZERO);
    return MillraceProbe.JSON.nullNode();
  }

  private KafkaProducer<byte[], byte[]> producer() {
    KafkaProducer<byte[], byte[]> producer = call.connection.producers.get(call.text("producer"));
    if (producer == null) throw new IllegalStateException("no producer " + call.text("producer"));
    return producer;
  }
}
