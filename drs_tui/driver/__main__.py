"""`python -m drs_tui.driver`: the background driver, as the app starts it."""

from drs_tui.garbage import nothing_collected

with nothing_collected():
    from drs_tui.driver.process import main

main()
