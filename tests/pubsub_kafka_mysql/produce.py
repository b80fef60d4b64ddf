"""produce.py BROKERS TOPIC: a producer that is not ours, with the client that Python programs use, confluent-kafka.

Standard input holds the text of a Python list of messages, (key, value, milliseconds since 1970): the first two are bytes or
None, and the third is 0 for now. All go to partition 0, in that order; exit status 0 when Kafka has them.
"""
import ast
import sys

import confluent_kafka


def report(error, _):
    if error is not None:
        raise confluent_kafka.KafkaException(error)


brokers, topic = sys.argv[1:]
# Compressed, a message of 1 MiB is less than what Kafka takes at most by default.
producer = confluent_kafka.Producer({"bootstrap.servers": brokers, "compression.type": "lz4", "message.max.bytes": 2000000})
for key, value, time_ms in ast.literal_eval(sys.stdin.read()):
    producer.produce(topic, value, key, 0, on_delivery=report, timestamp=time_ms, headers={"from": b"\xff\x00"})
if producer.flush(30) > 0:
    sys.exit("produce.py: not all was delivered in 30 s")
