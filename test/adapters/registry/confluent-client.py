"""Reads a subject and one message with Confluent's own client. Takes one JSON object on stdin, prints one."""
import json
import sys

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

asked = json.load(sys.stdin)
settings = {"url": asked["url"]}
if "auth" in asked:
    settings["basic.auth.user.info"] = asked["auth"]
client = SchemaRegistryClient(settings)


def error_code(work):
    try:
        work()
    except SchemaRegistryError as error:
        return error.error_code
    return None


subject = asked["subject"]
latest = client.get_latest_version(subject)
schema = client.get_schema(latest.schema_id)
context = SerializationContext(subject.removesuffix("-value"), MessageField.VALUE)
decoded = AvroDeserializer(client)(bytes.fromhex(asked["message"]), context)
print(
    json.dumps(
        {
            "subjects": client.get_subjects(),
            "versions": client.get_versions(subject),
            "id": latest.schema_id,
            "version": latest.version,
            "schema": json.loads(schema.schema_str),
            "lookedUp": client.lookup_schema(subject, schema).schema_id,
            "compatible": client.test_compatibility(subject, schema),
            "level": client.get_compatibility(),
            "unknownSubject": error_code(lambda: client.get_latest_version("nobody-value")),
            "unknownId": error_code(lambda: client.get_schema(987654)),
            "registered": error_code(lambda: client.register_schema("new-value", schema)),
            "decoded": decoded,
        },
        default=str,
    )
)
