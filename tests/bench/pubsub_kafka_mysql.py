"""On a real Kafka and a database of its own, which run for as long as the bench does."""
import atexit
import shutil
import subprocess

from row import ALL_CORES, Row, Side
from run import HERE

ROOT = HERE.parent.parent
SERVICES = ROOT / "build/bench-services"
PYTHON = ROOT / "build/venv/bin/python"
IN_VENV = "confluent-kafka and PyMySQL: python3 -m venv build/venv && build/venv/bin/pip install confluent-kafka PyMySQL"
RATE = r"([\d.]+) msg/s"
P50 = r"latency min/p50/p99/max [\d.]+/([\d.]+)/"


@atexit.register
def end_services():
    if SERVICES.exists():
        subprocess.run(["./demo", "down", "--directory", SERVICES], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(SERVICES, ignore_errors=True)


def side(client, figure=RATE, **more):
    return Side(f"kafka services {SERVICES} {{count}}", client, figure, **more)


def python(task, name="Python"):
    return side(f"{PYTHON} {HERE}/peers/kafka.py {task}", name=name, package=IN_VENV)


def latency(work, rate, count, limit_us):
    """The goal is a time, not a ratio: the peer is a figure that was set, and measures nothing."""
    return Row(work, unit="us", better="lower", count=count,
               ours=side(f"kafka latency {{port}} {{count}} {rate}", figure=P50),
               peer=Side(**{**vars(side("true")), "name": "the goal", "figure": lambda text: limit_us}),
               goal={ALL_CORES: 1.0})


ROWS = [
    Row("producer, delivered", unit="/s", better="higher", count=1000000,
        ours=side("kafka ours kafka_generator -q -b 127.0.0.1:{port} -t vehiculo -n {count}"),
        peer=side("kafka kcat {port} {count}" if shutil.which("kcat") else "kcat", name="kcat -P", package="kcat"),
        goal={ALL_CORES: 1.3}),
    Row("consumer, JSON checked", unit="/s", better="higher", count=1000000,
        ours=side("kafka ours kafka_processor -q -b 127.0.0.1:{port} -t vehiculo -n {count} --from-beginning"),
        peer=python("consume {port} {count}"),
        goal={ALL_CORES: 1.5}),
    Row("the same", unit="/s", better="higher", count=1000000,
        ours=side("kafka ours kafka_processor -q -b 127.0.0.1:{port} -t vehiculo -n {count} --from-beginning"),
        peer=python("consume {port} {count} queued.min.messages=300000", name="Python, our queue"),
        goal={ALL_CORES: None}),
    Row("Kafka to MySQL, exactly once", unit="/s", better="higher", count=100000,
        ours=side(f"kafka ours kafka_db_writer -q -b 127.0.0.1:{{port}} -t vehiculo -n {{count}} -D pubsub_bench -w 6 -g bench "
                  f"--defaults-file {SERVICES}/my.cnf"),
        peer=python(f"store {{port}} {{count}} {SERVICES}"),
        goal={ALL_CORES: 2.0}),
    latency("end to end, 1,000 a second, p50", rate=1000, count=4000, limit_us=500),
    latency("end to end, idle topic, p50", rate=5, count=20, limit_us=2000),
]
