def direct(house, report):
    """x"""


def behind_pgbouncer(house, report):
    """x"""
