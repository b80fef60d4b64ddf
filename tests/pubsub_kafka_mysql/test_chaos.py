"""Short runs of chaos.py: writers, brokers and the database killed at random, 0 lost, 0 doubled."""
from chaos import Chaos
from pair import main


class ShortChaos(Chaos):
    def test_nothing_lost_nothing_doubled(self):
        print(self.chaos(messages=60000, kills=20, rate=4000, broker_kills=1, database_kills=1, seed=7))


class ThreeBrokers(Chaos):
    """Each leads a third of the sixteen partitions, so that whichever is killed is a leader."""

    brokers = 3

    def test_leaders_killed(self):
        print(self.chaos(messages=30000, kills=2, rate=3000, broker_kills=4, database_kills=0, seed=3))


del Chaos  # only the short ones are tests here

if __name__ == "__main__":
    main()
