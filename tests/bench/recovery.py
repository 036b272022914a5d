def after_kill(house, report):
    """x"""
