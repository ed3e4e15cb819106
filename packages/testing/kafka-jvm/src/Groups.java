import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Offsets and groups. */
final class Groups {
  private final Call call;

  Groups(Call call) {
    this.call = call;
  }

  JsonNode offsets() throws Exception {
    OffsetSpec spec = call.text("at").equals("earliest") ? OffsetSpec.earliest() : OffsetSpec.latest();
    return call.offsetList(call.listOffsets(call.wantedPartitions(call.text("topic")), spec));
  }

  JsonNode committed() throws Exception {
    var offsets = call.wait(call.admin().listConsumerGroupOffsets(call.text("group")).partitionsToOffsetAndMetadata());
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    offsets.forEach((partition, committed) -> {
      if (committed == null) return;
      list.addObject().put("topic", partition.topic()).put("partition", partition.partition())
          .put("offset", Long.toString(committed.offset())).put("metadata", committed.metadata());
    });
    return list;
  }

  JsonNode setCommitted() throws Exception {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    call.request.path("offsets").properties().forEach(entry -> offsets.put(
        new TopicPartition(call.text("topic"), Integer.parseInt(entry.getKey())), new OffsetAndMetadata(entry.getValue().asLong())));
    call.wait(call.admin().alterConsumerGroupOffsets(call.text("group"), offsets).all());
    return MillraceProbe.JSON.nullNode();
  }

  JsonNode listGroups() throws Exception {
    ArrayNode list = MillraceProbe.JSON.createArrayNode();
    for (var group : call.wait(call.admin().listGroups().all())) {
      list.addObject().put("group", group.groupId())
          .put("state", group.groupState().map(Object::toString).orElse("Unknown"));
    }
    return list;
  }

  JsonNode describeGroup() throws Exception {
    String group = call.text("group");
    var description = call.wait(call.admin().describeConsumerGroups(List.of(group)).describedGroups().get(group));
    ObjectNode node = MillraceProbe.JSON.createObjectNode().put("group", group).put("state", description.groupState().toString());
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
    call.wait(call.admin().deleteConsumerGroups(List.of(call.text("group"))).all());
    return MillraceProbe.JSON.nullNode();
  }
}
