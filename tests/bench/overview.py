def overview(house, report):
    """x"""
