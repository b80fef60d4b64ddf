"""kafka services DIRECTORY COUNT | ours PROGRAM ARGS... | kcat PORT COUNT | consume PORT COUNT [OPTION=VALUE...] | store PORT COUNT DIRECTORY | latency PORT COUNT RATE

services is the server of all rows: a real Kafka and a database, brought up by the first figure and left up for the others,
with COUNT messages in the topic vehiculo and no rows. kcat, consume and store are peers; latency runs our pair at once.
"""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(os.environ.get("DEMO_BIN", ROOT / "build/release/bin")).resolve()
FIELDS = {"placa": str, "marca": str, "modelo": str, "anio": int, "color": str, "precio": (int, float)}


def tell(count, began):
    print(f"{count / (time.monotonic() - began):.0f} msg/s")


def services(directory, count):
    up = subprocess.run(["./demo", "up", "--directory", directory], cwd=ROOT, check=False)
    if up.returncode != 0:
        sys.exit(up.returncode)
    port = int(Path(directory, "kafka-1/1/port").read_text())
    brokers = ["-b", f"127.0.0.1:{port}"]
    filled = Path(directory, "filled")
    missing = int(count) - (int(filled.read_text()) if filled.exists() else 0)
    if missing > 0:
        subprocess.run([BIN / "kafka_generator", "-q", "-n", str(missing), "-t", "vehiculo", *brokers], check=True)
        subprocess.run([BIN / "kafka_generator", "-q", "-n", "1", "-t", "datos_clima", *brokers], check=True)
        filled.write_text(count)
    client = ["mariadb" if shutil.which("mariadb") else "mysql", f"--defaults-file={directory}/root.cnf"]
    subprocess.run(client, input=b"DROP DATABASE IF EXISTS pubsub_bench; CREATE DATABASE pubsub_bench", check=True)
    print(f"listening on 127.0.0.1:{port}", flush=True)
    signal.sigwait([signal.SIGINT])


def ours(program, *arguments):
    os.execv(BIN / program, [program, *arguments])


def kcat(port, count):
    """The same messages with the same keys, and the partitions as mixed as ours: in a row, as they are read, those of one lie
    side by side in memory, which makes it faster by half. Its figure has its start and its first connection in it, some 20 ms."""
    with tempfile.NamedTemporaryFile() as messages:
        read = ["kcat", "-q", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-C", "-e", "-o", "beginning", "-c", count]
        lines = subprocess.run([*read, "-K", "\t"], stdout=subprocess.PIPE, check=True).stdout.splitlines(keepends=True)
        random.Random(1).shuffle(lines)
        messages.writelines(lines)
        messages.flush()
        began = time.monotonic()
        subprocess.run(["kcat", "-b", f"127.0.0.1:{port}", "-t", "vehiculo", "-P", "-K", "\t", "-l", messages.name], check=True)
        tell(int(count), began)


def read(port, count, *options):
    """Batches of messages of a new group, as Python's client is fastest; the first one begins the time."""
    import confluent_kafka

    consumer = confluent_kafka.Consumer({"bootstrap.servers": f"127.0.0.1:{port}", "group.id": f"python-{time.time_ns()}",
                                         "auto.offset.reset": "earliest", "enable.auto.commit": False,
                                         **dict(option.split("=") for option in options)})
    consumer.subscribe(["vehiculo"])
    while count > 0:
        messages = consumer.consume(min(count, 1000), timeout=0.1)
        count -= len(messages)
        if messages:
            yield messages
    consumer.close()


def check(message):
    """What our programs do with each message: the JSON is read, its fields are there and of their types."""
    row = json.loads(message.value())
    for name, kind in FIELDS.items():
        if not isinstance(row[name], kind):
            raise TypeError(name)
    return row


def consume(port, count, *options):
    began = None
    for messages in read(port, int(count), *options):
        began = began or time.monotonic()
        for message in messages:
            check(message)
    tell(int(count), began)


def store(port, count, directory):
    """At least once: rows only, committed every 1,000; neither offsets nor where a row came from are stored."""
    import pymysql

    database = pymysql.connect(read_default_file=f"{directory}/my.cnf", database="pubsub_bench")
    began = None
    with database.cursor() as cursor:
        columns = "placa VARCHAR(200), marca VARCHAR(200), modelo VARCHAR(200), anio INT, color VARCHAR(200), precio DOUBLE"
        cursor.execute(f"CREATE TABLE vehiculo ({columns})")
        for messages in read(port, int(count)):
            began = began or time.monotonic()
            rows = [tuple(check(message)[name] for name in FIELDS) for message in messages]
            cursor.executemany("INSERT INTO vehiculo VALUES (%s, %s, %s, %s, %s, %s)", rows)
            database.commit()
    tell(int(count), began)


def latency(port, count, rate):
    """Our pair with --low-latency; the time that each message carries was taken before it was sent."""
    common = ["--low-latency", "-b", f"127.0.0.1:{port}", "-t", "datos_clima", "-n", count]
    processor = subprocess.Popen([BIN / "kafka_processor", "-q", "-g", "latency", *common], stdout=subprocess.PIPE, text=True)
    for line in processor.stdout:
        if line.startswith("assigned: "):
            break
    subprocess.run([BIN / "kafka_generator", "-q", "--rate", rate, *common], check=True)
    print(re.search(r".*latency min/p50.*", processor.stdout.read())[0])
    sys.exit(processor.wait())


word, *arguments = sys.argv[1:]
{task.__name__: task for task in (services, ours, kcat, consume, store, latency)}[word](*arguments)
