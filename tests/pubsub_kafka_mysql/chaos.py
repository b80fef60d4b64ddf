#!/usr/bin/env python3
"""Kills writers, brokers and the database at random while messages flow, then counts: 0 lost, 0 doubled.

    tests/pubsub_kafka_mysql/chaos.py --messages 1000000 --kills 1000
    tests/pubsub_kafka_mysql/chaos.py --messages 200000 --kills 50 --brokers 3

The suite runs a short one, test_chaos.py. The programs are those of DEMO_BIN (build/release/bin).
"""
import argparse
import os
import random
import signal
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
os.environ.setdefault("DEMO_BIN", os.path.join(os.path.dirname(os.path.dirname(HERE)), "build/release/bin"))

from pubsub import BrokerTest, pause  # noqa: E402  (after the path to it)


class Chaos(BrokerTest):
    """Kills until the number is reached, from the first message to the last."""

    def chaos(self, messages, kills, rate, broker_kills, database_kills, seed, tell=lambda text: None):
        rng = random.Random(seed)
        database = "pubsub_chaos"
        generator = self.start("kafka_generator", "-n", messages, "--rate", rate, "--seed", seed, "-q")
        generator.error("created topic datos_peliculas")
        groups = 0

        def writer(alone=False):
            # Of the two, one shares the group and its partitions; the other is alone in a new group, gets all partitions
            # at once, and so takes over what the first one holds while it is at work: the database alone must tell them
            # apart. A killed member of a group holds up the others for its session of 6 s; one that is alone, nobody.
            nonlocal groups
            groups += alone
            return self.writer("-D", database, "-w", 6, "-g", f"alone-{groups}" if alone else "together")

        writers = [writer(), writer(), writer(alone=True)]
        events = ["writer"] * kills + ["kafka"] * broker_kills + ["mysql"] * database_kills
        rng.shuffle(events)
        for number, event in enumerate(events):
            which = rng.choices(range(3), (1, 1, 8))[0]
            if event == "writer":
                if which == 2:
                    self.wait_for(writers[which], "^stored ")
                pause(rng, 0.1)
                writers[which].process.send_signal(signal.SIGKILL)
                writers[which].ends(-signal.SIGKILL)
                writers[which] = writer(alone=which == 2)
            else:
                pause(rng, 0.5)
                if event == "kafka":
                    self.own.kill_kafka(rng.randint(1, self.brokers))
                else:
                    self.own.kill_mysql()
                self.own.demo("up", event)
            tell(f"{number + 1} of {len(events)}: killed {event}; {self.own.count(database)} stored")

        generator.ends(0) if messages / rate < 25 else self.assertEqual(generator.process.wait(messages / rate + 120), 0)
        delivered = int(generator.line(r"sent, (\d+) delivered, 0 failed")[1])
        try:
            self.wait_for_count(database, delivered, 120 + messages / 5000)
        except self.failureException as problem:
            self.fail("\n".join([str(problem), self.own.missing(database), *(one.transcript()[-3000:] for one in writers)]))
        for one in writers:
            one.stop()
        self.assertEqual(delivered, messages)
        self.own.assert_exactly_once(self, database, delivered)
        return f"{delivered} delivered, {delivered} rows, 0 lost, 0 doubled; killed: {kills} writers, {broker_kills} brokers, " \
               f"{database_kills} databases"

    def wait_for(self, program, pattern):
        """A line of a program that may have nothing to store any more, because all is stored."""
        deadline = time.monotonic() + 2
        seen = len(program.stdout)
        while not any(line.startswith(pattern[1:]) for line in program.stdout[seen:]) and time.monotonic() < deadline:
            time.sleep(0.005)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1000000)
    parser.add_argument("--kills", type=int, default=100, help="of writers")
    parser.add_argument("--broker-kills", type=int, default=3)
    parser.add_argument("--database-kills", type=int, default=3)
    parser.add_argument("--rate", type=int, default=10000)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)

    class Long(Chaos):
        brokers = options.brokers

        def test_nothing_lost_nothing_doubled(self):
            print(self.chaos(options.messages, options.kills, options.rate, options.broker_kills, options.database_kills,
                             options.seed, tell=lambda text: print(text, flush=True)))

    outcome = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(Long))
    sys.exit(0 if outcome.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
