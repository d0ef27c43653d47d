"""Rebuilds tables from topics as any reader of Debezium's would, with Confluent's own client and deserializer.

Takes one JSON object on stdin: broker, registry, topics (of row changes), ddlTopic. Prints one with a table for each topic.
"""
import datetime
import decimal
import json
import sys
from collections import Counter

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

asked = json.load(sys.stdin)
registry = SchemaRegistryClient({"url": asked["registry"]})
deserialize = AvroDeserializer(registry)


def plain(value):
    """A value as text that says all of it; None stays."""
    if value is None:
        return None
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, datetime.datetime):
        moment = value.astimezone(datetime.timezone.utc)
        return f"{moment.year:04}-{moment:%m-%d %H:%M:%S.%f}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    return str(value)


class Table:
    """What the events of one topic make of a table. Without a key, rows are kept as often as they were inserted."""

    def __init__(self):
        self.rows = {}
        self.keyless = []
        self.operations = Counter()
        self.trail = []
        self.tombstones = 0
        self.tombstones_too_early = 0
        self.last_seq = 0
        self.seq_is_ordered = True
        self.schema_ids = []

    def take(self, key, envelope, schema_id):
        if envelope is None:
            self.tombstones += 1
            if key in self.rows:
                self.tombstones_too_early += 1
            self.rows.pop(key, None)
            return
        operation, before, after = envelope["op"], envelope["before"], envelope["after"]
        # Ours; Debezium itself has none.
        seq = envelope["source"].get("seq", self.last_seq + 1)
        self.seq_is_ordered = self.seq_is_ordered and seq > self.last_seq
        self.last_seq = seq
        self.operations[operation] += 1
        self.trail.append(operation if key is None else f"{operation} {'/'.join(map(str, key))}")
        if schema_id not in self.schema_ids:
            self.schema_ids.append(schema_id)
        if operation == "t":
            self.rows.clear()
            self.keyless.clear()
        elif key is None:
            if before is not None:
                self.keyless.remove(before)
            if after is not None:
                self.keyless.append(after)
        elif operation == "d":
            del self.rows[key]
        else:
            self.rows[key] = after

    def report(self, topic):
        schema = json.loads(registry.get_latest_version(f"{topic}-value").schema.schema_str)
        value = next(field for field in schema["fields"] if field["name"] == "before")["type"][1]
        names = [field["name"] for field in value["fields"]]
        rows = [*self.rows.values(), *self.keyless]
        return {
            "columns": names,
            "rows": [[plain(row.get(name)) for name in names] for row in rows],
            "operations": self.operations,
            "trail": self.trail,
            "tombstones": self.tombstones,
            "tombstonesTooEarly": self.tombstones_too_early,
            "seqIsOrdered": self.seq_is_ordered,
            "valueSchemas": len(self.schema_ids),
        }


def decode(message, field):
    data = message.key() if field == MessageField.KEY else message.value()
    return deserialize(data, SerializationContext(message.topic(), field))


tables = {topic: Table() for topic in asked["topics"]}
statements = []
consumer = Consumer(
    {
        "bootstrap.servers": asked["broker"],
        "group.id": "read-topics",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    }
)
known = consumer.list_topics(timeout=30).topics
unread = {(topic, partition) for topic in [*tables, asked["ddlTopic"]] for partition in known[topic].partitions}
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in unread])
while unread:
    message = consumer.poll(30)
    if message is None:
        raise SystemExit(f"nothing came for 30 s; not at their end: {sorted(unread)}")
    error = message.error()
    if error is not None:
        if error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
        unread.discard((message.topic(), message.partition()))
    elif message.topic() == asked["ddlTopic"]:
        statements.append(decode(message, MessageField.VALUE)["ddl"])
    else:
        key = decode(message, MessageField.KEY)
        key = None if key is None else tuple(plain(value) for value in key.values())
        schema_id = None if message.value() is None else int.from_bytes(message.value()[1:5], "big")
        tables[message.topic()].take(key, decode(message, MessageField.VALUE), schema_id)
consumer.close()
print(
    json.dumps(
        {
            "tables": {topic: table.report(topic) for topic, table in tables.items()},
            "statements": [statement for statement in statements if statement is not None],
        }
    )
)
