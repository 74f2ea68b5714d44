"""Will it repay, how much to lend, for how long, at what price?"""
