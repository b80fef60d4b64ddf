"""Which xmlrpc-c the programs are built with: newer ones refuse numbers that are not finite before our code sees them."""
import re
import shutil
import subprocess
import unittest

REFUSES_INFINITY = (1, 40)  # somewhere between 1.33, the long-lived series, and 1.59


def version():
    if shutil.which("xmlrpc-c-config") is None:
        return 1, 33
    told = subprocess.run(["xmlrpc-c-config", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", told)[:2]))


needs_infinity = unittest.skipIf(version() >= REFUSES_INFINITY, "this xmlrpc-c itself refuses what is no finite number")
