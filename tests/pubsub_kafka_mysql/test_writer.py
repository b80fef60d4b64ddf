"""kafka_db_writer where it hurts: a writer thought dead, two groups, messages of strangers."""
import json
import signal

from pair import main
from pubsub import Locks, SharedTest

PLAYER = {"nombre": "Íñigo", "equipo": "Peñarol", "posicion": "portero", "nacionalidad": "Perú", "edad": 20, "goles": 3}


class Zombie(Locks, SharedTest):
    def test_a_writer_that_was_taken_for_dead(self):
        """Stopped with a batch in its hands, in the middle of its transaction; continued after others did its work."""
        self.generate("-n", 4000)
        first = self.writer("-D", "pubsub_zombie", "-g", "zombie")
        first.line("^stored ")
        self.wait_for_count("pubsub_zombie", 4000)
        holder = self.lock("pubsub_zombie")
        self.generate("-n", 4000)
        self.wait_for_blocked()  # the first writer, on its way to move an offset on
        first.process.send_signal(signal.SIGSTOP)
        second = self.writer("-D", "pubsub_zombie", "-g", "zombie")
        second.line("^assigned 16 partitions")  # after the first one's session
        self.unlock(holder)
        self.wait_for_count("pubsub_zombie", 8000)
        self.assertFalse(any(line.startswith("stored 0") for line in second.stdout))
        first.process.send_signal(signal.SIGCONT)
        first.line("^lost 16 partitions|^gave back")
        self.generate("-n", 4000)
        self.wait_for_count("pubsub_zombie", 12000)
        second.stop()
        first.stop()
        self.own.assert_exactly_once(self, "pubsub_zombie", 12000)

    def test_two_groups_and_one_database(self):
        """Kafka gives each group everything; the database lets only the one that claimed last write."""
        first = self.writer("-D", "pubsub_two", "-g", "one", "-t", "vehiculo")
        self.generate("-n", 1000, "-t", "vehiculo")
        first.line("^stored ")
        second = self.writer("-D", "pubsub_two", "-g", "two", "-t", "vehiculo")
        second.line(r"^vehiculo \[3\] from .*, epoch 2")
        self.generate("-n", 1000, "-t", "vehiculo")
        first.error(r"vehiculo \[\d\]: another writer took this partition over \(ours was epoch 1\): nothing of this batch")
        topic = self.own.consume("vehiculo")
        self.wait_for_count("pubsub_two", len(topic))
        first.stop()
        second.stop()
        self.assertEqual(set(self.own.stored("pubsub_two", "vehiculo")), {(p, o) for p, o, _ in topic})


class Strangers(SharedTest):
    def test_messages_of_other_producers(self):
        """Each is the right row, or is rejected with its reason and its bytes; what comes after it is stored."""
        self.generate("-n", 4)
        sun = "🌞 '; DROP TABLE vehiculo; -- \" \\ \x1b[2J \n"
        extra = {"extra": {"nombre": [1, None]}, **dict(reversed(PLAYER.items()))}
        rows = [
            (json.dumps(PLAYER).encode(), PLAYER),
            (json.dumps(extra, indent=1).encode(), PLAYER),
            (json.dumps(PLAYER).replace("20", "2e1").replace(" 3}", " 3.0}").encode(), PLAYER),
            (json.dumps({**PLAYER, **{name: sun for name in list(PLAYER)[:4]}}, ensure_ascii=False).encode(),
             {**PLAYER, **{name: sun for name in list(PLAYER)[:4]}}),
            (json.dumps({**PLAYER, "nombre": "x" * 200}).encode(), {**PLAYER, "nombre": "x" * 200}),
        ]
        without = {name: PLAYER[name] for name in PLAYER if name != "goles"}
        rejected = [
            (b"hola", "not JSON, at byte"),
            (b"[1]", "not a JSON object"),
            (b"{}", "nombre is missing"),
            (json.dumps(without).encode(), "goles is missing"),
            (json.dumps({**PLAYER, "goles": "3"}).encode(), "goles is not a number"),
            (json.dumps({**PLAYER, "goles": 1 << 31}).encode(), "goles is out of range"),
            (json.dumps({**PLAYER, "goles": 0.5}).encode(), "goles is not a whole number"),
            (json.dumps({**PLAYER, "nombre": "ñ" * 201}).encode(), "nombre is longer than 200 characters"),
            (json.dumps({**PLAYER, "equipo": None}).encode(), "equipo is not a string"),
            (json.dumps(PLAYER).replace('"goles"', '"goles": 1, "goles"').encode(), "a member occurs twice"),
            (json.dumps(PLAYER, ensure_ascii=False).encode("latin-1"), "not UTF-8"),
            (json.dumps(PLAYER)[:-1].encode(), "not JSON"),
            (None, "no value (a tombstone)"),
            (b"", "not JSON"),
            (b"\x00\xff\x1b'\"\\", "not JSON"),
            (json.dumps({**PLAYER, "nombre": "x" * (1 << 20)}).encode(), "nombre is longer than 200 characters"),
        ]
        first = len(self.own.consume("jugadores_futbol"))
        partition0 = sum(p == 0 for p, _, _ in self.own.consume("jugadores_futbol"))
        self.own.produce("jugadores_futbol", *((b"a key", value) for value, _ in rows),
                         *((None if value else b"a key", value) for value, _ in rejected), (None, rows[0][0], 1))
        total = first + len(rows) + len(rejected) + 1
        writer = self.writer("-D", "pubsub_strange", "-t", "jugadores_futbol", "-n", total).ends()
        self.assertRegex(writer.stdout[-1], rf"^{first + len(rows) + 1} stored, {len(rejected)} rejected, ")
        stored = self.own.stored("pubsub_strange", "jugadores_futbol")
        for i, (_, row) in enumerate(rows):
            self.assertEqual(stored[0, partition0 + i], row)
        self.assertEqual(stored[0, partition0 + len(rows) + len(rejected)], PLAYER)
        self.assertEqual(self.own.query("SELECT MIN(kafka_time) FROM pubsub_strange.jugadores_futbol"), [("1970-01-01 00:00:00.001",)])
        found = self.own.query("SELECT topic, kafka_partition, kafka_offset, reason, HEX(bytes), bytes IS NULL "
                               "FROM pubsub_strange.rejected_messages ORDER BY kafka_offset")
        self.assertEqual(len(found), len(rejected))
        for i, ((value, reason), got) in enumerate(zip(rejected, found)):
            self.assertEqual(got[:3], ("jugadores_futbol", "0", str(partition0 + len(rows) + i)))
            self.assertIn(reason, got[3])
            self.assertEqual(got[5], "1" if value is None else "0")
            if value is not None:
                self.assertEqual(bytes.fromhex(got[4]), value)
        self.assertFalse(any("\x1b" in line for line in writer.stdout + writer.stderr))


class Pace(SharedTest):
    def test_a_message_does_not_wait_for_a_batch_to_fill(self):
        """Messages that never pause: each transaction holds what came within a moment of its first."""
        self.generate("-n", 4)
        writer = self.writer("-D", "pubsub_pace", "-t", "datos_clima")
        writer.line("^stored 1")
        self.generate("-n", 600, "--rate", 200, "-t", "datos_clima")
        self.wait_for_count("pubsub_pace", 601)
        writer.stop()
        self.assertGreater(int(writer.stdout[-1].split()[4]), 10, "transactions in three seconds")


class Endless(SharedTest):
    def test_no_count_is_no_end(self):
        """-n 0 goes on until it is stopped, as in kafka_generator; the last line counts one transaction as one."""
        self.generate("-n", 4, "-t", "vehiculo")
        writer = self.writer("-D", "pubsub_endless", "-t", "vehiculo", "-n", 0)
        writer.line("^stored ")
        writer.stop()
        self.assertRegex(writer.stdout[-1], r"^\d+ stored, \d+ rejected, (1 transaction|([2-9]|\d\d+) transactions), ")


if __name__ == "__main__":
    main()
