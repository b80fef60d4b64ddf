"""Wrong usage of faulty_link: the message names the mistake, the likely cause and the next step; the exit status is right."""
from pair import PairTest, main

LINK = "faulty_link"


class BadInput(PairTest):
    def test_usage(self):
        for port in ("70000", "-1", "http", "", "80x"):
            self.assert_fails(2, f"-p {port}: expected a whole number from . to 65535", LINK, "-p", port)
        self.assert_fails(2, f"try: {LINK} --help", LINK, "--no-such-option")
        self.assert_fails(2, "one HOST:PORT is enough", LINK, "localhost:1", "localhost:2")

    def test_usage_of_faults(self):
        for chance in ("5", "-1%", "101%", "x%", "nan%", ""):
            for option in ("--drop", "--duplicate", "--reorder"):
                self.assert_fails(2, f"{option} {chance}: expected a percentage such as 5%", LINK, option, chance)
        for delay in ("20", "20ms..", "200ms..20ms", "-1ms", "2h", "x", "1ms..2msx", "5000s", ""):
            self.assert_fails(2, "expected up to an hour, such as 20ms", LINK, "--delay", delay)
        for numbers in ("0", "x", "1,,2", "1,", "r", "-1", "1:2ms", ""):
            self.assert_fails(2, "expected 2 or 2,5,r3", LINK, "--drop-nth", numbers)
        for numbers in ("1", "1:", "1:5", ":5ms", "1:5ms,", ""):
            self.assert_fails(2, "expected 2:200ms or", LINK, "--delay-nth", numbers)
        self.assert_fails(2, "more than 64 named faults", LINK, "--drop-nth", ",".join(map(str, range(1, 67))))
        self.assert_fails(2, "--seed x: expected a whole number", LINK, "--seed", "x")
        for server in ("localhost", ":80", "", "x" * 300 + ":1"):
            self.assert_fails(2, "expected HOST:PORT", LINK, server)
        self.assert_fails(2, "port 70000: expected", LINK, "localhost:70000")
        self.assert_fails(2, "TCP repairs everything else", LINK, "--tcp", "--drop", "1%")
        self.assert_fails(2, "go with --tcp", LINK, "--trickle", "1")

    def test_help_and_version(self):
        self.assert_help_and_version((LINK,))

    def test_addresses(self):
        self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(", LINK, "no.such.host.invalid:1")
        self.assert_fails(1, r"no\.such\.host\.invalid: .+ \(-l takes", LINK, "-l", "no.such.host.invalid")
        self.assert_fails(1, r"on 192\.0\.2\.1:0: Cannot assign requested address \(not an address of this machine", LINK,
                          "-p", 0, "-l", "192.0.2.1")
        for more in ([], ["--tcp"]):
            _, port = self.serve(LINK, *more)
            self.assert_fails(1, f"on 127.0.0.1:{port}: Address already in use .*-p 0", LINK, "-p", port, *more)
        link, port = self.serve(LINK, "-l", "::1", "[::1]:12350")
        self.assertEqual(link.stdout[0], f"listening on [::1]:{port}")

    def test_unwritable_stdout(self):
        with open("/dev/full", "wb") as full:
            self.assert_fails(1, "standard output was cut short", LINK, "-V", stdout=full)
            self.assert_fails(1, "standard output was cut short", LINK, "-p", 0, stdout=full)


if __name__ == "__main__":
    main()
